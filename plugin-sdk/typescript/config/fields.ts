/**
 * The configuration of a plugin, declared field by field: from it come Kong's schema and the type that handlers see.
 *
 *     const config = { greeting: string({ default: "hello" }), limits: record({ a_minute: integer({ gt: 0 }) }) };
 *     type Config = ConfigOf<typeof config>;   // { greeting: string; limits: { a_minute?: number } | undefined }
 *
 * Rules have Kong's names and are checked by the gateway when somebody configures the plugin. A field that is `required`
 * or has a `default` is there; any other may be undefined.
 */

/** A field's schema as Kong writes it. */
export interface FieldSchema {
  readonly type: "string" | "number" | "integer" | "boolean" | "array" | "set" | "map" | "record";
  readonly required?: boolean;
  readonly default?: unknown;
  readonly elements?: FieldSchema;
  readonly keys?: FieldSchema;
  readonly values?: FieldSchema;
  readonly fields?: readonly NamedField[];
  readonly [rule: string]: unknown;
}

/** One field with its name, as they stand in Kong's lists. */
export type NamedField = Readonly<Record<string, FieldSchema>>;

/** A declared field. `Value` is what a handler sees; it exists for the compiler only. */
export interface ConfigField<Value> {
  readonly schema: FieldSchema;
  readonly of?: Value;
}

/** The fields of a configuration or record by name. */
export type ConfigFields = Readonly<Record<string, ConfigField<unknown>>>;

/** What handlers get as their configuration. */
export type ConfigOf<Fields extends ConfigFields> = {
  readonly [Name in keyof Fields]: Fields[Name] extends ConfigField<infer Value> ? Value : never;
};

/** Rules that any field can have. */
export interface FieldRules<T> {
  readonly required?: boolean;
  readonly default?: T;
  /** Shown in `/schemas`. */
  readonly description?: string;
  /** May hold `{vault://...}`; the plugin sees the secret. */
  readonly referenceable?: boolean;
  readonly encrypted?: boolean;
  readonly one_of?: readonly T[];
  readonly not_one_of?: readonly T[];
  readonly [rule: string]: unknown;
}

/** Rules for texts; lengths are in bytes, as in Kong. */
export interface StringRules<T extends string = string> extends FieldRules<T> {
  readonly len_eq?: number;
  readonly len_min?: number;
  readonly len_max?: number;
  /** A Lua pattern. */
  readonly match?: string;
  readonly not_match?: string;
  readonly starts_with?: string;
  readonly contains?: string;
  readonly uuid?: boolean;
}

/** Rules for numbers; both ends of `between` are allowed. */
export interface NumberRules extends FieldRules<number> {
  readonly between?: readonly [number, number];
  readonly gt?: number;
  readonly eq?: number;
}

/** Rules for arrays and sets; lengths count elements. */
export interface ListRules<T> extends Omit<FieldRules<readonly T[]>, "one_of" | "not_one_of"> {
  readonly len_eq?: number;
  readonly len_min?: number;
  readonly len_max?: number;
}

/** Is a field with these rules always there? */
type Presence<Rules, T> = Rules extends { required: true } | { default: NonNullable<unknown> }
  ? T
  : T | undefined;

type OneOf<Rules, T> = Rules extends { one_of: readonly (infer Choice extends T)[] } ? Choice : T;

function field<Value>(type: FieldSchema["type"], rules: object | undefined, more?: object) {
  return Object.freeze({
    schema: Object.freeze({ type, ...more, ...rules }) as FieldSchema,
  }) as ConfigField<Value>;
}

/** Text. `string({ default: "info", one_of: ["debug", "info"] })` makes handlers see `"debug" | "info"`. */
export function string<const Rules extends StringRules>(
  rules?: Rules,
): ConfigField<Presence<Rules, OneOf<Rules, string>>> {
  return field("string", rules);
}

/** A whole number; the gateway refuses any other. */
export function integer<const Rules extends NumberRules>(
  rules?: Rules,
): ConfigField<Presence<Rules, OneOf<Rules, number>>> {
  return field("integer", rules);
}

/** A number, whole or not. */
export function number<const Rules extends NumberRules>(
  rules?: Rules,
): ConfigField<Presence<Rules, OneOf<Rules, number>>> {
  return field("number", rules);
}

/** A truth value. Without `default` an absent one is undefined, not false. */
export function boolean<const Rules extends FieldRules<boolean>>(
  rules?: Rules,
): ConfigField<Presence<Rules, boolean>> {
  return field("boolean", rules);
}

type ElementOf<Field> = Field extends ConfigField<infer Value> ? NonNullable<Value> : never;

/** A list. */
export function array<
  Element extends ConfigField<unknown>,
  const Rules extends ListRules<ElementOf<Element>>,
>(elements: Element, rules?: Rules): ConfigField<Presence<Rules, readonly ElementOf<Element>[]>> {
  return field("array", rules, { elements: elements.schema });
}

/** A list in which nothing is twice. */
export function set<
  Element extends ConfigField<unknown>,
  const Rules extends ListRules<ElementOf<Element>>,
>(elements: Element, rules?: Rules): ConfigField<Presence<Rules, readonly ElementOf<Element>[]>> {
  return field("set", rules, { elements: elements.schema });
}

/** Names to values. */
export function map<
  Value extends ConfigField<unknown>,
  const Rules extends FieldRules<Readonly<Record<string, ElementOf<Value>>>>,
>(
  keys: ConfigField<unknown>,
  values: Value,
  rules?: Rules,
): ConfigField<Presence<Rules, Readonly<Record<string, ElementOf<Value>>>>> {
  return field("map", rules, { keys: keys.schema, values: values.schema });
}

/** A table of fields of its own. With a field that has a default it is always there. */
export function record<Fields extends ConfigFields, const Rules extends FieldRules<object>>(
  fields: Fields,
  rules?: Rules,
): ConfigField<Presence<Rules, ConfigOf<Fields>>> {
  return field("record", rules, { fields: namedFields(fields) });
}

/** Fields as Kong lists them: an object with one name each. */
export function namedFields(fields: ConfigFields): NamedField[] {
  return Object.entries(fields).map(([name, { schema }]) => ({ [name]: schema }));
}
