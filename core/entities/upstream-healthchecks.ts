/** The field `healthchecks` of an Upstream: active probes and what passing traffic tells. */
import type { FieldSchema } from "./schema/definition.ts";
import { typedefs } from "./schema/typedefs.ts";

/** How many results in a row change the mind; 0 is never. */
const COUNTER = { type: "integer", default: 0, between: [0, 255] } as const satisfies FieldSchema;
/** Seconds between probes; 0 is none. */
const INTERVAL = { type: "number", default: 0, between: [0, 65535] } as const satisfies FieldSchema;
const STATUS = { type: "integer", between: [100, 999] } as const satisfies FieldSchema;

export const HEALTHCHECKS: FieldSchema = {
  type: "record",
  default: {
    active: {
      concurrency: 10,
      healthy: { http_statuses: [200, 302], interval: 0, successes: 0 },
      http_path: "/",
      https_verify_certificate: true,
      timeout: 1,
      type: "http",
      unhealthy: {
        http_failures: 0,
        http_statuses: [429, 404, 500, 501, 502, 503, 504, 505],
        interval: 0,
        tcp_failures: 0,
        timeouts: 0,
      },
    },
    passive: {
      healthy: {
        http_statuses: [
          200, 201, 202, 203, 204, 205, 206, 207, 208, 226, 300, 301, 302, 303, 304, 305, 306, 307,
          308,
        ],
        successes: 0,
      },
      type: "http",
      unhealthy: { http_failures: 0, http_statuses: [429, 500, 503], tcp_failures: 0, timeouts: 0 },
    },
  },
  fields: [
    {
      active: {
        type: "record",
        default: {
          concurrency: 10,
          healthy: { http_statuses: [200, 302], interval: 0, successes: 0 },
          http_path: "/",
          https_verify_certificate: true,
          timeout: 1,
          type: "http",
          unhealthy: {
            http_failures: 0,
            http_statuses: [429, 404, 500, 501, 502, 503, 504, 505],
            interval: 0,
            tcp_failures: 0,
            timeouts: 0,
          },
        },
        fields: [
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
              default: { http_statuses: [200, 302], interval: 0, successes: 0 },
              fields: [
                { http_statuses: { type: "array", default: [200, 302], elements: STATUS } },
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
          {
            type: {
              type: "string",
              default: "http",
              one_of: ["tcp", "http", "https", "grpc", "grpcs"],
            },
          },
          {
            unhealthy: {
              type: "record",
              default: {
                http_failures: 0,
                http_statuses: [429, 404, 500, 501, 502, 503, 504, 505],
                interval: 0,
                tcp_failures: 0,
                timeouts: 0,
              },
              fields: [
                { http_failures: COUNTER },
                {
                  http_statuses: {
                    type: "array",
                    default: [429, 404, 500, 501, 502, 503, 504, 505],
                    elements: STATUS,
                  },
                },
                { interval: INTERVAL },
                { tcp_failures: COUNTER },
                { timeouts: COUNTER },
              ],
              required: true,
            },
          },
        ],
        required: true,
      },
    },
    {
      passive: {
        type: "record",
        default: {
          healthy: {
            http_statuses: [
              200, 201, 202, 203, 204, 205, 206, 207, 208, 226, 300, 301, 302, 303, 304, 305, 306,
              307, 308,
            ],
            successes: 0,
          },
          type: "http",
          unhealthy: {
            http_failures: 0,
            http_statuses: [429, 500, 503],
            tcp_failures: 0,
            timeouts: 0,
          },
        },
        fields: [
          {
            healthy: {
              type: "record",
              default: {
                http_statuses: [
                  200, 201, 202, 203, 204, 205, 206, 207, 208, 226, 300, 301, 302, 303, 304, 305,
                  306, 307, 308,
                ],
                successes: 0,
              },
              fields: [
                {
                  http_statuses: {
                    type: "array",
                    default: [
                      200, 201, 202, 203, 204, 205, 206, 207, 208, 226, 300, 301, 302, 303, 304,
                      305, 306, 307, 308,
                    ],
                    elements: STATUS,
                  },
                },
                { successes: COUNTER },
              ],
              required: true,
            },
          },
          {
            type: {
              type: "string",
              default: "http",
              one_of: ["tcp", "http", "https", "grpc", "grpcs"],
            },
          },
          {
            unhealthy: {
              type: "record",
              default: {
                http_failures: 0,
                http_statuses: [429, 500, 503],
                tcp_failures: 0,
                timeouts: 0,
              },
              fields: [
                { http_failures: COUNTER },
                { http_statuses: { type: "array", default: [429, 500, 503], elements: STATUS } },
                { tcp_failures: COUNTER },
                { timeouts: COUNTER },
              ],
              required: true,
            },
          },
        ],
        required: true,
      },
    },
    { threshold: { type: "number", default: 0, between: [0, 100] } },
  ],
  required: true,
};
