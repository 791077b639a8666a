/** What the primary and its workers tell each other: plain JSON over the channel of child_process.fork. */
import type { ServerFigures } from "../plugin-host/figures.ts";
import type {
  PluginServerChange,
  PluginServerNotice,
  PluginServerReport,
} from "../plugin-host/notices.ts";
import type { PluginServerInfo } from "../plugin-host/plugin-info.ts";
import type { Row } from "../store/snapshot.ts";
import type { MetricReport } from "../telemetry/metrics.ts";
import type { PackedRow } from "./packed-rows.ts";

/** A bound socket that a worker listens on; the handle travels beside the message. */
export interface ListenMessage {
  readonly type: "listen";
  readonly ip: string;
  readonly port: number;
  readonly ssl: boolean;
  readonly backlog: number;
  readonly advertisedPort: number;
  readonly proxyProtocol: boolean;
}

/** Rows of one entity (./packed-rows.ts). */
export interface RowsMessage {
  readonly type: "rows";
  readonly entity: string;
  /** A whole row, which the packed ones are without; null: the one of the message before. */
  readonly base: Row | null;
  readonly rows: readonly PackedRow[];
}

/** What a worker is told; one that it does not know is passed over. */
export type ToWorker =
  /** To a worker in reserve: make yourself ready for a `start` that may come at any time, or never. */
  | { readonly type: "prepare"; readonly prefix: string }
  | {
      readonly type: "start";
      readonly prefix: string;
      readonly workerId: number;
      /** First of this worker's own numbers for plugin instances; no other worker gets them. */
      readonly sequenceBase: number;
      readonly nodeId: string;
      readonly pluginServers: readonly PluginServerInfo[];
    }
  | ListenMessage
  /** Rows of the configuration that is on its way; any number of these, each answered with `taken`, then `swap`. */
  | RowsMessage
  | { readonly type: "swap"; readonly hash: string; readonly sequence: number }
  | PluginServerNotice
  | PluginServerChange
  | { readonly type: "collect"; readonly id: number }
  | { readonly type: "reopen" }
  /** Does your loop still turn? Answered with `alive`. */
  | { readonly type: "ask" }
  /** Accept nothing more, answer what is under way, exit. */
  | { readonly type: "drain" };

/** What a worker answers. */
export type FromWorker =
  | { readonly type: "started" }
  /** `socket`: "<ip>|<port>" as in `listen`. */
  | { readonly type: "listening"; readonly socket: string }
  | { readonly type: "failed"; readonly message: string }
  | PluginServerReport
  | { readonly type: "taken" }
  | { readonly type: "alive" }
  | { readonly type: "swapped"; readonly sequence: number }
  | { readonly type: "refused"; readonly sequence: number; readonly message: string }
  | { readonly type: "collected"; readonly id: number; readonly stats: WorkerReport };

/** What a worker reports of itself. */
export interface WorkerReport {
  readonly pid: number;
  readonly heapBytes: number;
  readonly accepted: number;
  readonly active: number;
  readonly requests: number;
  readonly metrics: readonly MetricReport[];
  readonly pluginServers: readonly ServerFigures[];
}
