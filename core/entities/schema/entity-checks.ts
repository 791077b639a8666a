/**
 * The checks over several fields of a record: "at least one of", conditions, and those that are code.
 *
 * A check looks at a filled record, in which every field of the schema is present, and adds what it finds to the errors
 * that the fields have already.
 */
import type {
  Conditional,
  ConditionalAtLeastOneOf,
  CustomEntityCheck,
  EntityCheck,
  FieldAttributes,
  FieldErrors,
  FieldSchema,
  Table,
} from "./definition.ts";
import { quotedList, REQUIRED } from "./messages.ts";
import { addEntityError, hasError, setError } from "./errors.ts";
import { getField, isNonEmpty } from "./tables.ts";
import type { ValueCheck } from "./attributes.ts";
import type { CompiledRecord, Compiler } from "./compiled.ts";

/** Adds what it finds to the errors; true if it found something. */
export type CompiledCheck = (record: Table, errors: FieldErrors) => boolean;

const isSet = (record: Table, path: string): boolean => (getField(record, path) ?? null) !== null;

function countNonEmpty(record: Table, paths: readonly string[]): number {
  let count = 0;
  for (const path of paths) if (isNonEmpty(getField(record, path))) count++;
  return count;
}

/** A check that says one sentence about some fields. */
function sentence(message: string, isGood: (record: Table) => boolean): CompiledCheck {
  return (record, errors) => {
    if (isGood(record)) return false;
    addEntityError(errors, message);
    return true;
  };
}

function atLeastOneOf(paths: readonly string[]): CompiledCheck {
  return sentence(
    `at least one of these fields must be non-empty: ${quotedList(paths)}`,
    (record) => paths.some((path) => isNonEmpty(getField(record, path))),
  );
}

function onlyOneOf(paths: readonly string[]): CompiledCheck {
  return sentence(
    `exactly one of these fields must be non-empty: ${quotedList(paths)}`,
    (record) => countNonEmpty(record, paths) === 1,
  );
}

function distinct(paths: readonly string[]): CompiledCheck {
  return sentence(`values of these fields must be distinct: ${quotedList(paths)}`, (record) => {
    const values = paths.map((path) => getField(record, path)).filter(isNonEmpty);
    return new Set(values).size === values.length;
  });
}

function mutuallyRequired(paths: readonly string[]): CompiledCheck {
  return sentence(`all or none of these fields must be set: ${quotedList(paths)}`, (record) => {
    const count = countNonEmpty(record, paths);
    return count === 0 || count === paths.length;
  });
}

function mutuallyExclusive(paths: readonly string[]): CompiledCheck {
  return sentence(
    `only one or none of these fields must be set: ${quotedList(paths)}`,
    (record) => countNonEmpty(record, paths) <= 1,
  );
}

function exclusiveSets(sets: NonNullable<EntityCheck["mutually_exclusive_sets"]>): CompiledCheck {
  return sentence(
    `these sets are mutually exclusive: (${quotedList(sets.set1)}), (${quotedList(sets.set2)})`,
    (record) => countNonEmpty(record, sets.set1) === 0 || countNonEmpty(record, sets.set2) === 0,
  );
}

/** The record that checks belong to. */
interface Owner {
  readonly record: CompiledRecord;
  readonly compiler: Compiler;
}

/** A condition has all attributes of the field that it is about, and its own on top. */
function conditionOn(owner: Owner, path: string, match: FieldAttributes): ValueCheck {
  const schema = owner.record.fieldAt(path)?.schema ?? { type: "any" as const };
  const merged = { ...schema, ...match } as FieldSchema;
  const field = owner.compiler.field(
    path,
    match.elements === undefined ? merged : withElements(merged, schema, match),
  );
  return (value) => field.validate(value ?? null);
}

function withElements(
  merged: FieldSchema,
  schema: FieldSchema,
  match: FieldAttributes,
): FieldSchema {
  return {
    ...merged,
    elements: { ...match.elements!, type: match.elements!.type ?? schema.elements!.type },
  };
}

