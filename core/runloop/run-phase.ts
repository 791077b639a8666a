/**
 * Runs the plugins of one phase of one request: synchronous until a plugin returns a thenable.
 *
 * No promise is made and no closure either while plugins answer at once; the way out to `wait.ts` is taken only for a
 * thenable. A plugin that fails never throws out of here: where there is still an answer to give it becomes 500, later
 * the failure is logged and the others go on.
 *
 * @see reference phases-and-plugin-servers.md, 1
 */
import type { Exchange } from "../exchange/exchange.ts";
import { PHASE } from "../phases/phases.ts";
import { Collected } from "./collected.ts";
import { stepFailed } from "./failure.ts";
import type { Handling } from "./handler.ts";
import type { Chain, PluginsIterator, Slot } from "./plugins-iterator.ts";
import type { Runtime } from "./runtime.ts";
import { SLOT, type Step } from "./step.ts";
import { isThenable, wait } from "./wait.ts";

/** Called once when a phase is over, at once or later; `x.answer` says whether somebody answered. */
type Done = (x: Exchange) => void;

/**
 * The certificate phase: the global plugins, before there is a request. `x.failed` afterwards: end the handshake.
 *
 * @returns true if `done` has been called already
 */
export function runCertificate(x: Exchange, iterator: PluginsIterator, done: Done): boolean {
  x.phase = PHASE.certificate;
  return walk(x, iterator.certificate, 0, SLOT.certificate, iterator.runtime, done);
}

/**
 * The rewrite phase: the global plugins, before the router. Also makes the global plugins those of the later phases,
 * until access collects others.
 *
 * @returns true if `done` has been called already
 */
export function runRewrite(x: Exchange, iterator: PluginsIterator, done: Done): boolean {
  collectGlobal(x, iterator);
  x.phase = PHASE.rewrite;
  return walk(x, iterator.rewrite, 0, SLOT.rewrite, iterator.runtime, done);
}

/** Let the global plugins run in header_filter, body_filter and log of a request that does not come to rewrite. */
export function collectGlobal(x: Exchange, iterator: PluginsIterator): void {
  x.collected = iterator.globalCollected;
}

/**
 * The access phase, after the router: runs and collects. After an exit or a failure the rest is only collected.
 * Sets `x.buffered` where a collected plugin has a `response` method.
 *
 * @returns true if `done` has been called already
 */
export function runAccess(x: Exchange, iterator: PluginsIterator, done: Done): boolean {
  x.phase = PHASE.access;
  const chain = iterator.chainFor(x);
  if (chain.slots !== null) {
    const ofThisRequest = new Collected(iterator.runtime);
    x.collected = ofThisRequest;
    return walkSlots(x, chain, chain.slots, 0, ofThisRequest, done);
  }
  const { collected } = chain;
  x.collected = collected;
  if (collected.response.length > 0) x.buffered = true;
  return walk(x, chain.access, 0, SLOT.access, iterator.runtime, done);
}

/**
 * The response phase, once the whole response of the Service is here.
 *
 * @returns true if `done` has been called already
 */
export function runResponse(x: Exchange, done: Done): boolean {
  x.phase = PHASE.response;
  const collected = x.collected as Collected | null;
  if (collected === null || collected.response.length === 0) {
    done(x);
    return true;
  }
  return walk(x, collected.response, 0, SLOT.response, collected.runtime, done);
}

/**
 * The header_filter phase. A failing plugin is logged, `x.failed` is set, and the others run.
 *
 * In Kong nothing may wait here; plugins in processes of their own have to, so everyone may.
 *
 * @returns true if `done` has been called already
 */
export function runHeaderFilter(x: Exchange, done: Done = nobody): boolean {
  x.phase = PHASE.header_filter;
  const collected = x.collected as Collected | null;
  if (collected === null || collected.headerFilter.length === 0) {
    done(x);
    return true;
  }
  return walkAll(x, collected.headerFilter, 0, SLOT.header_filter, collected.runtime, done);
}

/** The body_filter phase for `x.chunk`; as {@link runHeaderFilter}. */
export function runBodyFilter(x: Exchange, done: Done = nobody): boolean {
  x.phase = PHASE.body_filter;
  const collected = x.collected as Collected | null;
  if (collected === null || collected.bodyFilter.length === 0) {
    done(x);
    return true;
  }
  return walkAll(x, collected.bodyFilter, 0, SLOT.body_filter, collected.runtime, done);
}

function nobody(): void {
  // who does not wait needs not be told
}

/** Has this request a plugin that wants to see the body on its way? Else chunks need no {@link runBodyFilter}. */
export function hasBodyFilter(x: Exchange): boolean {
  const collected = x.collected as Collected | null;
  return collected !== null && collected.bodyFilter.length > 0;
}

