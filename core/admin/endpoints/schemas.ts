/** `/schemas`: what is checked, for clients that build forms from it, and checking without writing. */
import type { EntitySchema, RecordSchema, Table } from "../../entities/schema/definition.ts";
import { type Answer, json, message } from "../answer.ts";
import type { ApiRequest } from "../api-request.ts";
import type { EntityDeps } from "../deps.ts";
import type { Endpoint } from "../endpoint-table.ts";
import { schemaViolation } from "../kong-error.ts";
import { publicSchema } from "../public-schema.ts";

const VALID = message(200, "schema validation successful");

/** Unlike a write this takes arguments of the query for fields, and the texts of a form for what they are. */
function validate(deps: EntityDeps, schema: EntitySchema, { body, query }: ApiRequest): Answer {
  const fields: Table = body.kind === "json" || body.kind === "form" ? (body.value as Table) : {};
  const result = deps.model.checkInsert(schema.name, { ...query, ...fields });
  return result.ok ? VALID : schemaViolation(result.message, result.fields);
}

function subSchema(
  deps: EntityDeps,
  entity: "plugins" | "vaults",
  name: string,
): RecordSchema | Answer {
  const found = deps.model.subSchema(entity, name);
  return found ?? message(404, `No ${entity.slice(0, -1)} named '${name}'`);
}

function isAnswer(value: RecordSchema | Answer): value is Answer {
  return "status" in value;
}

function subSchemaEndpoints(deps: EntityDeps, entity: "plugins" | "vaults"): Endpoint[] {
  const schema = deps.model.schemas.get(entity);
  if (schema === undefined) return [];
  return [
    {
      path: `/schemas/${entity}/{name}`,
      methods: {
        GET: (request) => {
          const found = subSchema(deps, entity, request.params.name!);
          return isAnswer(found) ? found : json(200, publicSchema(found));
        },
      },
    },
    {
      path: `/schemas/${entity}/validate`,
      methods: { POST: (request) => validate(deps, schema, request) },
    },
  ];
}

/** The older form: only the configuration of a plugin. */
function configSchema(deps: EntityDeps, request: ApiRequest): Answer {
  const found = subSchema(deps, "plugins", request.params.name!);
  if (isAnswer(found)) return found;
  const config = found.fields.find((field) => "config" in field)?.config;
  return json(200, publicSchema({ fields: [], ...config }));
}

/** Shown without the members that hold code. */
export function schemaEndpoints(deps: EntityDeps): Endpoint[] {
  const entity = (name: string): EntitySchema | Answer =>
    deps.model.schemas.get(name) ?? message(404, `No entity named '${name}'`);
  return [
    {
      path: "/schemas/{name}",
      methods: {
        GET: (request) => {
          const found = entity(request.params.name!);
          return isAnswer(found) ? found : json(200, publicSchema(found));
        },
      },
    },
    {
      path: "/schemas/{db_entity_name}/validate",
      methods: {
        POST: (request) => {
          const found = entity(request.params.db_entity_name!);
          return isAnswer(found) ? found : validate(deps, found, request);
        },
      },
    },
    ...subSchemaEndpoints(deps, "plugins"),
    ...subSchemaEndpoints(deps, "vaults"),
    { path: "/plugins/schema/{name}", methods: { GET: (request) => configSchema(deps, request) } },
  ];
}
