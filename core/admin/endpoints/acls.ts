/** A Consumer's groups, which the path names by id or by the group; unknown ones are refused for OPTIONS too. */
import type { Row } from "../../store/snapshot.ts";
import { type Answer, json } from "../answer.ts";
import type { ApiRequest } from "../api-request.ts";
import type { EntityDeps } from "../deps.ts";
import type { Endpoint } from "../endpoint-table.ts";
import { isUuid, referenceOf } from "./entity-lookup.ts";
import { refuseRemoval, refuseUpdate, refuseWrite } from "./entity-write.ts";

function consumerOf(deps: EntityDeps, request: ApiRequest): Row | undefined {
  const name = request.params.consumers!;
  return isUuid(name)
    ? deps.store.byId("consumers", name)
    : deps.store.byField("consumers", "username", name);
}

function groupOf(deps: EntityDeps, request: ApiRequest): Row | undefined {
  const consumer = consumerOf(deps, request);
  if (consumer === undefined) return undefined;
  const name = request.params.acls!;
  for (const row of deps.store.all("acls")) {
    if (referenceOf(row, "consumer") !== consumer.id) continue;
    if (row.id === name || row.group === name) return row;
  }
  return undefined;
}

/** None where no plugin brought the entity. */
export function aclEndpoints(deps: EntityDeps): Endpoint[] {
  const schema = deps.model.schemas.get("acls");
  if (schema === undefined) return [];
  const before = (request: ApiRequest): Answer | null => {
    const known = request.method === "PUT" ? consumerOf(deps, request) : groupOf(deps, request);
    return known === undefined
      ? json(404, { message: "Not found", request_id: request.requestId })
      : null;
  };
  const named = (request: ApiRequest) => ({ key: "id", value: groupOf(deps, request)!.id });
  return [
    {
      path: "/consumers/{consumers}/acls/{acls}",
      arguments: true,
      before,
      methods: {
        GET: (request) => json(200, groupOf(deps, request)!),
        PUT: (request) => {
          const name = request.params.acls!;
          return refuseWrite(deps, schema, request, {
            operation: "create or update",
            named: { key: isUuid(name) ? "id" : "group", value: name },
            fixed: { consumer: { id: consumerOf(deps, request)!.id } },
          });
        },
        PATCH: (request) => refuseUpdate(deps, schema, request, named(request)),
        DELETE: (request) => refuseRemoval(deps, schema, named(request)),
      },
    },
  ];
}
