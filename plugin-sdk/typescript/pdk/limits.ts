/** Limits of the maximum that `getHeaders` and `getQuery` take; Kong's. */
import { PdkError } from "./errors.ts";

const LIST_MAX = 1000;
/** Where the plugin names no maximum. */
export const LIST_DEFAULT = 100;

/** @param name as in the message @throws {PdkError} unless it is a number from 1 to {@link LIST_MAX} */
export function listMax(value: number | undefined | null, name: string): number {
  if (value === undefined || value === null) return LIST_DEFAULT;
  if (typeof value !== "number") throw new PdkError(`${name} must be a number`);
  if (!(value >= 1)) throw new PdkError(`${name} must be >= 1`); // NaN, too: it would be no maximum at all
  if (value > LIST_MAX) throw new PdkError(`${name} must be <= ${LIST_MAX}`);
  return Math.floor(value);
}

/** @throws {PdkError} with `message` unless it is text */
export function textOr(value: unknown, message: string): string {
  if (typeof value === "string") return value;
  throw new PdkError(message);
}
