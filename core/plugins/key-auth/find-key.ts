/**
 * Where a request carries its API key: for each name in turn a header, the query, then the body.
 *
 * The first name that holds a text decides, be it wrong or empty: a later place does not make it good. A name that comes
 * twice in the place that counts is refused, whatever its values.
 */
import type { Exchange } from "../../exchange/exchange.ts";
import { toText } from "../../pdk/text.ts";
import { type Arguments, decodeArguments } from "../arguments.ts";
import { valuesOf } from "../header-lookup.ts";

/** How many arguments of the query are looked at. */
const QUERY_ARGUMENTS_MAX = 100;

/** What {@link findKey} gives where a name has several values. */
export const DUPLICATE = Symbol("duplicate API key");

/** Where a key may stand; names in the order in which they are tried. */
export interface KeyPlaces {
  readonly names: readonly string[];
  readonly inHeader: boolean;
  readonly inQuery: boolean;
  readonly inBody: boolean;
}

interface FoundKey {
  /** The configured name that held it. */
  readonly name: string;
  /** As text; "" where it was sent empty. */
  readonly key: string;
}

/** A body as it was read: its fields, or null where it has none. */
export type BodyFields = Readonly<Record<string, unknown>> | readonly unknown[] | null;

/** A header's value, all values where it comes several times, undefined if it is not there. */
function inHeaders(x: Exchange, name: string): string | readonly string[] | undefined {
  const values = valuesOf(x.requestHeaders, name);
  return values.length > 1 ? values : values[0];
}

function inFields(fields: BodyFields, name: string): unknown {
  if (fields === null || Array.isArray(fields) || !Object.hasOwn(fields, name)) return undefined;
  return (fields as Readonly<Record<string, unknown>>)[name];
}

/** Null and false are not there, for Lua. */
function isNothing(value: unknown): boolean {
  return value === undefined || value === false;
}

/**
 * The key of a request.
 *
 * @param body null where it is not to be looked at
 * @returns undefined if there is none
 */
export function findKey(
  x: Exchange,
  { names, inHeader, inQuery }: KeyPlaces,
  body: BodyFields,
): FoundKey | typeof DUPLICATE | undefined {
  const { query } = x.upstream;
  let args: Arguments | null = null;
  for (const name of names) {
    let value: unknown = inHeader ? inHeaders(x, name) : undefined;
    if (isNothing(value) && inQuery && query !== "") {
      args ??= decodeArguments(query, QUERY_ARGUMENTS_MAX);
      value = args.get(name);
    }
    if (isNothing(value)) {
      value = inFields(body, name);
      if (typeof value === "string") return { name, key: value };
    }
    if (typeof value === "string") return { name, key: toText(value) };
    if (typeof value === "object" && value !== null) return DUPLICATE;
  }
  return undefined;
}
