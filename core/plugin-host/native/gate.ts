/**
 * What stands before a plugin config's events: its conditions, and the answers that may be used again.
 *
 * Made from Started, and gone with the instance. A config that said nothing has no gate and costs nothing.
 */
import type { Exchange } from "../../exchange/exchange.ts";
import { PHASE } from "../../phases/phases.ts";
import { type CacheKeyFields, compileCacheKey, type KeyOf } from "./cache-key.ts";
import {
  compileCondition,
  type ConditionFields,
  isFixed,
  type MayRead,
  type Test,
} from "./conditions.ts";
import type { Fields } from "../protobuf/shape-table.ts";
import { Verdicts } from "./verdicts.ts";

/** Phases whose answers may be used again. */
const CACHED_PHASES = PHASE.rewrite | PHASE.access;

/** Phases in which a plugin can change what conditions look at. */
const WRITING_PHASES = PHASE.rewrite | PHASE.access | PHASE.response | PHASE.header_filter;

interface PhaseConditions {
  readonly phases: number;
  readonly test: Test;
  /** No plugin can change what it looks at. */
  readonly isFixed: boolean;
}

/** One for each instance; the answers that it keeps are gone with it. */
export class Gate {
  readonly verdicts = new Verdicts();
  readonly #conditions: readonly PhaseConditions[];
  readonly #keyOf: KeyOf | null;

  constructor(conditions: readonly PhaseConditions[], keyOf: KeyOf | null) {
    this.#conditions = conditions;
    this.#keyOf = keyOf;
  }

  /** Does it have answers that may be used again? Then its events are its own. */
  get isCaching(): boolean {
    return this.#keyOf !== null;
  }

  /** Is its event one that no other plugin shares? */
  isAlone(phaseBit: number): boolean {
    return this.#keyOf !== null && (phaseBit & CACHED_PHASES) !== 0;
  }

  /** May what an earlier plugin writes in this phase decide whether it runs, or which answer is used again? */
  isAfterOthers(phaseBit: number): boolean {
    if (this.isAlone(phaseBit)) return true;
    if ((phaseBit & WRITING_PHASES) === 0) return false;
    return this.#conditions.some((one) => !one.isFixed && (one.phases & phaseBit) !== 0);
  }

  /** Is an event of this phase worth a call for this request? One of its phase's conditions has to hold, if there are any. */
  isMet(phaseBit: number, x: Exchange): boolean {
    let isAsked = false;
    for (const { phases, test } of this.#conditions) {
      if ((phases & phaseBit) === 0) continue;
      if (test(x)) return true;
      isAsked = true;
    }
    return !isAsked;
  }

  /** The key of a request in a phase; "" where nothing is used again. */
  keyOf(phaseBit: number, x: Exchange): string {
    if (this.#keyOf === null || (phaseBit & CACHED_PHASES) === 0) return "";
    return `${phaseBit};${this.#keyOf(x)}`;
  }
}

/** @param started as read by shapes.ts. @returns null where the config said nothing of the kind */
export function readGate(started: Fields, mayRead: MayRead): Gate | null {
  const given = started.conditions as readonly { phases: number; condition?: ConditionFields }[];
  const key = started.cache_key as CacheKeyFields | undefined;
  if (given.length === 0 && key === undefined) return null;
  const conditions = given.map(({ phases, condition }) => ({
    phases,
    test: compileCondition(condition ?? {}, mayRead),
    isFixed: isFixed(condition ?? {}),
  }));
  return new Gate(conditions, key === undefined ? null : compileCacheKey(key, mayRead));
}
