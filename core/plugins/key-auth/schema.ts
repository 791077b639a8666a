/** Configuration of key-auth, as Kong's schema has it. The credentials' schema is core/entities/credentials.ts. */
import type { SubSchema } from "../../entities/schema/definition.ts";
import { NO_CONSUMER, PROTOCOLS_HTTP } from "../protocols.ts";

/** A Consumer can have no configuration of its own: it is not known yet when the plugin runs. */
export const schema: SubSchema = {
  name: "key-auth",
  fields: [
    { consumer: NO_CONSUMER },
    { protocols: PROTOCOLS_HTTP },
    {
      config: {
        type: "record",
        required: true,
        fields: [
          {
            key_names: {
              type: "array",
              required: true,
              default: ["apikey"],
              elements: { type: "string", check: "header_name" },
            },
          },
          { hide_credentials: { type: "boolean", required: true, default: false } },
          { anonymous: { type: "string" } },
          { key_in_header: { type: "boolean", required: true, default: true } },
          { key_in_query: { type: "boolean", required: true, default: true } },
          { key_in_body: { type: "boolean", required: true, default: false } },
          { run_on_preflight: { type: "boolean", required: true, default: true } },
          { realm: { type: "string", required: false } },
        ],
      },
    },
  ],
};
