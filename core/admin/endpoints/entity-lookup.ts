/** Finding the entity that a path names: by id or by its endpoint key; what looks like a UUID is always an id. */
import type { EntitySchema } from "../../entities/schema/definition.ts";
import type { Row } from "../../store/snapshot.ts";
import { type Answer, NOT_FOUND } from "../answer.ts";
import type { ApiRequest } from "../api-request.ts";
import type { EntityDeps } from "../deps.ts";
import { invalidPrimaryKey, invalidUnique } from "../kong-error.ts";

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** What a path says about an entity: which field has which value. "id" is the primary key. */
export interface Named {
  readonly key: string;
  readonly value: string;
}

/** By its form: 32 hexadecimal digits in five groups, in any case. */
export function isUuid(text: string): boolean {
  return UUID.test(text);
}

/**
 * What the parameter of an entity's path means.
 *
 * @param param name of the parameter: that of the entity
 * @returns an answer if no entity can have such a name
 */
export function namedBy(
  deps: EntityDeps,
  schema: EntitySchema,
  request: ApiRequest,
  param: string,
): Named | Answer {
  const value = request.params[param]!;
  if (isUuid(value)) return { key: "id", value };
  const key = schema.endpoint_key;
  if (key === undefined) return invalidPrimaryKey();
  const position = request.badUtf8[param];
  if (position !== undefined) {
    return invalidUnique(key, `invalid utf-8 character sequence detected at position ${position}`);
  }
  const problem = deps.model.checkField(schema.name, key, value);
  return problem === null ? { key, value } : invalidUnique(key, problem);
}

/** Can there be such an entity? Else it is the answer. */
export function isNamed(named: Named | Answer): named is Named {
  return "key" in named;
}

/** The entity of that name, undefined if there is none. */
export function find(deps: EntityDeps, entity: string, named: Named): Row | undefined {
  return named.key === "id"
    ? deps.store.byId(entity, named.value)
    : deps.store.byField(entity, named.key, named.value);
}

/** Id that a foreign field holds. */
export function referenceOf(row: Row, field: string): string | undefined {
  const reference = row[field];
  if (typeof reference !== "object" || reference === null) return undefined;
  return (reference as { readonly id?: string }).id;
}

/** Run with the entity that a path names; 404 if it is not there. */
export function withEntity<T extends Answer | Promise<Answer>>(
  deps: EntityDeps,
  schema: EntitySchema,
  request: ApiRequest,
  use: (row: Row) => T,
): T | Answer {
  const named = namedBy(deps, schema, request, schema.name);
  if (!isNamed(named)) return named;
  const row = find(deps, schema.name, named);
  return row === undefined ? NOT_FOUND : use(row);
}
