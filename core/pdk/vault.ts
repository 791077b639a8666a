/**
 * `kong.vault`: references to secrets, `{vault://<name>/<resource>[/<key>][?config][#version]}`.
 *
 * How a reference is read and where its secret comes from is said in config/references.ts; here is what plugins call.
 * Secrets are the environment of the process, which does not change: nothing is kept, and nothing grows old.
 */
import {
  dereference,
  parseReference as partsOf,
  type Fail,
  type Reference,
  type VaultAccess,
} from "../config/references.ts";
import { isReference as isReferenceText } from "../entities/schema/references.ts";
import { PdkError } from "../errors.ts";
import type { Exchange } from "../exchange/exchange.ts";
import { isTable, isTruthy, stringOr } from "./arguments.ts";
import { vaultAccess } from "../store/secrets.ts";
import type { PdkNode } from "./pdk-node.ts";
import { noResult } from "./request-body.ts";

type Table = Record<string, unknown>;

/** Tables within tables of options that are looked through for references. */
const DEPTH_MAX = 32;

/** By its form alone. False for what is no text. */
export function isReference(_x: Exchange, _node: PdkNode, reference: unknown): boolean {
  return typeof reference === "string" && isReferenceText(reference);
}

/** Its parts; null with a reason for a text that is no reference. */
export function parseReference(x: Exchange, _node: PdkNode, reference: unknown): Reference | null {
  x.pdkError = null;
  return partsOf(String(reference), (reason) => noResult(x, reason));
}

/**
 * The secret; null with a reason where there is none.
 * @throws {PdkError} for what is no text
 */
export function get(x: Exchange, node: PdkNode, reference: unknown): string | null {
  const text = stringOr(reference, "reference must be a string");
  x.pdkError = null;
  return dereference(text, accessFor(x, node), (reason) => noResult(x, reason));
}

function accessFor(x: Exchange, node: PdkNode): VaultAccess {
  return vaultAccess(node.vaults, node.snapshot(x));
}

/**
 * A copy of the options in which each field named in `$refs` holds its secret, in tables within them too; "" and a line
 * in the log where there is none. (Kong changes the table itself; configs of plugins cannot be changed here.)
 */
export function update(x: Exchange, node: PdkNode, options: unknown): Table {
  if (!isTable(options)) throw new PdkError("options must be a table");
  x.pdkError = null;
  const access = accessFor(x, node);
  const secretOf = (reference: string): string => {
    const fail: Fail = (reason) => {
      node.log.warn({ reference, reason }, "a secret cannot be read anew");
      return null;
    };
    return dereference(reference, access, fail) ?? "";
  };
  return updated(options as Table, secretOf);
}

/** @param depth of the table in the options; deeper than {@link DEPTH_MAX} it stays as it is */
function updated<T extends object>(
  table: T,
  secretOf: (reference: string) => string,
  depth = 0,
): T {
  if (depth > DEPTH_MAX) return table;
  const copy = (Array.isArray(table) ? [...table] : { ...table }) as Table;
  for (const [field, value] of Object.entries(copy)) {
    if (field !== "$refs" && isTable(value)) copy[field] = updated(value, secretOf, depth + 1);
  }
  const refs = isTable(copy.$refs) ? (copy.$refs as Table) : {};
  for (const [field, reference] of Object.entries(refs)) {
    if (typeof reference === "string") copy[field] = secretOf(reference);
    else if (isTable(reference) && isTable(copy[field])) {
      fillMembers(copy[field] as Table, reference as Table, secretOf);
    }
  }
  return copy as T;
}

/** @param members a copy of a list or map; those that have a reference get its secret */
function fillMembers(members: Table, refs: Table, secretOf: (reference: string) => string): void {
  for (const [key, reference] of Object.entries(refs)) {
    if (typeof reference === "string") members[key] = secretOf(reference);
  }
}

/**
 * Calls back with the secrets as they are now; once more if that fails, which is to throw or to give nothing. Options
 * without references are handed out as they are, once.
 */
export function tryWith(x: Exchange, node: PdkNode, callback: unknown, options: unknown): unknown {
  if (typeof callback !== "function") throw new PdkError("callback must be a function");
  if (!isTable(options) || !refersToAny(options)) return callback(options);
  try {
    const result: unknown = callback(update(x, node, options));
    if (isTruthy(result)) return result;
  } catch {
    // as a callback of Lua that gives nil and an error
  }
  return callback(update(x, node, options));
}

function refersToAny(options: object, depth = 0): boolean {
  return Object.entries(options).some(
    ([field, value]) =>
      isTable(value) && (field === "$refs" || (depth < DEPTH_MAX && refersToAny(value, depth + 1))),
  );
}
