/** `kong.tracing`: spans that record nothing, as in Kong while tracing is off. */
import type { Exchange } from "../exchange/exchange.ts";
import type { KongSpan } from "./kong-api.ts";
import type { PdkNode } from "./pdk-node.ts";

const nothing = (): void => undefined;
const NOOP_SPAN: KongSpan = Object.freeze({
  finish: nothing,
  setAttribute: nothing,
  addEvent: nothing,
  recordError: nothing,
  setStatus: nothing,
});

/** null, as while nothing is traced. */
export function activeSpan(): null {
  return null;
}

/** Does nothing and keeps nothing. */
export function setActiveSpan(): void {}

/** Always the same span, which records nothing. */
export function startSpan(): KongSpan {
  return NOOP_SPAN;
}

/** There are no spans to process. */
export function processSpan(): void {}

/** The parent's decision if there is one, else by chance. */
export function getSamplingDecision(
  _x: Exchange,
  _node: PdkNode,
  parent: unknown,
  rate: unknown,
): boolean {
  if (typeof parent === "boolean") return parent;
  return typeof rate === "number" && Math.random() < rate;
}
