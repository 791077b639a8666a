/** The field `healthchecks` of an Upstream: active probes and what passing traffic tells. */
import type { FieldList, FieldSchema } from "./schema/definition.ts";
import { typedefs } from "./schema/typedefs.ts";

/** How many results in a row change the mind; 0 is never. */
const COUNTER = { type: "integer", default: 0, between: [0, 255] } as const satisfies FieldSchema;
/** Seconds between probes; 0 is none. */
const INTERVAL = { type: "number", default: 0, between: [0, 65535] } as const satisfies FieldSchema;
const STATUS = { type: "integer", between: [100, 999] } as const satisfies FieldSchema;

const PROBE_TYPES = ["tcp", "http", "https", "grpc", "grpcs"];

// each default stands alone and in that of the record around it: `/schemas` shows both
const ACTIVE_HEALTHY = { http_statuses: [200, 302], interval: 0, successes: 0 };
const ACTIVE_UNHEALTHY = {
  http_failures: 0,
  http_statuses: [429, 404, 500, 501, 502, 503, 504, 505],
  interval: 0,
  tcp_failures: 0,
  timeouts: 0,
};
const ACTIVE = {
  concurrency: 10,
  healthy: ACTIVE_HEALTHY,
  http_path: "/",
  https_verify_certificate: true,
  timeout: 1,
  type: "http",
  unhealthy: ACTIVE_UNHEALTHY,
};
const PASSIVE_HEALTHY = {
  http_statuses: [
    200, 201, 202, 203, 204, 205, 206, 207, 208, 226, 300, 301, 302, 303, 304, 305, 306, 307, 308,
  ],
  successes: 0,
};
const PASSIVE_UNHEALTHY = {
  http_failures: 0,
  http_statuses: [429, 500, 503],
  tcp_failures: 0,
  timeouts: 0,
};
const PASSIVE = { healthy: PASSIVE_HEALTHY, type: "http", unhealthy: PASSIVE_UNHEALTHY };

function statuses(byDefault: readonly number[]): FieldSchema {
  return { type: "array", default: byDefault, elements: STATUS };
}

const ACTIVE_FIELDS: FieldList = [
  { concurrency: { type: "integer", default: 10, between: [1, 2147483648] } },
  {
    headers: {
      type: "map",
      required: false,
      keys: typedefs.headerName,
      values: { type: "array", elements: { type: "string" } },
    },
  },
  {
    healthy: {
      type: "record",
      default: ACTIVE_HEALTHY,
      fields: [
        { http_statuses: statuses(ACTIVE_HEALTHY.http_statuses) },
        { interval: INTERVAL },
        { successes: COUNTER },
      ],
      required: true,
    },
  },
  { http_path: { ...typedefs.path, default: "/" } },
  { https_sni: { type: "string", required: false, check: "sni" } },
  { https_verify_certificate: { type: "boolean", required: true, default: true } },
  { timeout: { type: "number", default: 1, between: [0, 65535] } },
  { type: { type: "string", default: "http", one_of: PROBE_TYPES } },
  {
    unhealthy: {
      type: "record",
      default: ACTIVE_UNHEALTHY,
      fields: [
        { http_failures: COUNTER },
        { http_statuses: statuses(ACTIVE_UNHEALTHY.http_statuses) },
        { interval: INTERVAL },
        { tcp_failures: COUNTER },
        { timeouts: COUNTER },
      ],
      required: true,
    },
  },
];

const PASSIVE_FIELDS: FieldList = [
  {
    healthy: {
      type: "record",
      default: PASSIVE_HEALTHY,
      fields: [{ http_statuses: statuses(PASSIVE_HEALTHY.http_statuses) }, { successes: COUNTER }],
      required: true,
    },
  },
  { type: { type: "string", default: "http", one_of: PROBE_TYPES } },
  {
    unhealthy: {
      type: "record",
      default: PASSIVE_UNHEALTHY,
      fields: [
        { http_failures: COUNTER },
        { http_statuses: statuses(PASSIVE_UNHEALTHY.http_statuses) },
        { tcp_failures: COUNTER },
        { timeouts: COUNTER },
      ],
      required: true,
    },
  },
];

/** Kong's, defaults included: without a word about it an Upstream's Targets are not checked. */
export const HEALTHCHECKS: FieldSchema = {
  type: "record",
  default: { active: ACTIVE, passive: PASSIVE },
  fields: [
    { active: { type: "record", default: ACTIVE, fields: ACTIVE_FIELDS, required: true } },
    { passive: { type: "record", default: PASSIVE, fields: PASSIVE_FIELDS, required: true } },
    { threshold: { type: "number", default: 0, between: [0, 100] } },
  ],
  required: true,
};
