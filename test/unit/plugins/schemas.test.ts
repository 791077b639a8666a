/** The schemas of the bundled plugins, by Kong's messages (conformance/recorded/admin/validate-plugin*.json). */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { BUNDLED_PLUGINS } from "../../../core/config/bundled-plugins.ts";
import { EntityRegistry } from "../../../core/entities/registry.ts";
import { BUNDLED } from "../../../core/plugins/bundled.ts";

const registry = new EntityRegistry();
for (const [name, { schema, entities }] of BUNDLED) {
  for (const entity of entities) registry.registerEntity(entity);
  registry.registerPluginSchema(name, schema);
}

function errorsOf(name: string, config: object, more: object = {}): unknown {
  const { errors } = registry.entity("plugins").insert({ name, config, ...more });
  return errors === undefined ? null : JSON.parse(JSON.stringify(errors));
}

function configOf(name: string, config: object): Record<string, unknown> {
  const { row, errors } = registry.entity("plugins").insert({ name, config });
  assert.equal(errors, undefined);
  return row.config as Record<string, unknown>;
}

const BAD_TEMPLATE = `value '$(uri_captures u)' is not in supported format, error:[string "TMP"]:1: ')' expected near 'u'`;

describe("configurations", () => {
  const rows: [name: string, config: object, errors: unknown][] = [
    ["correlation-id", {}, null],
    [
      "correlation-id",
      { generator: "x" },
      { generator: "expected one of: uuid, uuid#counter, tracker" },
    ],
    ["correlation-id", { header_name: "" }, { header_name: "length must be at least 1" }],
    [
      "request-termination",
      { status_code: 99 },
      { status_code: "value should be between 100 and 599" },
    ],
    ["request-termination", { content_type: "text/html" }, "content_type requires a body"],
    [
      "request-termination",
      { message: "m", body: "b" },
      "message cannot be used with content_type or body",
    ],
    [
      "request-termination",
      { echo: true, body: "b" },
      "echo cannot be used with content_type and body",
    ],
    [
      "request-termination",
      { trigger: "a b" },
      { trigger: "bad header name 'a b', allowed characters are A-Z, a-z, 0-9, '_', and '-'" },
    ],
    ["request-transformer", { remove: { headers: ["a:b.c"] } }, null],
    [
      "request-transformer",
      { remove: { headers: ["a", "b.c", ":"] } },
      {
        remove: {
          headers: [null, "'b.c' is not a valid header", "'nil' is not a valid header"],
        },
      },
    ],
    [
      "response-transformer",
      { rename: { headers: ["a:b.c"] } },
      { rename: { headers: ["'b.c' is not a valid header"] } },
    ],
    [
      "key-auth",
      { realm: "", key_names: [1] },
      { realm: "length must be at least 1", key_names: ["expected a string"] },
    ],
    ["request-transformer", { http_method: "get" }, { http_method: "invalid value: get" }],
    [
      "request-transformer",
      { add: { querystring: ["a"] } },
      { add: { querystring: ["key 'a' has no value"] } },
    ],
    [
      "request-transformer",
      { add: { querystring: ["a:$(uri_captures u)"] } },
      { add: { querystring: [BAD_TEMPLATE] } },
    ],
    ["request-transformer", { add: { headers: ["a:$(x y)", "b:"] } }, null],
    ["request-transformer", { replace: { uri: "/$(x y)" } }, null],
    [
      "request-transformer",
      { add: { headers: ["just"] } },
      { add: { headers: ["invalid value: just"] } },
    ],
    [
      "request-transformer",
      { add: { headers: ["a b:c"] } },
      { add: { headers: ["'a b' is not a valid header"] } },
    ],
    [
      "request-transformer",
      { rename: { headers: ["a:b c"] } },
      { rename: { headers: ["'b c' is not a valid header"] } },
    ],
    [
      "request-transformer",
      { rename: { headers: ["a:"] } },
      { rename: { headers: ["'' is not a valid header"] } },
    ],
    [
      "request-transformer",
      { rename: { body: ["a"] } },
      { rename: { body: ["key 'a' has no value"] } },
    ],
    [
      "request-transformer",
      { remove: { headers: ["x y"] } },
      { remove: { headers: ["'x y' is not a valid header"] } },
    ],
    [
      "response-transformer",
      { rename: { headers: ["x,y:z"] } },
      { rename: { headers: ["'x,y' is not a valid header"] } },
    ],
    [
      "response-transformer",
      { add: { json: ["a:1"], json_types: ["integer"] } },
      { add: { json_types: ["expected one of: boolean, number, string"] } },
    ],
    [
      "response-transformer",
      { rename: { json_types: ["string"] } },
      { rename: { json_types: "unknown field" } },
    ],
    ["http-log", {}, { http_endpoint: "required field missing" }],
    ["http-log", { http_endpoint: "nope" }, { http_endpoint: "missing host in url" }],
    [
      "http-log",
      { http_endpoint: "http://a.test", headers: { HOST: "x" } },
      { headers: "cannot contain 'Host' header" },
    ],
    [
      "http-log",
      {
        http_endpoint: "http://a.test",
        custom_fields_by_lua: { x: "return 'a' .. kong.request.get_method()" },
      },
      null,
    ],
    [
      "http-log",
      { http_endpoint: "http://a.test", custom_fields_by_lua: { x: "for i = 1, 2 do end" } },
      {
        custom_fields_by_lua:
          'Error parsing function: only "return" with an expression can be run by this gateway',
      },
    ],
    [
      "http-log",
      { http_endpoint: "http://u:p@a.test", headers: { Authorization: "x" } },
      "specifying both an 'Authorization' header and user info in 'http_endpoint' is not allowed",
    ],
  ];
  for (const [name, config, errors] of rows) {
    it(`${name} ${JSON.stringify(config)}`, () => {
      assert.deepEqual(errorsOf(name, config), errors === null ? null : { config: errors });
    });
  }

  it("are filled in with defaults", () => {
    assert.deepEqual(configOf("key-auth", {}), {
      key_names: ["apikey"],
      hide_credentials: false,
      anonymous: null,
      key_in_header: true,
      key_in_query: true,
      key_in_body: false,
      run_on_preflight: true,
      realm: null,
    });
    const { queue } = configOf("http-log", { http_endpoint: "http://a.test" });
    assert.deepEqual(queue, {
      max_batch_size: 1,
      max_coalescing_delay: 1,
      max_entries: 10_000,
      max_bytes: null,
      max_retry_time: 60,
      initial_retry_delay: 0.01,
      max_retry_delay: 60,
      concurrency_limit: 1,
    });
  });

  it("of key-auth cannot belong to a Consumer", () => {
    const consumer = { id: "00000000-0000-4000-8000-000000000001" };
    assert.deepEqual(errorsOf("key-auth", {}, { consumer }), { consumer: "value must be null" });
  });

  it("name protocols that the plugin knows", () => {
    assert.deepEqual(errorsOf("key-auth", {}, { protocols: ["tcp"] }), {
      protocols: ["expected one of: grpc, grpcs, http, https"],
    });
    assert.equal(
      errorsOf("http-log", { http_endpoint: "http://a.test" }, { protocols: ["tcp"] }),
      null,
    );
  });
});

describe("the bundled plugins", () => {
  it("are those that the settings call bundled", () => {
    assert.deepEqual([...BUNDLED.keys()].sort(), [...BUNDLED_PLUGINS].sort());
  });

  it("have Kong's priorities", () => {
    const priorities = [...BUNDLED].map(([name, { handler }]) => [name, handler.priority]);
    assert.deepEqual(Object.fromEntries(priorities), {
      "correlation-id": 100_001,
      "http-log": 12,
      "key-auth": 1250,
      "request-termination": 2,
      "request-transformer": 801,
      "response-transformer": 800,
    });
  });
});
