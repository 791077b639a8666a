/**
 * The endpoints that follow from the schemas, as in Kong: a collection and its entities, the same below each entity that
 * is referred to, and the way back from an entity to what it refers to. What is peculiar about an entity comes after and
 * replaces some of them.
 */
import type { EntitySchema } from "../../entities/schema/definition.ts";
import type { Row } from "../../store/snapshot.ts";
import { type Answer, json, METHOD_NOT_ALLOWED, NOT_FOUND } from "../answer.ts";
import type { ApiRequest } from "../api-request.ts";
import type { EntityDeps } from "../deps.ts";
import type { Endpoint, Handler } from "../endpoint-table.ts";
import { aclEndpoints } from "./acls.ts";
import { certificateEndpoints } from "./certificates.ts";
import { consumerEndpoints } from "./consumers.ts";
import { isNamed, namedBy, referenceOf, withEntity } from "./entity-lookup.ts";
import { pageAnswer } from "./entity-page.ts";
import { foreignFields, refuseRemoval, refuseUpdate, refuseWrite } from "./entity-write.ts";
import { targetEndpoints } from "./targets.ts";
import { upstreamHealthEndpoints } from "./upstream-health.ts";

/** Paths that Kong lists and answers with 404: SNIs and Targets are reached through what they belong to. */
const DEACTIVATED = new Set([
  "/snis/{snis}/certificate",
  "/targets",
  "/targets/{targets}",
  "/targets/{targets}/upstream",
]);

/** First segment of an entity's path. */
function adminName(schema: EntitySchema): string {
  return schema.admin_api_name ?? schema.name;
}

/** Its segment below a parent. */
function nestedName(schema: EntitySchema): string {
  return schema.admin_api_nested_name ?? adminName(schema);
}

function collection(deps: EntityDeps, schema: EntitySchema): Endpoint {
  return {
    path: `/${adminName(schema)}`,
    arguments: true,
    methods: {
      GET: (request) => pageAnswer(deps, schema, request, undefined, shower(deps, schema)),
      POST: (request) => refuseWrite(deps, schema, request, { operation: "create", named: null }),
    },
  };
}

/** What clients see of a row. */
function shower(deps: EntityDeps, schema: EntitySchema): (row: Row) => object {
  return (row) => deps.model.shown(schema.name, row);
}

function entity(deps: EntityDeps, schema: EntitySchema): Endpoint {
  const show = shower(deps, schema);
  const named =
    (use: (named: { key: string; value: string }, request: ApiRequest) => Answer): Handler =>
    (request) => {
      const name = namedBy(deps, schema, request, schema.name);
      return isNamed(name) ? use(name, request) : name;
    };
  return {
    path: `/${adminName(schema)}/{${schema.name}}`,
    arguments: true,
    methods: {
      GET: (request) => withEntity(deps, schema, request, (row) => json(200, show(row))),
      PUT: named((name, request) =>
        refuseWrite(deps, schema, request, { operation: "create or update", named: name }),
      ),
      PATCH: named((name, request) => refuseUpdate(deps, schema, request, name)),
      DELETE: named((name) => refuseRemoval(deps, schema, name)),
    },
  };
}

/** A child's collection and its entities below the parent that they refer to. */
function nested(
  deps: EntityDeps,
  child: EntitySchema,
  parent: EntitySchema,
  field: string,
): Endpoint[] {
  const path = `/${adminName(parent)}/{${parent.name}}/${nestedName(child)}`;
  const show = shower(deps, child);
  const below =
    (use: (parentRow: Row, request: ApiRequest) => Answer): Handler =>
    (request) =>
      withEntity(deps, parent, request, (row) => use(row, request));
  /** With the child that the path names, which must belong to the parent. */
  const both = (use: (row: Row, request: ApiRequest) => Answer): Handler =>
    below((parentRow, request) =>
      withEntity(deps, child, request, (row) =>
        referenceOf(row, field) === parentRow.id ? use(row, request) : NOT_FOUND,
      ),
    );
  const childName = (row: Row) => ({ key: "id", value: row.id });
  return [
    {
      path,
      arguments: true,
      methods: {
        GET: below((row, request) => pageAnswer(deps, child, request, { field, id: row.id }, show)),
        POST: below((row, request) =>
          refuseWrite(deps, child, request, {
            operation: "create",
            named: null,
            fixed: { [field]: { id: row.id } },
          }),
        ),
      },
    },
    {
      path: `${path}/{${child.name}}`,
      arguments: true,
      methods: {
        GET: both((row) => json(200, show(row))),
        PUT: below((row, request) => {
          const named = namedBy(deps, child, request, child.name);
          if (!isNamed(named)) return named;
          return refuseWrite(deps, child, request, {
            operation: "create or update",
            named,
            fixed: { [field]: { id: row.id } },
          });
        }),
        PATCH: both((row, request) => refuseUpdate(deps, child, request, childName(row))),
        DELETE: both((row) => refuseRemoval(deps, child, childName(row))),
      },
    },
  ];
}

/** From an entity to the one that it refers to. */
function parentOf(
  deps: EntityDeps,
  child: EntitySchema,
  parent: EntitySchema,
  field: string,
): Endpoint {
  const show = shower(deps, parent);
  const up =
    (use: (row: Row, request: ApiRequest) => Answer): Handler =>
    (request) =>
      withEntity(deps, child, request, (row) => {
        const id = referenceOf(row, field);
        const parentRow = id === undefined ? undefined : deps.store.byId(parent.name, id);
        return parentRow === undefined ? NOT_FOUND : use(parentRow, request);
      });
  return {
    path: `/${adminName(child)}/{${child.name}}/${field}`,
    arguments: true,
    methods: {
      GET: up((row) => json(200, show(row))),
      PUT: up((row, request) =>
        refuseWrite(deps, parent, request, {
          operation: "create or update",
          named: { key: "id", value: row.id },
        }),
      ),
      PATCH: up((row, request) =>
        refuseUpdate(deps, parent, request, { key: "id", value: row.id }),
      ),
      DELETE: up(() => METHOD_NOT_ALLOWED),
    },
  };
}

function deactivated(endpoint: Endpoint): Endpoint {
  return DEACTIVATED.has(endpoint.path) ? { ...endpoint, before: () => NOT_FOUND } : endpoint;
}

/**
 * Of all entities of the model, those of plugins too; in the order in which later ones replace earlier ones.
 */
export function entityEndpoints(deps: EntityDeps): Endpoint[] {
  const { schemas } = deps.model;
  const endpoints: Endpoint[] = [];
  for (const schema of schemas.values()) {
    // Tags and filter chains have endpoints of their own kind.
    if (
      schema.generate_admin_api === false ||
      schema.name === "tags" ||
      schema.name === "filter_chains"
    )
      continue;
    endpoints.push(collection(deps, schema), entity(deps, schema));
    for (const [field, { reference }] of foreignFields(schema)) {
      const parent = schemas.get(reference ?? "");
      if (parent === undefined || parent.generate_admin_api === false) continue;
      endpoints.push(...nested(deps, schema, parent, field), parentOf(deps, schema, parent, field));
    }
  }
  return [
    ...endpoints.map(deactivated),
    ...consumerEndpoints(deps),
    ...certificateEndpoints(deps),
    ...targetEndpoints(deps),
    ...upstreamHealthEndpoints(deps),
    ...aclEndpoints(deps),
  ];
}
