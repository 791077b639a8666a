/**
 * Writes without a database: checked as if they could be done, then refused.
 *
 * A bad value is 400 (code 2), so that a client learns about it; a good one is 405 (code 12). Changing what is not there
 * is 404, removing it is done already.
 */
import type { EntitySchema, FieldSchema, Table } from "../../entities/schema/definition.ts";
import type { Row } from "../../store/snapshot.ts";
import { type Answer, NO_CONTENT } from "../answer.ts";
import type { ApiRequest } from "../api-request.ts";
import type { EntityDeps } from "../deps.ts";
import { inferRecord } from "../infer.ts";
import {
  entityNotFound,
  type Operation,
  schemaViolation,
  unresolvedForeignKey,
  unsupported,
} from "../kong-error.ts";
import { find, type Named } from "./entity-lookup.ts";

/** The name of the subschema that a value belongs to, such as that of a plugin. */
function subSchemaOf(deps: EntityDeps, schema: EntitySchema, value: Table, previous?: Row) {
  if (schema.name !== "plugins" && schema.name !== "vaults") return undefined;
  const name = value.name ?? previous?.name;
  return typeof name === "string" ? deps.model.subSchema(schema.name, name) : undefined;
}

/** Fields of a body, with the texts of a form read by the types of the schema. */
function fieldsOf(
  deps: EntityDeps,
  schema: EntitySchema,
  request: ApiRequest,
  previous?: Row,
): Table {
  const { body } = request;
  if (body.kind === "json") return body.value as Table;
  if (body.kind !== "form") return {};
  const value: Table = { ...body.value };
  return inferRecord(value, schema, subSchemaOf(deps, schema, value, previous));
}

/** Foreign fields of a schema, as name and schema. */
export function foreignFields(schema: EntitySchema): [string, FieldSchema][] {
  return schema.fields.flatMap((field) =>
    Object.entries(field).filter(([, attributes]) => attributes.type === "foreign"),
  );
}

/** Replace references by name (`{"service": {"name": "x"}}`) with references by id. */
function resolveReferences(deps: EntityDeps, schema: EntitySchema, value: Table): Table | Answer {
  let out = value;
  for (const [field, { reference }] of foreignFields(schema)) {
    const given = value[field];
    const key = deps.model.schemas.get(reference ?? "")?.endpoint_key;
    if (key === undefined || typeof given !== "object" || given === null) continue;
    const name = (given as Table)[key];
    if (typeof name !== "string" || (given as Table).id !== undefined) continue;
    const row = deps.store.byField(reference!, key, name);
    if (row === undefined) return unresolvedForeignKey(field, key, name, reference!);
    if (out === value) out = { ...value };
    out[field] = { id: row.id };
  }
  return out;
}

/** What a path says of a write. */
export interface Write {
  readonly operation: Exclude<Operation, "remove">;
  /** What the path names; null for a new entity. */
  readonly named: Named | null;
  /** Fields that the path sets, such as the reference to the parent. */
  readonly fixed?: Table;
  /** The entity as it is, for an update. */
  readonly previous?: Row;
}

/** Check what would be written. The answer is always a refusal. */
export function refuseWrite(
  deps: EntityDeps,
  schema: EntitySchema,
  request: ApiRequest,
  write: Write,
): Answer {
  const { operation, named, fixed, previous } = write;
  const given = resolveReferences(deps, schema, fieldsOf(deps, schema, request, previous));
  if (isAnswer(given)) return given;
  // What the path says goes before what the body says.
  const value: Table = { ...given, ...fixed };
  if (named !== null) value[named.key] = named.value;
  const result =
    operation === "update" && previous !== undefined
      ? deps.model.checkUpdate(schema.name, value, previous)
      : deps.model.checkInsert(schema.name, value);
  if (!result.ok) return schemaViolation(result.message, result.fields);
  const key = named === null || named.key === "id" ? undefined : named.key;
  return unsupported(operation, schema.name, key);
}

function isAnswer(value: Table | Answer): value is Answer {
  return "status" in value && "headers" in value && "body" in value;
}

/** PATCH of an entity. */
export function refuseUpdate(
  deps: EntityDeps,
  schema: EntitySchema,
  request: ApiRequest,
  named: Named,
): Answer {
  const previous = find(deps, schema.name, named);
  if (previous === undefined) return entityNotFound(named.key, named.value);
  return refuseWrite(deps, schema, request, { operation: "update", named, previous });
}

/** DELETE of an entity. */
export function refuseRemoval(deps: EntityDeps, schema: EntitySchema, named: Named): Answer {
  if (find(deps, schema.name, named) === undefined) return NO_CONTENT;
  return unsupported("remove", schema.name, named.key === "id" ? undefined : named.key);
}
