/**
 * References to secrets in a row (`{vault://...}`), by its schema: where a field is `referenceable`, the secret stands in
 * the place of its reference, and the reference beside it under `$refs`, as in Kong.
 *
 * Stored, told by the Admin API and sent between processes is the reference alone; this is done to the copy of a row that
 * requests are served with. Where secrets come from is not known here (config/references.ts).
 *
 * @see Kong kong/db/schema/init.lua, process_auto_fields
 */
import type { FieldList, FieldSchema } from "./definition.ts";

const START = "{vault://";
const END = "}";

/** The secret that a reference names; null where there is none, and then "" stands in its place. */
export type SecretOf = (reference: string) => string | null;

type Values = Readonly<Record<string, unknown>>;

/** Does the text look like a reference? Whether it names anything is another question. */
export function isReference(text: string): boolean {
  return text.startsWith(START) && text.endsWith(END);
}

/** Those of the fields that may hold references, in themselves or further in; null where none may. */
export function referenceFields(fields: FieldList): FieldList | null {
  const found = fields.filter((one) => Object.values(one).some(mayRefer));
  return found.length === 0 ? null : found;
}

// a schema may come from a plugin server as JSON: members may be missing
function mayRefer(field: FieldSchema | undefined): boolean {
  if (field === undefined) return false;
  if (field.type === "string") return field.referenceable === true;
  if (mayRefer(field.elements) || mayRefer(field.values)) return true;
  return Array.isArray(field.fields) && referenceFields(field.fields as FieldList) !== null;
}

/**
 * A record with its secrets.
 *
 * @param fields as {@link referenceFields} gives them
 * @returns the same object where no field refers to anything; else a copy with `$refs`
 */
export function withSecrets<T extends Values>(values: T, fields: FieldList, secretOf: SecretOf): T {
  let read: Record<string, unknown> | null = null;
  const refs: Record<string, unknown> = {};
  for (const one of fields) {
    for (const [name, field] of Object.entries(one)) {
      const value = values[name];
      const filled = filledIn(value, field, secretOf);
      if (filled === value) continue;
      read ??= { ...values };
      read[name] = filled;
      const found = typeof value === "string" ? value : referencesIn(value as object, field);
      if (found !== null) refs[name] = found;
    }
  }
  if (read === null) return values;
  if (Object.keys(refs).length > 0) read.$refs = refs;
  return read as T;
}

/** A value with its secrets; the same one where there are none. */
function filledIn(value: unknown, field: FieldSchema | undefined, secretOf: SecretOf): unknown {
  if (isMeant(value, field)) return secretOf(value) ?? "";
  if (typeof value !== "object" || value === null || field === undefined) return value;
  if (field.fields !== undefined) {
    const fields = referenceFields(field.fields);
    return fields === null ? value : withSecrets(value as Values, fields, secretOf);
  }
  const member = field.elements ?? field.values;
  return mayRefer(member) ? membersFilledIn(value, member!, secretOf) : value;
}

function membersFilledIn(value: object, member: FieldSchema, secretOf: SecretOf): object {
  let isChanged = false;
  const fill = (one: unknown): unknown => {
    const filled = filledIn(one, member, secretOf);
    if (filled !== one) isChanged = true;
    return filled;
  };
  const read = Array.isArray(value)
    ? value.map(fill)
    : Object.fromEntries(Object.entries(value).map(([key, one]) => [key, fill(one)]));
  return isChanged ? read : value;
}

function isMeant(value: unknown, field: FieldSchema | undefined): value is string {
  if (typeof value !== "string" || !isReference(value)) return false;
  return field?.type === "string" && field.referenceable === true;
}

/** The references among the members of a list or map, each in its place; null for none. */
function referencesIn(value: object, field: FieldSchema): object | null {
  const member = field.elements ?? field.values;
  const entries = Object.entries(value).filter(([, one]) => isMeant(one, member));
  if (entries.length === 0) return null;
  return Object.assign(Array.isArray(value) ? [] : {}, Object.fromEntries(entries));
}
