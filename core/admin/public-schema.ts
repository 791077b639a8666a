/**
 * A schema as `/schemas/...` shows it: data only, without the code that checks and without the names of our own checks.
 */
import type { RecordSchema, Table } from "../entities/schema/definition.ts";

/** Members that hold code or are ours alone. */
const HIDDEN = new Set([
  "check",
  "custom_validator",
  "func",
  "fn",
  "transform",
  "translate_backwards",
]);

function shown(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(shown);
  if (typeof value !== "object" || value === null) return value;
  const out: Table = {};
  for (const [name, member] of Object.entries(value)) {
    if (!HIDDEN.has(name) && typeof member !== "function" && member !== undefined)
      out[name] = shown(member);
  }
  return out;
}

/** Fields and checks of a schema as plain JSON. */
export function publicSchema(schema: RecordSchema): Table {
  const out: Table = {
    entity_checks: shown(schema.entity_checks ?? []),
    fields: shown(schema.fields),
  };
  if (schema.shorthand_fields !== undefined) out.shorthand_fields = shown(schema.shorthand_fields);
  return out;
}
