/**
 * Worker processes that nobody has given a configuration yet.
 *
 * The first are forked while settings and configuration are still read, because a start takes that much less time. Later
 * there is one in reserve: it is warm (warm-up.ts), and takes the place of a worker that dies within milliseconds.
 * It holds no configuration: that would be memory, and work in every change of it.
 */
import { WorkerLink } from "./worker-link.ts";

/** Processes in reserve, and how long after a start one is made: until then the workers have the CPU for themselves. */
const RESERVE = 1;
const RESERVE_DELAY_MS = 1000;

const spares = new Set<WorkerLink>();
let timer: NodeJS.Timeout | null = null;

function add(): WorkerLink {
  const worker = new WorkerLink();
  spares.add(worker);
  worker.child.once("exit", () => spares.delete(worker));
  return worker;
}

/** Have as many as will be wanted soon. */
export function forkAhead(count: number): void {
  while (spares.size < count) add();
}

/** Have a process in reserve in a while, counted from the last call. @param prefix where the settings are */
export function keepReserve(prefix: string): void {
  if (timer !== null) clearTimeout(timer);
  timer = setTimeout(() => {
    timer = null;
    while (spares.size < RESERVE) add().send({ type: "prepare", prefix });
  }, RESERVE_DELAY_MS);
}

/** One of those, or a new one. */
export function takeWorker(): WorkerLink {
  for (const worker of spares) {
    spares.delete(worker);
    worker.startedMs = performance.now();
    return worker;
  }
  return new WorkerLink();
}

/** End those that nobody took; no more are made. */
export function endSpares(): void {
  if (timer !== null) clearTimeout(timer);
  timer = null;
  for (const worker of spares) worker.child.kill("SIGKILL");
  spares.clear();
}
