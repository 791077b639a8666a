/** The `protocols` field of plugin schemas: which protocols a plugin may be configured for. */
import type { FieldSchema } from "../entities/schema/definition.ts";

const HTTP_PROTOCOLS = ["grpc", "grpcs", "http", "https"] as const;

/** For plugins that only know HTTP. */
export const PROTOCOLS_HTTP: FieldSchema = {
  type: "set",
  required: true,
  default: HTTP_PROTOCOLS,
  elements: { type: "string", one_of: HTTP_PROTOCOLS },
};

/** For plugins that may also be configured for streams; without saying so they are for HTTP. */
export const PROTOCOLS_ANY: FieldSchema = {
  type: "set",
  required: true,
  default: HTTP_PROTOCOLS,
  elements: {
    type: "string",
    one_of: [...HTTP_PROTOCOLS, "tcp", "tls", "tls_passthrough", "udp"],
  },
};

/** A `consumer` field that must stay empty: the plugin decides who the Consumer is. */
export const NO_CONSUMER: FieldSchema = { type: "foreign", reference: "consumers", eq: null };
