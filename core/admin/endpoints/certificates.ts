/**
 * Certificates: found by id or by the name of an SNI, and shown with the names of their SNIs.
 *
 * An SNI that nobody has is refused for every method, OPTIONS too, with words of its own.
 */
import type { Row } from "../../store/snapshot.ts";
import { type Answer, json, message, NO_CONTENT, NOT_FOUND } from "../answer.ts";
import type { ApiRequest } from "../api-request.ts";
import type { EntityDeps } from "../deps.ts";
import type { Endpoint, Handler } from "../endpoint-table.ts";
import { entityNotFound, unsupported } from "../kong-error.ts";
import { isUuid, referenceOf } from "./entity-lookup.ts";
import { pageAnswer } from "./entity-page.ts";
import { refuseUpdate, refuseWrite } from "./entity-write.ts";

const SNI_NOT_FOUND = message(404, "SNI not found");

/** Names of a certificate's SNIs, sorted. */
function sniNames(deps: EntityDeps, id: string): string[] {
  const names: string[] = [];
  for (const sni of deps.store.all("snis")) {
    if (referenceOf(sni, "certificate") === id) names.push(String(sni.name));
  }
  return names.sort();
}

function show(deps: EntityDeps, row: Row): object {
  return { ...deps.model.shown("certificates", row), snis: sniNames(deps, row.id) };
}

/** Id of the certificate that the path names; null if it is an SNI that nobody has. */
function idOf(deps: EntityDeps, request: ApiRequest): string | null {
  const name = request.params.certificates!;
  if (isUuid(name)) return name;
  const sni = deps.store.byField("snis", "name", name);
  return sni === undefined ? null : (referenceOf(sni, "certificate") ?? null);
}

/** What the writes of a certificate answer, in Kong's order: removing one begins with its SNIs. */
function writes(
  deps: EntityDeps,
  at: (use: (id: string, request: ApiRequest) => Answer) => Handler,
) {
  const schema = deps.model.schemas.get("certificates")!;
  return {
    PUT: at((id, request) =>
      refuseWrite(deps, schema, request, {
        operation: "create or update",
        named: { key: "id", value: id },
      }),
    ),
    PATCH: at((id, request) => refuseUpdate(deps, schema, request, { key: "id", value: id })),
    DELETE: at((id) => {
      if (deps.store.byId("certificates", id) === undefined) return NO_CONTENT;
      return sniNames(deps, id).length > 0
        ? unsupported("remove", "snis", "name")
        : unsupported("remove", "certificates");
    }),
  };
}

export function certificateEndpoints(deps: EntityDeps): Endpoint[] {
  const schema = deps.model.schemas.get("certificates");
  const snis = deps.model.schemas.get("snis");
  if (schema === undefined || snis === undefined) return [];
  const before = (request: ApiRequest): Answer | null =>
    idOf(deps, request) === null ? SNI_NOT_FOUND : null;
  const at =
    (use: (id: string, request: ApiRequest) => Answer): Handler =>
    (request) =>
      use(idOf(deps, request)!, request);
  const withCertificate = (use: (row: Row, request: ApiRequest) => Answer): Handler =>
    at((id, request) => {
      const row = deps.store.byId("certificates", id);
      return row === undefined ? NOT_FOUND : use(row, request);
    });
  const sniOf = (row: Row, request: ApiRequest): Row | undefined => {
    const name = request.params.snis!;
    const sni = isUuid(name)
      ? deps.store.byId("snis", name)
      : deps.store.byField("snis", "name", name);
    return sni !== undefined && referenceOf(sni, "certificate") === row.id ? sni : undefined;
  };
  const fixed = (row: Row) => ({ certificate: { id: row.id } });
  return [
    {
      path: "/certificates",
      arguments: true,
      methods: {
        GET: (request) => pageAnswer(deps, schema, request, undefined, (row) => show(deps, row)),
        POST: (request) => refuseWrite(deps, schema, request, { operation: "create", named: null }),
      },
    },
    {
      path: "/certificates/{certificates}",
      arguments: true,
      before,
      methods: {
        GET: at((id) => {
          const row = deps.store.byId("certificates", id);
          return row === undefined ? entityNotFound("id", id) : json(200, show(deps, row));
        }),
        ...writes(deps, at),
      },
    },
    {
      path: "/certificates/{certificates}/snis",
      arguments: true,
      before,
      methods: {
        GET: withCertificate((row, request) =>
          pageAnswer(deps, snis, request, { field: "certificate", id: row.id }, (sni) => sni),
        ),
        POST: withCertificate((row, request) =>
          refuseWrite(deps, snis, request, { operation: "create", named: null, fixed: fixed(row) }),
        ),
      },
    },
    {
      path: "/certificates/{certificates}/snis/{snis}",
      arguments: true,
      before,
      methods: {
        GET: withCertificate((row, request) => {
          const sni = sniOf(row, request);
          return sni === undefined ? NOT_FOUND : json(200, sni);
        }),
        PUT: withCertificate((row, request) =>
          refuseWrite(deps, snis, request, {
            operation: "create or update",
            named: {
              key: isUuid(request.params.snis!) ? "id" : "name",
              value: request.params.snis!,
            },
            fixed: fixed(row),
          }),
        ),
        PATCH: withCertificate((row, request) => {
          const sni = sniOf(row, request);
          return sni === undefined
            ? NOT_FOUND
            : refuseUpdate(deps, snis, request, { key: "id", value: sni.id });
        }),
        DELETE: withCertificate((row, request) =>
          sniOf(row, request) === undefined ? NO_CONTENT : unsupported("remove", "snis"),
        ),
      },
    },
  ];
}
