/**
 * One call of a kong-pdk plugin: a promise in every case, answered here where the SDK can, else by the gateway.
 *
 * What the SDK refuses is put to the gateway all the same, so that it is refused in Kong's own words and the request ends
 * as it does in Kong. After that, and after an exit, a call is a promise that nothing ever settles: so it is in kong-pdk,
 * and plugins rely on nothing behind it being run.
 */
import type { PluginEvent } from "../../plugin-sdk/typescript/event/plugin-event.ts";
import { EventCancelled, EXIT, PdkError } from "../../plugin-sdk/typescript/pdk/errors.ts";
import { callNoting } from "../../plugin-sdk/typescript/pdk/reads.ts";
import { PHASE } from "../../plugin-sdk/typescript/plugin/phases.ts";
import { VALUE_DEPTH_MAX } from "../../plugin-sdk/typescript/wire/value.ts";
import { asRawBody } from "./raw-body.ts";

/** A function of the SDK's `kong`, whatever its arguments are. */
export type Method = (...args: unknown[]) => unknown;

/** A function of the PDK, looked at once. */
export interface KnownFunction {
  readonly wire: string;
  /** The SDK's method. */
  readonly run: Method;
  /** A line of the log: the gateway refuses one with nothing in it. */
  readonly isLog: boolean;
  /** It changes nothing: noted where the gateway wants to know what is read. */
  readonly isRead: boolean;
  /** Bits of the phases in which the gateway refuses it, of a write; 0 for anything else. */
  readonly refusedIn: number;
  /** Makes of the gateway's answer what kong-pdk gives. */
  readonly form: (value: unknown) => unknown;
}

const MULTI_MAP = /\.get_(?:headers|query)$/;
const READS = /\.(?:get|is)(?:_|$)[^.]*$/;
const LOG = /^kong\.log(?:\.(?!set_|serialize)\w+)?$/;
const WRITES =
  /^kong\.(?:service\.(?:set_|request\.)|response\.(?:set|add|clear|exit|error)|client\.(?:authenticate$|tls\.set_))/;
/** What goes to the Service, but for where to, which only access can say. */
const TO_SERVICE = /^kong\.service\.request\./;
const ONLY_IN_ACCESS = /^kong\.(?:service\.set_|client\.authenticate$)/;
const WITHOUT_WRITES = PHASE.log | PHASE.certificate;
/** What ends the request here: whether it is said must not depend on what a plugin catches. */
const ENDING = /^kong\.response\.(?:exit|error)$/;

function refusedIn(wire: string): number {
  if (!WRITES.test(wire)) return 0;
  if (ONLY_IN_ACCESS.test(wire)) return WITHOUT_WRITES | PHASE.response | PHASE.rewrite;
  return TO_SERVICE.test(wire) ? WITHOUT_WRITES | PHASE.response : WITHOUT_WRITES;
}

/** Once for each function and server: what is told of it follows from its name. */
export function knownFunction(wire: string, run: Method): KnownFunction {
  return {
    wire,
    run,
    isLog: LOG.test(wire),
    isRead: READS.test(wire),
    refusedIn: refusedIn(wire),
    form: formOf(wire),
  };
}

const isNothing = (one: unknown): boolean => one === undefined || one === null;

const never = (): Promise<never> => new Promise(() => {});

/** Empty tables are lists, as MessagePack of Kong has them; nothing in a table is JSON's null. */
function asKongPdk(value: unknown): unknown {
  if (typeof value !== "object" || value === null || value instanceof Uint8Array) return value;
  if (Array.isArray(value)) return value.map(inKongPdk);
  const entries = Object.entries(value);
  if (entries.length === 0) return [];
  return Object.fromEntries(entries.map(([key, one]) => [key, inKongPdk(one)]));
}

function inKongPdk(value: unknown): unknown {
  return value === undefined ? null : asKongPdk(value);
}

/**
 * What a plugin put into `kong.ctx.shared`: bytes come back as text, as everything of Lua does. A list with nil in it is a
 * table of the places that are not, from 1 on; nil at its end is not there.
 */
function luaTable(value: unknown): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value).toString();
  if (!Array.isArray(value)) {
    if (typeof value !== "object" || value === null) return value;
    const entries = Object.entries(value);
    if (entries.length === 0) return [];
    return Object.fromEntries(entries.map(([key, one]) => [key, luaTable(one)]));
  }
  const list = value.map(luaTable);
  const there = Object.entries(list).filter(([, one]) => one !== undefined && one !== null);
  if (there.length === Number(there.at(-1)?.[0] ?? -1) + 1) return list.slice(0, there.length);
  return Object.fromEntries(there.map(([place, one]) => [Number(place) + 1, one]));
}

