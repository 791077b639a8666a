/**
 * An entity compiled: its schema, and one record for each subschema that was registered.
 *
 * What a subschema says about a field replaces what the schema says; its checks come after those of the schema.
 */
import { now } from "./auto.ts";
import type { CompiledRecord, Compiler, FilledRecord } from "./compiled.ts";
import type {
  EntitySchema,
  FieldError,
  FieldErrors,
  FieldSchema,
  SubSchema,
  Table,
} from "./definition.ts";
import { printed, REQUIRED } from "./messages.ts";
import { isList, isTable, listOf } from "./tables.ts";

interface Foreign {
  readonly field: string;
  readonly entity: string;
  readonly required: boolean;
  readonly onDelete: "cascade" | "null" | "restrict";
}

/** Stands for an abstract field that a subschema says nothing about. */
const EMPTY_RECORD: FieldSchema = { type: "record", required: true, fields: [] };

/** A new or changed row, and what is wrong with it. */
export type Prepared = FilledRecord;

/** One for each entity and process; subschemas may be registered at any time, and count from then on. */
export class EntityType {
  readonly schema: EntitySchema;
  readonly name: string;
  readonly record: CompiledRecord;
  readonly foreigns: readonly Foreign[];
  /** Names of fields whose values are unique, besides the primary key. */
  readonly uniqueFields: readonly string[];
  readonly #subschemas = new Map<string, SubSchema>();
  readonly #records = new Map<string, CompiledRecord>();
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
      return { [name]: replaced.get(name) ?? (field.abstract ? EMPTY_RECORD : field) };
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
   * @param preset values that are set whatever the input says
   * @param trusted a field that is not checked
   */
  insert(input: Table, preset?: Table, trusted?: string): FilledRecord {
    const record = this.recordFor(input);
    if (isErrors(record)) return { row: input, errors: record };
    if (this.schema.ttl !== true || input.ttl === undefined) {
      return record.insert(input, preset, trusted);
    }
    const { ttl, ...own } = input;
    const filled = record.insert(own, preset, trusted);
    filled.row.ttl = ttl;
    return filled;
  }

  /**
   * Changes a row: records within it are merged, everything else that is given replaces; its primary key stays.
   *
   * @returns the whole row; its errors may also be about fields that were not given
   */
  update(old: Table, patch: Table): FilledRecord {
    const record = this.recordFor({ ...old, ...patch });
    if (isErrors(record)) return { row: patch, errors: record };
    const change = record.fill(patch, "update");
    const filled = record.insert(merged(old, change, record));
    for (const name of this.schema.primary_key) filled.row[name] = old[name];
    const updatedAt = record.byName.get("updated_at")?.schema;
    if (updatedAt?.auto === true) filled.row.updated_at = now(updatedAt);
    return filled;
  }

  /** What is wrong with the value of one field alone, such as a name in a path; undefined if nothing. */
  checkField(name: string, value: unknown): FieldError | undefined {
    return this.record.validateGiven({ [name]: value })?.[name];
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
