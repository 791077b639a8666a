/**
 * How a schema is written down: the shape of Kong's schema tables as JSON, plus the few members that only code can have.
 *
 * Plugin servers hand their schemas over in this shape, plugins of our own export it, and the entities of the core are
 * written in it too, so that `/schemas/...` can show what is checked. Members that hold code (`check`, `custom_validator`,
 * `func`, `fn`) are left out there.
 */

/** One field in a list of fields: an object with exactly one member, its name. */
export type FieldList = readonly Readonly<Record<string, FieldSchema>>[];

/** Errors of a record by field name, with "@entity" for those of several fields. */
export interface FieldErrors {
  [field: string]: FieldError;
}
/** Text of one error, errors of the fields of a record, or of the members of a list (null where one is good). */
export type FieldError = string | FieldErrors | (FieldError | null)[];

/** A table as it comes from JSON or YAML. */
export type Table = Record<string, unknown>;

type FieldType =
  | "string"
  | "integer"
  | "number"
  | "boolean"
  | "array"
  | "set"
  | "map"
  | "record"
  | "foreign"
  | "function"
  | "json"
  | "any";

/** A Lua pattern, and what is said where it fails; absent: "invalid value: ...". */
export interface Pattern {
  readonly pattern: string;
  readonly err?: string;
}

/** Attributes that a value is checked against; in a condition (`if_match`) they stand alone. */
export interface FieldAttributes {
  readonly required?: boolean;
  readonly eq?: unknown;
  readonly ne?: unknown;
  readonly one_of?: readonly unknown[];
  readonly not_one_of?: readonly unknown[];
  readonly between?: readonly [number, number];
  readonly gt?: number;
  readonly timestamp?: boolean;
  readonly uuid?: boolean;
  readonly is_regex?: boolean;
  readonly len_eq?: number;
  readonly len_min?: number;
  readonly len_max?: number;
  /** Lua patterns, here and below. */
  readonly match?: string;
  readonly not_match?: string;
  readonly match_none?: readonly Pattern[];
  readonly match_all?: readonly Pattern[];
  readonly match_any?: { readonly patterns: readonly string[]; readonly err?: string };
  readonly starts_with?: string;
  readonly contains?: unknown;
  readonly mutually_exclusive_subsets?: readonly (readonly string[])[];
  /** Name of a check in checks/named.ts; not shown by the Admin API. */
  readonly check?: string;
  /** Returns a sentence, errors of members, or undefined if the value is good. Runs after everything else. */
  readonly custom_validator?: (value: never) => FieldError | undefined;
  /** Replaces the text of whichever attribute fails. */
  readonly err?: string;
  readonly elements?: FieldSchema;
}

interface Deprecation {
  readonly message?: string;
  readonly old_default?: unknown;
  readonly removal_in_version?: string;
  readonly replaced_with?: readonly { readonly path: readonly string[] }[];
}

/** One field: its type, its members where it has any, and what its value must be. */
export interface FieldSchema extends Omit<FieldAttributes, "elements"> {
  readonly type: FieldType;
  readonly description?: string;
  readonly default?: unknown;
  /** Made by the gateway when absent: UUIDs, times, random text. */
  readonly auto?: boolean;
  readonly unique?: boolean;
  readonly unique_across_ws?: boolean;
  readonly immutable?: boolean;
  readonly referenceable?: boolean;
  readonly encrypted?: boolean;
  readonly indexed?: boolean;
  readonly transient?: boolean;
  /** The field is described by the subschema. */
  readonly abstract?: boolean;
  readonly elements?: FieldSchema;
  readonly keys?: FieldSchema;
  readonly values?: FieldSchema;
  readonly fields?: FieldList;
  readonly entity_checks?: readonly EntityCheck[];
  readonly shorthand_fields?: readonly Readonly<Record<string, ShorthandField>>[];
  readonly reference?: string;
  readonly on_delete?: "cascade" | "null" | "restrict";
  readonly deprecation?: Deprecation;
  readonly json_schema?: unknown;
}

