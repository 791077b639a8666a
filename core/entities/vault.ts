/** Vault: where references to secrets (`{vault://prefix/name}`) are looked up. */
import type { Entity } from "./entity.ts";
import type { EntitySchema, SubSchema } from "./schema/definition.ts";
import { typedefs } from "./schema/typedefs.ts";

/** A row of `vaults`, as stored. */
export interface Vault extends Entity {
  readonly prefix: string;
  readonly name: string;
  readonly description?: string | null;
  readonly config: Readonly<Record<string, unknown>>;
}

/** What `config` holds is said by the subschema of the kind of vault. */
export const VAULT_SCHEMA: EntitySchema = {
  name: "vaults",
  primary_key: ["id"],
  endpoint_key: "prefix",
  cache_key: ["prefix"],
  subschema_key: "name",
  subschema_error: "vault '%s' is not installed",
  table_name: "sm_vaults",
  admin_api_name: "vaults",
  workspaceable: true,
  fields: [
    { id: typedefs.uuid },
    {
      prefix: {
        type: "string",
        required: true,
        unique: true,
        unique_across_ws: true,
        not_one_of: ["env"],
        match: "^[a-z][a-z%d-]-[a-z%d]+$",
      },
    },
    { name: { type: "string", required: true } },
    { description: { type: "string" } },
    { config: { type: "record", abstract: true } },
    { created_at: typedefs.autoTimestamp },
    { updated_at: typedefs.autoTimestamp },
    { tags: typedefs.tags },
  ],
};

/** The vaults that are part of the gateway, by name. */
export const VAULT_SUBSCHEMAS: Readonly<Record<string, SubSchema>> = {
  env: {
    name: "env",
    fields: [
      {
        config: {
          type: "record",
          required: true,
          fields: [{ prefix: { type: "string", match: "^[%a_-][%a%d_-]*$" } }],
        },
      },
    ],
  },
};