function conditional(arg: Conditional, owner: Owner): CompiledCheck {
  const ifMatches = conditionOn(owner, arg.if_field, arg.if_match);
  const thenMatches = conditionOn(owner, arg.then_field, arg.then_match);
  const message =
    arg.then_err ?? `failed conditional validation given value of field '${arg.if_field}'`;
  return (record, errors) => {
    if (hasError(errors, arg.if_field)) return false;
    if (ifMatches(getField(record, arg.if_field)) !== undefined) return false;
    const value = getField(record, arg.then_field) ?? null;
    const isMissing = arg.then_match.required === true && value === null;
    const error = isMissing ? REQUIRED : thenMatches(value);
    if (error === undefined) return false;
    setError(errors, arg.then_field, error);
    addEntityError(errors, message);
    return true;
  };
}

function conditionalAtLeastOneOf(arg: ConditionalAtLeastOneOf, owner: Owner): CompiledCheck {
  const branch = (
    match: FieldAttributes,
    paths: readonly string[],
    err: string | undefined,
  ): { matches: ValueCheck; paths: readonly string[]; message: string } => ({
    matches: conditionOn(owner, arg.if_field, match),
    paths,
    message: (err ?? `at least one of these fields must be non-empty: %s`).replace(
      "%s",
      quotedList(paths),
    ),
  });
  const branches = [branch(arg.if_match, arg.then_at_least_one_of, arg.then_err)];
  if (arg.else_match !== undefined && arg.else_then_at_least_one_of !== undefined) {
    branches.push(branch(arg.else_match, arg.else_then_at_least_one_of, arg.else_then_err));
  }
  return (record, errors) => {
    if (hasError(errors, arg.if_field)) return false;
    const value = getField(record, arg.if_field);
    const taken = branches.find(({ matches }) => matches(value) === undefined);
    if (taken === undefined || taken.paths.some((path) => isNonEmpty(getField(record, path)))) {
      return false;
    }
    addEntityError(errors, taken.message);
    return true;
  };
}

function custom(arg: CustomEntityCheck): CompiledCheck | undefined {
  const { fn, field_sources: sources } = arg;
  if (fn === undefined) return undefined;
  return (record, errors) => {
    if (!arg.run_with_invalid_fields && sources.some((path) => hasError(errors, path)))
      return false;
    if (!arg.run_with_missing_fields && !sources.some((path) => isSet(record, path))) return false;
    const found = fn(record);
    if (found === undefined) return false;
    if (typeof found === "string") addEntityError(errors, found);
    else for (const [path, error] of Object.entries(found.fields)) setError(errors, path, error);
    return true;
  };
}

function compileCheck(check: EntityCheck, owner: Owner): CompiledCheck | undefined {
  if (check.at_least_one_of) return atLeastOneOf(check.at_least_one_of);
  if (check.only_one_of) return onlyOneOf(check.only_one_of);
  if (check.distinct) return distinct(check.distinct);
  if (check.mutually_required) return mutuallyRequired(check.mutually_required);
  if (check.mutually_exclusive) return mutuallyExclusive(check.mutually_exclusive);
  if (check.mutually_exclusive_sets) return exclusiveSets(check.mutually_exclusive_sets);
  if (check.conditional) return conditional(check.conditional, owner);
  if (check.conditional_at_least_one_of) {
    return conditionalAtLeastOneOf(check.conditional_at_least_one_of, owner);
  }
  if (check.custom_entity_check) return custom(check.custom_entity_check);
  throw new SyntaxError(`unknown entity check: ${Object.keys(check).join(", ")}`);
}

/** @throws {SyntaxError} if there is no check of a name */
export function compileEntityChecks(
  checks: readonly EntityCheck[],
  record: CompiledRecord,
  compiler: Compiler,
): CompiledCheck[] {
  return checks.flatMap((check) => compileCheck(check, { record, compiler }) ?? []);
}
