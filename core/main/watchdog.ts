/**
 * Notices a worker whose event loop does not turn any more, as with an endless loop in a plugin inside the gateway, and
 * kills it: its connections are lost anyway, and the worker that takes its place serves everybody else.
 *
 * A worker is asked once a second and answers as soon as its loop turns. Unanswered looks are counted and not the clock
 * compared: where the whole machine stood still, or its clock jumped, one look is late and nothing happens.
 */
import type { Logger } from "../telemetry/log.ts";
import type { WorkerLink } from "./worker-link.ts";

/** Time between two looks. */
const LOOK_MS = 1000;

/** Looks from the moment it is made until {@link stop}. Does not keep the process alive. */
export class Watchdog {
  readonly #workers: ReadonlySet<WorkerLink>;
  readonly #log: Logger;
  readonly #looksMax: number;
  readonly #unanswered = new WeakMap<WorkerLink, number>();
  readonly #timer: NodeJS.Timeout;

  /**
   * @param workers those to watch, as they are at each look; only those that are ready are asked
   * @param limitS seconds (`limit_worker_silence`) that one may be silent; 0 = for ever
   */
  constructor(workers: ReadonlySet<WorkerLink>, limitS: number, log: Logger) {
    this.#workers = workers;
    this.#log = log;
    this.#looksMax = Math.ceil((limitS * 1000) / LOOK_MS);
    this.#timer = setInterval(() => this.#look(), LOOK_MS).unref();
    if (limitS === 0) this.stop();
  }

  #look(): void {
    for (const worker of this.#workers) {
      if (!worker.isReady) continue; // how long a start may take is bounded elsewhere
      const unanswered = worker.hasAnswered ? 0 : (this.#unanswered.get(worker) ?? 0) + 1;
      this.#unanswered.set(worker, unanswered);
      if (unanswered === 0) worker.ask();
      else if (unanswered === this.#looksMax) this.#kill(worker, unanswered);
    }
  }

  #kill(worker: WorkerLink, unanswered: number): void {
    const silentS = (unanswered * LOOK_MS) / 1000;
    this.#log.error(
      { worker: worker.child.pid, silentS },
      "worker does not answer and is killed: a plugin in it may be in an endless loop",
    );
    worker.child.kill("SIGKILL");
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}
