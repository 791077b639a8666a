/**
 * A circuit breaker: after too many failures nothing is tried for a while, then one event is let through to see.
 *
 * Closed it counts: failures in a row, and the share of failures in a window of time. Open it refuses. When its time is
 * over it is half open: one event goes through, and how that ends closes it or opens it again. An event costs two or three
 * additions; the clock is looked at only where a share is asked for, or the breaker is not closed.
 *
 * "In a row" is meant phase by phase: a plugin that fails every request in access logs each of them without a fault, and
 * that is no success. For the same reason only a success of the phase that opened it closes it; others are let through one
 * at a time, because without them a request might never come to that phase.
 */
export type BreakerState = "closed" | "open" | "half-open";

/** When it opens; at least one of `failures` and `sharePercent` is not 0. */
export interface BreakerLimits {
  /** Failures in a row; 0 = any number. */
  readonly failures: number;
  /** Failures of a hundred events; 0 = any number. */
  readonly sharePercent: number;
  /** Milliseconds that the share is looked at over, and the fewest events that make one. */
  readonly windowMs: number;
  readonly eventsLeast: number;
  /** Milliseconds until one event is tried. */
  readonly openMs: number;
}

/** Plain JSON, for the Admin API. */
export interface BreakerReport {
  readonly state: BreakerState;
  /** How often it has opened, and how many events it has refused. */
  readonly opened: number;
  readonly refused: number;
}

/** Ask before each event, and tell how it ended. One worker's: it knows nothing of the others. */
export class Breaker {
  /** Whose it is, for messages. */
  readonly what: string;
  state: BreakerState = "closed";
  opened = 0;
  refused = 0;
  readonly #limits: BreakerLimits;
  readonly #now: () => number;
  readonly #onChange: (breaker: Breaker, before: BreakerState) => void;
  /** Failures in a row, by phase. */
  readonly #rows = new Map<string, number>();
  /** Phase of the failure that opened it. */
  #openedBy = "";
  /** Of the window that runs now, and of the one before. */
  #events = 0;
  #failures = 0;
  #eventsBefore = 0;
  #failuresBefore = 0;
  #windowEnds = 0;
  #openUntil = 0;
  #isProbing = false;

  /** @param now milliseconds of a clock that only goes forward */
  constructor(
    what: string,
    limits: BreakerLimits,
    onChange: (breaker: Breaker, before: BreakerState) => void,
    now: () => number = () => performance.now(),
  ) {
    this.what = what;
    this.#limits = limits;
    this.#onChange = onChange;
    this.#now = now;
  }

  /** May an event begin? If so it has to end in {@link succeeded}, {@link failed} or {@link saidNothing}. */
  admits(): boolean {
    if (this.state === "closed") return true;
    if (this.state === "open" && this.#now() >= this.#openUntil) this.#turn("half-open");
    if (this.state === "half-open" && !this.#isProbing) {
      this.#isProbing = true;
      return true;
    }
    this.refused++;
    return false;
  }

  succeeded(phase: string): void {
    if (this.state === "closed") {
      if (this.#rows.size > 0) this.#rows.delete(phase);
      if (this.#limits.sharePercent > 0) this.#count(0);
      return;
    }
    if (this.state !== "half-open") return;
    if (phase === this.#openedBy) this.#close();
    else this.saidNothing();
  }

  failed(phase: string): void {
    if (this.state === "half-open") return this.#open(this.#openedBy);
    if (this.state === "open") return; // it began before
    const inRow = (this.#rows.get(phase) ?? 0) + 1;
    this.#rows.set(phase, inRow);
    const { failures, sharePercent } = this.#limits;
    if (failures > 0 && inRow >= failures) return this.#open(phase);
    if (sharePercent > 0 && this.#count(1)) this.#open(phase);
  }

  /** The event ended in a way that tells nothing of the plugin: the client went away, there was no need to ask it. */
  saidNothing(): void {
    this.#isProbing = false;
  }

  /** @returns true where the share of failures is too large */
  #count(failures: number): boolean {
    const { windowMs, eventsLeast, sharePercent } = this.#limits;
    const now = this.#now();
    if (now >= this.#windowEnds) {
      const isNext = now < this.#windowEnds + windowMs / 2;
      this.#eventsBefore = isNext ? this.#events : 0;
      this.#failuresBefore = isNext ? this.#failures : 0;
      this.#events = this.#failures = 0;
      this.#windowEnds = now + windowMs / 2; // two halves make a window that slides
    }
    this.#events++;
    this.#failures += failures;
    const events = this.#events + this.#eventsBefore;
    const failed = this.#failures + this.#failuresBefore;
    return events >= eventsLeast && failed * 100 >= sharePercent * events;
  }

  #open(phase: string): void {
    this.opened++;
    this.#openedBy = phase;
    this.#openUntil = this.#now() + this.#limits.openMs;
    this.#turn("open");
  }

  #close(): void {
    this.#windowEnds = 0;
    this.#events = this.#failures = 0;
    this.#turn("closed");
  }

  #turn(state: BreakerState): void {
    const before = this.state;
    this.state = state;
    this.#isProbing = false;
    this.#rows.clear();
    this.#onChange(this, before);
  }

  get report(): BreakerReport {
    const { state, opened, refused } = this;
    return { state, opened, refused };
  }
}
