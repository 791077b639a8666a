/**
 * All queues of a worker, by name: plugin configurations that send to the same place in the same way share one.
 *
 * A queue is made at its first entry. One that has been empty for a while is forgotten, and its connections with it, so
 * configurations that went away leave nothing.
 */
import { Queue, type Sender } from "./queue.ts";
import type { QueueLimits } from "./queue-schema.ts";

/** How long an empty queue keeps its connections, milliseconds. */
export const QUEUE_IDLE_MS = 60_000;

interface Kept {
  readonly queue: Queue;
  /** Runs while the queue is empty. */
  forgetTimer: NodeJS.Timeout | null;
}

const queues = new Map<string, Kept>();
/** Entries that queues which are gone have dropped. */
let droppedBefore = 0;
let tellIdle: (() => void) | null = null;

function forget(name: string): void {
  const kept = queues.get(name);
  if (kept === undefined) return;
  droppedBefore += kept.queue.dropped;
  queues.delete(name);
  kept.queue.end();
}

function becameIdle(name: string): void {
  const kept = queues.get(name);
  if (kept === undefined) return;
  kept.forgetTimer ??= setTimeout(() => forget(name), QUEUE_IDLE_MS).unref();
  if (areIdle()) tellIdle?.();
}

function areIdle(): boolean {
  for (const { queue } of queues.values()) if (!queue.isIdle) return false;
  return true;
}

/** Put an entry into the queue of that name. Limits and sender count where the queue is made by this. */
export function enqueue(
  name: string,
  limits: QueueLimits,
  makeSender: () => Sender,
  text: string,
): void {
  let kept = queues.get(name);
  if (kept === undefined) {
    const queue = new Queue(name, limits, makeSender(), () => becameIdle(name));
    kept = { queue, forgetTimer: null };
    queues.set(name, kept);
  } else if (kept.forgetTimer !== null) {
    clearTimeout(kept.forgetTimer);
    kept.forgetTimer = null;
  }
  kept.queue.add(text);
}

/** How many entries this worker has dropped, of all queues. */
export function droppedEntries(): number {
  let sum = droppedBefore;
  for (const { queue } of queues.values()) sum += queue.dropped;
  return sum;
}

/**
 * Send everything that waits, before the worker ends, and let go of all connections.
 *
 * @param limitMs after so many milliseconds what is left is given up
 */
export async function flushQueues(limitMs: number): Promise<void> {
  for (const { queue } of queues.values()) queue.flush();
  if (!areIdle()) await untilIdle(limitMs);
  for (const name of [...queues.keys()]) forget(name);
}

function untilIdle(limitMs: number): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      tellIdle = null;
      resolve();
    };
    const timer = setTimeout(end, limitMs);
    tellIdle = end;
  });
}
