/**
 * A record compiled: an entity, the config of a plugin, or a record within them.
 *
 * `fill` makes a new table with every field of the schema, in the order of the schema, so that rows have one shape;
 * fields that the schema does not know stay in it for `validate` to find.
 */
import type { CompiledField, CompiledRecord, Compiler, FillContext } from "./compiled.ts";
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

export class SchemaRecord implements CompiledRecord {
  readonly schema: RecordSchema;
  readonly fields: readonly CompiledField[];
  readonly byName: ReadonlyMap<string, CompiledField>;
  readonly #shorthands: readonly CompiledShorthand[];
  readonly #checks: readonly CompiledCheck[];

  /** @throws {SyntaxError} if a pattern or a check cannot be compiled */
  constructor(schema: RecordSchema, compiler: Compiler) {
    this.schema = schema;
    this.fields = schema.fields.flatMap((member) =>
      Object.entries(member).map(([name, field]) => compiler.field(name, field)),
    );
    this.byName = new Map(this.fields.map((field) => [field.name, field]));
    this.#shorthands = compileShorthands(schema.shorthand_fields ?? [], compiler);
    this.#checks = compileEntityChecks(schema.entity_checks ?? [], this, compiler);
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
    const source =
      this.#shorthands.length === 0 ? input : expandShorthands(this.#shorthands, input);
    const filled: Table = {};
    for (const field of this.fields) {
      const value = source[field.name];
      if (value === undefined && context === "update") continue;
      filled[field.name] = field.fill(value, context);
    }
    for (const name in source) {
      if (this.byName.has(name) || source[name] === undefined) continue;
      filled[Array.isArray(source) ? String(Number(name) + 1) : name] = source[name];
    }
    return filled;
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
    for (const name in value) {
      const field = this.byName.get(name);
      const member = value[name];
      const error = field === undefined ? unknownError(member) : field.validate(member);
      if (error === undefined) continue;
      errors[name] = error;
      failed = true;
    }
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
