/**
 * When a plugin server that has ended is started again.
 *
 * A server that was in service comes back at once, so that a crash costs requests as little as can be; one that does not
 * come up, or ends again and again, is tried less and less often.
 */

/** First and longest delay of a server that does not come up. */
export const DELAY_MS = 1000;
/** Jitter is added to it. */
export const DELAY_MS_MAX = 30_000;
/** Starts at once that are had in advance; each second gives a further one. */
export const PROMPT_RESTARTS = 20;
/** A delay is longer or shorter by up to this part. */
const JITTER = 0.2;

/** One for each process slot. Times are milliseconds of a clock that only goes forward. */
export class RestartDelay {
  #failures = 0;
  #prompt = PROMPT_RESTARTS;
  #countedMs: number;

  constructor(nowMs: number) {
    this.#countedMs = nowMs;
  }

  /** How often in a row it did not come into service. */
  get failures(): number {
    return this.#failures;
  }

  /**
   * The process has ended.
   *
   * @param wasInService it had been ready, or was killed by somebody else before it could be
   * @returns milliseconds until the next start
   */
  next(wasInService: boolean, nowMs: number): number {
    this.#prompt = Math.min(PROMPT_RESTARTS, this.#prompt + (nowMs - this.#countedMs) / 1000);
    this.#countedMs = nowMs;
    if (wasInService) {
      this.#failures = 0;
      if (this.#prompt >= 1) {
        this.#prompt--;
        return 0;
      }
    }
    const delay = Math.min(DELAY_MS * 2 ** this.#failures, DELAY_MS_MAX);
    this.#failures++;
    return Math.max(DELAY_MS, delay * (1 - JITTER + 2 * JITTER * Math.random()));
  }
}
