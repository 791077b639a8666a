/**
 * Lua's `string` library, as far as a function that gives one value can be had.
 *
 * Every text has it: `headers.host:upper()` works in a sandbox too, where the name `string` does not. A function that gives
 * several values in Lua gives the first one, which is what a template shows. Patterns are Lua's, without `%b`, `%f` and
 * position captures; they are matched in linear time, because the texts are often a client's.
 */
import { LRUCache } from "lru-cache";
import type { RE2JS } from "re2js";
import { luaPattern } from "../../entities/schema/lua-pattern.ts";
import { luaNumber } from "../../pdk/lua-number.ts";
import { linearEngine, WORK_MAX } from "../../router/regex/linear-engine.ts";
import {
  indexed,
  LuaError,
  type LuaFunction,
  type LuaValue,
  luaType,
  shownText,
} from "./values.ts";

/** Longest text that a function makes, in bytes. */
const MADE_TEXT_MAX = 65_536;
/** Patterns that are kept translated, in each process. */
const PATTERNS_MAX = 200;

/** By Lua's name. */
export type Functions = Readonly<Record<string, (...args: LuaValue[]) => LuaValue>>;

function text(value: LuaValue): string {
  if (typeof value === "string") return value;
  if (typeof value === "number") return luaNumber(value);
  throw new LuaError(`bad argument #1 (string expected, got ${luaType(value)})`);
}

/** @param otherwise for nil; without it nil is an error. @throws {LuaError} for what is no number */
export function number(value: LuaValue, otherwise?: number): number {
  if (value === undefined && otherwise !== undefined) return otherwise;
  const converted =
    typeof value === "number" ? value : typeof value === "string" ? Number(value) : Number.NaN;
  if (Number.isNaN(converted))
    throw new LuaError(`bad argument (number expected, got ${luaType(value)})`);
  return converted;
}

function made(result: string): string {
  if (result.length > MADE_TEXT_MAX) throw new LuaError("resulting string too large");
  return result;
}

/** Lua's positions count from 1, negative ones from the end; both ends belong to the part. */
function part(value: string, from: number, to: number): string {
  const start = from < 0 ? Math.max(value.length + from, 0) : Math.max(from - 1, 0);
  const end = to < 0 ? value.length + to + 1 : to;
  return value.slice(start, Math.max(end, 0));
}

const patterns = new LRUCache<string, RE2JS>({ max: PATTERNS_MAX });

/** A pattern on its way through a text. @throws {LuaError} for one that is none, or is too much for a text of this length */
function matcherOf(pattern: LuaValue, value: string) {
  const compiled = compiledPattern(text(pattern));
  if (value.length * compiled.programSize() > WORK_MAX) {
    throw new LuaError(`a text of ${value.length} bytes is too long for this pattern`);
  }
  return compiled.matcher(value);
}

function compiledPattern(source: string): RE2JS {
  let pattern = patterns.get(source);
  if (pattern === undefined) {
    try {
      pattern = linearEngine().compile(luaPattern(source).source);
    } catch {
      throw new LuaError(`malformed pattern ${source}`);
    }
    patterns.set(source, pattern);
  }
  return pattern;
}

/** Where a search begins, from Lua's position. */
function searchFrom(value: string, init: LuaValue): number {
  const from = number(init, 1);
  return from < 0 ? Math.max(value.length + from, 0) : Math.max(from - 1, 0);
}

/** The place of the match in all of the value, and what it shows: its first capture, or all of it. */
interface Found {
  readonly at: number;
  readonly shown: string;
}

function search(value: string, pattern: LuaValue, init: LuaValue): Found | null {
  const from = searchFrom(value, init);
  if (from > value.length) return null;
  const matcher = matcherOf(pattern, value.slice(from)); // `^` is where the search begins
  if (!matcher.find()) return null;
  const shown = matcher.group(Math.min(1, matcher.groupCount())) ?? "";
  return { at: from + matcher.start(), shown };
}

