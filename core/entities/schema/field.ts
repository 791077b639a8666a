/**
 * A field compiled to two functions: one that fills in what is absent, one that tells what is wrong.
 *
 * Schemas are compiled once, when they are registered, because a configuration has hundreds of thousands of values: what
 * a schema does not ask for costs nothing when a value comes.
 */
import { autoValue } from "./auto.ts";
import { compileAttributes, type ValueCheck } from "./attributes.ts";
import type { EntitySchema, FieldError, FieldSchema, Table } from "./definition.ts";
import { expectedType, MISSING_PRIMARY_KEY, printed, REQUIRED } from "./messages.ts";
import type { CompiledField, CompiledRecord, Compiler, FillContext } from "./compiled.ts";
import { isList, isTable, listOf } from "./tables.ts";

/** References to secrets are checked when they are resolved. */
const VAULT_REFERENCE = /^\{vault:\/\/[^/]+\/?.*\}$/s;
const UUID_CHECK = compileAttributes({ uuid: true })[0]!;

function typeError(schema: FieldSchema): string {
  return expectedType(schema.type);
}

/** Types without members. */
function scalarCheck(schema: FieldSchema): ValueCheck {
  const message = typeError(schema);
  switch (schema.type) {
    case "integer":
      return (value) => (Number.isInteger(value) ? undefined : message);
    case "number":
    case "string":
    case "boolean":
      return (value) => (typeof value === schema.type ? undefined : message);
    case "function":
      return () => message;
    default:
      return () => undefined;
  }
}

function membersCheck(schema: FieldSchema, element: CompiledField): ValueCheck {
  const message = typeError(schema);
  return (value) => {
    if (!isList(value)) return message;
    let errors: (FieldError | null)[] | undefined;
    const list = listOf(value);
    for (let index = 0; index < list.length; index++) {
      const error = list[index] === null ? REQUIRED : element.validate(list[index]);
      if (error === undefined) continue;
      errors ??= [];
      while (errors.length < index) errors.push(null);
      errors.push(error);
    }
    return errors;
  };
}

function mapCheck(schema: FieldSchema, keys: CompiledField, values: CompiledField): ValueCheck {
  const message = typeError(schema);
  return (value) => {
    if (!isTable(value)) return message;
    for (const key in value) {
      // positions of a list are numbers to Kong
      const error = keys.validate(Array.isArray(value) ? Number(key) + 1 : key);
      if (error !== undefined) return error;
      const member = value[key];
      const memberError = member === null ? REQUIRED : values.validate(member);
      if (memberError !== undefined) return memberError;
    }
    return undefined;
  };
}

/**
 * The value of a foreign field is the primary key of the other row: `{"id": "..."}`. What else is given is ignored beside
 * a good id; without one it is held against the other entity's schema first.
 */
function foreignCheck(schema: FieldSchema, compiler: Compiler): ValueCheck {
  return (value) => {
    const error = keyError(value);
    if (error === undefined) return undefined;
    const given = isTable(value) && !Array.isArray(value) ? value : {};
    const record = compiler.reference(schema.reference ?? "");
    const kind = (record?.schema as EntitySchema | undefined)?.subschema_key;
    // without what says which fields the other row has, nothing else in it is looked at
    if (kind !== undefined && (given[kind] ?? null) === null) return { [kind]: REQUIRED };
    const errors = record?.validateGiven(given);
    return errors === undefined ? { id: error } : errors;
  };
}

function keyError(value: unknown): FieldError | undefined {
  const id = isTable(value) ? value.id : undefined;
  if (id === undefined) return MISSING_PRIMARY_KEY;
  if (id === null) return REQUIRED;
  return typeof id === "string" ? UUID_CHECK(id) : expectedType("string");
}

interface Parts {
  readonly element: CompiledField | undefined;
  readonly keys: CompiledField | undefined;
  readonly values: CompiledField | undefined;
  readonly record: CompiledRecord | undefined;
}

function typeCheck(schema: FieldSchema, parts: Parts, compiler: Compiler): ValueCheck {
  const { element, keys, values, record } = parts;
  if (element !== undefined) return membersCheck(schema, element);
  if (keys !== undefined && values !== undefined) return mapCheck(schema, keys, values);
  if (record !== undefined) return (value) => record.validate(value);
  switch (schema.type) {
    case "foreign":
      return foreignCheck(schema, compiler);
    case "array":
    case "set":
      return (value) => (isList(value) ? undefined : typeError(schema));
    case "map":
    case "record":
      return (value) => (isTable(value) ? undefined : typeError(schema));
    default:
      return scalarCheck(schema);
  }
}

