/**
 * Stays awake for an answer that is near.
 *
 * A worker that sleeps while a plugin works has to be woken for its answer: the plugin server's write interrupts another
 * processor, which in a virtual machine takes as long as a quick plugin, and both sides pay for it. So where one event is all
 * that is under way, the event loop goes round for a moment instead: it looks at every socket as ever, only it does not sleep.
 *
 * Where that does not pay (a plugin that waits for something, a server on the same processor or on another machine), it is
 * tried ever more rarely. With several events under way there is something to do anyway, and nothing happens here.
 */
import { performance } from "node:perf_hooks"; // the global one is a getter
import { AWAKE_MS, AWAKE_SKIPPED_MAX } from "./limits.ts";
import type { StreamTable } from "./stream-table.ts";

/** Whether the event loop of a connection sleeps, once what is under way has been sent. */
export class NearAnswer {
  #isAwake = false;
  #until = 0;
  /** Events for which the worker sleeps after the answer was not there in time; doubles each time. */
  #skipped = 0;
  #left = 0;
  readonly #streams: StreamTable;
  readonly #look = (): void => {
    const { active } = this.#streams;
    if (active === 1 && performance.now() < this.#until) {
      setImmediate(this.#look);
      return;
    }
    this.#isAwake = false;
    if (active === 1)
      this.#left = this.#skipped = Math.min(2 * this.#skipped + 1, AWAKE_SKIPPED_MAX);
    else if (active === 0) this.#skipped >>= 1;
  };

  /** @param streams of the connection: one of them is that of the event that was sent */
  constructor(streams: StreamTable) {
    this.#streams = streams;
  }

  get isAwake(): boolean {
    return this.#isAwake;
  }

  /** An event was sent that a request waits for, and nothing else is under way. */
  expect(): void {
    if (this.#left > 0 && !this.#isAwake) {
      this.#left--;
      return;
    }
    this.#until = performance.now() + AWAKE_MS;
    if (this.#isAwake) return;
    this.#isAwake = true;
    setImmediate(this.#look);
  }
}
