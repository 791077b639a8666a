/**
 * Fields that many schemas have in common, by Kong's names, for the schemas of the core and of plugins.
 */
import type { FieldSchema } from "./definition.ts";

const PROTOCOLS_WITH_SUBSYSTEM = {
  http: ["grpc", "grpcs", "http", "https"],
  stream: ["tcp", "tls", "tls_passthrough", "udp"],
} as const;
/** Every protocol, in alphabetical order. */
export const PROTOCOLS: readonly string[] = [
  ...PROTOCOLS_WITH_SUBSYSTEM.http,
  ...PROTOCOLS_WITH_SUBSYSTEM.stream,
];

const protocolSet = (names: readonly string[]): FieldSchema => ({
  type: "set",
  required: true,
  default: names,
  elements: { type: "string", one_of: names },
});

const forbidden = (reference: string): FieldSchema => ({ type: "foreign", reference, eq: null });

/** Fields that several entities have alike, under Kong's names; spread one to change it. */
export const typedefs = {
  uuid: { type: "string", uuid: true, auto: true },
  autoTimestamp: { type: "integer", timestamp: true, auto: true },
  autoTimestampMs: { type: "number", timestamp: true, auto: true },
  tags: { type: "set", elements: { type: "string", required: true, check: "tag" } },
  utf8Name: { type: "string", unique: true, check: "utf8_name" },
  port: { type: "integer", between: [0, 65535] },
  /** Milliseconds. */
  timeout: { type: "integer", between: [0, 2147483646] },
  path: {
    type: "string",
    starts_with: "/",
    match_none: [{ pattern: "//", err: "must not have empty segments" }],
    check: "path",
  },
  headerName: { type: "string", check: "header_name" },
  host: { type: "string", check: "host" },
  url: { type: "string", check: "url" },
  /** What a plugin that only works for HTTP says about `protocols`. */
  protocolsHttp: protocolSet(PROTOCOLS_WITH_SUBSYSTEM.http),
  protocolsStream: protocolSet(PROTOCOLS_WITH_SUBSYSTEM.stream),
  /** `protocols` of a plugin for both; the default are those of HTTP. */
  protocols: {
    type: "set",
    required: true,
    default: PROTOCOLS_WITH_SUBSYSTEM.http,
    elements: { type: "string", one_of: PROTOCOLS },
  },
  noConsumer: forbidden("consumers"),
  noRoute: forbidden("routes"),
  noService: forbidden("services"),
} as const satisfies Readonly<Record<string, FieldSchema>>;
