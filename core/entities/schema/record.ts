/**
 * A record compiled: an entity, the config of a plugin, or a record within them.
 *
 * `fill` makes a new table with every field of the schema, in the order of the schema, so that rows have one shape;
 * fields that the schema does not know stay in it for `validate` to find.
 */
import type {
  CompiledField,
  CompiledRecord,
  Compiler,
  FilledRecord,
  FillContext,
} from "./compiled.ts";
import type { FieldError, FieldErrors, RecordSchema, Table } from "./definition.ts";
import { type CompiledCheck, compileEntityChecks } from "./entity-checks.ts";
import { expectedType, UNKNOWN_FIELD } from "./messages.ts";
import {
  addOldNames,
  type CompiledShorthand,
  compileShorthands,
  expandShorthands,
  ShorthandError,
} from "./shorthand.ts";
import { isTable } from "./tables.ts";

const NO_PRESET: Table = {};
/** Kong looks at this field nowhere, whether the schema knows it or not: it is the store's to write. */
const UNVALIDATED = "updated_at";

/** Compiled once, for any number of rows. */
export class SchemaRecord implements CompiledRecord {
  readonly schema: RecordSchema;
  readonly fields: readonly CompiledField[];
  readonly byName: ReadonlyMap<string, CompiledField>;
  readonly #shorthands: readonly CompiledShorthand[];
  readonly #checks: readonly CompiledCheck[];
  /** A row in which nothing is given, to be copied: rows that begin as copies share one shape. */
  readonly #template: Table;
  /** Fields whose absent value is made anew for each row: records, and what the gateway makes itself. */
  readonly #made: ReadonlyMap<string, CompiledField>;
  /** Fields whose absent value is an error. */
  readonly #missing: readonly CompiledField[];

