/**
 * Headers that plugins write: checked and put in the form in which the gateway takes them, as in Kong.
 *
 * What is checked here throws where the mistake is, with a stack; the gateway would only say later that it refuses.
 */
import { PdkError } from "../pdk/errors.ts";
import { textOf, toWire } from "../wire/text.ts";
import type { Headers } from "./headers.ts";
import type { PluginEvent } from "./plugin-event.ts";
import { callWrite, clearWrite, headerWrite } from "./writes.ts";

/** What may be the value of a header that a plugin writes; a list becomes a line for each. */
export type HeaderValue = string | number | boolean | readonly string[];

const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: controls are what it looks for
const CONTROL = /[\x00-\x1f\x7f]/;
const UNSAFE = /[\0\r\n]/g;

/** One of the two places for headers that plugins write. */
export interface HeaderPlace {
  readonly functionPrefix: string;
  readonly set: number;
  readonly add: number;
  readonly clear: number;
  /** Names, folded, that the gateway does not let plugins write. */
  readonly framing: ReadonlySet<string>;
  of(event: PluginEvent): Headers;
}

function luaType(value: unknown): string {
  if (value === undefined || value === null) return "nil";
  return typeof value === "object" ? "table" : typeof value;
}

/** @throws {PdkError} for what cannot be the name of a header */
function checkedName(name: unknown): string {
  if (typeof name !== "string") {
    const type = luaType(name);
    throw new PdkError(`invalid header name "${String(name)}": got ${type}, expected string`);
  }
  if (!TOKEN.test(name)) throw new PdkError(`invalid header name "${name}"`);
  return name;
}

function escapeUnsafe(c: string): string {
  return c === "\r" ? "%0D" : c === "\n" ? "%0A" : "%00";
}

/** Latin1 text of a value; an empty one is a single space, as in Kong. */
function wireValue(name: string, value: unknown): string {
  switch (typeof value) {
    case "string":
      return value === "" ? " " : toWire(value);
    case "number":
    case "boolean":
      return String(value);
  }
  if (value instanceof Uint8Array) return value.length === 0 ? " " : toWire(textOf(value));
  const type = luaType(value);
  throw new PdkError(
    `invalid header value for "${name}": got ${type}, expected array of string, string, number or boolean`,
  );
}

function wireValues(name: string, list: readonly unknown[]): string[] {
  return list.map((one) => {
    if (typeof one === "string" || one instanceof Uint8Array) return wireValue(name, one);
    const type = luaType(one);
    throw new PdkError(`invalid header value in array "${name}": got ${type}, expected string`);
  });
}

/** Write one line: to the gateway, and where reads see it. */
function writeLine(
  event: PluginEvent,
  place: HeaderPlace,
  op: number,
  name: string,
  value: string,
): void {
  const isAdd = op === place.add;
  if (CONTROL.test(value)) {
    const method = `${place.functionPrefix}.${isAdd ? "add" : "set"}_header`;
    event.record(callWrite(method, [name, Buffer.from(value, "latin1")]));
  } else {
    event.record(headerWrite(op, name, value));
  }
  const safe = UNSAFE.test(value) ? value.replace(UNSAFE, escapeUnsafe) : value;
  if (isAdd) place.of(event).add(name, safe);
  else place.of(event).set(name, safe);
}

/** @param op `place.set` or `place.add` @throws {PdkError} for a bad name or value */
export function writeHeader(
  event: PluginEvent,
  place: HeaderPlace,
  op: number,
  name: string,
  value: unknown,
): void {
  checkedName(name);
  if (typeof value === "string" || !Array.isArray(value)) {
    const text = wireValue(name, value);
    if (isFraming(place, name)) event.record(headerWrite(op, name, text));
    else writeLine(event, place, op, name, text);
    return;
  }
  const values = wireValues(name, value);
  if (values.length === 0 && op === place.set) clearHeader(event, place, name);
  for (const [i, one] of values.entries()) {
    writeLine(event, place, i === 0 ? op : place.add, name, one);
  }
}

/**
 * Framing headers are recorded for the gateway, which does not heed it, and stay for later reads.
 * @throws {PdkError} for a name that is no text
 */
export function clearHeader(event: PluginEvent, place: HeaderPlace, name: unknown): void {
  if (typeof name !== "string") throw new PdkError("header must be a string");
  if (TOKEN.test(name)) event.record(clearWrite(place.clear, name));
  else event.recordCall(`${place.functionPrefix}.clear_header`, [name]);
  if (!isFraming(place, name)) place.of(event).clear(name);
}

/** Set each of them; all are checked before the first is written. */
export function writeHeaders(event: PluginEvent, place: HeaderPlace, headers: object): void {
  if (typeof headers !== "object" || headers === null) {
    throw new PdkError("headers must be a table");
  }
  if (Array.isArray(headers) && headers.length > 0) checkedName(1);
  const pairs = Object.entries(headers).filter(
    ([, value]) => value !== undefined && value !== null,
  );
  for (const [name, value] of pairs) {
    checkedName(name);
    if (Array.isArray(value)) wireValues(name, value);
    else wireValue(name, value);
  }
  for (const [name, value] of pairs) writeHeader(event, place, place.set, name, value);
}

function isFraming(place: HeaderPlace, name: string): boolean {
  const n = name.length;
  if (n !== "content-length".length && n !== "transfer-encoding".length) return false;
  return place.framing.has(name.toLowerCase().replaceAll("_", "-"));
}
