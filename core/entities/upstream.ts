/** Upstream: a virtual host name whose requests are balanced over Targets, as the Admin API shows it. */
import type { Entity, ForeignKey } from "./entity.ts";
import type { EntitySchema, Table } from "./schema/definition.ts";
import { typedefs } from "./schema/typedefs.ts";
import { HEALTHCHECKS } from "./upstream-healthchecks.ts";

export type { Target } from "./target.ts";

/** A row of `upstreams`, as stored. */
export interface Upstream extends Entity {
  readonly name: string;
  readonly algorithm: string;
  readonly slots: number;
  readonly host_header?: string | null;
  readonly client_certificate?: ForeignKey | null;
  readonly use_srv_name?: boolean | null;
  readonly hash_on?: string;
  readonly healthchecks?: Readonly<Record<string, unknown>>;
}

const HASH_INPUTS = [
  "none",
  "consumer",
  "ip",
  "header",
  "cookie",
  "path",
  "query_arg",
  "uri_capture",
];

/** What an algorithm without hashing means for `hash_on`. */
function fieldsOfAlgorithm(algorithm: string): Table {
  return algorithm === "least-connections" || algorithm === "latency"
    ? { algorithm, hash_on: null }
    : { algorithm };
}

/** Hashing decides the algorithm; null stands for none of it. */
function fieldsOfHashOn(hashOn: string | null): Table {
  if (hashOn === null) return { hash_on: "none" };
  if (hashOn === "none") return { hash_on: hashOn, algorithm: "round-robin" };
  return { hash_on: hashOn, algorithm: "consistent-hashing" };
}

/** `algorithm` and `hash_on` are shorthands too: each says what the other has to be. */
export const UPSTREAM_SCHEMA: EntitySchema = {
  name: "upstreams",
  primary_key: ["id"],
  endpoint_key: "name",
  workspaceable: true,
  fields: [
    { id: typedefs.uuid },
    { created_at: typedefs.autoTimestamp },
    { name: { type: "string", required: true, unique: true, check: "upstream_name" } },
    { updated_at: typedefs.autoTimestamp },
    {
      algorithm: {
        type: "string",
        default: "round-robin",
        one_of: ["consistent-hashing", "least-connections", "round-robin", "latency"],
      },
    },
    { hash_on: { type: "string", default: "none", one_of: HASH_INPUTS } },
    { hash_fallback: { type: "string", default: "none", one_of: HASH_INPUTS } },
    { hash_on_header: typedefs.headerName },
    { hash_fallback_header: typedefs.headerName },
    { hash_on_cookie: { type: "string", check: "cookie_name" } },
    { hash_on_cookie_path: { ...typedefs.path, default: "/" } },
    { hash_on_query_arg: { type: "string", len_min: 1 } },
    { hash_fallback_query_arg: { type: "string", len_min: 1 } },
    { hash_on_uri_capture: { type: "string", len_min: 1 } },
    { hash_fallback_uri_capture: { type: "string", len_min: 1 } },
    { slots: { type: "integer", default: 10000, between: [10, 65536] } },
    { healthchecks: HEALTHCHECKS },
    { tags: typedefs.tags },
    { host_header: { type: "string", check: "host_with_optional_port" } },
    { client_certificate: { type: "foreign", reference: "certificates" } },
    { use_srv_name: { type: "boolean", default: false } },
  ],
  shorthand_fields: [
    { algorithm: { type: "string", func: fieldsOfAlgorithm } },
    { hash_on: { type: "string", func: fieldsOfHashOn } },
  ],
  entity_checks: [
    {
      conditional: {
        if_field: "hash_on",
        if_match: { match: "^header$" },
        then_field: "hash_on_header",
        then_match: { required: true },
      },
    },
    {
      conditional: {
        if_field: "hash_fallback",
        if_match: { match: "^header$" },
        then_field: "hash_fallback_header",
        then_match: { required: true },
      },
    },
    {
      conditional: {
        if_field: "hash_on",
        if_match: { match: "^cookie$" },
        then_field: "hash_on_cookie",
        then_match: { required: true },
      },
    },
    {
      conditional: {
        if_field: "hash_fallback",
        if_match: { match: "^cookie$" },
        then_field: "hash_on_cookie",
        then_match: { required: true },
      },
    },
    {
      conditional: {
        if_field: "hash_on",
        if_match: { match: "^none$" },
        then_field: "hash_fallback",
        then_match: { one_of: ["none"] },
      },
    },
    {
      conditional: {
        if_field: "hash_on",
        if_match: { match: "^cookie$" },
        then_field: "hash_fallback",
        then_match: { one_of: ["none"] },
      },
    },
    {
      conditional: {
        if_field: "hash_on",
        if_match: { match: "^consumer$" },
        then_field: "hash_fallback",
        then_match: {
          one_of: ["none", "ip", "header", "cookie", "path", "query_arg", "uri_capture"],
        },
      },
    },
    {
      conditional: {
        if_field: "hash_on",
        if_match: { match: "^ip$" },
        then_field: "hash_fallback",
        then_match: {
          one_of: ["none", "consumer", "header", "cookie", "path", "query_arg", "uri_capture"],
        },
      },
    },
    {
      conditional: {
        if_field: "hash_on",
        if_match: { match: "^path$" },
        then_field: "hash_fallback",
        then_match: {
          one_of: ["none", "consumer", "header", "cookie", "query_arg", "ip", "uri_capture"],
        },
      },
    },
    { distinct: ["hash_on_header", "hash_fallback_header"] },
    {
      conditional: {
        if_field: "hash_on",
        if_match: { match: "^query_arg$" },
        then_field: "hash_on_query_arg",
        then_match: { required: true },
      },
    },
    {
      conditional: {
        if_field: "hash_fallback",
        if_match: { match: "^query_arg$" },
        then_field: "hash_fallback_query_arg",
        then_match: { required: true },
      },
    },
    { distinct: ["hash_on_query_arg", "hash_fallback_query_arg"] },
    {
      conditional: {
        if_field: "hash_on",
        if_match: { match: "^uri_capture$" },
        then_field: "hash_on_uri_capture",
        then_match: { required: true },
      },
    },
    {
      conditional: {
        if_field: "hash_fallback",
        if_match: { match: "^uri_capture$" },
        then_field: "hash_fallback_uri_capture",
        then_match: { required: true },
      },
    },
    { distinct: ["hash_on_uri_capture", "hash_fallback_uri_capture"] },
  ],
};
