/**
 * Errors about foreign fields that Kong adds to those of a document that is wrong already.
 *
 * A good document may refer to rows by name, and a row inside of another may repeat the reference to it. Once something
 * else is wrong, Kong holds the same fields against their plain schema too: a name that leads nowhere has no primary key,
 * and a row inside of another must not name a parent.
 */
import { MISSING_PRIMARY_KEY, REQUIRED } from "../entities/schema/messages.ts";
import type { DeclarativeErrors } from "./declarative-errors.ts";
import { type Item, pathOf } from "./declarative-items.ts";
import type { References } from "./declarative-references.ts";

const MUST_BE_NULL = "value must be null";

export function addErrorsOfNames(
  items: readonly Item[],
  references: References,
  errors: DeclarativeErrors,
): void {
  references.index(items);
  for (const item of items) addErrorsOf(item, references, errors);
}

function addErrorsOf(item: Item, references: References, errors: DeclarativeErrors): void {
  const path = pathOf(item);
  const { parent, field: parentField } = item.list;
  for (const { field, entity, required } of item.type.foreigns) {
    const value = item.own[field];
    const isGiven = value !== undefined && value !== null;
    if (parent !== undefined && isGiven) errors.addTree([...path, field], MUST_BE_NULL);
    else if (field === parentField && required && isSniOfCertificate(item)) {
      errors.addTree([...path, field], REQUIRED);
    } else if (typeof value === "string" && !references.find(item, entity, value)) {
      if (isForbidden(item, field)) continue;
      errors.addTree([...path, field], { id: MISSING_PRIMARY_KEY });
    }
  }
}

/** The list of SNIs in a certificate is also a field of it, and is not taken for rows here. */
function isSniOfCertificate(item: Item): boolean {
  return item.list.parent?.type.record.byName.has(item.type.name) === true;
}

/** Whether a subschema refuses the field anyway. */
function isForbidden(item: Item, field: string): boolean {
  const record = item.type.recordFor(item.own);
  if (!("byName" in record) || !(record.byName instanceof Map)) return false;
  return record.byName.get(field)?.schema.eq === null;
}
