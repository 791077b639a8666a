/** Consumer: a person or program that uses the gateway, as the Admin API shows it. */
import type { Entity } from "./entity.ts";
import type { EntitySchema } from "./schema/definition.ts";
import { typedefs } from "./schema/typedefs.ts";

/** A row of `consumers`, as stored: one of the two names at least. */
export interface Consumer extends Entity {
  readonly username?: string | null;
  readonly custom_id?: string | null;
}

/** Of `consumers`. */
export const CONSUMER_SCHEMA: EntitySchema = {
  name: "consumers",
  primary_key: ["id"],
  endpoint_key: "username",
  workspaceable: true,
  fields: [
    { id: typedefs.uuid },
    { created_at: typedefs.autoTimestamp },
    { updated_at: typedefs.autoTimestamp },
    { username: { type: "string", unique: true } },
    { custom_id: { type: "string", unique: true } },
    { tags: typedefs.tags },
  ],
  entity_checks: [{ at_least_one_of: ["custom_id", "username"] }],
};
