/** What the PDK asks of the gateway around it. */
import { hostname } from "node:os";
import type { Settings } from "../config/settings.ts";
import type { Exchange } from "../exchange/exchange.ts";
import type { PdkNode, Statistics } from "../pdk/pdk-node.ts";
import type { GatewayState, ProxyOptions } from "../proxy/rooms.ts";
import type { Logger } from "../telemetry/log.ts";
import { KONG_VERSION } from "./version.ts";

interface PdkNodeParts {
  readonly settings: Settings;
  readonly options: ProxyOptions;
  readonly log: Logger;
  readonly nodeId: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  state(): GatewayState;
  statistics(): Statistics;
}

/** One for each worker. Memory is that of the worker, whatever `lua_shared_dicts` says. */
export function pdkNode(parts: PdkNodeParts): PdkNode {
  const name = hostname();
  return {
    id: parts.nodeId,
    hostname: name,
    version: KONG_VERSION,
    settings: parts.settings as unknown as Readonly<Record<string, unknown>>,
    clientBodyBufferBytes: parts.options.clientBodyBufferBytes,
    log: parts.log,
    clusterId: null,
    snapshot: (x: Exchange) => ((x.state as GatewayState | null) ?? parts.state()).snapshot,
    isTrusted: parts.options.isTrusted,
    memoryStats: () => ({
      // the zones that Kong's own SDKs name; there is nothing of the kind here
      lua_shared_dicts: {
        kong: { allocated_slabs: 0, capacity: 5 * 1024 * 1024 },
        kong_db_cache: { allocated_slabs: 0, capacity: 128 * 1024 * 1024 },
      },
      workers_lua_vms: [{ http_allocated_gc: process.memoryUsage().heapUsed, pid: process.pid }],
    }),
    statistics: parts.statistics,
    vaults: {
      env: parts.environment,
      enabled: parts.settings.vaults,
      envPrefix: parts.settings.vault_env_prefix ?? "",
    },
    now: () => performance.timeOrigin + performance.now(),
  };
}
