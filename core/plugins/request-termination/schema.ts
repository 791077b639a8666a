/** Configuration of request-termination, as Kong's schema has it. */
import type { SubSchema } from "../../entities/schema/definition.ts";
import { PROTOCOLS_HTTP } from "../protocols.ts";

/** Fields that exclude or need each other; the first rule that is broken is told. */
function combination(config: Readonly<Record<string, unknown>>): string | undefined {
  const has = (field: string): boolean => config[field] !== undefined && config[field] !== null;
  if (has("message") && (has("content_type") || has("body"))) {
    return "message cannot be used with content_type or body";
  }
  if (has("content_type") && !has("body")) return "content_type requires a body";
  if (config.echo === true && (has("content_type") || has("body"))) {
    return "echo cannot be used with content_type and body";
  }
  return undefined;
}

/** `message` or `body`, not both. */
export const schema: SubSchema = {
  name: "request-termination",
  fields: [
    { protocols: PROTOCOLS_HTTP },
    {
      config: {
        type: "record",
        required: true,
        fields: [
          {
            status_code: { type: "integer", required: true, default: 503, between: [100, 599] },
          },
          { message: { type: "string" } },
          { content_type: { type: "string" } },
          { body: { type: "string" } },
          { echo: { type: "boolean", required: true, default: false } },
          { trigger: { type: "string", check: "header_name" } },
        ],
        custom_validator: combination,
      },
    },
  ],
};