  /** @throws {SyntaxError} if a pattern or a check cannot be compiled */
  constructor(schema: RecordSchema, compiler: Compiler) {
    this.schema = schema;
    this.fields = schema.fields.flatMap((member) =>
      Object.entries(member).map(([name, field]) => compiler.field(name, field)),
    );
    this.byName = new Map(this.fields.map((field) => [field.name, field]));
    this.#shorthands = compileShorthands(schema.shorthand_fields ?? [], compiler);
    this.#template = templateOf(this.fields);
    this.#made = new Map(
      this.fields
        .filter(({ schema: field, name }) => {
          const value = this.#template[name];
          return field.auto === true || (isTable(value) && !Object.isFrozen(value));
        })
        .map((field) => [field.name, field]),
    );
    this.#missing = this.fields.filter(
      ({ schema: field, name, validate }) =>
        field.auto !== true && validate(this.#template[name]) !== undefined,
    );
    const checks = [...(schema.entity_checks ?? []), ...(schema.own_checks ?? [])];
    this.#checks = compileEntityChecks(checks, this, compiler);
  }

  fieldAt(path: string): CompiledField | undefined {
    let record: CompiledRecord | undefined = this;
    let field: CompiledField | undefined;
    for (const name of path.split(".")) {
      field = record?.byName.get(name);
      record = field?.record;
    }
    return field;
  }

  fill(input: Table, context: FillContext): Table {
    const source = expandShorthands(this.#shorthands, input);
    const filled: Table = context === "insert" ? { ...this.#template } : {};
    for (const name in source) {
      const value = source[name];
      if (value === undefined) continue;
      const field = this.byName.get(name);
      if (field !== undefined) filled[name] = field.fill(value, context);
      else setOwn(filled, Array.isArray(source) ? String(Number(name) + 1) : name, value);
    }
    if (context === "insert") {
      for (const { name, fill } of this.#made.values()) {
        if (source[name] === undefined) filled[name] = fill(undefined, context);
      }
    }
    return filled;
  }

  insert(input: Table, preset: Table = NO_PRESET, trusted?: string): FilledRecord {
    const row = this.fill(input, "insert");
    for (const name in preset) row[name] = preset[name];
    const errors: FieldErrors = {};
    let failed = false;
    // what was not given is good, but for the few fields that must be
    for (const name in row) {
      if (name === trusted) continue;
      if (input[name] === undefined && this.#isAbsent(row, name)) continue;
      failed = this.#check(row, name, errors) || failed;
    }
    for (const { name } of this.#missing) {
      if (name === trusted || name in errors) continue;
      failed = this.#check(row, name, errors) || failed;
    }
    for (const check of this.#checks) failed = check(row, errors) || failed;
    return { row, errors: failed ? errors : undefined };
  }

  /** Whether the value is what stands for an absent one; a shorthand may have set another. */
  #isAbsent(row: Table, name: string): boolean {
    if (row[name] === this.#template[name]) return true;
    return this.#shorthands.length === 0 && this.#made.has(name);
  }

  /** Checks one field of a filled record; true if it is wrong. */
  #check(record: Table, name: string, errors: FieldErrors): boolean {
    const field = this.byName.get(name);
    const value = record[name];
    const error = field === undefined ? unknownError(value) : field.validate(value);
    if (error === undefined) return false;
    if (name === UNVALIDATED) {
      if (field === undefined) delete record[name];
      return false;
    }
    setOwn(errors, name, error);
    return true;
  }

  validateGiven(given: Table): FieldErrors | undefined {
    let errors: FieldErrors | undefined;
    for (const [name, value] of Object.entries(given)) {
      const field = this.byName.get(name);
      const error = field === undefined ? UNKNOWN_FIELD : field.validate(value);
      if (error === undefined) continue;
      errors ??= {};
      errors[name] = error;
    }
    return errors;
  }

  validate(value: unknown): FieldError | undefined {
    if (!isTable(value)) return expectedType("record");
    const errors: FieldErrors = {};
    let failed = false;
    for (const name in value) failed = this.#check(value, name, errors) || failed;
    for (const check of this.#checks) failed = check(value, errors) || failed;
    return failed ? asListIfPositions(errors) : undefined;
  }

  withOldNames(record: Table): Table {
    let out = record;
    for (const { name, record: inner } of this.fields) {
      const value = record[name];
      if (inner === undefined || !isTable(value) || Array.isArray(value)) continue;
      const shown = inner.withOldNames(value);
      if (shown === value) continue;
      if (out === record) out = { ...record };
      out[name] = shown;
    }
    return addOldNames(this.#shorthands, out);
  }
}

/**
 * A table that grows by computed names turns into a hash table in V8, four times as dear to copy; one that is parsed
 * from JSON does not.
 */
function templateOf(fields: readonly CompiledField[]): Table {
  const names = Object.fromEntries(fields.map(({ name }) => [name, null]));
  const template = JSON.parse(JSON.stringify(names)) as Table;
  for (const { name, fill } of fields) template[name] = fill(undefined, "insert");
  return template;
}

/** Sets a member of any name; "__proto__" is one like the others. */
function setOwn(table: Table, name: string, value: unknown): void {
  if (name !== "__proto__") table[name] = value;
  else
    Object.defineProperty(table, name, {
      value,
      enumerable: true,
      writable: true,
      configurable: true,
    });
}

/** A field that nobody knows; one that holds the errors of a shorthand brings them along. */
function unknownError(value: unknown): FieldError {
  return value instanceof ShorthandError ? value.error : UNKNOWN_FIELD;
}

/** Errors of a list that was given for a record are those of its positions. */
function asListIfPositions(errors: FieldErrors): FieldError {
  const names = Object.keys(errors);
  if (!names.every((name) => /^[0-9]{1,4}$/.test(name))) return errors;
  const list: (FieldError | null)[] = [];
  for (const name of names) {
    while (list.length < Number(name) - 1) list.push(null);
    list[Number(name) - 1] = errors[name]!;
  }
  return list;
}
