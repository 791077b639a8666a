/** Configuration of correlation-id, as Kong's schema has it. */
import type { SubSchema } from "../../entities/schema/definition.ts";
import { PROTOCOLS_HTTP } from "../protocols.ts";

/** A `header_name` of null switches the plugin off. */
export const schema: SubSchema = {
  name: "correlation-id",
  fields: [
    { protocols: PROTOCOLS_HTTP },
    {
      config: {
        type: "record",
        required: true,
        fields: [
          { header_name: { type: "string", default: "Kong-Request-ID" } },
          {
            generator: {
              type: "string",
              required: true,
              default: "uuid#counter",
              one_of: ["uuid", "uuid#counter", "tracker"],
            },
          },
          { echo_downstream: { type: "boolean", required: true, default: false } },
        ],
      },
    },
  ],
};
