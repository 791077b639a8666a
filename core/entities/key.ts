/** Keys, as JWK or PEM, and the sets that they belong to. */
import { createPublicKey, createPrivateKey } from "node:crypto";
import type { EntitySchema, Table } from "./schema/definition.ts";
import { isReference } from "./schema/references.ts";
import { typedefs } from "./schema/typedefs.ts";

function isLoadable(jwk: Table): boolean {
  try {
    const make = "d" in jwk ? createPrivateKey : createPublicKey;
    make({ key: jwk as never, format: "jwk" });
    return true;
  } catch {
    return false;
  }
}

/** References to secrets are looked at when they are resolved. */
function jwkError({ jwk, kid }: Table): string | undefined {
  if (typeof jwk !== "string" || isReference(jwk)) return undefined;
  let parsed: unknown;
  try {
    parsed = JSON.parse(jwk);
  } catch {
    return "could not json decode jwk string";
  }
  const table = (typeof parsed === "object" && parsed !== null ? parsed : {}) as Table;
  if (table.kid !== kid) return "kid in jwk.kid must be equal to keys.kid";
  return isLoadable(table) ? undefined : "could not load JWK, likely not a valid key";
}

/** Of `key_sets`. */
export const KEY_SET_SCHEMA: EntitySchema = {
  name: "key_sets",
  primary_key: ["id"],
  endpoint_key: "name",
  admin_api_name: "key-sets",
  workspaceable: true,
  fields: [
    { id: typedefs.uuid },
    { name: { type: "string", required: false, unique: true } },
    { tags: typedefs.tags },
    { created_at: typedefs.autoTimestamp },
    { updated_at: typedefs.autoTimestamp },
  ],
};

/** Of `keys`: each is either a JWK or a PEM. */
export const KEY_SCHEMA: EntitySchema = {
  name: "keys",
  primary_key: ["id"],
  endpoint_key: "name",
  cache_key: ["kid", "set"],
  workspaceable: true,
  fields: [
    { id: typedefs.uuid },
    { set: { type: "foreign", reference: "key_sets", on_delete: "cascade", required: false } },
    { name: { type: "string", required: false, unique: true } },
    { kid: { type: "string", required: true, unique: false } },
    { jwk: { type: "string", referenceable: true, encrypted: true } },
    {
      pem: {
        type: "record",
        required: false,
        check: "pem",
        entity_checks: [{ at_least_one_of: ["private_key", "public_key"] }],
        fields: [
          {
            private_key: { type: "string", required: false, referenceable: true, encrypted: true },
          },
          { public_key: { type: "string", required: false, referenceable: true } },
        ],
      },
    },
    { tags: typedefs.tags },
    { created_at: typedefs.autoTimestamp },
    { updated_at: typedefs.autoTimestamp },
  ],
  entity_checks: [
    { mutually_exclusive: ["jwk", "pem"] },
    { at_least_one_of: ["jwk", "pem"] },
    { custom_entity_check: { field_sources: ["jwk", "pem", "kid"], fn: jwkError } },
  ],
};
