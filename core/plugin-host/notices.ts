/**
 * What primary and workers tell each other about plugin servers: plain JSON over the channel that they have anyway.
 *
 * Workers could do without (they look for a server by themselves when they need it, and see its connections close), so
 * a lost message costs time and nothing else.
 */

/** From the primary to a worker. */
export interface PluginServerNotice {
  readonly type: "plugin-server";
  readonly server: string;
  /** Index into `sockets` of a PluginServerInfo. */
  readonly process: number;
  /** `up`: it accepts connections; `down`: it is gone; `drain`: it is about to be replaced, answer with a report. */
  readonly state: "up" | "down" | "drain";
  /** Of the process; absent = 0, the code that the gateway started with. */
  readonly generation?: number;
}

/** From the primary to a worker: a generation of a server's code comes or goes. */
export interface PluginServerChange {
  readonly type: "plugin-server-change";
  readonly server: string;
  /** The one that it is about. */
  readonly generation: number;
  /** Its sockets, one for each process. */
  readonly sockets: readonly string[];
  /**
   * `prepare`: connect, start instances, answer with a report; `canary`: send it a share of the requests; `switch`: send it
   * all; `discard`: send it nothing any more; `address`: it is found at these sockets now.
   */
  readonly what: "prepare" | "canary" | "switch" | "discard" | "address";
  /** Of `canary`: 0 to 1. */
  readonly share: number;
}

/** From a worker to the primary. */
export interface PluginServerReport {
  readonly type: "plugin-server";
  readonly server: string;
  readonly process: number;
  /**
   * `drained`: no event is under way any more; `stuck`: nothing comes back; `events`: so many since the last one. Of a whole
   * generation: `prepared`, `refused` with a reason, `left`: nothing is under way there any more.
   */
  readonly what: "drained" | "stuck" | "events" | "prepared" | "refused" | "left";
  readonly events: number;
  /** Absent = 0. */
  readonly generation?: number;
  readonly reason?: string;
}
