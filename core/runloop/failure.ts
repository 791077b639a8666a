/**
 * What becomes of a plugin's failure: a log line, and where there is still an answer to give, 500.
 *
 * In access it is Kong's own error answer (JSON without an Accept header), in rewrite and response an error page (plain
 * text without one); after that the response is on its way and only `x.failed` tells.
 */
import type { Answer, Exchange } from "../exchange/exchange.ts";
import { EXIT } from "../pdk/exit.ts";
import { PHASE, phaseNames } from "../phases/phases.ts";
import type { PluginStep } from "./handler.ts";
import type { Runtime } from "./runtime.ts";
import type { Step } from "./step.ts";

/** Phases in which a failure can still become an answer. */
const MAY_ANSWER = PHASE.rewrite | PHASE.access | PHASE.response;
/** `kong.response.error(500)`: JSON unless the client accepts something else. */
const UNEXPECTED_ERROR: Answer = Object.freeze({
  status: 500,
  body: null,
  headers: Object.freeze([]),
  source: "error",
  template: "An unexpected error occurred",
});
/** The error page that stands for 500 without a body: plain text unless the client accepts something else. */
const UNEXPECTED_PAGE: Answer = Object.freeze({ ...UNEXPECTED_ERROR, template: null });

/**
 * A step threw or its thenable was rejected. EXIT is no failure: the answer is in the exchange already.
 */
export function stepFailed(x: Exchange, step: Step, cause: unknown, runtime: Runtime): void {
  if (cause === EXIT && x.answer !== null) return;
  reportFailure(x, step, cause, runtime);
  if (x.answer !== null && (x.phase & MAY_ANSWER) !== 0) return; // it had answered before it failed
  x.failed = true;
  if (x.phase === PHASE.access) x.answer = UNEXPECTED_ERROR;
  else if ((x.phase & MAY_ANSWER) !== 0) x.answer = UNEXPECTED_PAGE;
}

/** One line with request id, plugin and phase. */
function reportFailure(x: Exchange, step: Step, cause: unknown, runtime: Runtime): void {
  const { handler, plugin } = failedOf(x, step);
  const fields = {
    request_id: x.id,
    plugin: handler.name,
    plugin_id: plugin.id,
    phase: phaseNames(x.phase)[0] ?? "none",
    err: cause,
  };
  // a plugin that works for a client that has gone fails easily, and nobody is hurt
  if (x.clientGone) runtime.log.debug(fields, "plugin failed");
  else runtime.log.error(fields, "plugin failed");
}

/** Of steps that share a call the one that `x.plugin` names; every other step is its own. */
function failedOf(x: Exchange, step: Step): PluginStep {
  const named = x.plugin as PluginStep | null;
  return named !== null && step.steps.includes(named as Step) ? named : step;
}
