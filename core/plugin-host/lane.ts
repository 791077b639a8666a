/**
 * How many events of one plugin, or one plugin config, run at a time, and how many wait: a bound below that of the server.
 *
 * Events that wait here are not in the server's queue, so a plugin that is slow holds up nobody else.
 */
export class Lane<E> {
  active = 0;
  readonly waiting: E[] = [];
  readonly #activeMax: number;
  readonly #waitingMax: number;

  constructor(activeMax: number, waitingMax: number) {
    this.#activeMax = activeMax;
    this.#waitingMax = waitingMax;
  }

  /** Take a place. @returns false where there is none */
  enter(): boolean {
    if (this.active >= this.#activeMax) return false;
    this.active++;
    return true;
  }

  /** Wait for a place. @returns false where too many wait */
  wait(event: E): boolean {
    if (this.waiting.length >= this.#waitingMax) return false;
    this.waiting.push(event);
    return true;
  }

  /** Give a place back. @returns who has it now; undefined where nobody waits */
  leave(): E | undefined {
    const next = this.waiting.shift();
    if (next === undefined) this.active--;
    return next;
  }

  /** It waits no longer. */
  giveUp(event: E): void {
    const at = this.waiting.indexOf(event);
    if (at >= 0) this.waiting.splice(at, 1);
  }
}
