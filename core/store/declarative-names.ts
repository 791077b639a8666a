/**
 * Errors about foreign fields that Kong adds to those of a document that is wrong already.
 *
 * A good document may refer to rows by name, and a row inside of another may repeat the reference to it. Once something
 * else is wrong, Kong holds the same fields against their plain schema too: a name that leads nowhere has no primary key,
 * and a row inside of another must not name a parent.
 */
import { BASICAUTH_CREDENTIAL_SCHEMA } from "../entities/credentials.ts";
import type { FieldError } from "../entities/schema/definition.ts";
import { MISSING_PRIMARY_KEY, REQUIRED } from "../entities/schema/messages.ts";
import type { DeclarativeErrors } from "./declarative-errors.ts";
import { type Item, pathOf } from "./declarative-items.ts";
import { primaryKeyOf, type References } from "./declarative-references.ts";

const MUST_BE_NULL = "value must be null";

/**
 * Whether Kong looks at the foreign fields of a document in which nothing else is wrong: one of them holds a table where
 * a name is expected, or stands in a row that is listed in its parent, or a password waits for the id of its Consumer.
 */
export function hasUnusualReferences(items: readonly Item[]): boolean {
  return items.some(({ own, type, list }) => {
    if (type.name === BASICAUTH_CREDENTIAL_SCHEMA.name) return true;
    return type.foreigns.some(({ field }) => {
      const value = own[field] ?? null;
      return value !== null && (list.parent !== undefined || typeof value !== "string");
    });
  });
}

/** Appends to `errors`; changes no item. */
export function addErrorsOfNames(
  items: readonly Item[],
  references: References,
  errors: DeclarativeErrors,
): void {
  references.index(items);
  // of rows with the same id the names in the last one lead somewhere
  const lastOf = new Map(items.map((item) => [keyOf(item), item]));
  let isWrong = !errors.isEmpty;
  for (const item of items) {
    const isLast = lastOf.get(keyOf(item)) === item;
    const find = (entity: string, name: string): Item | undefined =>
      isLast ? references.find(item, entity, name) : undefined;
    isWrong = addMissing(item, errors, find) || isWrong;
  }
  if (!isWrong) return;
  for (const item of items) addRepeated(item, errors);
}

function keyOf(item: Item): string {
  return `${item.type.name}:${primaryKeyOf(item)}`;
}

/** What leads nowhere; true if there is such a field. In a row inside of another the error is that it stands there. */
function addMissing(
  item: Item,
  errors: DeclarativeErrors,
  find: (entity: string, name: string) => Item | undefined,
): boolean {
  const { parent, field: parentField } = item.list;
  let isWrong = false;
  for (const { field, entity, required } of item.type.foreigns) {
    const value = item.own[field];
    if (field === parentField && required && isSniOfCertificate(item) && (value ?? null) === null) {
      errors.addTree([...pathOf(item), field], REQUIRED);
      isWrong = true;
    } else if (typeof value === "string" && !isForbidden(item, field)) {
      const error = referenceError(item, field, find(entity, value));
      if (error === undefined) continue;
      if (parent === undefined) errors.addTree([...pathOf(item), field], error);
      isWrong = true;
    }
  }
  return isWrong;
}

/** What is wrong with a name: nothing has it, or what has it has no good id. */
function referenceError(
  item: Item,
  field: string,
  found: Item | undefined,
): FieldError | undefined {
  if (found === undefined) return { id: MISSING_PRIMARY_KEY };
  if (found.brokenKey === undefined) return undefined;
  return item.type.record.byName.get(field)?.validate(found.brokenKey);
}

/** References in rows that are listed inside of another. */
function addRepeated(item: Item, errors: DeclarativeErrors): void {
  if (item.list.parent === undefined) return;
  for (const { field } of item.type.foreigns) {
    if ((item.own[field] ?? null) !== null) {
      errors.addTree([...pathOf(item), field], MUST_BE_NULL);
    }
  }
}

/** The list of SNIs in a certificate is also a field of it, and is not taken for rows here. */
function isSniOfCertificate(item: Item): boolean {
  return item.list.parent?.type.record.byName.has(item.type.name) === true;
}

/** Whether a subschema refuses the field anyway, or there is none to look at it. */
function isForbidden(item: Item, field: string): boolean {
  const record = item.type.recordFor(item.own);
  if (!("byName" in record) || !(record.byName instanceof Map)) return true;
  return record.byName.get(field)?.schema.eq === null;
}
