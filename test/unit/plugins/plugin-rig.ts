/**
 * Runs a handler's phases on an exchange, with the real PDK over a gateway that is made up.
 */
import type { Consumer } from "../../../core/entities/consumer.ts";
import type { Exchange } from "../../../core/exchange/exchange.ts";
import { EXIT } from "../../../core/pdk/exit.ts";
import { createPdk, type Kong } from "../../../core/pdk/kong.ts";
import type { PdkNode } from "../../../core/pdk/pdk-node.ts";
import { PHASE } from "../../../core/phases/phases.ts";
import type { PluginConfig, PluginHandler } from "../../../core/runloop/handler.ts";
import { type Row, type Snapshot, SnapshotBuilder } from "../../../core/store/snapshot.ts";

/** A configuration out of rows by entity. */
export function snapshotOf(rows: Readonly<Record<string, readonly object[]>>): Snapshot {
  const builder = new SnapshotBuilder();
  for (const [entity, list] of Object.entries(rows)) builder.add(entity, list as readonly Row[]);
  return builder.build("0".repeat(32), 1);
}

const silent = (): void => undefined;
const log = {
  fatal: silent,
  error: silent,
  warn: silent,
  info: silent,
  debug: silent,
  isLevelEnabled: () => false,
};

/** @param settings what `kong.configuration` holds */
export function fakeNode(settings: Readonly<Record<string, unknown>> = {}): PdkNode {
  const node = {
    id: "00000000-0000-4000-8000-00000000000a",
    hostname: "host.test",
    version: "3.9.1",
    settings: { untrusted_lua: "sandbox", ...settings },
    clientBodyBufferBytes: 8 * 1024,
    log,
    clusterId: null,
    snapshot: (x: Exchange) => (x.state as { snapshot: Snapshot }).snapshot,
    isTrusted: () => false,
    memoryStats: () => ({ lua_shared_dicts: {}, workers_lua_vms: [] }),
    statistics: () => ({}),
    vaults: { env: process.env, enabled: ["bundled"], envPrefix: "" },
    now: () => Date.now(),
  };
  return node as unknown as PdkNode;
}

type RequestPhase = "rewrite" | "access" | "response" | "header_filter" | "body_filter" | "log";

export class PluginRig {
  readonly handler: PluginHandler;
  readonly config: PluginConfig;
  readonly #kongFor: (x: Exchange) => Kong;

  constructor(
    handler: PluginHandler,
    config: PluginConfig,
    settings: Readonly<Record<string, unknown>> = {},
  ) {
    this.handler = handler;
    this.config = config;
    const pdk = createPdk(fakeNode(settings));
    this.#kongFor = (x) => pdk.kongFor(x);
  }

  /** Run one phase to its end; an exit ends it quietly, as in the gateway. */
  async run(phase: RequestPhase, x: Exchange): Promise<void> {
    try {
      await this.runNow(phase, x);
    } catch (cause) {
      if (cause !== EXIT) throw cause;
    }
  }

  /** Run one phase; a thenable is handed back. */
  runNow(phase: RequestPhase, x: Exchange): unknown {
    x.phase = PHASE[phase];
    x.plugin = { handler: this.handler, plugin: { id: "p1" } };
    const method = this.handler[phase] as
      | ((config: PluginConfig, kong: Kong) => unknown)
      | undefined;
    return method?.call(this.handler, this.config, this.#kongFor(x));
  }
}

export const ANN: Consumer = {
  id: "c0de0000-0000-4000-8000-000000000001",
  username: "ann",
  custom_id: "ext-ann",
};
