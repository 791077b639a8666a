/**
 * Checks of arguments, with Kong's messages. Arguments come from plugins in other languages, so everything is unknown
 * until it was looked at: null and undefined are nil, bytes are a string, objects and arrays are a table.
 */
import { PdkError } from "../errors.ts";
import { textOf } from "./text.ts";

/** Kong's name of a value's type, for messages. */
export function typeName(value: unknown): string {
  if (value === undefined || value === null) return "nil";
  if (value instanceof Uint8Array) return "string";
  const type = typeof value;
  if (type === "object") return "table";
  return type === "bigint" ? "number" : type;
}

/** What a plugin in Lua would call a table: an object or a list; bytes are text, and none. */
export function isTable(value: unknown): value is Record<string, unknown> | unknown[] {
  return typeof value === "object" && value !== null && !(value instanceof Uint8Array);
}

/** @throws {PdkError} with `message` for what is neither text nor bytes */
export function stringOr(value: unknown, message: string): string {
  if (typeof value === "string") return value;
  if (value instanceof Uint8Array) return textOf(value);
  throw new PdkError(message);
}

/** What a plugin in Lua would call nil. */
export function isNil(value: unknown): value is null | undefined {
  return value === undefined || value === null;
}

/** Does Lua take it for true? Everything is, but nil and false. */
export function isTruthy(value: unknown): boolean {
  return !isNil(value) && value !== false;
}

/** Limits of the maximum that `get_headers`, `get_query` and `get_body` take. */
const LIST_MAX = 1000;
/** Headers or arguments that are looked at where the plugin names no maximum. */
export const LIST_DEFAULT = 100;

/**
 * A maximum of headers or arguments.
 *
 * @param name as in the message: "max_headers", "max_args"
 * @throws {PdkError} unless it is a number from 1 to {@link LIST_MAX}
 */
export function listMax(value: unknown, name: string): number {
  if (value === undefined || value === null) return LIST_DEFAULT;
  if (typeof value !== "number") throw new PdkError(`${name} must be a number`);
  if (!(value >= 1)) throw new PdkError(`${name} must be >= 1`); // NaN, too: it would be no maximum at all
  if (value > LIST_MAX) throw new PdkError(`${name} must be <= ${LIST_MAX}`);
  return Math.floor(value);
}

/**
 * A whole number in a range.
 *
 * @throws {PdkError} "<name> must be an integer", "<name> must be an integer between <min> and <max>: given <n>"
 */
export function integerIn(value: unknown, name: string, min: number, max: number): number {
  if (typeof value !== "number" || !Number.isInteger(value)) {
    throw new PdkError(`${name} must be an integer`);
  }
  if (value < min || value > max) {
    throw new PdkError(`${name} must be an integer between ${min} and ${max}: given ${value}`);
  }
  return value;
}
