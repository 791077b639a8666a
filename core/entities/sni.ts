/** SNI: a server name that clients ask for in TLS, and the Certificate they get. */
import type { EntitySchema } from "./schema/definition.ts";
import { typedefs } from "./schema/typedefs.ts";

/** Of `snis`. */
export const SNI_SCHEMA: EntitySchema = {
  name: "snis",
  primary_key: ["id"],
  endpoint_key: "name",
  workspaceable: true,
  fields: [
    { id: typedefs.uuid },
    {
      name: {
        type: "string",
        required: true,
        unique: true,
        unique_across_ws: true,
        check: "wildcard_host",
      },
    },
    { created_at: typedefs.autoTimestamp },
    { updated_at: typedefs.autoTimestamp },
    { tags: typedefs.tags },
    { certificate: { type: "foreign", reference: "certificates", required: true } },
  ],
};
