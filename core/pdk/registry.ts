/**
 * The PDK by wire name: what a plugin server may call, with which arguments and in which phases.
 *
 * Names are looked up in a Map of our own rows, so nothing outside the table can be reached, whatever a plugin server
 * writes. The rows are in table.ts.
 */
import { PdkError } from "../errors.ts";
import type { Exchange } from "../exchange/exchange.ts";
import { PHASE, phaseNames, type PhaseSet } from "../phases/phases.ts";
import type { PdkFunction } from "./pdk-function.ts";
import type { PdkNode } from "./pdk-node.ts";
import { ANY, NOT_INIT_WORKER } from "./phase-sets.ts";
import { TABLE } from "./table.ts";

const BY_NAME: ReadonlyMap<string, PdkFunction> = new Map(TABLE.map((fn) => [fn.name, fn]));

/** The row of a function; undefined for a name that is none. */
export function findFunction(wireName: string): PdkFunction | undefined {
  return BY_NAME.get(wireName);
}

/** Names that are part of a function's, as "kong.request". */
const NAMESPACES: ReadonlySet<string> = new Set(
  TABLE.flatMap(({ name }) => {
    const parts = name.split(".");
    return parts.map((_, i) => parts.slice(0, i).join("."));
  }),
);

/**
 * Does the name stand for nothing at all? Kong answers nil to a MsgPack:1 plugin server that calls such a name, while a
 * call of a namespace or of a value, or of something that a function should have, fails like any other (recorded).
 */
export function isUnknownName(wireName: string): boolean {
  if (BY_NAME.has(wireName) || NAMESPACES.has(wireName)) return false;
  for (let dot = wireName.lastIndexOf("."); dot > 0; dot = wireName.lastIndexOf(".", dot - 1)) {
    const owner = wireName.slice(0, dot);
    // `kong.log` is function and namespace in one
    if (BY_NAME.get(owner)?.isValue === false && !NAMESPACES.has(owner)) return false;
  }
  return true;
}

/** Is the function allowed in the phase (a bit of {@link PHASE})? */
export function isAllowed(fn: PdkFunction, phase: number): boolean {
  return fn.phases === ANY || (phase & fn.phases) !== 0;
}

/** The error for a call in a phase where the function is not allowed, in Kong's words. */
export function refusePhase(fn: PdkFunction, x: Exchange): PdkError {
  const current = phaseNames(x.phase)[0] ?? "none";
  return new PdkError(`function cannot be called in ${current} phase (${rule(fn.phases)})`);
}

function rule(phases: PhaseSet): string {
  if (phases === NOT_INIT_WORKER) return "can be called in any phases except: init_worker";
  return `only in: ${phaseNames(phases).join(", ")}`;
}

/**
 * Call a function as a plugin server does.
 *
 * @param args values as decoded from the wire; those that are missing are nil, those too many are not looked at
 * @returns null for nil (the reason, if there is one, is in `x.pdkError`); a promise where a body has not arrived yet
 * @throws {PdkError} for an unknown name, a wrong phase or a bad argument; EXIT after `exit` and `error`
 */
export function callFunction(
  wireName: string,
  x: Exchange,
  node: PdkNode,
  args: readonly unknown[],
): unknown {
  const fn = BY_NAME.get(wireName);
  if (fn === undefined || fn.isInProcessOnly) throw new PdkError(`method "${wireName}" not found`);
  if (fn.isValue) throw new PdkError(`attempt to call ${wireName}, which is no function`);
  if (!isAllowed(fn, x.phase)) throw refusePhase(fn, x);
  const run = (fn.runForServers ?? fn.run) as (...all: readonly unknown[]) => unknown;
  switch (fn.isVariadic ? -1 : fn.args.length) {
    case 0:
      return run(x, node) ?? null;
    case 1:
      return run(x, node, args[0]) ?? null;
    case 2:
      return run(x, node, args[0], args[1]) ?? null;
    case 3:
      return run(x, node, args[0], args[1], args[2]) ?? null;
    default:
      return run(x, node, ...args) ?? null;
  }
}

export { PHASE, TABLE };
export type { PdkFunction };
