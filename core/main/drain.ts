/**
 * Lets a worker's requests end, for so long: what is still open then is named in the log and cut.
 *
 * An upgraded connection or a download may take hours, and whoever stopped the gateway waits; without a line about it
 * nobody would know for what.
 */
import type { HttpListener } from "../listener/http.ts";
import type { Logger } from "../telemetry/log.ts";

/** Requests that a record names one by one. */
const NAMED_MAX = 20;
/** A drain that is over sooner than this is nothing to tell of. */
const TELL_AFTER_MS = 2000;

/** @param limitMs milliseconds; 0 = as long as it takes. Resolves when no connection is left */
export async function drainListener(
  listener: HttpListener,
  limitMs: number,
  log: Logger,
): Promise<void> {
  const tell = setTimeout(
    () => log.notice({ limitMs, ...listener.underWay(NAMED_MAX) }, "draining, waiting for these"),
    TELL_AFTER_MS,
  );
  const cut =
    limitMs === 0
      ? undefined
      : setTimeout(() => {
          log.warn(
            { limitMs, ...listener.underWay(NAMED_MAX) },
            "drained for as long as worker_shutdown_timeout says, cutting what is left",
          );
          listener.close();
        }, limitMs);
  await listener.drain();
  clearTimeout(tell);
  clearTimeout(cut);
}
