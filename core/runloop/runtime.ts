/** What the runner needs beside steps: the PDK, the log, and how long a plugin may wait. */
import type { Exchange } from "../exchange/exchange.ts";
import type { Kong } from "../pdk/kong.ts";
import type { Logger } from "../telemetry/log.ts";

/** What the runner needs of the gateway around it; one for each worker. */
export interface Runtime {
  readonly pdk: { kongFor(x: Exchange): Kong };
  readonly log: Logger;
  /**
   * Milliseconds that a thenable of a plugin may stay unsettled before the plugin counts as failed; 0 = no limit.
   * Plugin servers have limits of their own (plugin-host), so this is for in-process plugins.
   */
  readonly waitLimitMs: number;
}

/** {@link Runtime.waitLimitMs} unless the gateway says otherwise: a timer for each wait would cost every request. */
export const WAIT_LIMIT_MS_DEFAULT = 0;
