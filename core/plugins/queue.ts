/**
 * A bounded queue of texts that are sent in batches and tried again while that fails.
 *
 * For plugins that log to a server. Entries wait until a batch is full or the oldest has waited for the coalescing delay;
 * one batch is under way at a time, so entries arrive in order. When more wait than the limits allow, the oldest are
 * forgotten: the queue's memory is bounded whatever the server does. A queue belongs to nobody: it outlives the
 * configuration that made it until it is empty.
 *
 * @see Kong kong/tools/queue.lua
 */
import { pluginLog } from "./plugin-log.ts";
import type { QueueLimits } from "./queue-schema.ts";

/** Sends what a queue gives it; not more than one batch at a time, unless the queue is unordered. */
export interface Sender {
  /** Send a batch; a rejection means that it is to be tried again. */
  send(entries: readonly string[]): Promise<void>;
  /** Nothing will be sent any more: let go of connections. */
  close(): void;
}

/** No retry waits longer than this, whatever the configuration says: the longest time a timer can hold. */
const TIMER_MS_MAX = 2_147_483_647;

interface Waiting {
  readonly text: string;
  readonly bytes: number;
}

/** Memory is bounded by `entriesMax` and `bytesMax`, and by one batch for what is under way. */
export class Queue {
  readonly #name: string;
  readonly #limits: QueueLimits;
  readonly #sender: Sender;
  readonly #onIdle: (queue: Queue) => void;
  #waiting: Waiting[] = [];
  #bytes = 0;
  /** Batches that are being sent. */
  #underWay = 0;
  #timer: NodeJS.Timeout | null = null;
  /** Ends the wait before the next try, while one waits. */
  readonly #wakeUp = new Set<() => void>();
  #isClosing = false;
  #isFull = false;
  /** Entries that were never sent. */
  dropped = 0;

  /** @param onIdle called whenever nothing waits and nothing is under way any more */
  constructor(name: string, limits: QueueLimits, sender: Sender, onIdle: (queue: Queue) => void) {
    this.#name = name;
    this.#limits = limits;
    this.#sender = sender;
    this.#onIdle = onIdle;
  }

  /** Entries that wait, without those under way. */
  get length(): number {
    return this.#waiting.length;
  }

  add(text: string): void {
    const entry = { text, bytes: Buffer.byteLength(text) };
    if (this.#limits.isUnordered) return this.#addUnordered(entry);
    if (entry.bytes > this.#limits.bytesMax) {
      this.dropped++;
      pluginLog().error(
        { queue: this.#name, bytes: entry.bytes },
        "an entry is larger than max_bytes allows, it was dropped",
      );
      return;
    }
    this.#makeRoom(entry.bytes);
    this.#waiting.push(entry);
    this.#bytes += entry.bytes;
    this.#schedule();
  }

  #addUnordered(entry: Waiting): void {
    if (this.#underWay >= this.#limits.entriesMax) {
      this.dropped++;
      this.#tellFull(true);
      return;
    }
    this.#tellFull(false);
    this.#start([entry.text]);
  }

  /** Forget the oldest until one more of that size fits. */
  #makeRoom(bytes: number): void {
    const { entriesMax, bytesMax } = this.#limits;
    let isFull = false;
    while (
      this.#waiting.length > 0 &&
      (this.#waiting.length >= entriesMax || this.#bytes + bytes > bytesMax)
    ) {
      this.#bytes -= this.#waiting.shift()!.bytes;
      this.dropped++;
      isFull = true;
    }
    this.#tellFull(isFull);
  }

  /** One line when entries begin to be dropped and one when it is over, not one for each. */
  #tellFull(isFull: boolean): void {
    if (isFull === this.#isFull) return;
    this.#isFull = isFull;
    const fields = { queue: this.#name, dropped: this.dropped };
    if (isFull) pluginLog().error(fields, "queue full, dropping the oldest entries");
    else pluginLog().warn(fields, "queue has room again");
  }

  #schedule(): void {
    if (this.#underWay > 0 || this.#waiting.length === 0) return;
    const { batchEntriesMax, coalescingDelayMs } = this.#limits;
    if (this.#waiting.length >= batchEntriesMax || coalescingDelayMs <= 0 || this.#isClosing) {
      this.#sendNext();
    } else {
      this.#timer ??= setTimeout(() => this.#sendNext(), coalescingDelayMs).unref();
    }
  }

  #sendNext(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    if (this.#waiting.length === 0) return;
    const batch = this.#waiting.splice(0, this.#limits.batchEntriesMax);
    for (const { bytes } of batch) this.#bytes -= bytes;
    this.#start(batch.map(({ text }) => text));
  }

  #start(entries: readonly string[]): void {
    this.#underWay++;
    const done = (): void => {
      this.#underWay--;
      this.#schedule();
      if (this.#underWay === 0 && this.#waiting.length === 0) this.#onIdle(this);
    };
    this.#sendUntilDone(entries).then(done, done);
  }

  async #sendUntilDone(entries: readonly string[]): Promise<void> {
    const { retryTimeMs, firstRetryDelayMs, retryDelayMaxMs } = this.#limits;
    const startMs = performance.now();
    for (let retry = 0; ; retry++) {
      try {
        return await this.#sender.send(entries);
      } catch (cause) {
        const fields = { queue: this.#name, entries: entries.length, err: cause };
        if (performance.now() - startMs > retryTimeMs || this.#isClosing) {
          this.dropped += entries.length;
          pluginLog().error(fields, "entries could not be sent and were dropped");
          return;
        }
        const delayMs = Math.min(retryDelayMaxMs, firstRetryDelayMs * 2 ** retry, TIMER_MS_MAX);
        pluginLog().warn({ ...fields, delayMs }, "entries could not be sent, will be tried again");
        await this.#pause(delayMs);
      }
    }
  }

  #pause(delayMs: number): Promise<void> {
    return new Promise((resolve) => {
      const end = (): void => {
        clearTimeout(timer);
        this.#wakeUp.delete(end);
        resolve();
      };
      const timer = setTimeout(end, delayMs).unref();
      this.#wakeUp.add(end);
    });
  }

  /** Let go of the sender; nothing may be added afterwards. */
  end(): void {
    this.#sender.close();
  }

  /** Send what waits now, without delays: each batch has one more try. */
  flush(): void {
    this.#isClosing = true;
    for (const end of this.#wakeUp) end();
    this.#schedule();
  }

  /** Is there nothing left to do? */
  get isIdle(): boolean {
    return this.#underWay === 0 && this.#waiting.length === 0;
  }
}
