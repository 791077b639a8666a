/**
 * What a plugin behind a plugin server asks of the PDK: only what its access rules allow, in the phase it is in, and with
 * an answer also for functions that there are not.
 */
import type { Plugin } from "../entities/plugin.ts";
import type { Exchange } from "../exchange/exchange.ts";
import { isUnknownName } from "../pdk/registry.ts";
import { PHASE } from "../phases/phases.ts";
import type { Logger } from "../telemetry/log.ts";
import { ABSENT, type AccessGuard } from "./access-guard.ts";
import { checkPhaseCall, phaseArguments } from "./phase-calls.ts";

/** A plugin that judges bodies must not miss the large ones: no limit but the one of a message. */
const RAW_BODY = "kong.request.get_raw_body";
const ANY_SIZE: readonly unknown[] = [0];
/** Names of functions that there are not, for the log. */
const UNKNOWN_NAMES_MAX = 100;
/** Phases in which not all of the PDK is within a plugin server's reach. */
const NARROW_PHASES = PHASE.log | PHASE.certificate;

/** The PDK by wire name. */
export interface CallablePdk {
  call(wireName: string, x: Exchange, args: readonly unknown[]): unknown;
}

/** One for each plugin server and worker. */
export class PluginCalls {
  readonly #pdk: CallablePdk;
  readonly #guard: AccessGuard | null;
  readonly #log: Logger;
  readonly #unknown = new Set<string>();

  /** @param guard null where every plugin of the server may read and write all */
  constructor(pdk: CallablePdk, guard: AccessGuard | null, log: Logger) {
    this.#pdk = pdk;
    this.#guard = guard;
    this.#log = log;
  }

  /** @param plugin that calls; null where no plugin does */
  call(method: string, x: Exchange, args: readonly unknown[], plugin: Plugin | null): unknown {
    if (isUnknownName(method)) return this.#unknownFunction(method);
    if (this.#guard === null || plugin === null) return this.#call(method, x, args);
    const verdict = this.#guard.check(method, args, plugin);
    if (verdict === ABSENT) return null;
    const result = this.#call(method, x, args);
    return verdict === null ? result : verdict(result);
  }

  #call(method: string, x: Exchange, args: readonly unknown[]): unknown {
    if (method === RAW_BODY && (args[0] === undefined || args[0] === null)) {
      return this.#pdk.call(method, x, ANY_SIZE);
    }
    if ((x.phase & NARROW_PHASES) === 0) return this.#pdk.call(method, x, args);
    checkPhaseCall(method, x.phase, args);
    return this.#pdk.call(method, x, phaseArguments(method, x.phase, args));
  }

  /** Names that there are not are nil, as in Kong (recorded); worth a line in the log, once for each. */
  #unknownFunction(method: string): null {
    if (!this.#unknown.has(method) && this.#unknown.size < UNKNOWN_NAMES_MAX) {
      this.#unknown.add(method);
      this.#log.warn(
        { method: method.slice(0, 100) },
        "a plugin calls a function that there is not",
      );
    }
    return null;
  }
}
