/**
 * Entities that plugins of Kong bring along besides the credentials of Consumers, and which plugin brings which.
 *
 * Without a database most of them have no use, but a document may declare them: a gateway registers the entities of the
 * plugins that its settings name.
 */
import {
  ACL_SCHEMA,
  BASICAUTH_CREDENTIAL_SCHEMA,
  HMACAUTH_CREDENTIAL_SCHEMA,
  JWT_SECRET_SCHEMA,
  KEYAUTH_CREDENTIAL_SCHEMA,
} from "./credentials.ts";
import type { EntitySchema } from "./schema/definition.ts";
import { typedefs } from "./schema/typedefs.ts";

/** Applications that ask for tokens. */
const OAUTH2_CREDENTIAL_SCHEMA: EntitySchema = {
  name: "oauth2_credentials",
  primary_key: ["id"],
  endpoint_key: "client_id",
  cache_key: ["client_id"],
  admin_api_name: "oauth2",
  workspaceable: true,
  fields: [
    { id: typedefs.uuid },
    { created_at: typedefs.autoTimestamp },
    { consumer: { type: "foreign", reference: "consumers", on_delete: "cascade", required: true } },
    { name: { type: "string", required: true } },
    { client_id: { type: "string", required: false, unique: true, auto: true } },
    { client_secret: { type: "string", required: false, auto: true, encrypted: true } },
    { hash_secret: { type: "boolean", required: true, default: false } },
    {
      redirect_uris: {
        type: "array",
        required: false,
        elements: { type: "string", check: "redirect_uri" },
      },
    },
    { tags: typedefs.tags },
    {
      client_type: {
        type: "string",
        required: true,
        default: "confidential",
        one_of: ["confidential", "public"],
      },
    },
  ],
};

/** Codes on their way to becoming tokens. */
const OAUTH2_AUTHORIZATION_CODE_SCHEMA: EntitySchema = {
  name: "oauth2_authorization_codes",
  primary_key: ["id"],
  workspaceable: true,
  ttl: true,
  generate_admin_api: false,
  db_export: false,
  fields: [
    { id: typedefs.uuid },
    { created_at: typedefs.autoTimestamp },
    { service: { type: "foreign", reference: "services", on_delete: "cascade", default: null } },
    {
      credential: {
        type: "foreign",
        reference: "oauth2_credentials",
        on_delete: "cascade",
        required: true,
      },
    },
    { code: { type: "string", required: false, unique: true, auto: true } },
    { authenticated_userid: { type: "string", required: false } },
    { scope: { type: "string" } },
    { challenge: { type: "string", required: false } },
    { challenge_method: { type: "string", required: false, one_of: ["S256"] } },
    { plugin: { type: "foreign", reference: "plugins", on_delete: "cascade", default: null } },
  ],
};

/** Tokens that were given out. */
const OAUTH2_TOKEN_SCHEMA: EntitySchema = {
  name: "oauth2_tokens",
  primary_key: ["id"],
  endpoint_key: "access_token",
  cache_key: ["access_token"],
  workspaceable: true,
  ttl: true,
  fields: [
    { id: typedefs.uuid },
    { created_at: typedefs.autoTimestamp },
    { service: { type: "foreign", reference: "services", on_delete: "cascade", default: null } },
    {
      credential: {
        type: "foreign",
        reference: "oauth2_credentials",
        on_delete: "cascade",
        required: true,
      },
    },
    { token_type: { type: "string", required: true, default: "bearer", one_of: ["bearer"] } },
    { expires_in: { type: "integer", required: true } },
    { access_token: { type: "string", required: false, unique: true, auto: true } },
    { refresh_token: { type: "string", required: false, unique: true } },
    { authenticated_userid: { type: "string", required: false } },
    { scope: { type: "string" } },
  ],
};

/** Certificates on their way, of acme with storage "kong". */
const ACME_STORAGE_SCHEMA: EntitySchema = {
  name: "acme_storage",
  primary_key: ["id"],
  cache_key: ["key"],
  ttl: true,
  fields: [
    { id: typedefs.uuid },
    { key: { type: "string", required: true, unique: true, auto: true } },
    { value: { type: "string", required: true, auto: true } },
    { created_at: typedefs.autoTimestamp },
  ],
};

/** Counters of rate-limiting with policy "cluster". */
const RATELIMITING_METRIC_SCHEMA: EntitySchema = {
  name: "ratelimiting_metrics",
  primary_key: ["identifier", "period", "period_date", "service_id", "route_id"],
  ttl: true,
  generate_admin_api: false,
  db_export: false,
  fields: [
    { identifier: { type: "string", required: true, len_min: 0 } },
    { period: { type: "string", required: true } },
    { period_date: { type: "integer", required: true, timestamp: true } },
    { service_id: { type: "string", required: true, uuid: true } },
    { route_id: { type: "string", required: true, uuid: true } },
    { value: { type: "integer", required: true } },
  ],
};

/** Sessions, of session with storage "kong". */
const SESSION_SCHEMA: EntitySchema = {
  name: "sessions",
  primary_key: ["id"],
  endpoint_key: "session_id",
  cache_key: ["session_id"],
  ttl: true,
  db_export: false,
  fields: [
    { id: typedefs.uuid },
    { session_id: { type: "string", required: true, unique: true } },
    { expires: { type: "integer" } },
    { data: { type: "string" } },
    { created_at: typedefs.autoTimestamp },
  ],
};

/** Entities by the name of the plugin that brings them. */
export const ENTITIES_OF_PLUGINS: Readonly<Record<string, readonly EntitySchema[]>> = {
  acl: [ACL_SCHEMA],
  acme: [ACME_STORAGE_SCHEMA],
  "basic-auth": [BASICAUTH_CREDENTIAL_SCHEMA],
  "hmac-auth": [HMACAUTH_CREDENTIAL_SCHEMA],
  jwt: [JWT_SECRET_SCHEMA],
  "key-auth": [KEYAUTH_CREDENTIAL_SCHEMA],
  oauth2: [OAUTH2_CREDENTIAL_SCHEMA, OAUTH2_AUTHORIZATION_CODE_SCHEMA, OAUTH2_TOKEN_SCHEMA],
  "rate-limiting": [RATELIMITING_METRIC_SCHEMA],
  session: [SESSION_SCHEMA],
};
