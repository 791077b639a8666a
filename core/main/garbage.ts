/**
 * Collects garbage at a time of our choosing: after work that leaves a lot of it, when nobody waits.
 *
 * V8 collects when memory is asked for; a process that rests after a large configuration would keep what it took to
 * read it. There is no function for that without an option of V8, which may be set while the process runs.
 */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/** How long after the work; more work in between puts it off. */
const DELAY_MS = 1500;

let collect: (() => void) | null = null;
let timer: NodeJS.Timeout | null = null;

function collectNow(): void {
  if (collect === null) {
    setFlagsFromString("--expose-gc");
    collect = runInNewContext("gc") as () => void;
    setFlagsFromString("--no-expose-gc");
  }
  collect();
}

/** Collect in a while. It stops the process for some milliseconds, a hundred with a hundred thousand Routes. */
export function collectGarbageSoon(): void {
  if (timer !== null) clearTimeout(timer);
  timer = setTimeout(() => {
    timer = null;
    collectNow();
  }, DELAY_MS);
  timer.unref();
}
