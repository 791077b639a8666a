/**
 * Runs jobs beside one another, in lanes: what computes shares the cores, and what mostly waits (for a gateway to start, for
 * a pause in a recording, for a download) runs beside it instead of behind it.
 */
import { availableParallelism } from "node:os";
import { isEnded } from "./end-early.mjs";

/** Jobs of a lane that run at once. */
export const WIDTHS = { busy: Math.max(2, availableParallelism()), waiting: 2 };

/**
 * @typedef {"busy" | "waiting"} Lane
 * @typedef {{name: string, lane: Lane, needs?: readonly string[], holds?: readonly string[], run: () => Promise<void>}} Job
 *   `needs`: names of jobs that have to end before; `holds`: what no other job may hold at the same time
 */

class Pool {
  /** @type {Job[]} */
  #left;
  #running = new Set();
  #undone;
  #error = null;
  #widths;
  #finish;

  constructor(jobs, widths, finish) {
    this.#left = [...jobs];
    this.#undone = new Set(jobs.map(({ name }) => name));
    this.#widths = widths;
    this.#finish = finish;
  }

  #mayStart({ lane, needs = [], holds = [] }) {
    const running = [...this.#running];
    if (needs.some((need) => this.#undone.has(need))) return false;
    if (running.filter((job) => job.lane === lane).length >= this.#widths[lane]) return false;
    return !running.some((job) => job.holds?.some((one) => holds.includes(one)));
  }

  /** Start what may start; ends it all where nothing runs any more. */
  next() {
    if (isEnded()) return;
    while (this.#error === null) {
      const i = this.#left.findIndex((job) => this.#mayStart(job));
      if (i < 0) break;
      this.#start(this.#left.splice(i, 1)[0]);
    }
    if (this.#running.size > 0) return;
    if (this.#error === null && this.#left.length > 0) {
      this.#error = new Error(`jobs that wait for one another: ${this.#left.map(({ name }) => name).join(", ")}`);
    }
    this.#finish(this.#error);
  }

  #start(job) {
    this.#running.add(job);
    job
      .run()
      .catch((cause) => {
        this.#error ??= cause;
      })
      .then(() => {
        this.#running.delete(job);
        this.#undone.delete(job.name);
        this.next();
      });
  }
}

/**
 * Run all jobs; of those that may start, the first in the list starts first.
 *
 * @param {readonly Job[]} jobs
 * @param {Record<Lane, number>} [widths]
 * @throws the first error of a job, after those that run have ended; the others are not started
 */
export function runJobs(jobs, widths = WIDTHS) {
  return new Promise((done, failed) => {
    new Pool(jobs, widths, (error) => (error === null ? done() : failed(error))).next();
  });
}