/**
 * The log phase. Each plugin waits for the one before it.
 *
 * @returns undefined if nothing looks at the exchange any more; else a promise that never rejects. Where the client went
 *   away while a plugin was waiting, that plugin may still look at it: then there is a promise, too, that does not wait
 *   for that plugin
 */
export function runLog(x: Exchange): undefined | Promise<void> {
  x.phase = PHASE.log;
  const waiting = x.plugin;
  const collected = x.collected as Collected | null;
  const pending =
    collected === null || collected.log.length === 0
      ? undefined
      : runLogFrom(x, collected.log, 0, collected.runtime);
  if (waiting === null || pending !== undefined) return pending;
  x.plugin = waiting;
  return Promise.resolve();
}

/** Nothing more is to run: somebody answered, a plugin failed, or nobody waits for an answer. */
function isOver(x: Exchange): boolean {
  return x.answer !== null || x.clientGone || x.failed;
}

/** Steps one after the other, until one answers, fails or waits. */
function walk(
  x: Exchange,
  steps: readonly Step[],
  from: number,
  slot: number,
  runtime: Runtime,
  done: Done,
): boolean {
  if (from < steps.length) {
    const kong = runtime.pdk.kongFor(x);
    for (let i = from; i < steps.length; i++) {
      const step = steps[i]!;
      x.plugin = step;
      let result: Handling;
      try {
        result = step.methods[slot]!.call(step.handler, step.config, kong);
      } catch (cause) {
        stepFailed(x, step, cause, runtime);
        break;
      }
      if (result !== undefined && isThenable(result)) {
        return wait(x, step, result, runtime, () =>
          walk(x, isOver(x) ? NO_STEPS : steps, i + 1, slot, runtime, done),
        );
      }
      if (isOver(x)) break;
    }
  }
  x.plugin = null;
  done(x);
  return true;
}

const NO_STEPS: readonly Step[] = [];

/** As {@link walk} where a consumer may matter: what runs in a slot is decided at its turn. */
function walkSlots(
  x: Exchange,
  chain: Chain,
  slots: readonly Slot[],
  from: number,
  collected: Collected,
  done: Done,
): boolean {
  const { runtime } = collected;
  for (let i = from; i < slots.length; i++) {
    const slot = slots[i]!;
    const step =
      slot.needsConsumer && x.consumer !== null
        ? slot.scopes.find(chain.routeId, chain.serviceId, x.consumer.id)
        : slot.plain;
    if (step === null) continue;
    collected.add(step);
    const method = step.methods[SLOT.access];
    if (method === null || method === undefined || isOver(x)) continue;
    x.plugin = step;
    try {
      const result = method.call(step.handler, step.config, runtime.pdk.kongFor(x));
      if (result !== undefined && isThenable(result)) {
        return wait(x, step, result, runtime, () =>
          walkSlots(x, chain, slots, i + 1, collected, done),
        );
      }
    } catch (cause) {
      stepFailed(x, step, cause, runtime);
    }
  }
  if (collected.response.length > 0) x.buffered = true;
  x.plugin = null;
  done(x);
  return true;
}

/** Every step, whatever the others do; nothing more where nobody waits for an answer any longer. */
function walkAll(
  x: Exchange,
  steps: readonly Step[],
  from: number,
  slot: number,
  runtime: Runtime,
  done: Done,
): boolean {
  const kong = runtime.pdk.kongFor(x);
  for (let i = from; i < steps.length; i++) {
    const step = steps[i]!;
    x.plugin = step;
    let result: Handling;
    try {
      result = step.methods[slot]!.call(step.handler, step.config, kong);
    } catch (cause) {
      stepFailed(x, step, cause, runtime);
      continue;
    }
    if (result !== undefined && isThenable(result)) {
      return wait(x, step, result, runtime, () =>
        walkAll(x, x.clientGone ? NO_STEPS : steps, i + 1, slot, runtime, done),
      );
    }
  }
  x.plugin = null;
  done(x);
  return true;
}

function runLogFrom(
  x: Exchange,
  steps: readonly Step[],
  from: number,
  runtime: Runtime,
): undefined | Promise<void> {
  const kong = runtime.pdk.kongFor(x);
  for (let i = from; i < steps.length; i++) {
    const step = steps[i]!;
    x.plugin = step;
    try {
      const result = step.methods[SLOT.log]!.call(step.handler, step.config, kong);
      if (result !== undefined && isThenable(result)) {
        return new Promise((resolve) => {
          wait(x, step, result, runtime, () => {
            resolve(runLogFrom(x, steps, i + 1, runtime));
            return true;
          });
        });
      }
    } catch (cause) {
      stepFailed(x, step, cause, runtime);
    }
  }
  x.plugin = null;
  return undefined;
}
