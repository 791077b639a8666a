/**
 * The attributes that a value is checked against, compiled to functions in the order in which Kong looks at them: the
 * first that fails gives the message.
 *
 * Type, null and members of lists are not here; see field.ts.
 */
import type { FieldAttributes, FieldError, Pattern } from "./definition.ts";
import { luaPattern } from "./lua-pattern.ts";
import { namedCheck } from "./checks/named.ts";
import { printed } from "./messages.ts";
import { isTable, listOf } from "./tables.ts";
import { regexError } from "./checks/regex.ts";

/** Tells what is wrong with a value that is not null and has the right type; undefined if nothing. */
export type ValueCheck = (value: unknown) => FieldError | undefined;

type Maker<K extends keyof FieldAttributes> = (
  wanted: NonNullable<FieldAttributes[K]>,
) => ValueCheck | undefined;

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const INVALID_VALUE = (value: unknown): string => `invalid value: ${printed(value)}`;
const utf8 = new TextEncoder();

/** Length as Lua counts it: bytes of a text, members of a table. */
function lengthOf(value: unknown): number {
  if (typeof value === "string") {
    if (value.length === 0) return 0;
    // biome-ignore lint/suspicious/noControlCharactersInRegex: the range of ASCII
    return /^[\x00-\x7f]*$/.test(value) ? value.length : utf8.encode(value).length;
  }
  if (Array.isArray(value)) return value.length;
  return isTable(value) ? Object.keys(value).length : 0;
}

function oneOf(wanted: readonly unknown[]): ValueCheck {
  const allowed = new Set(wanted);
  const message = `expected one of: ${wanted.map(printed).join(", ")}`;
  return (value) => (allowed.has(value) ? undefined : message);
}

function notOneOf(wanted: readonly unknown[]): ValueCheck {
  const refused = new Set(wanted);
  const message = `must not be one of: ${wanted.map(printed).join(", ")}`;
  return (value) => (refused.has(value) ? message : undefined);
}

function between([low, high]: readonly [number, number]): ValueCheck {
  const message = `value should be between ${Math.trunc(low)} and ${Math.trunc(high)}`; // as Kong prints them
  return (value) =>
    typeof value === "number" && value >= low && value <= high ? undefined : message;
}

function matchAll(wanted: readonly Pattern[], shouldMatch: boolean): ValueCheck {
  const patterns = wanted.map(({ pattern, err }) => ({ regex: luaPattern(pattern), err }));
  return (value) => {
    for (const { regex, err } of patterns) {
      if (regex.test(String(value)) !== shouldMatch) return err ?? INVALID_VALUE(value);
    }
    return undefined;
  };
}

function matchAny({ patterns, err }: NonNullable<FieldAttributes["match_any"]>): ValueCheck {
  const regexes = patterns.map(luaPattern);
  return (value) =>
    regexes.some((regex) => regex.test(String(value))) ? undefined : (err ?? INVALID_VALUE(value));
}

function subsets(wanted: readonly (readonly string[])[]): ValueCheck {
  const subsetOf = new Map(wanted.flatMap((names, index) => names.map((name) => [name, index])));
  return (value) => {
    const seen = new Set<number>();
    for (const name of listOf(value as readonly unknown[])) {
      const index = subsetOf.get(name as string);
      if (index !== undefined) seen.add(index);
    }
    if (seen.size <= 1) return undefined;
    const sets = wanted.filter((_, index) => seen.has(index));
    const shown = sets.map((names) => `(${names.map((name) => `'${name}'`).join(", ")})`);
    return `these sets are mutually exclusive: ${shown.join(", ")}`;
  };
}

/** Makers of checks, in the order in which they are asked. */
const MAKERS: { readonly [K in keyof FieldAttributes]?: Maker<K> } = {
  eq: (wanted) => (value) => (value === wanted ? undefined : `value must be ${printed(wanted)}`),
  ne: (wanted) => (value) =>
    value !== wanted ? undefined : `value must not be ${printed(wanted)}`,
  not_one_of: notOneOf,
  one_of: oneOf,
  gt: (wanted) => (value) =>
    (value as number) > wanted ? undefined : `value must be greater than ${wanted}`,
  timestamp: () => (value) => ((value as number) > 0 ? undefined : "expected a valid timestamp"),
  uuid: () => (value) => (UUID.test(value as string) ? undefined : "expected a valid UUID"),
  is_regex: () => (value) =>
    regexError(value as string) === undefined ? undefined : `not a valid regex: ${value}`,
  between,
  len_eq: (wanted) => (value) =>
    lengthOf(value) === wanted ? undefined : `length must be ${wanted}`,
  len_min: (wanted) =>
    wanted <= 0
      ? undefined
      : wanted === 1
        ? (value) =>
            value === "" || lengthOf(value) === 0 ? "length must be at least 1" : undefined
        : (value) => (lengthOf(value) >= wanted ? undefined : `length must be at least ${wanted}`),
  len_max: (wanted) => (value) =>
    lengthOf(value) <= wanted ? undefined : `length must be at most ${wanted}`,
  starts_with: (wanted) => (value) =>
    (value as string).startsWith(wanted) ? undefined : `should start with: ${wanted}`,
  not_match: (wanted) => {
    const regex = luaPattern(wanted);
    return (value) => (regex.test(value as string) ? INVALID_VALUE(value) : undefined);
  },
  match_none: (wanted) => matchAll(wanted, false),
  match: (wanted) => {
    const regex = luaPattern(wanted);
    return (value) => (regex.test(value as string) ? undefined : INVALID_VALUE(value));
  },
  match_all: (wanted) => matchAll(wanted, true),
  match_any: matchAny,
  contains: (wanted) => (value) =>
    listOf(value as readonly unknown[]).includes(wanted)
      ? undefined
      : `expected to contain: ${printed(wanted)}`,
  mutually_exclusive_subsets: subsets,
  check: namedCheck,
  custom_validator: (wanted) => wanted as ValueCheck,
};
const ORDER = Object.keys(MAKERS) as (keyof FieldAttributes)[];

/** Names of the attributes that are checked here. */
export const ATTRIBUTES: ReadonlySet<string> = new Set(ORDER);

/**
 * @param attributes of a field; `type` decides about the least length of texts, which is 1 unless they say otherwise
 * @throws {SyntaxError} if a pattern cannot be translated or a named check does not exist
 */
export function compileAttributes(attributes: FieldAttributes & { type?: string }): ValueCheck[] {
  const { err } = attributes;
  const checks: ValueCheck[] = [];
  for (const name of ORDER) {
    let wanted: unknown = attributes[name];
    if (name === "len_min" && attributes.type === "string") wanted ??= 1;
    if (wanted === undefined || wanted === null || wanted === false) {
      if (!((name === "eq" || name === "ne") && wanted === false)) continue;
    }
    const check = (MAKERS[name] as (wanted: unknown) => ValueCheck | undefined)(wanted);
    if (check === undefined) continue;
    checks.push(
      err === undefined ? check : (value) => (check(value) === undefined ? undefined : err),
    );
  }
  return checks;
}
