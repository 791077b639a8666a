/**
 * Collects garbage at a time of our choosing: after work that leaves a lot of it, when nobody waits.
 *
 * V8 collects when memory is asked for; a process that rests after its start, or after a large configuration, would keep
 * what it took to read it. There is no function for that without an option of V8, which may be set while the process runs.
 */
import { getHeapStatistics, setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/** How long after the work; more work in between puts it off. */
const DELAY_MS = 1500;
/**
 * Between the passes of one collection. V8 halves its young generation only if next to nothing was asked for in the last
 * five seconds, and gives some pages back in the collection after the one that emptied them.
 */
const PASSES_MAX = 3;
const PASS_MS = 5500;
/**
 * With more in use after the first pass it is the only one: with a hundred thousand Routes each further one took more than
 * a tenth of a second of CPU, beside a worker that may need it, and gave back next to nothing of what there was.
 */
const LARGE_HEAP_BYTES = 32 * 1024 * 1024;

type Collector = (options?: { type: "minor" }) => void;

let collector: Collector | null = null;
let timer: NodeJS.Timeout | null = null;

function makeCollector(): Collector {
  setFlagsFromString("--expose-gc");
  const gc = runInNewContext("gc") as Collector;
  setFlagsFromString("--no-expose-gc");
  return gc;
}

function collect(): void {
  collector ??= makeCollector();
  // with it V8 also moves together what lies scattered, and keeps no pages for later
  setFlagsFromString("--optimize-for-size");
  collector();
  collector({ type: "minor" });
  setFlagsFromString("--no-optimize-for-size");
}

function schedule(delayMs: number, isBusy: () => boolean, passes: number): void {
  if (timer !== null) clearTimeout(timer);
  timer = setTimeout(() => {
    timer = null;
    if (isBusy()) {
      schedule(DELAY_MS, isBusy, passes);
      return;
    }
    collect();
    if (passes > 1 && getHeapStatistics().used_heap_size < LARGE_HEAP_BYTES)
      schedule(PASS_MS, isBusy, passes - 1);
  }, delayMs);
  timer.unref();
}

const never = (): boolean => false;

/**
 * Collect in a while. Each pass stops the process for some ten milliseconds, a hundred with a hundred thousand Routes.
 *
 * @param isBusy asked before each pass: then it waits for a better time
 */
export function collectGarbageSoon(isBusy: () => boolean = never): void {
  schedule(DELAY_MS, isBusy, PASSES_MAX);
}

/** The same, beginning at once: where nobody is served yet. */
export function collectGarbageNow(isBusy: () => boolean): void {
  schedule(0, isBusy, PASSES_MAX);
}
