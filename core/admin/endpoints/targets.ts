/**
 * Targets of an Upstream: named by id or by `host:port`, listed without those that a newer one of the same address has
 * replaced, newest first; `/targets/all` has them as they are stored.
 */
import type { Row } from "../../store/snapshot.ts";
import { type Answer, json, message, NO_CONTENT, NOT_FOUND } from "../answer.ts";
import type { ApiRequest } from "../api-request.ts";
import type { EntityDeps } from "../deps.ts";
import type { Endpoint, Handler } from "../endpoint-table.ts";
import { isUuid, referenceOf, withEntity } from "./entity-lookup.ts";
import { pageAnswer } from "./entity-page.ts";
import { refuseUpdate, refuseWrite } from "./entity-write.ts";
import { pageByPosition } from "./paging.ts";
import { unsupported } from "../kong-error.ts";

/** Of two Targets: which was made first, or has the lower id? */
function byAge(a: Row, b: Row): number {
  const [madeA, madeB] = [Number(a.created_at ?? 0), Number(b.created_at ?? 0)];
  if (madeA !== madeB) return madeA - madeB;
  return a.id < b.id ? -1 : 1;
}

/** Every Target of an Upstream, the oldest first. */
function rowsOf(deps: EntityDeps, upstream: Row): Row[] {
  return [...deps.store.all("targets")]
    .filter((row) => referenceOf(row, "upstream") === upstream.id)
    .sort(byAge);
}

/** The one in force for each address, newest first. */
export function currentTargets(deps: EntityDeps, upstream: Row): Row[] {
  const byAddress = new Map<unknown, Row>();
  for (const row of rowsOf(deps, upstream).reverse()) {
    if (!byAddress.has(row.target)) byAddress.set(row.target, row);
  }
  return [...byAddress.values()];
}

function targetOf(deps: EntityDeps, upstream: Row, request: ApiRequest): Row | undefined {
  const name = request.params.targets!;
  if (!isUuid(name)) return currentTargets(deps, upstream).find((row) => row.target === name);
  const row = deps.store.byId("targets", name);
  return row !== undefined && referenceOf(row, "upstream") === upstream.id ? row : undefined;
}

/** In place of those that follow from the schema; also of the Status API, to be read. */
export function targetEndpoints(deps: EntityDeps): Endpoint[] {
  const targets = deps.model.schemas.get("targets");
  const upstreams = deps.model.schemas.get("upstreams");
  if (targets === undefined || upstreams === undefined) return [];
  const below =
    (use: (upstream: Row, request: ApiRequest) => Answer): Handler =>
    (request) =>
      withEntity(deps, upstreams, request, (row) => use(row, request));
  const both = (use: (row: Row, request: ApiRequest, upstream: Row) => Answer): Handler =>
    below((upstream, request) => {
      const row = targetOf(deps, upstream, request);
      return row === undefined ? NOT_FOUND : use(row, request, upstream);
    });
  const update = both((row, request) =>
    refuseUpdate(deps, targets, request, { key: "id", value: row.id }),
  );
  const health = both((_row, _request, upstream) =>
    message(400, `no healthchecker found for ${String(upstream.name)}`),
  );
  const path = "/upstreams/{upstreams}/targets";
  return [
    {
      path,
      arguments: true,
      methods: {
        GET: below((upstream, request) => pageByPosition(request, currentTargets(deps, upstream))),
        POST: below((upstream, request) =>
          refuseWrite(deps, targets, request, {
            operation: "create",
            named: null,
            fixed: { upstream: { id: upstream.id } },
          }),
        ),
      },
    },
    {
      path: `${path}/all`,
      arguments: true,
      methods: {
        GET: below((upstream, request) =>
          pageAnswer(deps, targets, request, { field: "upstream", id: upstream.id }, (row) => row),
        ),
      },
    },
    {
      path: `${path}/{targets}`,
      arguments: true,
      methods: {
        GET: both((row) => json(200, row)),
        PUT: update,
        PATCH: update,
        DELETE: below((upstream, request) =>
          targetOf(deps, upstream, request) === undefined
            ? NO_CONTENT
            : unsupported("remove", "targets"),
        ),
      },
    },
    ...["healthy", "unhealthy"].flatMap((state): Endpoint[] => [
      { path: `${path}/{targets}/${state}`, methods: { PUT: health } },
      { path: `${path}/{targets}/{address}/${state}`, methods: { PUT: health } },
    ]),
  ];
}
