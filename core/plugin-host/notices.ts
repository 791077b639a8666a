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
}

/** From a worker to the primary. */
export interface PluginServerReport {
  readonly type: "plugin-server";
  readonly server: string;
  readonly process: number;
  /** `drained`: no event is under way any more; `stuck`: nothing comes back; `events`: so many since the last one. */
  readonly what: "drained" | "stuck" | "events";
  readonly events: number;
}
