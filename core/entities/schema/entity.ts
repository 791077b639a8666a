/**
 * An entity compiled: its schema, and one record for each subschema that was registered.
 *
 * What a subschema says about a field replaces what the schema says; its checks come after those of the schema.
 */
import { randomBytes, randomUUID } from "node:crypto";
import type { CompiledRecord, Compiler, FillContext } from "./compiled.ts";
import type { EntitySchema, FieldErrors, FieldSchema, SubSchema, Table } from "./definition.ts";
import { printed, REQUIRED } from "./messages.ts";
import { isList, isTable, listOf } from "./tables.ts";

/** Random bytes in an automatic text, such as a key: 32 characters in base64url without punctuation. */
const AUTO_TEXT_BYTES = 32;
const AUTO_TEXT_LENGTH = 32;

export interface Foreign {
  readonly field: string;
  readonly entity: string;
  readonly required: boolean;
  readonly onDelete: "cascade" | "null" | "restrict";
}

export interface Prepared {
  /** Filled in, with every field of the schema; with errors it is good for nothing. */
  readonly row: Table;
  readonly errors: FieldErrors | undefined;
}

/** 32 letters and digits. */
function randomText(): string {
  let text = "";
  while (text.length < AUTO_TEXT_LENGTH) {
    text += randomBytes(AUTO_TEXT_BYTES)
      .toString("base64")
      .replaceAll(/[^0-9A-Za-z]/g, "");
  }
  return text.slice(0, AUTO_TEXT_LENGTH);
}

/** Sets one field that the gateway makes itself. */
type AutoField = (row: Table, context: FillContext) => void;

function autoField(name: string, field: FieldSchema): AutoField | undefined {
  if (field.auto !== true) return undefined;
  if (field.timestamp === true) {
    const isInteger = field.type === "integer";
    return (row, context) => {
      const isRefreshed = context === "update" && name === "updated_at";
      if ((row[name] ?? null) !== null && !isRefreshed) return;
      if (context === "update" && !isRefreshed) return;
      row[name] = isInteger ? Math.floor(Date.now() / 1000) : Date.now() / 1000;
    };
  }
  const make = field.uuid === true ? randomUUID : randomText;
  return (row, context) => {
    if (context === "insert" && (row[name] ?? null) === null) row[name] = make();
  };
}

export class EntityType {
  readonly schema: EntitySchema;
  readonly name: string;
  readonly record: CompiledRecord;
  readonly foreigns: readonly Foreign[];
  /** Names of fields whose values are unique, besides the primary key. */
  readonly uniqueFields: readonly string[];
  readonly #subschemas = new Map<string, SubSchema>();
  readonly #records = new Map<string, CompiledRecord>();
  readonly #autoFields: readonly AutoField[];
  readonly #compiler: Compiler;

  /** @throws {SyntaxError} if the schema cannot be compiled */
  constructor(schema: EntitySchema, compiler: Compiler) {
    this.#compiler = compiler;
    this.schema = schema;
    this.name = schema.name;
    this.record = compiler.record(schema);
    const fields = this.record.fields;
    this.foreigns = fields.flatMap(({ name, schema: field }) =>
      field.type !== "foreign" || field.reference === undefined
        ? []
        : {
            field: name,
            entity: field.reference,
            required: field.required === true,
            onDelete: field.on_delete ?? "restrict",
          },
    );
    this.uniqueFields = fields.flatMap(({ name, schema: field }) => (field.unique ? name : []));
    this.#autoFields = fields.flatMap(({ name, schema: field }) => autoField(name, field) ?? []);
  }

  /**
   * Registers or replaces a subschema.
   *
   * @throws {SyntaxError} if it cannot be compiled; an earlier one stays then
   */
  registerSubschema(name: string, sub: SubSchema): void {
    this.#records.set(name, this.#compiler.record(this.#merge(sub)));
    this.#subschemas.set(name, sub);
  }

  subschema(name: string): SubSchema | undefined {
    return this.#subschemas.get(name);
  }

  subschemaNames(): string[] {
    return [...this.#subschemas.keys()];
  }

  #merge(sub: SubSchema): EntitySchema {
    const replaced = new Map(sub.fields.flatMap((member) => Object.entries(member)));
    const fields = this.schema.fields.map((member) => {
      const [[name, field]] = Object.entries(member) as [[string, FieldSchema]];
      return { [name]: replaced.get(name) ?? field };
    });
    return {
      ...this.schema,
      fields,
      entity_checks: [...(this.schema.entity_checks ?? []), ...(sub.entity_checks ?? [])],
      shorthand_fields: [...(this.schema.shorthand_fields ?? []), ...(sub.shorthand_fields ?? [])],
    };
  }

  /** The record for a row by its subschema key, or the errors if there is none. */
  recordFor(input: Table): CompiledRecord | FieldErrors {
    const key = this.schema.subschema_key;
    if (key === undefined) return this.record;
    let value = input[key];
    if (value === undefined) value = this.record.byName.get(key)?.schema.default ?? null;
    if (value === null) return { [key]: REQUIRED };
    const names: readonly unknown[] = isList(value) ? listOf(value) : isTable(value) ? [] : [value];
    const known = names.find((name) => this.#records.has(name as string));
    if (known !== undefined) return this.#records.get(known as string)!;
    const text = this.schema.subschema_error ?? "unknown type: %s";
    return { [key]: text.replace("%s", () => printed(names[0])) };
  }

  /**
   * Fills in and checks a new row.
   *
   * @param input as given, without fields that are not the entity's own; not changed
   */
  insert(input: Table): Prepared {
    const record = this.recordFor(input);
    if (isErrors(record)) return { row: input, errors: record };
    const { ttl, ...withoutTtl } = input;
    const hasTtl = this.schema.ttl === true && ttl !== undefined;
    const row = record.fill(hasTtl ? withoutTtl : input, "insert");
    for (const auto of this.#autoFields) auto(row, "insert");
    const errors = errorsOf(record, row);
    if (hasTtl) row.ttl = ttl;
    return { row, errors };
  }

  /**
   * Changes a row: records within it are merged, everything else that is given replaces.
   *
   * @returns the whole row; its errors may also be about fields that were not given
   */
  update(old: Table, patch: Table): Prepared {
    const record = this.recordFor({ ...old, ...patch });
    if (isErrors(record)) return { row: patch, errors: record };
    const change = record.fill(patch, "update");
    const row = record.fill(merged(old, change, record), "insert");
    for (const auto of this.#autoFields) auto(row, "update");
    return { row, errors: errorsOf(record, row) };
  }

  /** A finished row as it is read back, with the old names of plugins' fields. */
  show(row: Table): Table {
    const record = this.recordFor(row);
    return isErrors(record) ? row : record.withOldNames(row);
  }
}

function isErrors(record: CompiledRecord | FieldErrors): record is FieldErrors {
  return !("byName" in record && record.byName instanceof Map);
}

function errorsOf(record: CompiledRecord, row: Table): FieldErrors | undefined {
  const errors = record.validate(row);
  return errors as FieldErrors | undefined;
}

function merged(old: Table, change: Table, record: CompiledRecord): Table {
  const out: Table = { ...old };
  for (const [name, value] of Object.entries(change)) {
    const field = record.byName.get(name);
    const before = old[name];
    const isRecord = field?.schema.type === "record" && field.record !== undefined;
    out[name] =
      isRecord && isTable(before) && isTable(value) ? merged(before, value, field.record!) : value;
  }
  return out;
}
