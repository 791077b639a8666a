/**
 * Credentials and groups of Consumers. A plugin that uses one registers its schema beside its own.
 */
import { createHash } from "node:crypto";
import type { Entity, ForeignKey } from "./entity.ts";
import { readKey } from "./schema/checks/pem.ts";
import type { EntitySchema, Table } from "./schema/definition.ts";
import { typedefs } from "./schema/typedefs.ts";

/** A row of `keyauth_credentials`, as stored. */
export interface KeyauthCredential extends Entity {
  readonly consumer: ForeignKey;
  readonly key: string;
  /** Seconds that it lives. */
  readonly ttl?: number | null;
}

/** The password is kept as SHA-1 of itself and the Consumer's id, in hexadecimal digits. */
function hashPassword(row: Table): void {
  const consumer = (row.consumer as ForeignKey | null)?.id ?? "";
  row.password = createHash("sha1").update(`${row.password}${consumer}`).digest("hex");
}

const ASYMMETRIC = "^RS256$ ^RS384$ ^RS512$ ^PS256$ ^PS384$ ^PS512$ ^EdDSA$".split(" ");

/** Of key-auth. */
export const KEYAUTH_CREDENTIAL_SCHEMA: EntitySchema = {
  name: "keyauth_credentials",
  primary_key: ["id"],
  endpoint_key: "key",
  cache_key: ["key"],
  admin_api_name: "key-auths",
  admin_api_nested_name: "key-auth",
  workspaceable: true,
  ttl: true,
  fields: [
    { id: typedefs.uuid },
    { created_at: typedefs.autoTimestamp },
    { consumer: { type: "foreign", reference: "consumers", on_delete: "cascade", required: true } },
    { key: { type: "string", required: false, unique: true, auto: true } },
    { tags: typedefs.tags },
  ],
};

/** Of basic-auth. */
export const BASICAUTH_CREDENTIAL_SCHEMA: EntitySchema = {
  name: "basicauth_credentials",
  primary_key: ["id"],
  endpoint_key: "username",
  cache_key: ["username"],
  admin_api_name: "basic-auths",
  admin_api_nested_name: "basic-auth",
  workspaceable: true,
  fields: [
    { id: typedefs.uuid },
    { created_at: typedefs.autoTimestamp },
    { consumer: { type: "foreign", reference: "consumers", on_delete: "cascade", required: true } },
    { username: { type: "string", required: true, unique: true } },
    { password: { type: "string", required: true, encrypted: true } },
    { tags: typedefs.tags },
  ],
  transform: hashPassword,
};

/** Of hmac-auth. */
export const HMACAUTH_CREDENTIAL_SCHEMA: EntitySchema = {
  name: "hmacauth_credentials",
  primary_key: ["id"],
  endpoint_key: "username",
  cache_key: ["username"],
  admin_api_name: "hmac-auths",
  admin_api_nested_name: "hmac-auth",
  workspaceable: true,
  fields: [
    { id: typedefs.uuid },
    { created_at: typedefs.autoTimestamp },
    { consumer: { type: "foreign", reference: "consumers", on_delete: "cascade", required: true } },
    { username: { type: "string", required: true, unique: true } },
    { secret: { type: "string", auto: true } },
    { tags: typedefs.tags },
  ],
};

/** Of jwt. */
export const JWT_SECRET_SCHEMA: EntitySchema = {
  name: "jwt_secrets",
  primary_key: ["id"],
  endpoint_key: "key",
  cache_key: ["key"],
  admin_api_name: "jwts",
  admin_api_nested_name: "jwt",
  workspaceable: true,
  fields: [
    { id: typedefs.uuid },
    { created_at: typedefs.autoTimestamp },
    { consumer: { type: "foreign", reference: "consumers", on_delete: "cascade", required: true } },
    { key: { type: "string", required: false, unique: true, auto: true } },
    { secret: { type: "string", auto: true } },
    { rsa_public_key: { type: "string" } },
    {
      algorithm: {
        type: "string",
        default: "HS256",
        one_of: [
          "HS256",
          "HS384",
          "HS512",
          "RS256",
          "RS384",
          "RS512",
          "ES256",
          "ES384",
          "ES512",
          "PS256",
          "PS384",
          "PS512",
          "EdDSA",
        ],
      },
    },
    { tags: typedefs.tags },
  ],
  entity_checks: [
    {
      conditional: {
        if_field: "algorithm",
        if_match: { match_any: { patterns: ASYMMETRIC } },
        then_field: "rsa_public_key",
        then_match: {
          required: true,
          custom_validator: (pem: string) =>
            readKey(pem) instanceof Error ? "invalid key" : undefined,
        },
      },
    },
  ],
};

/** Groups of Consumers, of acl. */
export const ACL_SCHEMA: EntitySchema = {
  name: "acls",
  primary_key: ["id"],
  cache_key: ["consumer", "group"],
  workspaceable: true,
  fields: [
    { id: typedefs.uuid },
    { created_at: typedefs.autoTimestamp },
    { consumer: { type: "foreign", reference: "consumers", on_delete: "cascade", required: true } },
    { group: { type: "string", required: true } },
    { tags: typedefs.tags },
  ],
};
