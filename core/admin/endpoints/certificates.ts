/**
 * Certificates: found by id or by the name of an SNI, and shown with the names of their SNIs.
 *
 * An SNI that nobody has is refused for every method, OPTIONS too, with words of its own.
 */
import type { EntitySchema } from "../../entities/schema/definition.ts";
import type { Row } from "../../store/snapshot.ts";
import { type Answer, json, message, NO_CONTENT, NOT_FOUND } from "../answer.ts";
import type { ApiRequest } from "../api-request.ts";
import type { EntityDeps } from "../deps.ts";
import type { Endpoint, Handler } from "../endpoint-table.ts";
import { entityNotFound, unsupported } from "../kong-error.ts";
import { isUuid, referenceOf } from "./entity-lookup.ts";
import { pageAnswer } from "./entity-page.ts";
import { refuseUpdate, refuseWrite, type Write } from "./entity-write.ts";

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

/** What the endpoints of a certificate and of its SNIs share. */
interface Parts {
  readonly deps: EntityDeps;
  readonly certificates: EntitySchema;
  readonly snis: EntitySchema;
  readonly before: (request: ApiRequest) => Answer | null;
  /** A handler that gets the id of the certificate, which need not be there. */
  at(use: (id: string, request: ApiRequest) => Answer): Handler;
}

function ownEndpoints({ deps, certificates, before, at }: Parts): Endpoint[] {
  return [
    {
      path: "/certificates",
      arguments: true,
      methods: {
        GET: (request) =>
          pageAnswer(deps, certificates, request, undefined, (row) => show(deps, row)),
        POST: (request) =>
          refuseWrite(deps, certificates, request, { operation: "create", named: null }),
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
  ];
}

function sniOf(deps: EntityDeps, row: Row, request: ApiRequest): Row | undefined {
  const name = request.params.snis!;
  const sni = isUuid(name)
    ? deps.store.byId("snis", name)
    : deps.store.byField("snis", "name", name);
  return sni !== undefined && referenceOf(sni, "certificate") === row.id ? sni : undefined;
}

function sniEndpoints({ deps, snis, before, at }: Parts): Endpoint[] {
  const below = (use: (row: Row, request: ApiRequest) => Answer): Handler =>
    at((id, request) => {
      const row = deps.store.byId("certificates", id);
      return row === undefined ? NOT_FOUND : use(row, request);
    });
  const write = (
    row: Row,
    request: ApiRequest,
    write: Pick<Write, "operation" | "named">,
  ): Answer =>
    refuseWrite(deps, snis, request, { ...write, fixed: { certificate: { id: row.id } } });
  return [
    {
      path: "/certificates/{certificates}/snis",
      arguments: true,
      before,
      methods: {
        GET: below((row, request) =>
          pageAnswer(deps, snis, request, { field: "certificate", id: row.id }, (sni) => sni),
        ),
        POST: below((row, request) => write(row, request, { operation: "create", named: null })),
      },
    },
    {
      path: "/certificates/{certificates}/snis/{snis}",
      arguments: true,
      before,
      methods: {
        GET: below((row, request) => {
          const sni = sniOf(deps, row, request);
          return sni === undefined ? NOT_FOUND : json(200, sni);
        }),
        PUT: below((row, request) => {
          const value = request.params.snis!;
          const named = { key: isUuid(value) ? "id" : "name", value };
          return write(row, request, { operation: "create or update", named });
        }),
        PATCH: below((row, request) => {
          const sni = sniOf(deps, row, request);
          if (sni === undefined) return NOT_FOUND;
          return refuseUpdate(deps, snis, request, { key: "id", value: sni.id });
        }),
        DELETE: below((row, request) =>
          sniOf(deps, row, request) === undefined ? NO_CONTENT : unsupported("remove", "snis"),
        ),
      },
    },
  ];
}

/** In place of those that follow from the schema. */
export function certificateEndpoints(deps: EntityDeps): Endpoint[] {
  const certificates = deps.model.schemas.get("certificates");
  const snis = deps.model.schemas.get("snis");
  if (certificates === undefined || snis === undefined) return [];
  const parts: Parts = {
    deps,
    certificates,
    snis,
    before: (request) => (idOf(deps, request) === null ? SNI_NOT_FOUND : null),
    at: (use) => (request) => use(idOf(deps, request)!, request),
  };
  return [...ownEndpoints(parts), ...sniEndpoints(parts)];
}
