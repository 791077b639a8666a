/**
 * Rows on their way from the primary to a worker: what they share is sent once.
 *
 * Rows of one entity differ in a few fields, and the rest are defaults. Sent whole, 10,000 Routes are 5 MB of JSON, which
 * the worker reads and collects between requests, and each row has a list of protocols and a reference to its Service of
 * its own. So the first row of an entity goes along as the base, and of every row only what is not the same; what is the
 * same is one value in all rows of the worker, which nobody may change there anyway.
 */
import type { Row } from "../store/snapshot.ts";

type Fields = Readonly<Record<string, unknown>>;

/** The fields that differ from the base; or, in a list by itself, a row that has other fields than the base. */
export type PackedRow = Fields | readonly [Row];

/** Longest list that is compared with the base's: longer ones are no lists of protocols or methods. */
const LIST_LENGTH_MAX = 16;

/**
 * Take a row apart.
 *
 * @param base a row of the same entity
 */
export function packRow(base: Row, row: Row): PackedRow {
  const differing: Record<string, unknown> = {};
  let missing = Object.keys(base).length;
  for (const name of Object.keys(row)) {
    const value = row[name];
    // JSON leaves out what is undefined, and the base would shine through
    if (value === undefined || !Object.hasOwn(base, name)) return [row];
    missing--;
    if (!isSame(value, base[name])) differing[name] = value;
  }
  return missing === 0 ? differing : [row];
}

/** Put a row together again; it shares values with the base. */
export function unpackRow(base: Row, packed: PackedRow): Row {
  return isWhole(packed) ? packed[0] : { ...base, ...packed };
}

function isWhole(packed: PackedRow): packed is readonly [Row] {
  return Array.isArray(packed);
}

/** Are they the same value: equal, references to one entity, or short lists of equal values? */
function isSame(value: unknown, other: unknown): boolean {
  if (value === other) return true;
  if (typeof value !== "object" || typeof other !== "object") return false;
  if (value === null || other === null) return false;
  if (!Array.isArray(value) || !Array.isArray(other)) return isSameReference(value, other);
  if (value.length !== other.length || value.length > LIST_LENGTH_MAX) return false;
  return value.every((item, i) => item === other[i]);
}

function isSameReference(value: object, other: object): boolean {
  const { id } = value as { id?: unknown };
  return (
    typeof id === "string" &&
    id === (other as { id?: unknown }).id &&
    Object.keys(value).length === 1 &&
    Object.keys(other).length === 1
  );
}
