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

/** Fields and checks of a schema as plain JSON; shorthands of an entity itself are not told, those within it are. */
export function publicSchema(schema: Pick<RecordSchema, "fields" | "entity_checks">): Table {
  return { entity_checks: shown(schema.entity_checks ?? []), fields: shown(schema.fields) };
}