/** A field that is accepted on input only and stands for others. */
export interface ShorthandField extends Omit<FieldSchema, "type"> {
  readonly type: FieldType;
  /** Gives the fields that it stands for. */
  readonly func?: (value: never) => Table | undefined;
  /** Path in the finished record whose value is shown under the old name as well. */
  readonly translate_backwards?: readonly string[];
}

/** What a `custom_entity_check` gives: a sentence for "@entity", errors of fields, or nothing. */
export type EntityCheckResult = string | { readonly fields: FieldErrors } | undefined;

/** Runs where its fields are there and good, unless it says otherwise. */
export interface CustomEntityCheck {
  readonly field_sources: readonly string[];
  readonly run_with_missing_fields?: boolean;
  readonly run_with_invalid_fields?: boolean;
  /** Called with the whole record. Absent in schemas that come as JSON, where the check cannot be carried over. */
  readonly fn?: (record: Table) => EntityCheckResult;
}

/** Where `if_field` fits `if_match`, `then_field` has to fit `then_match`. */
export interface Conditional {
  readonly if_field: string;
  readonly if_match: FieldAttributes;
  readonly then_field: string;
  readonly then_match: FieldAttributes;
  readonly then_err?: string;
}

/**
 * Where `if_field` fits, one of the fields has to be there; else, where `else_match` fits, one of the others.
 * "%s" in a text stands for the names.
 */
export interface ConditionalAtLeastOneOf {
  readonly if_field: string;
  readonly if_match: FieldAttributes;
  readonly then_at_least_one_of: readonly string[];
  readonly then_err?: string;
  readonly else_match?: FieldAttributes;
  readonly else_then_at_least_one_of?: readonly string[];
  readonly else_then_err?: string;
}

/** An object with exactly one member, the name of the check. */
export interface EntityCheck {
  readonly at_least_one_of?: readonly string[];
  readonly only_one_of?: readonly string[];
  readonly distinct?: readonly string[];
  readonly mutually_required?: readonly string[];
  readonly mutually_exclusive?: readonly string[];
  readonly mutually_exclusive_sets?: {
    readonly set1: readonly string[];
    readonly set2: readonly string[];
  };
  readonly conditional?: Conditional;
  readonly conditional_at_least_one_of?: ConditionalAtLeastOneOf;
  readonly custom_entity_check?: CustomEntityCheck;
}

/** A record: an entity, the config of a plugin, or a record within either. */
export interface RecordSchema {
  readonly fields: FieldList;
  readonly entity_checks?: readonly EntityCheck[];
  readonly shorthand_fields?: readonly Readonly<Record<string, ShorthandField>>[];
  /** Checks of the gateway that Kong has not; asked last, and not shown by the Admin API. */
  readonly own_checks?: readonly EntityCheck[];
}

/** What a subschema (a plugin, a vault, a group of protocols) says beyond the entity's schema; fields replace. */
export interface SubSchema extends RecordSchema {
  readonly name?: string;
}

/** An entity: its fields, its keys, and its place in the Admin API. */
export interface EntitySchema extends RecordSchema {
  /** Plural: "services". */
  readonly name: string;
  readonly primary_key: readonly string[];
  /** Unique field that stands for the id in paths and references. */
  readonly endpoint_key?: string;
  readonly cache_key?: readonly string[];
  readonly subschema_key?: string;
  /** Text with one "%s" for the value of the subschema key that nobody registered. */
  readonly subschema_error?: string;
  readonly workspaceable?: boolean;
  readonly ttl?: boolean;
  /** Name in paths of the Admin API where it differs from the entity's: "key-auths". */
  readonly admin_api_name?: string;
  /** The same below its parent: "key-auth". */
  readonly admin_api_nested_name?: string;
  readonly generate_admin_api?: boolean;
  readonly db_export?: boolean;
  /** Name of the table in a database where it differs from the entity's. */
  readonly table_name?: string;
  /** What happens to a valid row before it is stored, such as hashing a password. */
  readonly transform?: (row: Table) => void;
}