/** What null means to a field: `ne: null` refuses it, `eq` asks for it, else only `required` minds. */
function nullError(schema: FieldSchema): FieldError | undefined {
  if (schema.ne === null) return schema.err ?? "value must not be null";
  if (schema.eq !== undefined && schema.eq !== null) {
    return schema.err ?? `value must be ${printed(schema.eq)}`;
  }
  return schema.required === true ? (schema.err ?? REQUIRED) : undefined;
}

function compileValidate(schema: FieldSchema, parts: Parts, compiler: Compiler): ValueCheck {
  const whenNull = nullError(schema);
  if (schema.eq === null) {
    const error = schema.err ?? "value must be null";
    return (value) => (value === null ? whenNull : error);
  }
  const checkType = typeCheck(schema, parts, compiler);
  const checks = compileAttributes(schema);
  const { referenceable, type } = schema;
  return (value) => {
    if (value === null) return whenNull;
    const error = checkType(value);
    if (error !== undefined) return error;
    if (referenceable && type === "string" && VAULT_REFERENCE.test(value as string))
      return undefined;
    for (const check of checks) {
      const found = check(value);
      if (found !== undefined) return found;
    }
    return undefined;
  };
}

/** Lists: members filled, those of a set only once. */
function fillList(value: unknown, element: CompiledField | undefined, isSet: boolean): unknown {
  if (!isList(value)) return value;
  const list = listOf(value);
  const filled =
    element?.record === undefined
      ? list
      : list.map((member) => (member === null ? null : element.fill(member, "insert")));
  return isSet && filled.length > 1 ? [...new Set(filled)] : filled;
}

function fillMap(value: unknown, values: CompiledField | undefined): unknown {
  if (!isTable(value)) return value;
  if (Array.isArray(value)) return value.length === 0 ? {} : value;
  if (values === undefined || !("elements" in values.schema || values.record !== undefined))
    return value;
  const filled: Table = {};
  for (const key in value)
    filled[key] = value[key] === null ? null : values.fill(value[key], "insert");
  return filled;
}

/** Of a foreign row only the id is kept, if it is good; else everything in it is looked at. */
function fillForeign(value: unknown): unknown {
  if (!isTable(value) || typeof value.id !== "string") return value;
  return UUID_CHECK(value.id) === undefined ? { id: value.id } : value;
}

function compileFill(
  name: string,
  schema: FieldSchema,
  parts: Parts,
): (value: unknown, c: FillContext) => unknown {
  const { record, element, values } = parts;
  const isAuto = schema.auto === true;
  const absent = absentValue(name, schema, record);
  const fill: (value: unknown, context: FillContext) => unknown =
    record !== undefined
      ? (value, context) => (isTable(value) ? record.fill(value, context) : value)
      : schema.type === "array" || schema.type === "set"
        ? (value) => fillList(value, element, schema.type === "set")
        : schema.type === "map"
          ? (value) => fillMap(value, values)
          : schema.type === "foreign"
            ? fillForeign
            : (value) => value;
  return (value, context) => {
    if (value === null) return isAuto ? absent() : null;
    return value === undefined ? absent() : fill(value, context);
  };
}

function deepFreeze(value: unknown): void {
  if (!isTable(value)) return;
  Object.freeze(value);
  for (const member of Object.values(value)) deepFreeze(member);
}

/** What stands for an absent value: the default, an empty record where one must be, else null. */
function absentValue(
  name: string,
  schema: FieldSchema,
  record: CompiledRecord | undefined,
): () => unknown {
  const { default: given } = schema;
  if (record !== undefined) {
    if (given === undefined && schema.required !== true) return () => null;
    deepFreeze(given);
    return () => record.fill(isTable(given) ? given : {}, "insert");
  }
  const { auto } = schema;
  if (auto === true && given === undefined) return autoValue(name, schema);
  if (isTable(given)) deepFreeze(given); // one default for all rows
  return given === undefined ? () => null : () => given;
}

/**
 * @param schema one whose structure is sound, see metaschema.ts
 * @throws {SyntaxError} if a pattern cannot be translated or a named check does not exist
 */
export function compileField(name: string, schema: FieldSchema, compiler: Compiler): CompiledField {
  const member = (part: FieldSchema | undefined): CompiledField | undefined =>
    part === undefined ? undefined : compiler.field(name, part);
  const { fields } = schema;
  const element = member(schema.elements);
  const values = member(schema.values);
  const record =
    schema.type === "record" && fields !== undefined
      ? compiler.record({ ...schema, fields })
      : undefined;
  const parts: Parts = { element, keys: member(schema.keys), values, record };
  return {
    name,
    schema,
    record: record ?? element?.record ?? values?.record,
    fill: compileFill(name, schema, parts),
    validate: compileValidate(schema, parts, compiler),
  };
}
