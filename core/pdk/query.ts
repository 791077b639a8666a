/**
 * Queries and forms: decoding as nginx does it for Lua, and encoding as Kong does it for the Service.
 *
 * Input and output of the wire are latin1 strings; names and values are text.
 */
import { luaNumber } from "./lua-number.ts";
import { isNil, isTable } from "./arguments.ts";
import type { QueryArgs } from "./kong-api.ts";
import { bytesOf, textOf, toText } from "./text.ts";

const ESCAPED = /[%+]/;

function hexValue(code: number): number {
  if (code >= 48 && code <= 57) return code - 48;
  const letter = code | 32;
  return letter >= 97 && letter <= 102 ? letter - 87 : -1;
}

/** Undo `%XX` and `+`; an escape that is none stays as it is. */
export function unescapeArg(wire: string): string {
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

/**
 * Arguments of a query or an urlencoded form. Those without a name are left out.
 *
 * @param max how many arguments are looked at
 */
export function decodeQuery(wire: string, max: number): QueryArgs {
  const args: QueryArgs = Object.create(null);
  if (wire === "") return args;
  let left = max;
  for (const pair of wire.split("&")) {
    if (pair === "" || left <= 0) continue;
    const equals = pair.indexOf("=");
    const name = unescapeArg(equals < 0 ? pair : pair.slice(0, equals));
    if (name === "") continue;
    left--;
    const value = equals < 0 ? true : unescapeArg(pair.slice(equals + 1));
    const had = args[name];
    if (had === undefined) args[name] = value;
    else if (Array.isArray(had)) had.push(value);
    else args[name] = [had, value];
  }
  return args;
}

/** Bytes that stay as they are in a name or a value: RFC 3986's unreserved ones. */
const UNRESERVED = /^[A-Za-z0-9\-._~]*$/;

function escapeArg(text: string): string {
  if (UNRESERVED.test(text)) return text;
  let escaped = "";
  for (const byte of bytesOf(text)) {
    const char = String.fromCharCode(byte);
    escaped += UNRESERVED.test(char)
      ? char
      : `%${byte.toString(16).toUpperCase().padStart(2, "0")}`;
  }
  return escaped;
}

/** The pairs of one name, joined; undefined for a value that no query can hold. */
function encodePairs(name: string, value: unknown): string | undefined {
  const key = escapeArg(name);
  if (value === true) return key;
  // what stands for nothing leaves its place empty (recorded: a leading "&")
  if (value === false) return "";
  if (typeof value === "string") return `${key}=${escapeArg(value)}`;
  if (typeof value === "number") return `${key}=${escapeArg(luaNumber(value))}`;
  if (value instanceof Uint8Array) return `${key}=${escapeArg(textOf(value))}`;
  if (!isTable(value)) return undefined;
  // the values of a table count as those of a list (recorded)
  const pairs: string[] = [];
  for (const one of Object.values(value)) {
    if (isNil(one)) continue; // a hole in a list is no value of it
    const pair = isTable(one) ? undefined : encodePairs(name, one);
    if (pair === undefined) return undefined;
    pairs.push(pair);
  }
  return pairs.join("&");
}

/**
 * A query from arguments, in the order of their text; values of one name stay in their order.
 *
 * @returns undefined if a value is no string, number, boolean or list of these
 */
export function encodeQuery(args: Readonly<Record<string, unknown>>): string | undefined {
  const names: string[] = [];
  for (const [name, value] of Object.entries(args)) {
    if (value === null || value === undefined) continue; // nil: not in a Lua table
    const pairs = encodePairs(name, value);
    if (pairs === undefined) return undefined;
    names.push(pairs);
  }
  return names.sort().join("&");
}
