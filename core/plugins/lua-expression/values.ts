/**
 * Lua's values and what its operators do with them.
 *
 * nil is undefined; text is latin1 text of bytes, so that lengths and comparisons are Lua's. A table is an array (keys
 * from 1), a {@link LuaTable} (looked up by a function of ours) or a plain object of our own.
 */

import { luaNumber } from "../../pdk/lua-number.ts";

/** Gives one value. May throw {@link LuaError}. */
export type LuaFunction = (...args: LuaValue[]) => LuaValue;
/** Whatever answers `[key]`; undefined is nil. */
export interface LuaTable {
  get(key: LuaValue): LuaValue;
}
/** A value of an expression; undefined is nil. */
export type LuaValue = unknown;

/** What an expression does wrong while it runs; the message is Lua's. */
export class LuaError extends Error {
  override readonly name = "LuaError";
}

/** An expression that is no Lua, or more Lua than we have. The message reads like that of Lua's own compiler. */
export class LuaSyntaxError extends Error {
  override readonly name = "LuaSyntaxError";
}

/** As Lua's `type` says it. */
export function luaType(value: LuaValue): string {
  if (value === undefined || value === null) return "nil";
  if (typeof value === "object") return "table";
  return typeof value;
}

/** All but nil and false are true. */
export function isTrue(value: LuaValue): boolean {
  return value !== undefined && value !== null && value !== false;
}

/**
 * A value as a template shows it: nothing for nil. A list of texts (a header that came twice) is joined by ", " where
 * Lua would show the address of the table.
 */
export function shownText(value: LuaValue): string {
  if (typeof value === "string") return value;
  if (value === undefined || value === null) return "";
  if (typeof value === "number") return luaNumber(value);
  if (typeof value === "boolean") return String(value);
  return Array.isArray(value) ? value.map(shownText).join(", ") : luaType(value);
}

function asNumber(value: LuaValue): number {
  if (typeof value === "number") return value;
  if (typeof value === "string" && value.trim() !== "") {
    const number = Number(value);
    if (!Number.isNaN(number)) return number;
  }
  throw new LuaError(`attempt to perform arithmetic on a ${luaType(value)} value`);
}

const ARITHMETIC: Readonly<Record<string, (a: number, b: number) => number>> = {
  "+": (a, b) => a + b,
  "-": (a, b) => a - b,
  "*": (a, b) => a * b,
  "/": (a, b) => a / b,
  "%": (a, b) => a - Math.floor(a / b) * b,
  "^": (a, b) => a ** b,
};

/** A text that is a number counts as one. @throws {LuaError} */
export function arithmetic(operator: string, a: LuaValue, b: LuaValue): number {
  return ARITHMETIC[operator]!(asNumber(a), asNumber(b));
}

/** Order of two numbers or two texts. */
export function isLess(a: LuaValue, b: LuaValue, orEqual: boolean): boolean {
  const isComparable =
    (typeof a === "number" && typeof b === "number") ||
    (typeof a === "string" && typeof b === "string");
  if (!isComparable) {
    const [left, right] = [luaType(a), luaType(b)];
    throw new LuaError(
      left === right
        ? `attempt to compare two ${left} values`
        : `attempt to compare ${left} with ${right}`,
    );
  }
  return orEqual ? (a as string) <= (b as string) : (a as string) < (b as string);
}

/** By identity for tables, as in Lua. */
export function isEqual(a: LuaValue, b: LuaValue): boolean {
  return a === b || (luaType(a) === "nil" && luaType(b) === "nil");
}

/** `a .. b`. @throws {LuaError} for what is neither text nor number */
export function joined(a: LuaValue, b: LuaValue): string {
  for (const part of [a, b]) {
    if (typeof part !== "string" && typeof part !== "number") {
      throw new LuaError(`attempt to concatenate a ${luaType(part)} value`);
    }
  }
  return shownText(a) + shownText(b);
}

/** `#value`: bytes of a text, places of a list; 0 for other tables. @throws {LuaError} */
export function lengthOf(value: LuaValue): number {
  if (typeof value === "string" || Array.isArray(value)) return value.length;
  if (luaType(value) === "table") return 0;
  throw new LuaError(`attempt to get length of a ${luaType(value)} value`);
}

/** `value[key]` */
export function indexed(value: LuaValue, key: LuaValue): LuaValue {
  if (Array.isArray(value)) return typeof key === "number" ? value[key - 1] : undefined;
  if (typeof value !== "object" || value === null) {
    throw new LuaError(`attempt to index a ${luaType(value)} value`);
  }
  if (isLuaTable(value)) return value.get(key);
  const name = typeof key === "number" ? String(key) : key;
  if (typeof name !== "string" || !Object.hasOwn(value, name)) return undefined;
  return (value as Readonly<Record<string, unknown>>)[name];
}

function isLuaTable(value: object): value is LuaTable {
  return value instanceof LuaLookup || value instanceof Map;
}

/** A table whose members are found by a function. */
export class LuaLookup implements LuaTable {
  readonly get: (key: LuaValue) => LuaValue;

  constructor(get: (key: LuaValue) => LuaValue) {
    this.get = get;
  }
}
