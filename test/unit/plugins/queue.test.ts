/**
 * The queue of log plugins: batches, bounds, retries, the end. Time is that of node:test's mock timers, so nothing here
 * waits for a clock.
 */
import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it, mock } from "node:test";
import { setPluginLog } from "../../../core/plugins/plugin-log.ts";
import { Queue, type Sender } from "../../../core/plugins/queue.ts";
import { queueLimits } from "../../../core/plugins/queue-schema.ts";
import {
  droppedEntries,
  enqueue,
  flushQueues,
  QUEUE_IDLE_MS,
} from "../../../core/plugins/queues.ts";

/** Records batches; each waits until the test lets it succeed or fail. */
class FakeSender implements Sender {
  readonly batches: string[] = [];
  readonly #open: ((error: Error | null) => void)[] = [];
  isClosed = false;

  send(entries: readonly string[]): Promise<void> {
    this.batches.push(entries.join(","));
    return new Promise((resolve, reject) => {
      this.#open.push((error) => (error === null ? resolve() : reject(error)));
    });
  }

  close(): void {
    this.isClosed = true;
  }

  /** End the oldest batch under way, and let what waited for it run. */
  async settle(error: Error | null = null): Promise<void> {
    this.#open.shift()!(error);
    for (let turn = 0; turn < 5; turn++) await Promise.resolve();
  }
}

const lines: string[] = [];
let sender: FakeSender;
let idle = 0;

function makeQueue(queue: object, more: object = {}): Queue {
  return new Queue("q", queueLimits({ queue, ...more }), sender, () => {
    idle++;
  });
}

beforeEach(() => {
  mock.timers.enable({ apis: ["setTimeout"] });
  sender = new FakeSender();
  idle = 0;
  lines.length = 0;
  setPluginLog({ warn: (_, text) => lines.push(text), error: (_, text) => lines.push(text) });
});

afterEach(() => mock.timers.reset());

