/**
 * What the PDK needs from the gateway around it: declared here, fulfilled by `core/main`.
 *
 * Everything that a function answers from the request alone it takes from the exchange; this is the rest.
 */
import type { VaultAccess } from "../config/references.ts";
import type { Exchange } from "../exchange/exchange.ts";
import type { Snapshot } from "../store/snapshot.ts";
import type { Logger } from "../telemetry/log.ts";

/** `kong.node.get_memory_stats` in bytes. */
export interface MemoryStats {
  readonly lua_shared_dicts: Readonly<
    Record<string, { readonly allocated_slabs: number; readonly capacity: number }>
  >;
  readonly workers_lua_vms: ReadonlyArray<{
    readonly http_allocated_gc: number;
    readonly pid: number;
  }>;
}

/** `kong.nginx.get_statistics`. */
export interface Statistics {
  readonly connections_active: number;
  readonly connections_reading: number;
  readonly connections_writing: number;
  readonly connections_waiting: number;
  readonly connections_accepted: number;
  readonly connections_handled: number;
  readonly total_requests: number;
}

/** The gateway as the functions of the PDK see it; one for each worker, the same for all requests. */
export interface PdkNode {
  /** UUID of this node. */
  readonly id: string;
  readonly hostname: string;
  /** `kong.version`, as in "3.9.1". */
  readonly version: string;
  /** Settings by Kong's names; handed out frozen as `kong.configuration`. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** `client_body_buffer_size` in bytes: a longer request body counts as spooled to disk. */
  readonly clientBodyBufferBytes: number;
  readonly log: Logger;
  /** `kong.cluster.get_id`; null where there is none. */
  readonly clusterId: string | null;
  /** The configuration of this request, or the one in force for an exchange without one. */
  snapshot(x: Exchange): Snapshot;
  /** Is the address in `trusted_ips`? False for a text that is no address. */
  isTrusted(ip: string): boolean;
  memoryStats(): MemoryStats;
  statistics(): Statistics;
  /** What `kong.vault` looks references up in, besides the vault entities of a request's configuration. */
  readonly vaults: VaultAccess;
  /** Milliseconds of the epoch, with fractions. */
  now(): number;
}

/** The step of a chain that runs, as far as the PDK looks at it (`x.plugin`, set by the runloop). */
export interface RunningPlugin {
  readonly handler: { readonly name: string };
  readonly plugin: { readonly id: string };
}
