/**
 * `kong.log.set_serialize_value`: what plugins put into the log entry, kept in order and applied when it is made.
 *
 * A key is a path: dots nest. Modes: "set" always, "add" only where there is nothing yet, "replace" only where there is
 * something; nil takes away.
 */
import { PdkError } from "../errors.ts";
import type { Exchange } from "../exchange/exchange.ts";
import { isNil, isTable, stringOr } from "./arguments.ts";
import type { PdkNode } from "./pdk-node.ts";
import { textOf } from "./text.ts";

/** Deepest nesting of a value; deeper ones count as referring to themselves. */
const DEPTH_MAX = 32;
const BAD_VALUE =
  "value must be nil, a number, string, boolean or a non-self-referencial table containing numbers, string and booleans";

type Mode = "set" | "add" | "replace";

function modeOf(options: unknown): Mode {
  const mode = isTable(options) ? (options as Record<string, unknown>).mode : undefined;
  if (mode === undefined || mode === null) return "set";
  if (mode === "set" || mode === "add" || mode === "replace") return mode;
  throw new PdkError("mode must be 'set', 'add' or 'replace'");
}

/** A copy, so that what the plugin does to its table later does not change the entry. */
function copyOf(value: unknown, depth: number): unknown {
  switch (typeof value) {
    case "string":
    case "number":
    case "boolean":
      return value;
    case "object":
      if (value === null) return null;
      if (value instanceof Uint8Array) return textOf(value);
      if (depth < DEPTH_MAX) {
        if (Array.isArray(value)) return value.map((one) => copyOf(one, depth + 1));
        const pairs = Object.entries(value);
        return Object.fromEntries(pairs.map(([key, one]) => [key, copyOf(one, depth + 1)]));
      }
  }
  throw new PdkError(BAD_VALUE);
}

/**
 * Keeps a copy of the value for the entries that are made from now on.
 * @throws {PdkError} for a key that is no text, an unknown mode, or a value with a function or deeper than
 *   {@link DEPTH_MAX}
 */
export function setSerializeValue(
  x: Exchange,
  _node: PdkNode,
  key: unknown,
  value: unknown,
  options: unknown,
): void {
  const path = stringOr(key, "key must be a string");
  const mode = modeOf(options);
  const copy = isNil(value) ? null : copyOf(value, 0);
  x.logValues ??= [];
  x.logValues.push({ key: path, value: copy, mode });
}

/** Names of tables, and at last of the value. A dot in the first place is part of a name. */
function pathOf(key: string): string[] {
  const path = key.slice(1).split(".");
  path[0] = `${key.slice(0, 1)}${path[0]}`;
  return path;
}

type Fields = Record<string, unknown>;

/** Write the values into an entry. Tables of entities are copied before anything in them is changed. */
export function applyLogValues(x: Exchange, entry: Fields): void {
  for (const { key, value, mode } of x.logValues ?? []) {
    const path = pathOf(key);
    const last = path.pop()!;
    const fields = fieldsAt(entry, path, mode !== "replace");
    if (fields === null) continue;
    const had = Object.hasOwn(fields, last) ? (fields[last] ?? null) : null;
    if (mode === "add" && had !== null) continue;
    if (mode === "replace" && had === null) continue;
    if (value === null) delete fields[last];
    else define(fields, last, value);
  }
}

/** The table at a path, made where it is missing; null where it is missing and is not to be made. */
function fieldsAt(entry: Fields, path: readonly string[], make: boolean): Fields | null {
  let fields = entry;
  for (const part of path) {
    const next = Object.hasOwn(fields, part) ? fields[part] : undefined;
    if (!isTable(next) && !make) return null;
    const own = isTable(next) ? (Array.isArray(next) ? [...next] : { ...next }) : {};
    define(fields, part, own);
    fields = own as Fields;
  }
  return fields;
}

/** A key like "__proto__" is a key like any other. */
function define(fields: Fields, key: string, value: unknown): void {
  Object.defineProperty(fields, key, {
    value,
    writable: true,
    enumerable: true,
    configurable: true,
  });
}
