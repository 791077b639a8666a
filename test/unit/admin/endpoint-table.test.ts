/** How a path finds its endpoint, and what is told about it. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { NO_CONTENT } from "../../../core/admin/answer.ts";
import {
  allowedMethods,
  type Endpoint,
  EndpointTable,
} from "../../../core/admin/endpoint-table.ts";
import { luaText } from "../../../core/admin/lua-text.ts";
import { invalidUtf8At } from "../../../core/admin/percent-decoding.ts";

const endpoint = (path: string, more: Partial<Endpoint> = {}): Endpoint => ({
  path,
  methods: { GET: () => NO_CONTENT },
  ...more,
});

function table(): EndpointTable {
  const endpoints = new EndpointTable();
  endpoints.addAll(
    [
      "/",
      "/plugins/{plugins}",
      "/plugins/enabled",
      "/schemas/{name}",
      "/schemas/{db_entity_name}/validate",
      "/schemas/plugins/{name}",
      "/schemas/plugins/validate",
      "/ca_certificates",
      "/cache",
    ].map((path) => endpoint(path)),
  );
  endpoints.add(endpoint("/metrics", { hidden: true }));
  return endpoints;
}

describe("an endpoint table", () => {
  const cases: readonly (readonly [string, string | null, readonly string[]])[] = [
    ["/", "/", []],
    ["//", "/", []],
    ["/plugins/enabled", "/plugins/enabled", []],
    ["/plugins/enabled/", "/plugins/enabled", []],
    ["/plugins/x", "/plugins/{plugins}", ["x"]],
    ["/plugins/a%2Fb", "/plugins/{plugins}", ["a%2Fb"]],
    ["/plugins", null, []],
    ["/plugins/", null, []],
    ["/plugins//", null, []],
    ["/plugins/x/y", null, []],
    ["/PLUGINS/x", null, []],
    ["/schemas/services", "/schemas/{name}", ["services"]],
    ["/schemas/plugins", "/schemas/{name}", ["plugins"]],
    ["/schemas/services/validate", "/schemas/{db_entity_name}/validate", ["services"]],
    ["/schemas/plugins/validate", "/schemas/plugins/validate", []],
    ["/schemas/plugins/cors", "/schemas/plugins/{name}", ["cors"]],
    ["/metrics", "/metrics", []],
  ];
  for (const [path, expected, segments] of cases) {
    it(`finds ${expected ?? "nothing"} for ${JSON.stringify(path)}`, () => {
      const match = table().match(path);
      assert.equal(match?.endpoint.path ?? null, expected);
      if (expected !== null) assert.deepEqual(match?.segments, segments);
    });
  }

  it("lists paths in order of their segments, without hidden ones", () => {
    assert.deepEqual(table().paths(), [
      "/",
      "/ca_certificates",
      "/cache",
      "/plugins/enabled",
      "/plugins/{plugins}",
      "/schemas/plugins/validate",
      "/schemas/plugins/{name}",
      "/schemas/{db_entity_name}/validate",
      "/schemas/{name}",
    ]);
  });

  it("replaces an endpoint that is added again", () => {
    const endpoints = table();
    const other = endpoint("/cache", { methods: { DELETE: () => NO_CONTENT } });
    endpoints.add(other);
    assert.equal(endpoints.match("/cache")?.endpoint, other);
    assert.equal(endpoints.paths().filter((path) => path === "/cache").length, 1);
  });

  it("adds HEAD where there is GET, and OPTIONS, in order", () => {
    assert.equal(allowedMethods(endpoint("/x")), "GET, HEAD, OPTIONS");
    const methods = { PUT: () => NO_CONTENT, DELETE: () => NO_CONTENT };
    assert.equal(allowedMethods(endpoint("/x", { methods })), "DELETE, OPTIONS, PUT");
  });
});

describe("a Lua table as text", () => {
  const cases: readonly (readonly [unknown, string])[] = [
    [{}, "{}"],
    [
      { services: [{ host: "required field missing" }] },
      '{services={{host="required field missing"}}}',
    ],
    [{ "@entity": ["a"], b: 1 }, '{["@entity"]={"a"},b=1}'],
    [[null, "x"], '{[2]="x"}'],
    ['say "hi" \\', '"say \\"hi\\" \\\\"'],
    [{ end: true }, '{["end"]=true}'],
  ];
  for (const [value, expected] of cases) it(expected, () => assert.equal(luaText(value), expected));
});

describe("bytes that are no UTF-8", () => {
  const cases: readonly (readonly [readonly number[], number])[] = [
    [[], 0],
    [[0x61, 0xc3, 0xa9], 0],
    [[0xff], 1],
    [[0x61, 0xff], 2],
    [[0xe5, 0x86], 1],
    [[0xf0, 0x9f, 0xa6, 0x8d, 0xc3], 5],
  ];
  for (const [bytes, position] of cases) {
    it(`[${bytes}] are wrong at ${position}`, () =>
      assert.equal(invalidUtf8At(Buffer.from(bytes)), position));
  }
});
