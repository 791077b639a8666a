/**
 * The bars that a run is held to: a line for each, figure and bar side by side, and whether one was missed.
 */

/** How a figure has to stand to its bar. */
const HOLDS = {
  "<=": (value, bar) => value <= bar,
  ">=": (value, bar) => value >= bar,
  "=": (value, bar) => value === bar,
};

const text = (value) => (Number.isInteger(value) ? String(value) : value.toFixed(2));

export class Bars {
  missed = 0;
  kept = 0;
  #print;

  /** @param {(line: string) => void} [print] */
  constructor(print = console.log) {
    this.#print = print;
  }

  /**
   * Hold a figure to its bar. What is no number was not measured, and misses.
   *
   * @param {string} part of the run, as in "kill -9, native Go"
   * @param {string} what the figure is, with its unit
   * @param {number} value
   * @param {"<=" | ">=" | "="} how
   * @param {number} bar
   */
  hold(part, what, value, how, bar) {
    const isKept = Number.isFinite(value) && HOLDS[how](value, bar);
    if (isKept) this.kept++;
    else this.missed++;
    const figure = Number.isFinite(value) ? text(value) : "not measured";
    this.#print(
      `${isKept ? "ok    " : "MISSED"}  ${part}: ${what}: ${figure} (bar ${how} ${text(bar)})`,
    );
  }

  /** A figure that no bar asks for, and that says what the others are worth. */
  tell(part, words) {
    this.#print(`        ${part}: ${words}`);
  }

  /** A part that could not be played: no bar of it was shown. */
  fail(part, why) {
    this.missed++;
    this.#print(`MISSED  ${part}: ${why}`);
  }
}

/** @param {readonly number[]} values @param {number} share 0.99: the value that 99 % are not above */
export function percentile(values, share) {
  const sorted = Float64Array.from(values).sort();
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

/** @param {readonly number[]} values */
export const median = (values) => percentile(values, 0.5);