/** What takes the place of a match. */
function replacement(by: LuaValue, match: string, captures: readonly string[]): string {
  const first = captures[0] ?? match;
  if (typeof by === "string" || typeof by === "number") {
    return text(by).replace(/%([\s\S]?)/g, (_, char: string) => {
      if (char === "0") return match;
      if (!/[1-9]/.test(char)) return char;
      return (char === "1" ? first : captures[Number(char) - 1]) ?? "";
    });
  }
  const value =
    typeof by === "function"
      ? (by as LuaFunction)(...(captures.length > 0 ? captures : [match]))
      : indexed(by, first);
  return value === undefined || value === null || value === false ? match : text(value);
}

function substitute(value: string, pattern: LuaValue, by: LuaValue, max: number): string {
  const matcher = matcherOf(pattern, value);
  let result = "";
  let behind = 0;
  for (let left = max; left > 0 && matcher.find(); left--) {
    const captures = Array.from(
      { length: matcher.groupCount() },
      (_, i) => matcher.group(i + 1) ?? "",
    );
    const replaced = replacement(by, matcher.group(0) ?? "", captures);
    result = made(result + value.slice(behind, matcher.start()) + replaced);
    behind = matcher.end();
  }
  return result === "" && behind === 0 ? value : made(result + value.slice(behind));
}

const DIRECTIVE = /%([-0]*)(\d{0,2})(?:\.(\d{1,2}))?([\s\S]?)/g;

function formatted(kind: string, precision: string | undefined, value: LuaValue): string {
  switch (kind) {
    case "d":
    case "i":
      return String(Math.trunc(number(value)));
    case "x":
      return Math.trunc(number(value)).toString(16);
    case "X":
      return Math.trunc(number(value)).toString(16).toUpperCase();
    case "f":
      return number(value).toFixed(Number(precision ?? 6));
    case "s": {
      const shown = value === undefined ? "nil" : shownText(value);
      return precision === undefined ? shown : shown.slice(0, Number(precision));
    }
    default:
      throw new LuaError(`invalid option '%${kind}' to 'format'`);
  }
}

function format(template: LuaValue, ...values: LuaValue[]): string {
  let next = 0;
  const result = text(template).replace(
    DIRECTIVE,
    (_, flags: string, width: string, precision: string | undefined, kind: string) => {
      if (kind === "%") return "%";
      const shown = formatted(kind, precision, values[next++]);
      if (flags.includes("-")) return shown.padEnd(Number(width));
      return shown.padStart(Number(width), flags.includes("0") && kind !== "s" ? "0" : " ");
    },
  );
  return made(result);
}

/** What is not here is nil, as in a sandbox. */
export const STRING: Functions = {
  sub: (s, i, j) => part(text(s), number(i, 1), number(j, -1)),
  upper: (s) => text(s).replace(/[a-z]/g, (c) => c.toUpperCase()),
  lower: (s) => text(s).replace(/[A-Z]/g, (c) => c.toLowerCase()),
  len: (s) => text(s).length,
  reverse: (s) => [...text(s)].reverse().join(""),
  byte: (s, i) => part(text(s), number(i, 1), number(i, 1)).charCodeAt(0) || undefined,
  char: (...codes) => String.fromCharCode(...codes.map((code) => number(code) & 255)),
  rep: (s, n) => {
    const [word, count] = [text(s), Math.max(0, number(n))];
    if (word.length * count > MADE_TEXT_MAX) throw new LuaError("resulting string too large");
    return word.repeat(count);
  },
  find: (s, pattern, init, plain) => {
    const value = text(s);
    if (plain === true) {
      const at = value.indexOf(text(pattern), searchFrom(value, init));
      return at < 0 ? undefined : at + 1;
    }
    const found = search(value, pattern, init);
    return found === null ? undefined : found.at + 1;
  },
  match: (s, pattern, init) => search(text(s), pattern, init)?.shown,
  gsub: (s, pattern, by, max) =>
    substitute(text(s), pattern, by, number(max, Number.MAX_SAFE_INTEGER)),
  format,
};

/** `text.key`: a function of the library, nil for anything else. */
export function stringMember(key: LuaValue): LuaValue {
  return typeof key === "string" && Object.hasOwn(STRING, key) ? STRING[key] : undefined;
}
