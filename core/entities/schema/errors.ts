/** Reading and writing the tree of errors of a record. */
import type { FieldError, FieldErrors } from "./definition.ts";
import { ENTITY } from "./messages.ts";
import { isTable } from "./tables.ts";

/** Adds an error of several fields. */
export function addEntityError(errors: FieldErrors, error: string): void {
  const list = errors[ENTITY];
  if (Array.isArray(list)) list.push(error);
  else errors[ENTITY] = [error];
}

/** Adds an error at a path such as "config.redis.host"; a text on the way is replaced. */
export function setError(errors: FieldErrors, path: string, error: FieldError): void {
  const names = path.split(".");
  const last = names.pop()!;
  let at = errors;
  for (const name of names) {
    const next = at[name];
    at = at[name] = isTable(next) && !Array.isArray(next) ? (next as FieldErrors) : {};
  }
  at[last] = error;
}

/** Whether there is an error at a path or above it. */
export function hasError(errors: FieldErrors, path: string): boolean {
  if (!path.includes(".")) return errors[path] !== undefined;
  let at: unknown = errors;
  for (const name of path.split(".")) {
    if (typeof at === "string") return true;
    if (!isTable(at)) return false;
    at = at[name];
  }
  return at !== undefined;
}
