/**
 * What the text of a form's argument means, by the type of the field that it is for.
 *
 * Nothing is refused here: a text that is not of its type stays a text, and the schema's own check finds the words.
 * @see Kong: an empty text is null, one value for a list is a list of one, numbers are read as C does
 */
import type { FieldList, FieldSchema, RecordSchema, Table } from "../entities/schema/definition.ts";

/** As strtod reads it: decimal or hexadecimal, a sign, spaces around. */
const NUMBER =
  /^\s*[+-]?(?:\d+\.?\d*(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?|0[xX][0-9a-fA-F]+)\s*$/;

function number(text: string): number | string {
  if (!NUMBER.test(text)) return text;
  const trimmed = text.trim();
  const negative = trimmed.startsWith("-");
  const value = Number(trimmed.replace(/^[+-]/, ""));
  return negative ? -value : value;
}

function isTable(value: unknown): value is Table {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function inferText(text: string, schema: FieldSchema): unknown {
  if (text === "") return null;
  if (schema.type === "number" || schema.type === "integer") return number(text);
  if (schema.type === "boolean") return text === "true" ? true : text === "false" ? false : text;
  return text;
}

function inferMembers(value: Table, schema: FieldSchema): Table {
  const members = Object.entries(value).map(
    ([name, member]) => [name, infer(member, schema)] as const,
  );
  return Object.fromEntries(members);
}

/** A value of a form for a field of this schema; unknown fields are left as they are. */
function infer(value: unknown, schema: FieldSchema | undefined): unknown {
  if (schema === undefined) return value === "" ? null : value;
  if (schema.type === "array" || schema.type === "set") {
    if (value === "") return null;
    if (Array.isArray(value)) return value.map((member) => infer(member, schema.elements));
    return isTable(value) ? value : [infer(value, schema.elements)];
  }
  if (typeof value === "string") return inferText(value, schema);
  if (!isTable(value)) return value;
  if (schema.type === "map" && schema.values !== undefined)
    return inferMembers(value, schema.values);
  if (schema.type === "record" && schema.fields !== undefined) {
    return inferRecord(value, schema as FieldSchema & RecordSchema);
  }
  if (schema.type === "foreign") return inferMembers(value, { type: "string" });
  return value;
}

function fieldOf(list: FieldList | undefined, name: string): FieldSchema | undefined {
  return list?.find((field) => Object.hasOwn(field, name))?.[name];
}

/** Every field of a record; `more` describes fields that the schema leaves to a subschema. */
export function inferRecord(value: Table, schema: RecordSchema, more?: RecordSchema): Table {
  const out: Table = {};
  for (const [name, member] of Object.entries(value)) {
    const shorthand = (schema.shorthand_fields ?? []).find((field) => Object.hasOwn(field, name))?.[
      name
    ];
    const field = fieldOf(more?.fields, name) ?? fieldOf(schema.fields, name) ?? shorthand;
    out[name] = infer(member, field);
  }
  return out;
}
