/**
 * Who changes the configuration in force: a document that comes in, or a reload, never both.
 *
 * A reload begins with the rows that count when it starts, and takes a while until its workers and its Admin API are
 * there; a document that was taken meanwhile would be told as taken and be gone. So it is told to come again.
 */
export class OneAtATime {
  #isTaken = false;
  /** Reloads come one after the other, so there is one at most. */
  #waiting: (() => void) | null = null;

  /** @returns false where somebody else has his turn */
  tryTake(): boolean {
    if (this.#isTaken) return false;
    this.#isTaken = true;
    return true;
  }

  /** Resolves when whoever had his turn is done; the limit of what he does is the limit of this. */
  take(): Promise<void> {
    if (this.tryTake()) return Promise.resolve();
    return new Promise((resolve) => {
      this.#waiting = resolve;
    });
  }

  /** Done: who waits is next. */
  give(): void {
    const next = this.#waiting;
    this.#waiting = null;
    if (next === null) this.#isTaken = false;
    else next();
  }
}
