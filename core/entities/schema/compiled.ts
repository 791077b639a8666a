/**
 * What compiled schemas look like to each other. Fields hold records and records hold fields, so each is given a
 * {@link Compiler} for the other instead of importing it.
 */
import type { FieldError, FieldErrors, FieldSchema, RecordSchema, Table } from "./definition.ts";

/** Why a value is filled in: a new row, or a change of an old one where absent fields stay as they are. */
export type FillContext = "insert" | "update";

/** One field, compiled: its methods may be taken from it and called alone. */
export interface CompiledField {
  readonly name: string;
  readonly schema: FieldSchema;
  /** The record that the field holds, or that its members are. */
  readonly record: CompiledRecord | undefined;
  /** The value as it is kept: with defaults in absent parts, lists as lists. Never undefined. */
  fill(value: unknown, context: FillContext): unknown;
  /** What is wrong with a filled value; undefined if nothing. */
  validate(value: unknown): FieldError | undefined;
}

/** A row, and what is wrong with it. */
export interface FilledRecord {
  /** With every field of the schema; with errors it is good for nothing. */
  readonly row: Table;
  readonly errors: FieldErrors | undefined;
}

/** A record, compiled. None of its methods changes what it is given, and none keeps it. */
export interface CompiledRecord {
  readonly schema: RecordSchema;
  readonly fields: readonly CompiledField[];
  readonly byName: ReadonlyMap<string, CompiledField>;
  /** The field at a path such as "config.redis.host". */
  fieldAt(path: string): CompiledField | undefined;
  /**
   * @param input as given, with shorthand fields; not changed
   * @returns with context "insert" every field of the schema; with "update" only those that are given
   */
  fill(input: Table, context: FillContext): Table;
  /**
   * Fills in a new record and checks it: what `fill` and `validate` do, but fields that were not given cost nothing.
   *
   * @param preset values that are set whatever the input says
   * @param trusted a field that is not checked
   */
  insert(input: Table, preset?: Table, trusted?: string): FilledRecord;
  /** What is wrong with those fields that are given, one by one. */
  validateGiven(given: Table): FieldErrors | undefined;
  /** What is wrong with a filled record; undefined if nothing. */
  validate(value: unknown): FieldError | undefined;
  /** A finished record with the old names that are shown beside the new ones, also in records within it. */
  withOldNames(record: Table): Table;
}

/** Both throw SyntaxError if a pattern cannot be translated or a check does not exist. */
export interface Compiler {
  field(name: string, schema: FieldSchema): CompiledField;
  record(schema: RecordSchema): CompiledRecord;
  /** The record of another entity, for foreign fields; it may be registered later than they are. */
  reference(entity: string): CompiledRecord | undefined;
}
