/**
 * How many lines a second may be written of what can happen to each request: the log is written while requests wait, and
 * a Service that is down fails all of them. What is not said is counted, and the next line tells of it.
 */
export class LineBudget {
  readonly #perSecond: number;
  #second = -1;
  #said = 0;
  #unsaid = 0;

  constructor(perSecond: number) {
    this.#perSecond = perSecond;
  }

  /**
   * @param nowMs of a clock that nobody sets back
   * @returns how many were not said since the last line; -1 where this one is not said either
   */
  take(nowMs = performance.now()): number {
    const second = Math.floor(nowMs / 1000);
    if (second !== this.#second) {
      this.#second = second;
      this.#said = 0;
    }
    if (this.#said >= this.#perSecond) {
      this.#unsaid++;
      return -1;
    }
    this.#said++;
    const unsaid = this.#unsaid;
    this.#unsaid = 0;
    return unsaid;
  }
}
