/** Entities that the gateway keeps for itself, and the tags: none of them is on a request's way. */
import type { EntitySchema } from "./schema/definition.ts";
import { typedefs } from "./schema/typedefs.ts";

/** There is one workspace, and nobody adds another: the schema is here for `/schemas` and for references. */
export const WORKSPACE_SCHEMA: EntitySchema = {
  name: "workspaces",
  primary_key: ["id"],
  endpoint_key: "name",
  cache_key: ["name"],
  generate_admin_api: false,
  fields: [
    { id: typedefs.uuid },
    {
      name: {
        type: "string",
        required: true,
        unique: true,
        not_one_of: [
          "workspaces",
          "consumers",
          "certificates",
          "services",
          "routes",
          "snis",
          "upstreams",
          "targets",
          "plugins",
          "tags",
          "ca_certificates",
          "clustering_data_planes",
          "parameters",
          "vaults",
          "key_sets",
          "keys",
          "filter_chains",
        ],
        check: "utf8_name",
      },
    },
    { comment: { type: "string" } },
    { created_at: typedefs.autoTimestamp },
    { updated_at: typedefs.autoTimestamp },
    { meta: { type: "record", fields: [], required: true } },
    { config: { type: "record", fields: [], required: true } },
  ],
};

/** Not stored: a view of the tags of all rows. */
export const TAG_SCHEMA: EntitySchema = {
  name: "tags",
  primary_key: ["tag"],
  endpoint_key: "tag",
  db_export: false,
  fields: [
    { tag: { type: "string", required: true, check: "tag" } },
    { entity_name: { type: "string", required: true } },
    { entity_id: { type: "string", required: true, auto: true, uuid: true } },
  ],
};

/** Kong's own facts about a cluster; nothing is kept in it here. */
export const PARAMETER_SCHEMA: EntitySchema = {
  name: "parameters",
  primary_key: ["key"],
  cache_key: ["key"],
  generate_admin_api: false,
  workspaceable: false,
  fields: [
    { created_at: typedefs.autoTimestamp },
    { key: { type: "string", required: true, unique: true } },
    { value: { type: "string", required: true } },
  ],
};

/** Nodes of a hybrid cluster, which there is none of. */
export const CLUSTERING_DATA_PLANE_SCHEMA: EntitySchema = {
  name: "clustering_data_planes",
  primary_key: ["id"],
  admin_api_name: "clustering/data-planes",
  generate_admin_api: false,
  ttl: true,
  db_export: false,
  fields: [
    { id: { type: "string", required: true, auto: true, uuid: true } },
    { last_seen: { type: "integer", auto: true, timestamp: true } },
    { updated_at: typedefs.autoTimestamp },
    { ip: { type: "string", required: true, check: "ip" } },
    { config_hash: { type: "string", len_eq: 32 } },
    { hostname: { type: "string", required: true, check: "host" } },
    {
      version: {
        type: "string",
        match_any: {
          patterns: ["^%d+[%.%d]*$", "^%d+[%.%d]*%-?.*$"],
          err: "invalid version number: must be in format of X.Y.Z",
        },
        match_none: [{ pattern: "%.%.", err: "must not have empty version segments" }],
      },
    },
    {
      sync_status: {
        type: "string",
        required: true,
        default: "unknown",
        one_of: [
          "unknown",
          "normal",
          "kong_version_incompatible",
          "plugin_set_incompatible",
          "plugin_version_incompatible",
          "filter_set_incompatible",
        ],
      },
    },
    { labels: { type: "map", keys: { type: "string" }, values: { type: "string" } } },
    {
      cert_details: {
        type: "record",
        fields: [{ expiry_timestamp: { type: "number", required: false, timestamp: true } }],
        required: true,
      },
    },
    { rpc_capabilities: { type: "set", elements: { type: "string" } } },
  ],
};

/** Chains of WebAssembly filters, of which there are none. */
export const FILTER_CHAIN_SCHEMA: EntitySchema = {
  name: "filter_chains",
  primary_key: ["id"],
  endpoint_key: "name",
  cache_key: ["route", "service"],
  admin_api_name: "filter-chains",
  workspaceable: true,
  fields: [
    { id: typedefs.uuid },
    { name: { type: "string", unique: true, check: "utf8_name" } },
    { enabled: { type: "boolean", required: true, default: true } },
    {
      route: {
        type: "foreign",
        reference: "routes",
        on_delete: "cascade",
        default: null,
        unique: true,
      },
    },
    {
      service: {
        type: "foreign",
        reference: "services",
        on_delete: "cascade",
        default: null,
        unique: true,
      },
    },
    {
      filters: {
        type: "array",
        required: true,
        len_min: 1,
        elements: {
          type: "record",
          fields: [
            { name: { type: "string", required: true, one_of: [], err: "no such filter" } },
            { enabled: { type: "boolean", required: true, default: true } },
            {
              config: {
                type: "json",
                required: false,
                json_schema: {
                  default: {
                    $schema: "http://json-schema.org/draft-04/schema#",
                    type: ["string", "null"],
                  },
                  namespace: "proxy-wasm-filters",
                  optional: true,
                  parent_subschema_key: "name",
                },
              },
            },
          ],
        },
      },
    },
    { created_at: typedefs.autoTimestamp },
    { updated_at: typedefs.autoTimestamp },
    { tags: typedefs.tags },
  ],
  entity_checks: [
    { mutually_exclusive: ["service", "route"] },
    { at_least_one_of: ["service", "route"] },
    {
      custom_entity_check: {
        field_sources: ["filters"],
        run_with_invalid_fields: true,
        fn: () => "wasm support is not enabled",
      },
    },
  ],
};
