/**
 * What counts as a table, a list or a map. JSON's `{}` and `[]` are the same empty table to Kong, so either may stand
 * for an empty record, list or map here too.
 */
import type { Table } from "./definition.ts";

/** As in Lua: objects and lists, and not null. */
export function isTable(value: unknown): value is Table {
  return typeof value === "object" && value !== null;
}

/** A list, which may also be written as the empty object. */
export function isList(value: unknown): value is readonly unknown[] {
  return Array.isArray(value) || (isTable(value) && isEmptyTable(value));
}

/** Has it no member at all? Of a list that is one without places. */
export function isEmptyTable(value: Table): boolean {
  for (const _ in value) return false;
  return true;
}

/** A list as an array; the empty object is the empty list. */
export function listOf(value: readonly unknown[] | Table): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** Names of members; those of a list are counted from 1. */
export function entriesOf(value: Table): [string | number, unknown][] {
  if (Array.isArray(value)) return value.map((member, index) => [index + 1, member]);
  return Object.entries(value);
}

/** The value at a path such as "config.redis.host"; undefined where there is none. */
export function getField(record: Table, path: string): unknown {
  if (!path.includes(".")) return record[path];
  let value: unknown = record;
  for (const name of path.split(".")) {
    if (!isTable(value)) return undefined;
    value = value[name];
  }
  return value;
}

/** Neither null nor an empty text or table. */
export function isNonEmpty(value: unknown): boolean {
  if (value === undefined || value === null || value === "") return false;
  return !isTable(value) || !isEmptyTable(value);
}
