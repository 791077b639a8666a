/** What the PDK asks of the gateway around it. */
import { hostname } from "node:os";
import type { Settings } from "../config/settings.ts";
import type { Exchange } from "../exchange/exchange.ts";
import type { PdkLogger, PdkNode, Statistics } from "../pdk/pdk-node.ts";
import type { GatewayState, ProxyOptions } from "../proxy/rooms.ts";
import type { Logger } from "../telemetry/log.ts";
import { KONG_VERSION } from "./version.ts";

/** The PDK's names of levels over Kong's in the log. */
export function pdkLogger(log: Logger): PdkLogger {
  return {
    fatal: (fields, message) => log.crit(fields as Record<string, unknown>, message),
    error: (fields, message) => log.error(fields as Record<string, unknown>, message),
    warn: (fields, message) => log.warn(fields as Record<string, unknown>, message),
    info: (fields, message) => log.info(fields as Record<string, unknown>, message),
    debug: (fields, message) => log.debug(fields as Record<string, unknown>, message),
    isLevelEnabled: (level) => log.isLevelEnabled(level === "fatal" ? "crit" : (level as "error")),
  };
}

export interface PdkNodeParts {
  readonly settings: Settings;
  readonly options: ProxyOptions;
  readonly log: Logger;
  readonly nodeId: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  state(): GatewayState;
  statistics(): Statistics;
}

export function pdkNode(parts: PdkNodeParts): PdkNode {
  const name = hostname();
  return {
    id: parts.nodeId,
    hostname: name,
    version: KONG_VERSION,
    settings: parts.settings as unknown as Readonly<Record<string, unknown>>,
    log: pdkLogger(parts.log),
    clusterId: null,
    snapshot: (x: Exchange) => ((x.state as GatewayState | null) ?? parts.state()).snapshot,
    isTrusted: parts.options.isTrusted,
    memoryStats: () => ({
      lua_shared_dicts: {},
      workers_lua_vms: [{ http_allocated_gc: process.memoryUsage().heapUsed, pid: process.pid }],
    }),
    statistics: parts.statistics,
    environment: (variable) => parts.environment[variable],
    now: () => performance.timeOrigin + performance.now(),
  };
}