/**
 * A table among the arguments as Lua gets it: an empty list is an empty table, nil at the end of a list is not there, nor
 * are functions, which errors of HTTP clients carry.
 *
 * @throws {PdkError} for a table that is too deep or refers to itself
 */
function argumentTable(table: object, depth: number): unknown {
  if (table instanceof Uint8Array) return table;
  if (depth > VALUE_DEPTH_MAX) throw new PdkError("a value is too deep, or refers to itself");
  // MessagePack has a type of its own for dates, which Lua does not read
  if (table instanceof Date) return undefined;
  if (Array.isArray(table)) {
    const list: unknown[] = table.map((one) => argument(one, depth));
    while (list.length > 0 && isNothing(list.at(-1))) list.pop();
    return list.length === 0 ? {} : list;
  }
  return Object.fromEntries(Object.entries(table).map(([key, one]) => [key, argument(one, depth)]));
}

function argument(value: unknown, depth = 0): unknown {
  if (typeof value === "object" && value !== null) return argumentTable(value, depth + 1);
  if (depth > 0 && (typeof value === "function" || typeof value === "symbol")) return undefined;
  return Object.is(value, -0) ? 0 : value;
}

/** Only a call with a table in it is made anew. */
function argumentsForLua(args: unknown[]): unknown[] {
  for (const one of args) {
    if (typeof one === "object" && one !== null) return args.map((each) => argument(each));
  }
  return args;
}

/** Captures as a table of Lua that begins at 0 and may have holes: numbers to texts. */
function capturesTable(value: unknown): unknown {
  const { unnamed, named } = (value ?? {}) as { unnamed?: unknown; named?: unknown };
  if (!Array.isArray(unnamed)) return asKongPdk(value);
  const texts = Object.entries(unnamed).filter(([, text]) => typeof text === "string");
  return asKongPdk({ unnamed: Object.fromEntries(texts), named });
}

/** Tables of headers and arguments stay tables, even empty. */
function formOf(wire: string): (value: unknown) => unknown {
  if (MULTI_MAP.test(wire)) return (value) => value;
  if (wire === "kong.ctx.shared.get") return luaTable;
  if (wire.endsWith(".get_raw_body")) return asRawBody;
  return wire === "kong.request.get_uri_captures" ? capturesTable : asKongPdk;
}

function settled(answer: Promise<unknown>, form: KnownFunction["form"]): Promise<unknown> {
  return new Promise((done, failed) => {
    answer.then(
      (value) => done(form(value)),
      (cause: unknown) => {
        if (!(cause instanceof EventCancelled)) failed(cause);
      },
    );
  });
}

/** `true` in the place of what may not be sendable: no ending takes it, so the gateway refuses the call and the event fails. */
function sendable(value: unknown): unknown {
  const isPlain = typeof value === "string" || typeof value === "number" || isNothing(value);
  return isPlain ? value : true;
}

/**
 * Ask the gateway. What cannot be sent is the plugin's to catch, except of an ending: a `try` around an exit would let the
 * request through.
 */
export function ask(event: PluginEvent, wire: string, args: unknown[]): Promise<unknown> {
  if (event.isOver) return never();
  try {
    return settled(event.call(wire, argumentsForLua(args)), formOf(wire));
  } catch (cause) {
    if (!ENDING.test(wire)) return Promise.reject(cause);
    return settled(event.call(wire, args.map(sendable)), formOf(wire));
  }
}

/** Call a method of the SDK as kong-pdk does. @param self the namespace that the method is of */
export function callAsKongPdk(
  event: PluginEvent,
  self: unknown,
  known: KnownFunction,
  args: unknown[],
): Promise<unknown> {
  if (event.isOver) return never();
  const isOutOfPhase = (event.phase & known.refusedIn) !== 0;
  if (isOutOfPhase || (known.isLog && args.every(isNothing))) return ask(event, known.wire, args);
  try {
    const given = argumentsForLua(args);
    const value =
      event.reads === null || !known.isRead
        ? known.run.apply(self, given)
        : callNoting(event, known.wire, args, () => known.run.apply(self, given));
    if (value instanceof Promise) return settled(value, known.form);
    return Promise.resolve(value);
  } catch (cause) {
    if (cause === EXIT) {
      event.onExit?.();
      return Promise.resolve(undefined);
    }
    if (cause instanceof PdkError || ENDING.test(known.wire)) return ask(event, known.wire, args);
    return Promise.reject(cause);
  }
}