describe("Queue", () => {
  it("sends a full batch at once and in order, one at a time", async () => {
    const queue = makeQueue({ max_batch_size: 2, max_coalescing_delay: 20 });
    for (const entry of ["a", "b", "c", "d"]) queue.add(entry);
    assert.deepEqual(sender.batches, ["a,b"]);
    await sender.settle();
    assert.deepEqual(sender.batches, ["a,b", "c,d"]);
    assert.equal(idle, 0);
    await sender.settle();
    assert.equal(idle, 1);
  });

  it("sends what it has after the coalescing delay", () => {
    const queue = makeQueue({ max_batch_size: 3, max_coalescing_delay: 2 });
    queue.add("a");
    mock.timers.tick(1500);
    queue.add("b");
    mock.timers.tick(499);
    assert.deepEqual(sender.batches, []);
    mock.timers.tick(1);
    assert.deepEqual(sender.batches, ["a,b"]);
  });

  it("forgets the oldest beyond max_entries, without those under way, and says so once", async () => {
    const queue = makeQueue({ max_batch_size: 1, max_entries: 2 });
    for (const entry of ["a", "b", "c", "d", "e"]) queue.add(entry);
    assert.equal(queue.length, 2);
    assert.equal(queue.dropped, 2);
    await sender.settle();
    await sender.settle();
    assert.deepEqual(sender.batches, ["a", "d", "e"]);
    assert.deepEqual(lines, ["queue full, dropping the oldest entries"]);
    queue.add("f");
    assert.deepEqual(lines.slice(1), ["queue has room again"]);
  });

  it("forgets the oldest beyond max_bytes, and takes no entry that is larger than that", async () => {
    const queue = makeQueue({ max_batch_size: 1, max_bytes: 5 });
    for (const entry of ["now", "aaa", "ä", "too long"]) queue.add(entry);
    assert.deepEqual([queue.length, queue.dropped], [2, 1]);
    queue.add("b");
    assert.deepEqual([queue.length, queue.dropped], [2, 2]);
    for (let i = 0; i < 3; i++) await sender.settle();
    assert.deepEqual(sender.batches, ["now", "ä", "b"]);
  });

  it("tries a batch again, ever later, until max_retry_time", async () => {
    const queue = makeQueue({
      max_retry_time: 0.5,
      initial_retry_delay: 0.1,
      max_retry_delay: 0.3,
    });
    mock.method(performance, "now", () => now);
    let now = 0;
    queue.add("a");
    for (const delayMs of [100, 200, 300]) {
      await sender.settle(new Error("down"));
      const before = sender.batches.length;
      now += delayMs;
      mock.timers.tick(delayMs - 1);
      await Promise.resolve();
      assert.equal(sender.batches.length, before);
      mock.timers.tick(1);
      for (let turn = 0; turn < 5; turn++) await Promise.resolve();
    }
    assert.equal(sender.batches.length, 4);
    await sender.settle(new Error("down"));
    assert.equal(sender.batches.length, 4);
    assert.equal(queue.dropped, 1);
    assert.equal(idle, 1);
    mock.restoreAll();
  });

  it("has one try where max_retry_time is below 0", async () => {
    const queue = makeQueue({ max_retry_time: -1 });
    queue.add("a");
    await sender.settle(new Error("down"));
    assert.deepEqual([sender.batches.length, queue.dropped, queue.isIdle], [1, 1, true]);
  });

  it("sends every entry at once where concurrency is not limited, up to max_entries under way", async () => {
    const queue = makeQueue({ max_batch_size: 10, concurrency_limit: -1, max_entries: 2 });
    for (const entry of ["a", "b", "c"]) queue.add(entry);
    assert.deepEqual(sender.batches, ["a", "b"]);
    assert.equal(queue.dropped, 1);
    await sender.settle();
    queue.add("d");
    assert.deepEqual(sender.batches, ["a", "b", "d"]);
  });

  it("flushes: sends what waits, and does not wait before a try", async () => {
    const queue = makeQueue({
      max_batch_size: 10,
      max_coalescing_delay: 20,
      initial_retry_delay: 9,
    });
    queue.add("a");
    queue.flush();
    assert.deepEqual(sender.batches, ["a"]);
    await sender.settle(new Error("down"));
    assert.deepEqual([queue.dropped, queue.isIdle], [1, true]);
  });

  it("takes the old names of its limits where they are not at their defaults", () => {
    const queue = { max_batch_size: 7, max_coalescing_delay: 3 };
    const old = queueLimits({ queue, queue_size: 2, flush_timeout: 10 });
    assert.deepEqual([old.batchEntriesMax, old.coalescingDelayMs], [2, 10_000]);
    const same = queueLimits({ queue, queue_size: 1, flush_timeout: 2 });
    assert.deepEqual([same.batchEntriesMax, same.coalescingDelayMs], [7, 3000]);
  });
});

describe("queues by name", () => {
  const limits = queueLimits({ queue: { max_batch_size: 2, max_coalescing_delay: 5 } });

  it("are shared, kept while idle for a while, then let go of their connections", async () => {
    enqueue("n", limits, () => sender, "a");
    enqueue("n", limits, () => assert.fail("there is one already"), "b");
    assert.deepEqual(sender.batches, ["a,b"]);
    await sender.settle();
    mock.timers.tick(QUEUE_IDLE_MS - 1);
    enqueue("n", limits, () => assert.fail("it is still there"), "c");
    mock.timers.tick(5000);
    await sender.settle();
    assert.equal(sender.isClosed, false);
    mock.timers.tick(QUEUE_IDLE_MS);
    assert.equal(sender.isClosed, true);
  });

  it("are flushed before the end, which waits no longer than it is told", async () => {
    const before = droppedEntries();
    enqueue("n", limits, () => sender, "a");
    const end = flushQueues(1000);
    assert.deepEqual(sender.batches, ["a"]);
    await sender.settle();
    await end;
    assert.equal(sender.isClosed, true);
    const stuck = new FakeSender();
    enqueue("stuck", limits, () => stuck, "a");
    const limited = flushQueues(1000);
    mock.timers.tick(1000);
    await limited;
    assert.equal(droppedEntries(), before);
  });
});
