/**
 * Queries as plugins see them: arguments decoded as nginx does it for Kong, values of a name as a list.
 *
 * Read here whatever they hold, so that `kong.request.getQueryArg` never has to ask the gateway; tests hold this to the
 * gateway's own code.
 */
import { putOwn } from "../wire/value.ts";
import { bytesOf, textOf, toText } from "../wire/text.ts";

const ESCAPED = /[%+]/;

function hexValue(code: number): number {
  if (code >= 48 && code <= 57) return code - 48;
  const letter = code | 32;
  return letter >= 97 && letter <= 102 ? letter - 87 : -1;
}

/** Undo `%XX` and `+`; an escape that is none stays as it is. */
function unescapeArg(wire: string): string {
  if (!ESCAPED.test(wire)) return toText(wire);
  const bytes = Buffer.from(wire, "latin1");
  let out = 0;
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i]!;
    const high = byte === 0x25 ? hexValue(bytes[i + 1] ?? 0) : -1;
    const low = high < 0 ? -1 : hexValue(bytes[i + 2] ?? 0);
    if (low >= 0) {
      bytes[out++] = (high << 4) | low;
      i += 2;
    } else {
      bytes[out++] = byte === 0x2b ? 0x20 : byte;
    }
  }
  return textOf(bytes.subarray(0, out));
}

/** Call for each argument with its text; `true` stands for one without "=". Those without a name are left out. */
function forEachArg(
  wire: string,
  max: number,
  visit: (name: string, value: string | true) => boolean,
): void {
  let left = max;
  if (wire === "") return;
  for (const pair of wire.split("&")) {
    if (pair === "" || left <= 0) continue;
    const equals = pair.indexOf("=");
    const name = unescapeArg(equals < 0 ? pair : pair.slice(0, equals));
    if (name === "") continue;
    left--;
    if (!visit(name, equals < 0 ? true : unescapeArg(pair.slice(equals + 1)))) return;
  }
}

/** First value of an argument: its text, true without "=", undefined if there is none among the first `max`. */
export function queryArg(wire: string, name: string, max: number): string | true | undefined {
  let found: string | true | undefined;
  forEachArg(wire, max, (one, value) => {
    if (one === name) found = value;
    return found === undefined;
  });
  return found;
}

/** Values of an argument: `true` stands for one without "=" beside others. */
export type QueryTable = Record<string, (string | true)[]>;

/** Name to its values; one without "=" alone is an empty list, as Kong's SDK gives it. */
export function queryArgs(wire: string, max: number): QueryTable {
  const args: QueryTable = {};
  forEachArg(wire, max, (name, value) => {
    if (Object.hasOwn(args, name)) args[name]!.push(value);
    else putOwn(args, name, [value]);
    return true;
  });
  for (const values of Object.values(args)) {
    if (values.length === 1 && values[0] === true) values.pop();
  }
  return args;
}

const UNRESERVED = /^[A-Za-z0-9\-._~]*$/;

function escapeArg(text: string): string {
  if (UNRESERVED.test(text)) return text;
  let escaped = "";
  for (const byte of bytesOf(text)) {
    const char = String.fromCharCode(byte);
    const hex = byte.toString(16).toUpperCase().padStart(2, "0");
    escaped += UNRESERVED.test(char) ? char : `%${hex}`;
  }
  return escaped;
}

/** What may be the value of an argument that a plugin writes; `true` is the name alone. */
export type QueryValue = string | number | boolean | readonly (string | number | boolean)[];

function encodedPairs(name: string, value: unknown): string {
  const key = escapeArg(name);
  if (value === true) return key;
  if (value === false) return ""; // leaves its place empty, as in Kong
  if (Array.isArray(value)) return value.map((one) => encodedPairs(name, one)).join("&");
  return `${key}=${escapeArg(String(value))}`;
}

/** The query that `kong.service.request.set_query` makes of arguments: in the order of their text. */
export function encodedQuery(args: Readonly<Record<string, unknown>>): string {
  const pairs: string[] = [];
  for (const [name, value] of Object.entries(args)) {
    if (value !== undefined && value !== null) pairs.push(encodedPairs(name, value));
  }
  return pairs.sort().join("&");
}

/** A query without the arguments of that name; the same text where there is none. */
export function withoutArg(wire: string, name: string): string {
  const kept: string[] = [];
  let isChanged = false;
  for (const pair of wire.split("&")) {
    const equals = pair.indexOf("=");
    if (unescapeArg(equals < 0 ? pair : pair.slice(0, equals)) === name) isChanged = true;
    else if (pair !== "") kept.push(equals < 0 ? `${pair}=` : pair);
  }
  return isChanged ? kept.join("&") : wire;
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: controls are what it looks for
const BREAKS_REQUEST_LINE = /[\x00-\x20\x7f]/g;

/** A query as the gateway keeps it: controls and spaces are escaped. */
export function safeQuery(wire: string): string {
  return wire.replace(
    BREAKS_REQUEST_LINE,
    (c) => `%${c.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`,
  );
}
