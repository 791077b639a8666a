/**
 * One call of a kong-pdk plugin: a promise in every case, answered here where the SDK can, else by the gateway.
 *
 * What the SDK refuses is put to the gateway all the same, so that it is refused in Kong's own words and the request ends
 * as it does in Kong. After that, and after an exit, a call is a promise that nothing ever settles: so it is in kong-pdk,
 * and plugins rely on nothing behind it being run.
 */
import type { PluginEvent } from "../../plugin-sdk/typescript/event/plugin-event.ts";
import { EventCancelled, EXIT, PdkError } from "../../plugin-sdk/typescript/pdk/errors.ts";
import { PHASE } from "../../plugin-sdk/typescript/plugin/phases.ts";

type Method = (...args: unknown[]) => unknown;

const MULTI_MAP = /\.get_(?:headers|query)$/;

const never = (): Promise<never> => new Promise(() => {});

/** Empty tables are lists, as MessagePack of Kong has them; a missing value is not there. */
function asKongPdk(value: unknown): unknown {
  if (typeof value !== "object" || value === null || value instanceof Uint8Array) return value;
  if (Array.isArray(value)) return value.map(asKongPdk);
  const entries = Object.entries(value);
  if (entries.length === 0) return [];
  return Object.fromEntries(entries.map(([key, one]) => [key, asKongPdk(one)]));
}

/** Captures as a table of Lua that begins at 0 and may have holes: numbers to texts. */
function capturesTable(value: unknown): unknown {
  const { unnamed, named } = (value ?? {}) as { unnamed?: unknown; named?: unknown };
  if (!Array.isArray(unnamed)) return asKongPdk(value);
  const texts = Object.entries(unnamed).filter(([, text]) => typeof text === "string");
  return asKongPdk({ unnamed: Object.fromEntries(texts), named });
}

/** Results that have a form of their own: tables of headers and arguments stay tables, even empty. */
function formOf(wire: string): (value: unknown) => unknown {
  if (MULTI_MAP.test(wire)) return (value) => value;
  return wire === "kong.request.get_uri_captures" ? capturesTable : asKongPdk;
}

function settled(answer: Promise<unknown>, wire: string): Promise<unknown> {
  const form = formOf(wire);
  return new Promise((done, failed) => {
    answer.then(
      (value) => done(form(value)),
      (cause: unknown) => {
        if (!(cause instanceof EventCancelled)) failed(cause);
      },
    );
  });
}

/** Ask the gateway. */
export function ask(event: PluginEvent, wire: string, args: unknown[]): Promise<unknown> {
  if (event.isOver) return never();
  try {
    return settled(event.call(wire, args), wire);
  } catch (cause) {
    return Promise.reject(cause);
  }
}

const LOG = /^kong\.log(?:\.(?!set_|serialize)\w+)?$/;

/** Has a line of the log nothing in it? The gateway refuses it then. */
const isEmptyLine = (wire: string, args: readonly unknown[]): boolean =>
  LOG.test(wire) && args.every((one) => one === undefined || one === null);

const WITHOUT_WRITES = PHASE.log | PHASE.certificate;
const WRITES =
  /^kong\.(?:service\.(?:set_|request\.)|response\.(?:set|add|clear|exit|error)|client\.(?:authenticate$|tls\.set_))/;

/** Is it a write that the phase never has? Put to the gateway at once it ends the event there, as in Kong. */
const isOutOfPhase = (event: PluginEvent, wire: string): boolean =>
  (event.phase & WITHOUT_WRITES) !== 0 && WRITES.test(wire);

/** Call a method of the SDK as kong-pdk does. @param self the namespace that the method is of */
export function callAsKongPdk(
  event: PluginEvent,
  self: unknown,
  method: Method,
  wire: string,
  args: unknown[],
): Promise<unknown> {
  if (event.isOver) return never();
  if (isEmptyLine(wire, args) || isOutOfPhase(event, wire)) return ask(event, wire, args);
  try {
    const value = method.apply(self, args);
    if (value instanceof Promise) return settled(value, wire);
    return Promise.resolve(value);
  } catch (cause) {
    if (cause === EXIT) {
      event.onExit?.();
      return Promise.resolve(undefined);
    }
    if (cause instanceof PdkError) return ask(event, wire, args);
    return Promise.reject(cause);
  }
}
