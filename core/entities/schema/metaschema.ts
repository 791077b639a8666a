/**
 * The schema of schemas: reads what a plugin says about its config, and refuses what is none.
 *
 * Plugin servers hand over JSON that nobody has checked. What is wrong is said with its path
 * (`config.fields.limit: unknown attribute 'requird'`), because the author of the plugin will read it.
 */
import { GatewayError } from "../../errors.ts";
import { attributeError, attributeValue, placeError } from "./attribute-types.ts";
import { ATTRIBUTES } from "./attributes.ts";
import type { FieldList, FieldSchema, SubSchema, Table } from "./definition.ts";
import { entriesOf, isList, isTable, listOf } from "./tables.ts";

/** A plugin's schema is not one. */
export class InvalidPluginSchema extends GatewayError {
  override readonly name = "InvalidPluginSchema";
  constructor(plugin: string, what: string, options?: ErrorOptions) {
    super("INVALID_PLUGIN_SCHEMA", 500, `schema of plugin ${plugin}: ${what}`, options);
  }
}

/** Records within records within records: deeper schemas are refused. */
const SCHEMA_DEPTH_MAX = 32;

const TYPES: ReadonlySet<string> = new Set([
  ...["string", "integer", "number", "boolean", "array", "set", "map", "record", "foreign"],
  ...["function", "json", "any"],
]);
const FIELD_MEMBERS: ReadonlySet<string> = new Set([
  ...ATTRIBUTES,
  ...["type", "required", "default", "auto", "unique", "unique_across_ws", "immutable", "err"],
  ...[
    "referenceable",
    "encrypted",
    "indexed",
    "transient",
    "abstract",
    "elements",
    "keys",
    "values",
  ],
  ...["fields", "entity_checks", "shorthand_fields", "reference", "on_delete", "description"],
  ...["deprecation", "json_schema", "nilable", "legacy", "prefix_ws", "examples"],
]);
const SCHEMA_MEMBERS: ReadonlySet<string> = new Set([
  ...["name", "fields", "entity_checks", "shorthand_fields", "primary_key", "endpoint_key"],
  ...["consumers", "no_consumer", "no_route", "no_service", "description", "deprecation"],
]);
const ENTITY_CHECKS: ReadonlySet<string> = new Set([
  ...["at_least_one_of", "only_one_of", "distinct", "mutually_required", "mutually_exclusive"],
  ...["mutually_exclusive_sets", "conditional", "conditional_at_least_one_of"],
  "custom_entity_check",
]);

class Reader {
  readonly #plugin: string;

  constructor(plugin: string) {
    this.#plugin = plugin;
  }

  fail(path: string, what: string): never {
    throw new InvalidPluginSchema(this.#plugin, path === "" ? what : `${path}: ${what}`);
  }

  /** A list of one-member objects. */
  fields(value: unknown, path: string, depth: number): FieldList {
    if (depth > SCHEMA_DEPTH_MAX) this.fail(path, `deeper than ${SCHEMA_DEPTH_MAX} records`);
    if (!isList(value)) this.fail(path, "fields must be an array");
    const members = listOf(value);
    const seen = new Set<string>();
    return members.map((member, index) => {
      const entries = isTable(member) ? Object.entries(member) : [];
      const [entry] = entries;
      if (entry === undefined || entries.length !== 1) {
        this.fail(`${path}[${index + 1}]`, "expected a table with one field");
      }
      const [name, field] = entry;
      if (seen.has(name)) this.fail(`${path}.${name}`, "field is declared twice");
      seen.add(name);
      return { [name]: this.field(field, `${path}.${name}`, depth, true) };
    });
  }

  field(value: unknown, path: string, depth: number, isMember: boolean): FieldSchema {
    if (!isTable(value)) this.fail(path, "expected a record");
    const { type } = value;
    if (type === undefined || type === null) this.fail(path, "missing type declaration");
    if (typeof type !== "string" || !TYPES.has(type)) this.fail(path, `unknown type: ${type}`);
    const field: Table = {};
    for (const [name, attribute] of Object.entries(value)) {
      if (!FIELD_MEMBERS.has(name)) this.fail(path, `unknown attribute '${name}'`);
      const error =
        attribute === null
          ? undefined
          : (attributeError(name, attribute) ?? placeError(name, type));
      if (error !== undefined) this.fail(path, error);
      if (attribute !== null || name === "eq" || name === "ne") {
        field[name] = attributeValue(name, attribute);
      }
    }
    this.#members(field, type, path, depth + 1);
    if (type === "record" && isMember && field.required === undefined) field.required = true;
    this.#default(field, path);
    return field as unknown as FieldSchema;
  }

  #members(field: Table, type: string, path: string, depth: number): void {
    const part = (name: string): void => {
      if (field[name] !== undefined) {
        field[name] = this.field(field[name], `${path}.${name}`, depth, false);
      }
    };
    part("elements");
    part("keys");
    part("values");
    const needs: readonly string[] =
      type === "map" ? ["keys", "values"] : type === "array" || type === "set" ? ["elements"] : [];
    for (const name of needs) {
      if (field[name] === undefined)
        this.fail(path, `field of type "${type}" must declare "${name}"`);
    }
    if (type === "record" && field.fields === undefined && field.abstract !== true) {
      this.fail(path, 'field of type "record" must declare "fields"');
    }
    if (field.fields !== undefined) field.fields = this.fields(field.fields, path, depth);
    if (field.entity_checks !== undefined) this.checks(field.entity_checks, path);
    if (type === "foreign" && typeof field.reference !== "string") {
      this.fail(path, 'field of type "foreign" must declare "reference"');
    }
  }

  /** A default must have the type of its field. */
  #default(field: Table, path: string): void {
    const { default: value, type } = field;
    if (value === undefined) return;
    const isGood =
      type === "integer" || type === "number"
        ? typeof value === "number"
        : type === "string" || type === "boolean"
          ? typeof value === type
          : type === "array" || type === "set"
            ? isList(value)
            : !["map", "record", "foreign"].includes(String(type)) || isTable(value);
    if (!isGood) this.fail(path, `the default must be of type ${type}`);
  }

  checks(value: unknown, path: string): void {
    if (!isList(value)) this.fail(path, "entity_checks must be an array");
    for (const check of listOf(value)) {
      const [name] = isTable(check) ? Object.keys(check) : [];
      if (name === undefined || !ENTITY_CHECKS.has(name)) {
        this.fail(path, `unknown entity check: ${name}`);
      }
    }
  }
}

/**
 * @param schema as Kong writes it: `{name, fields: [{config: {type: "record", fields: [...]}}], entity_checks?}`
 * @throws {InvalidPluginSchema} if it is none
 */
export function readPluginSchema(plugin: string, schema: unknown): SubSchema {
  const reader: Reader = new Reader(plugin);
  if (!isTable(schema) || Array.isArray(schema)) reader.fail("", "expected a table");
  for (const [name] of entriesOf(schema)) {
    if (!SCHEMA_MEMBERS.has(String(name))) reader.fail("", `unknown attribute '${name}'`);
  }
  if (schema.fields === undefined) reader.fail("", "missing fields");
  const fields = reader.fields(schema.fields, "fields", 0);
  const names = new Set(fields.flatMap((member) => Object.keys(member)));
  for (const name of names) {
    if (!["config", "protocols", "consumer", "route", "service"].includes(name)) {
      reader.fail(`fields.${name}`, "a plugin may only describe config, protocols and its scopes");
    }
  }
  if (schema.entity_checks !== undefined) reader.checks(schema.entity_checks, "entity_checks");
  return { ...(schema as object), name: plugin, fields };
}
