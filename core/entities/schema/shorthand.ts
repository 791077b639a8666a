/**
 * Shorthand fields: accepted on input only, each stands for other fields (the `url` of a Service, old names of plugins).
 *
 * They are expanded before anything else, so that defaults and checks see only the real fields.
 */
import type { CompiledField, Compiler } from "./compiled.ts";
import type { FieldError, ShorthandField, Table } from "./definition.ts";
import { printed } from "./messages.ts";
import { isTable } from "./tables.ts";

/** One shorthand field, compiled. */
export interface CompiledShorthand {
  readonly name: string;
  readonly schema: ShorthandField;
  readonly field: CompiledField;
  /** Where the value goes, if the shorthand is only an old name. */
  readonly paths: readonly (readonly string[])[];
}

/** Stands in an expanded record for a shorthand field whose value was refused. */
export class ShorthandError {
  readonly error: FieldError;
  constructor(error: FieldError) {
    this.error = error;
  }
}

/** @throws {SyntaxError} if a pattern or a check cannot be compiled */
export function compileShorthands(
  members: readonly Readonly<Record<string, ShorthandField>>[],
  compiler: Compiler,
): CompiledShorthand[] {
  return members.flatMap((member) =>
    Object.entries(member).map(([name, schema]) => ({
      name,
      schema,
      field: compiler.field(name, schema),
      paths: (schema.deprecation?.replaced_with ?? []).map(({ path }) => path),
    })),
  );
}

function valueAt(table: Table, path: readonly string[]): unknown {
  let value: unknown = table;
  for (const name of path) value = isTable(value) ? value[name] : undefined;
  return value;
}

/** Sets a value in a table whose nested tables are copied on the way, because they belong to the caller. */
function setAt(table: Table, path: readonly string[], value: unknown): void {
  const names = [...path];
  const last = names.pop()!;
  let at = table;
  for (const name of names) {
    const next = at[name];
    const copy: Table = isTable(next) ? { ...next } : {};
    at[name] = copy;
    at = copy;
  }
  at[last] = value;
}

/** An old name: its value goes to the new one, unless that says something else. */
function rename(out: Table, input: Table, shorthand: CompiledShorthand, value: unknown): void {
  for (const path of shorthand.paths) {
    const given = valueAt(input, path);
    if (given !== undefined && given !== null && given !== value) {
      const shown = `${shorthand.name} = ${printed(value)} vs ${path.join(".")} = ${printed(given)}`;
      const error = `both deprecated and new field are used but their values mismatch: ${shown}`;
      out[shorthand.name] = new ShorthandError(error);
      return;
    }
    setAt(out, path, value);
  }
}

function expandOne(out: Table, input: Table, shorthand: CompiledShorthand): void {
  const { name, schema, field } = shorthand;
  // an earlier shorthand may have set this one
  const value = out[name];
  if (value === undefined) return;
  delete out[name];
  if (value === null && shorthand.paths.length > 0) return;
  const error = value === null ? undefined : field.validate(value);
  if (error !== undefined) {
    out[name] = new ShorthandError(error);
    return;
  }
  if (shorthand.paths.length > 0) {
    rename(out, input, shorthand, value);
    return;
  }
  const expanded = schema.func?.(value as never) ?? {};
  for (const [key, part] of Object.entries(expanded)) {
    const old = out[key];
    out[key] = isTable(part) && !Array.isArray(part) && isTable(old) ? { ...old, ...part } : part;
  }
}

/** @returns a copy of the input without its shorthand fields, or the input if it has none */
export function expandShorthands(shorthands: readonly CompiledShorthand[], input: Table): Table {
  if (!shorthands.some(({ name }) => input[name] !== undefined)) return input;
  const out: Table = { ...input };
  for (const shorthand of shorthands) expandOne(out, input, shorthand);
  return out;
}

/** Adds to a finished record the old names whose values are shown beside the new ones. */
export function addOldNames(shorthands: readonly CompiledShorthand[], record: Table): Table {
  if (shorthands.length === 0) return record;
  const out: Table = { ...record };
  for (const { name, schema, paths } of shorthands) {
    const path = schema.translate_backwards ?? paths[0];
    if (path !== undefined) out[name] = valueAt(record, path) ?? null;
  }
  return out;
}
