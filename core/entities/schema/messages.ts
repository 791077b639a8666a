/** The sentences of validation, word for word those that clients of Kong know. */
import type { FieldError } from "./definition.ts";

/** For null and absent where the field has no default. */
export const REQUIRED = "required field missing";
/** Also for a field that another subschema has. */
export const UNKNOWN_FIELD = "unknown field";
/** For a reference that names no id. */
export const MISSING_PRIMARY_KEY = "missing primary key";
/** Key of errors that concern several fields. */
export const ENTITY = "@entity";

/** A value within a sentence, as Lua prints it. */
export function printed(value: unknown): string {
  if (value === null) return "null";
  if (value === undefined) return "nil";
  return typeof value === "object" ? "table" : String(value);
}

/** "'a', 'b'". */
export function quotedList(names: readonly string[]): string {
  return names.map((name) => `'${name}'`).join(", ");
}

/** "expected an integer", "expected a set". */
export function expectedType(type: string): string {
  return `expected ${/^[aeiou]/.test(type) ? "an" : "a"} ${type}`;
}

/** Whether an error is the text of one, and not those of members. */
export function isText(error: FieldError | null | undefined): error is string {
  return typeof error === "string";
}
