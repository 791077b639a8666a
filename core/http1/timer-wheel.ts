/**
 * Time limits of connections, without a timer for each.
 *
 * A connection holds one number, the tick at which its patience ends, and sets it anew with one write whenever it makes
 * progress. One coarse interval looks over all connections that watch the clock. A limit is therefore kept to within
 * two ticks, which is what limits of seconds need.
 */

/** Milliseconds between two looks. */
const TICK_MS = 50;

/** Something with a deadline. */
export interface Watched {
  /** Tick at which {@link Watched.onDeadline} is called; {@link NEVER} for none. */
  deadline: number;
  onDeadline(): void;
}

/** A deadline that never comes. */
export const NEVER = Number.MAX_SAFE_INTEGER;

class TimerWheel {
  /** Ticks since the start; grows only while somebody watches. */
  now = 0;
  readonly #watched = new Set<Watched>();
  #interval: NodeJS.Timeout | null = null;
  #startedMs = performance.now();

  /** The tick that is `ms` from now, rounded up; NEVER for 0. */
  in(ms: number): number {
    return ms === 0 ? NEVER : this.now + Math.ceil(ms / TICK_MS) + 1;
  }

  watch(one: Watched): void {
    this.#watched.add(one);
    if (this.#interval !== null) return;
    this.#tick();
    this.#interval = setInterval(() => this.#look(), TICK_MS);
    this.#interval.unref();
  }

  unwatch(one: Watched): void {
    this.#watched.delete(one);
    if (this.#watched.size > 0 || this.#interval === null) return;
    clearInterval(this.#interval);
    this.#interval = null;
  }

  #tick(): void {
    this.now = Math.floor((performance.now() - this.#startedMs) / TICK_MS);
  }

  #look(): void {
    this.#tick();
    for (const one of this.#watched) {
      if (one.deadline > this.now) continue;
      one.deadline = NEVER;
      one.onDeadline();
    }
  }
}

/** The wheel of this process. */
export const wheel = new TimerWheel();
