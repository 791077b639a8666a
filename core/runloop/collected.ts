/**
 * The steps that the later phases of a request run: what Kong collects in access.
 *
 * Where no consumer matters there is one for all requests of a Route, made when the chain is compiled; else one is
 * made for each request while access runs.
 */
import type { Runtime } from "./runtime.ts";
import { shareSteps } from "./shared-step.ts";
import { SLOT, type Step } from "./step.ts";

const NONE: readonly Step[] = Object.freeze([]);

/** Each list is in the order of priorities. Two requests may share one; then nobody adds to it. */
export class Collected {
  readonly runtime: Runtime;
  response: readonly Step[] = NONE;
  headerFilter: readonly Step[] = NONE;
  bodyFilter: readonly Step[] = NONE;
  log: readonly Step[] = NONE;

  constructor(runtime: Runtime) {
    this.runtime = runtime;
  }

  /** For all requests of a Route; steps that may share a call do. {@link add} must not be called on it. */
  static of(runtime: Runtime, steps: readonly Step[]): Collected {
    const collected = new Collected(runtime);
    for (const step of steps) collected.add(step);
    collected.#share();
    return collected;
  }

  /** Nothing more is added: steps that may share a call do so. */
  #share(): void {
    const { runtime } = this;
    this.response = shareSteps(this.response, "response", runtime);
    this.headerFilter = shareSteps(this.headerFilter, "header_filter", runtime);
    this.bodyFilter = shareSteps(this.bodyFilter, "body_filter", runtime);
    this.log = shareSteps(this.log, "log", runtime);
  }

  add(step: Step): void {
    const { methods } = step;
    if (methods[SLOT.response] !== null) this.response = appended(this.response, step);
    if (methods[SLOT.header_filter] !== null) this.headerFilter = appended(this.headerFilter, step);
    if (methods[SLOT.body_filter] !== null) this.bodyFilter = appended(this.bodyFilter, step);
    if (methods[SLOT.log] !== null) this.log = appended(this.log, step);
  }
}

/** Steps with one more: the shared empty list is never written to, a list of our own is. */
function appended(steps: readonly Step[], step: Step): readonly Step[] {
  if (steps === NONE) return [step];
  (steps as Step[]).push(step);
  return steps;
}
