/**
 * New code on trial: its failures beside those of the code before, over the same time, from what all workers tell.
 *
 * It is given up as soon as it is clearly worse, and taken when its time is over and it is not. Without a time it waits for
 * a person, and is still given up when it is clearly worse.
 */
import type { ServerFigures } from "./figures.ts";

/** Between two looks at the figures. */
const LOOK_MS = 500;
/** Fewer events of the new code than these say nothing. */
const EVENTS_LEAST = 20;
/** The new code is worse if so many times the share of its events fail, and so many of a hundred more. */
const TIMES_WORSE = 2;
const PERCENT_WORSE = 5;

/** Sums over all workers and processes since the trial began; plain JSON, for the Admin API. */
export interface CanaryFigures {
  readonly generation: number;
  readonly events: number;
  readonly failures: number;
  /** Of the code before. */
  readonly eventsBefore: number;
  readonly failuresBefore: number;
}

/** Does clearly more of it fail? */
export function isWorse({
  events,
  failures,
  eventsBefore,
  failuresBefore,
}: CanaryFigures): boolean {
  if (events < EVENTS_LEAST) return false;
  const percent = (failures / events) * 100;
  const percentBefore = eventsBefore === 0 ? 0 : (failuresBefore / eventsBefore) * 100;
  return percent >= percentBefore * TIMES_WORSE && percent >= percentBefore + PERCENT_WORSE;
}

/**
 * One trial. It looks from the moment it is made, calls `decide` once at the most and has to be stopped by
 * whoever is told.
 */
export class Canary {
  figures: CanaryFigures;
  readonly #collect: () => Promise<readonly ServerFigures[]>;
  readonly #decide: (isGood: boolean, why: string) => void;
  readonly #timer: NodeJS.Timeout;
  readonly #endsAt: number;
  #isLooking = false;
  #isOver = false;

  /** @param limitMs 0 = a person decides */
  constructor(
    generation: number,
    collect: () => Promise<readonly ServerFigures[]>,
    limitMs: number,
    decide: (isGood: boolean, why: string) => void,
  ) {
    this.figures = { generation, events: 0, failures: 0, eventsBefore: 0, failuresBefore: 0 };
    this.#collect = collect;
    this.#decide = decide;
    this.#endsAt = limitMs === 0 ? Number.POSITIVE_INFINITY : performance.now() + limitMs;
    this.#timer = setInterval(() => void this.#look(), LOOK_MS);
    this.#timer.unref();
  }

  async #look(): Promise<void> {
    if (this.#isLooking) return;
    this.#isLooking = true;
    const figures = await this.#collect().catch(() => []);
    this.#isLooking = false;
    if (this.#isOver) return;
    this.figures = this.#sum(figures);
    const { events, failures } = this.figures;
    const seen = `${failures} of ${events} events failed`;
    if (isWorse(this.figures)) this.#decide(false, `${seen}, clearly more than before`);
    else if (performance.now() < this.#endsAt) return;
    else if (events === 0) this.#decide(false, "no request came to it");
    else this.#decide(true, seen);
  }

  #sum(figures: readonly ServerFigures[]): CanaryFigures {
    const { generation } = this.figures;
    const sums = { generation, events: 0, failures: 0, eventsBefore: 0, failuresBefore: 0 };
    for (const fleet of figures.flatMap(({ fleets }) => fleets)) {
      if (fleet.generation === generation) {
        sums.events += fleet.events;
        sums.failures += fleet.failures;
      } else if (fleet.role === "current") {
        sums.eventsBefore += fleet.events;
        sums.failuresBefore += fleet.failures;
      }
    }
    return sums;
  }

  stop(): void {
    this.#isOver = true;
    clearInterval(this.#timer);
  }
}
