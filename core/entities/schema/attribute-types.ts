/**
 * What the attributes of a field in a plugin's schema are made of.
 *
 * A plugin server writes them in a language of its own, where `required: "true"` is quickly said. Taken as it stands it
 * would be no requirement at all, so it is refused, as in Kong.
 */

type AttributeType = "boolean" | "number" | "integer" | "string" | "array";

const NAMES: Readonly<Record<AttributeType, readonly string[]>> = {
  boolean: [
    ...[
      "required",
      "auto",
      "unique",
      "unique_across_ws",
      "immutable",
      "encrypted",
      "referenceable",
    ],
    ...["transient", "abstract", "is_regex", "timestamp", "uuid"],
  ],
  number: ["gt"],
  integer: ["len_eq", "len_min", "len_max"],
  string: ["match", "not_match", "starts_with", "err", "reference", "description"],
  array: ["between", "one_of", "not_one_of", "match_all", "match_none"],
};

const TYPE_OF: ReadonlyMap<string, AttributeType> = new Map(
  (Object.keys(NAMES) as AttributeType[]).flatMap((type) =>
    NAMES[type].map((name) => [name, type] as const),
  ),
);

/** With its article, as the messages of configurations have it. */
const WANTED: Readonly<Record<AttributeType, string>> = {
  boolean: "a boolean",
  number: "a number",
  integer: "an integer",
  string: "a string",
  array: "an array",
};

function isOf(type: AttributeType, value: unknown): boolean {
  switch (type) {
    case "integer":
      return Number.isInteger(value);
    case "array":
      // JSON's empty object is an empty table of Lua, which is an empty list as well
      return Array.isArray(value) || (isObject(value) && Object.keys(value).length === 0);
    default:
      return typeof value === type;
  }
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

/** An attribute as it is used: an empty table is an empty list where a list is wanted. */
export function attributeValue(name: string, value: unknown): unknown {
  return TYPE_OF.get(name) === "array" && isObject(value) && !Array.isArray(value) ? [] : value;
}

const NUMERIC = ["number", "integer"];
const UNIQUE = ["string", "number", "integer", "foreign"];
const LISTS = ["array", "set"];
/** Types of fields that an attribute may stand at, where it would do nothing at others; those not here may stand at any. */
const FIELD_TYPES: ReadonlyMap<string, readonly string[]> = new Map([
  ["between", NUMERIC],
  ["timestamp", NUMERIC],
  ["len_eq", [...LISTS, "string", "map"]],
  ["match", ["string"]],
  ["is_regex", ["string"]],
  ["uuid", ["string"]],
  ["one_of", ["string", ...NUMERIC]],
  ["contains", LISTS],
  ["unique", UNIQUE],
  ["unique_across_ws", UNIQUE],
  ["abstract", ["string", ...NUMERIC, "record", ...LISTS, "map"]],
  ["json_schema", ["json"]],
  ["transient", ["string", ...NUMERIC, ...LISTS, "boolean"]],
]);
/** What is wrong with an attribute at a field of that type, in Kong's words; undefined if nothing is. */
export function placeError(name: string, type: string): string | undefined {
  if (FIELD_TYPES.get(name)?.includes(type) !== false) return undefined;
  return `field of type '${type}' cannot have attribute '${name}'`;
}

/** What is wrong with the value of an attribute, in Kong's words; undefined for one that is right, or of another kind. */
export function attributeError(name: string, value: unknown): string | undefined {
  const type = TYPE_OF.get(name);
  if (type === undefined || isOf(type, value)) return undefined;
  return `${name}: expected ${WANTED[type]}`;
}
