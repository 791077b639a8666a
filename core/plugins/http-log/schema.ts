/** Configuration of http-log, as Kong's schema has it. */
import type { FieldSchema, SubSchema } from "../../entities/schema/definition.ts";
import { CUSTOM_FIELDS_FIELD } from "../custom-fields.ts";
import { PROTOCOLS_ANY } from "../protocols.ts";
import { QUEUE_FIELD } from "../queue-schema.ts";

function deprecated(type: "integer" | "number", oldDefault: number, message: string): FieldSchema {
  return {
    type,
    deprecation: { message, removal_in_version: "4.0", old_default: oldDefault },
  };
}

const HEADERS: FieldSchema = {
  type: "map",
  keys: {
    type: "string",
    check: "header_name",
    match_none: [
      { pattern: "^[Hh][Oo][Ss][Tt]$", err: "cannot contain 'Host' header" },
      {
        pattern: "^[Cc][Oo][Nn][Tt][Ee][Nn][Tt]%-[Ll][Ee][nn][Gg][Tt][Hh]$",
        err: "cannot contain 'Content-Length' header",
      },
      {
        pattern: "^[Cc][Oo][Nn][Tt][Ee][Nn][Tt]%-[Tt][Yy][Pp][Ee]$",
        err: "cannot contain 'Content-Type' header",
      },
    ],
  },
  values: { type: "string", referenceable: true },
};

/** User info in the URL becomes an Authorization header, so there cannot be another. */
function authorization(config: Readonly<Record<string, unknown>>): string | undefined {
  const { headers, http_endpoint } = config;
  if (typeof headers !== "object" || headers === null || typeof http_endpoint !== "string") {
    return undefined;
  }
  const isGiven = Object.keys(headers).some((name) => name.toLowerCase() === "authorization");
  if (!isGiven || !URL.canParse(http_endpoint)) return undefined;
  return new URL(http_endpoint).username === ""
    ? undefined
    : "specifying both an 'Authorization' header and user info in 'http_endpoint' is not allowed";
}

/** The fields that Kong deprecated are taken; queue-schema.ts says what they mean. */
export const schema: SubSchema = {
  name: "http-log",
  fields: [
    { protocols: PROTOCOLS_ANY },
    {
      config: {
        type: "record",
        required: true,
        fields: [
          {
            http_endpoint: {
              type: "string",
              required: true,
              encrypted: true,
              referenceable: true,
              check: "url",
            },
          },
          { method: { type: "string", default: "POST", one_of: ["POST", "PUT", "PATCH"] } },
          {
            content_type: {
              type: "string",
              default: "application/json",
              one_of: ["application/json", "application/json; charset=utf-8"],
            },
          },
          { timeout: { type: "number", default: 10_000 } },
          { keepalive: { type: "number", default: 60_000 } },
          {
            retry_count: deprecated(
              "integer",
              10,
              "http-log: config.retry_count no longer works, please use config.queue.max_retry_time instead",
            ),
          },
          {
            queue_size: deprecated(
              "integer",
              1,
              "http-log: config.queue_size is deprecated, please use config.queue.max_batch_size instead",
            ),
          },
          {
            flush_timeout: deprecated(
              "number",
              2,
              "http-log: config.flush_timeout is deprecated, please use config.queue.max_coalescing_delay instead",
            ),
          },
          { headers: HEADERS },
          { queue: QUEUE_FIELD },
          { custom_fields_by_lua: CUSTOM_FIELDS_FIELD },
        ],
        custom_validator: authorization,
      },
    },
  ],
};
