/** What becomes of a request whose plugin could not run: it goes on without it, is refused, or its answer is broken off. */
import { GatewayError } from "../errors.ts";
import type { Answer, Exchange } from "../exchange/exchange.ts";
import { EXIT } from "../pdk/exit.ts";
import { PHASE } from "../phases/phases.ts";
import type { Plugin } from "../entities/plugin.ts";
import type { Logger } from "../telemetry/log.ts";

/** Phases in which a failure can still become an answer. */
const MAY_ANSWER = PHASE.rewrite | PHASE.access | PHASE.response;
/** Phases in which the Service's answer is broken off rather than sent without the plugin. */
const FILTERS = PHASE.header_filter | PHASE.body_filter;

/** The part of an event that is looked at. */
interface FailedEvent {
  readonly x: Exchange;
  readonly plugin: Plugin;
  readonly phase: string;
  /** What it failed with; null where it did not. */
  readonly outcome: unknown;
  readonly policy: { readonly isOpen: boolean } | null;
}

/** Would the chain go on if the event failed? */
export function goesOnWithout({ policy, phase }: FailedEvent): boolean {
  return policy?.isOpen === true && phase !== "log";
}

/** Does the chain go on although the event failed? It is said in the log then. */
export function isFailureIgnored(event: FailedEvent, log: Logger): boolean {
  if (!goesOnWithout(event)) return false;
  const { plugin, phase, x, outcome } = event;
  const fields = { requestId: x.id, plugin: plugin.name, pluginId: plugin.id, phase, err: outcome };
  log.warn(fields, "plugin failed, and the request goes on without it");
  return true;
}

/** A server that is away or overloaded is 503, not the 500 that the runner gives a failed plugin. */
export function answerIfClosed({ x, outcome, policy }: FailedEvent): void {
  if (outcome === null || outcome === EXIT || !(outcome instanceof GatewayError)) return;
  if (policy?.isOpen === true) return;
  if ((x.phase & FILTERS) !== 0 && x.answer === null) x.isCut = true;
  if (outcome.status !== 503) return;
  if (x.answer !== null || (x.phase & MAY_ANSWER) === 0) return;
  x.failed = true;
  x.answer = UNAVAILABLE;
}

const UNAVAILABLE: Answer = Object.freeze({
  status: 503,
  body: null,
  headers: Object.freeze([]),
  source: "error",
  template: "An unexpected error occurred",
});
