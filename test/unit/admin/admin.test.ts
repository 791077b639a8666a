/** The Admin API over sockets: routing and refusals, forms of bodies, lists, writes that are refused, CORS, limits. */
import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { after, before, describe, it } from "node:test";
import { createAdmin } from "../../../core/admin/admin.ts";
import type { Api } from "../../../core/admin/api.ts";
import { ask, askRaw } from "./ask.ts";
import { type Fake, fakeDeps, ID } from "./fake-deps.ts";

const service = (n: number, more: object = {}) => ({
  id: ID(n),
  name: `s${n}`,
  host: "x.test",
  ...more,
});
const ROWS = () => ({
  services: [
    service(1, { tags: ["a", "b"] }),
    service(2, { tags: ["a"] }),
    service(3),
    { ...service(4), name: "円" },
  ],
  routes: [
    { id: ID(11), name: "r1", service: { id: ID(1) } },
    { id: ID(12), name: "r2", service: null },
  ],
  consumers: [{ id: ID(21), username: "ann", custom_id: "c1" }],
  keyauth_credentials: [{ id: ID(31), key: "k", consumer: { id: ID(21) } }],
  certificates: [{ id: ID(41), cert: "PEM" }],
  snis: [
    { id: ID(42), name: "b.test", certificate: { id: ID(41) } },
    { id: ID(43), name: "a.test", certificate: { id: ID(41) } },
  ],
  upstreams: [{ id: ID(51), name: "up" }],
  targets: [
    { id: ID(52), target: "10.0.0.1:80", upstream: { id: ID(51) }, weight: 1 },
    { id: ID(53), target: "10.0.0.2:80", upstream: { id: ID(51) }, weight: 1 },
    { id: ID(54), target: "10.0.0.1:80", upstream: { id: ID(51) }, weight: 2 },
  ],
});

describe("the Admin API", () => {
  let deps: Fake;
  let api: Api;
  let port = 0;
  before(async () => {
    deps = fakeDeps(ROWS());
    api = createAdmin(deps);
    await api.listen();
    port = (api.addresses()[0] as AddressInfo).port;
  });
  after(async () => {
    await api.close();
    rmSync(deps.settings.prefix, { recursive: true });
  });

  it("carries the common headers", async () => {
    const { status, headers } = await ask(port, "GET", "/services/s1");
    assert.equal(status, 200);
    assert.equal(headers["content-type"], "application/json; charset=utf-8");
    assert.equal(headers["access-control-allow-origin"], "*");
    assert.equal(headers["access-control-allow-credentials"], "true");
    assert.match(headers.server ?? "", /^dragoman\/\d/);
    assert.match(headers["x-kong-admin-latency"] ?? "", /^\d+$/);
  });

  const MESSAGES: readonly (readonly [string, string, number, string])[] = [
    ["GET", "/none", 404, "Not found"],
    ["OPTIONS", "/none", 404, "Not found"],
    ["GET", "/services/none", 404, "Not found"],
    ["GET", `/services/${ID(999)}`, 404, "Not found"],
    ["DELETE", "/services", 405, "Method not allowed"],
    ["POST", "/services/s1", 405, "Method not allowed"],
    ["FOO", "/services", 405, "Method not allowed"],
    ["FOO", "/none", 404, "Not found"],
    ["GET", "/services/s1/routes/r2", 404, "Not found"],
    ["GET", "/routes/r2/service", 404, "Not found"],
    ["DELETE", "/routes/r1/service", 405, "Method not allowed"],
    ["GET", "/snis/a.test/certificate", 404, "Not found"],
    ["GET", "/targets", 404, "Not found"],
    ["OPTIONS", "/certificates/none.test", 404, "SNI not found"],
    ["GET", "/filter-chains", 400, "this endpoint is only available when wasm is enabled"],
    ["GET", "/consumers?custom_id=", 400, "custom_id must be an unempty string"],
    ["GET", "/workspaces", 404, "Not found"],
    ["PUT", "/debug/node/log-level/info", 405, "cannot change log level when not using a database"],
    ["GET", "/debug/node/log-level", 200, "log level: notice"],
    ["GET", "/status?unit=V", 400, "invalid unit 'V' (expected 'k/K', 'm/M', or 'g/G')"],
    ["POST", "/config", 400, "expected a declarative configuration"],
    ["GET", "/schemas/none", 404, "No entity named 'none'"],
    ["GET", "/schemas/plugins/none", 404, "No plugin named 'none'"],
  ];
  for (const [method, path, status, message] of MESSAGES) {
    it(`answers ${method} ${path} with ${status} ${message}`, async () => {
      const reply = await ask(port, method, path);
      assert.deepEqual(
        [reply.status, (reply.json as { message: string }).message],
        [status, message],
      );
    });
  }

  const CODES: readonly (readonly [string, string, object | null, number, number, string])[] = [
    ["GET", "/certificates/x/snis", null, 404, 0, "SNI not found"],
    [
      "GET",
      `/certificates/${ID(9)}`,
      null,
      404,
      6,
      `could not find the entity with primary key '{id="${ID(9)}"}'`,
    ],
    ["GET", "/services/bad", null, 400, 10, "must not be bad"],
    [
      "GET",
      "/services/%FF",
      null,
      400,
      10,
      "invalid utf-8 character sequence detected at position 1",
    ],
    ["GET", "/services?size=x", null, 400, 9, "size must be a number"],
    ["GET", "/services?size=0", null, 400, 9, "size must be an integer between 1 and 1000"],
    ["GET", "/services?size=1001", null, 400, 9, "size must be an integer between 1 and 1000"],
    ["GET", "/services?offset=x", null, 400, 7, "'x' is not a valid offset: bad base64 encoding"],
    [
      "GET",
      "/services?offset=a%20b",
      null,
      400,
      7,
      "'a b' is not a valid offset: bad base64 encoding",
    ],
    ["GET", "/tags?offset=x", null, 400, 7, "'x' is not a valid offset: bad offset string"],
    ["GET", "/services?tags=", null, 400, 11, "invalid option (tags: cannot be null)"],
    ["GET", "/services?tags=a,b/c", null, 400, 11, "invalid option (tags: invalid filter syntax)"],
    [
      "GET",
      "/services?tags=a/b/c/d/e/f",
      null,
      400,
      11,
      "invalid option (tags: cannot query more than 5 tags)",
    ],
    ["GET", "/routes?tags=a", null, 400, 11, "invalid option (tags: cannot be used with 'routes')"],
    ["POST", "/services", {}, 400, 2, "schema violation (host: required field missing)"],
    [
      "POST",
      "/services",
      { host: "x" },
      405,
      12,
      "cannot create 'services' entities when not using a database",
    ],
    [
      "PUT",
      "/services/s1",
      { host: "x" },
      405,
      12,
      "cannot create or update 'services' entities by 'name' when not using a database",
    ],
    [
      "PATCH",
      `/services/${ID(1)}`,
      {},
      405,
      12,
      "cannot update 'services' entities when not using a database",
    ],
    [
      "PATCH",
      `/services/${ID(9)}`,
      {},
      404,
      6,
      `could not find the entity with primary key '{id="${ID(9)}"}'`,
    ],
    ["PATCH", "/services/none", {}, 404, 6, "could not find the entity with '{name=\"none\"}'"],
    [
      "DELETE",
      "/services/s1",
      null,
      405,
      12,
      "cannot remove 'services' entities by 'name' when not using a database",
    ],
    [
      "DELETE",
      `/certificates/${ID(41)}`,
      null,
      405,
      12,
      "cannot remove 'snis' entities by 'name' when not using a database",
    ],
    [
      "POST",
      "/services/s1/routes",
      {},
      405,
      12,
      "cannot create 'routes' entities when not using a database",
    ],
    [
      "POST",
      "/routes",
      { service: { name: "none" } },
      400,
      13,
      "foreign key unresolved (service.name: the foreign key cannot be resolved with '{name=\"none\"}' for an existing 'services' entity)",
    ],
    [
      "GET",
      "/tags/a,b",
      null,
      400,
      10,
      "invalid tag 'a,b': expected printable ascii (except `,` and `/`) or valid utf-8 sequences",
    ],
  ];
  for (const [method, path, json, status, code, message] of CODES) {
    it(`answers ${method} ${path} ${JSON.stringify(json)} with ${status}, code ${code}`, async () => {
      const reply = await ask(port, method, path, json === null ? {} : { json });
      const body = reply.json as { code?: number; message: string };
      assert.deepEqual([reply.status, body.code ?? 0, body.message], [status, code, message]);
    });
  }

  it("finds entities by id, by name, by a name in bytes, below a parent and back", async () => {
    const PATHS: readonly (readonly [string, string])[] = [
      [`/services/${ID(1)}`, ID(1)],
      ["/services/s1", ID(1)],
      ["/services/s1/", ID(1)],
      ["/services/%E5%86%86", ID(4)],
      ["/services/\u00e5\u0086\u0086", ID(4)],
      ["/services/s1/routes/r1", ID(11)],
      ["/routes/r1/service", ID(1)],
      ["/key-auths/k/consumer", ID(21)],
      ["/consumers/ann/key-auth/k", ID(31)],
      ["/certificates/a.test", ID(41)],
      ["/certificates/a.test/snis/b.test", ID(42)],
      ["/upstreams/up/targets/10.0.0.1:80", ID(54)],
      [`/upstreams/up/targets/${ID(52)}`, ID(52)],
    ];
    for (const [path, id] of PATHS) {
      const reply = await ask(port, "GET", path);
      assert.equal((reply.json as { id: string }).id, id, path);
    }
  });

  it("shows a certificate with its SNIs in order", async () => {
    const reply = await ask(port, "GET", `/certificates/${ID(41)}`);
    assert.deepEqual((reply.json as { snis: string[] }).snis, ["a.test", "b.test"]);
  });

  it("lists the Targets in force newest first, and all of them as they are", async () => {
    const ids = async (path: string): Promise<string[]> =>
      ((await ask(port, "GET", path)).json as { data: { id: string }[] }).data.map((row) => row.id);
    assert.deepEqual(await ids("/upstreams/up/targets"), [ID(54), ID(53)]);
    assert.deepEqual(await ids("/upstreams/up/targets/all"), [ID(52), ID(53), ID(54)]);
  });

  it("shows Targets by positions, in pages of any size", async () => {
    const page = async (query: string): Promise<unknown> => {
      const { status, json } = await ask(port, "GET", `/upstreams/up/targets?${query}`);
      const { data, next, offset } = json as {
        data: { id: string }[];
        next: string | null;
        offset?: string;
      };
      return status === 200 ? [data.map(({ id }) => id), next, offset] : status;
    };
    const link = "/upstreams/up/targets?offset=";
    assert.deepEqual(await page("size=1"), [[ID(54)], `${link}1`, "1"]);
    assert.deepEqual(await page("size=1&offset=1"), [[ID(53)], null, undefined]);
    assert.deepEqual(await page("size=2&offset=8"), [[], null, undefined]);
    assert.deepEqual(await page("size=0"), [[], `${link}0`, "0"]);
    assert.deepEqual(await page("size=1001"), [[ID(54), ID(53)], null, undefined]);
    assert.deepEqual(await page("size=x"), 400);
  });

  it("shows nothing behind an offset that it has not given", async () => {
    const reply = await ask(port, "GET", "/services?offset=zzz");
    assert.deepEqual([reply.status, reply.json], [200, { data: [], next: null }]);
  });

  // Goal: following `next` shows every row once. Method: pages of every size, with and without tags.
  it("leads from page to page", async () => {
    for (const [path, total] of [
      ["/services", 4],
      ["/services?tags=a", 2],
      ["/services?tags=a,b", 1],
    ] as const) {
      for (let size = 1; size <= 5; size++) {
        const seen: string[] = [];
        let next: string | null = `${path}${path.includes("?") ? "&" : "?"}size=${size}`;
        while (next !== null) {
          const body = (await ask(port, "GET", next)).json as {
            data: { id: string }[];
            next: string | null;
            offset?: string;
          };
          seen.push(...body.data.map((row) => row.id));
          assert.equal(body.offset === undefined, body.next === null);
          next = body.next;
        }
        assert.equal(new Set(seen).size, total, `${path} by ${size}`);
        assert.equal(seen.length, total);
      }
    }
    const first = (await ask(port, "GET", "/services?tags=a&size=1")).json as { next: string };
    assert.equal(first.next, "/services?offset=1&tags=a&size=1");
    const below = (await ask(port, "GET", `/services/${ID(1)}/routes?size=1`)).json as {
      next: null;
    };
    assert.equal(below.next, null);
  });

  it("answers HEAD as GET, without the body", async () => {
    const get = await ask(port, "GET", "/services/s1");
    const head = await ask(port, "HEAD", "/services/s1");
    assert.deepEqual([head.status, head.text], [200, ""]);
    assert.equal(head.headers["content-length"], get.headers["content-length"]);
    assert.equal((await ask(port, "HEAD", "/none")).status, 404);
  });

  it("tells the methods of an endpoint", async () => {
    const reply = await ask(port, "OPTIONS", "/services/s1", {
      headers: { "Access-Control-Request-Headers": "X-A" },
    });
    assert.equal(reply.status, 204);
    assert.equal(reply.headers.allow, "DELETE, GET, HEAD, OPTIONS, PATCH, PUT");
    assert.equal(reply.headers["access-control-allow-methods"], reply.headers.allow);
    assert.equal(reply.headers["access-control-allow-headers"], "X-A");
    assert.equal(reply.headers["content-type"], undefined);
  });

  it("takes no body of an unknown type, and none at all where none counts", async () => {
    const plain = { headers: { "Content-Type": "text/plain" }, body: "x" };
    const upper = { headers: { "Content-Type": "APPLICATION/JSON" }, body: "{}" };
    const none = { headers: { "Content-Type": "" }, body: "{}" };
    for (const question of [plain, upper, none, { body: "x" }]) {
      const reply = await ask(port, "POST", "/services", question);
      assert.equal(reply.status, 415, JSON.stringify(question));
      assert.match(reply.headers["content-type"] ?? "", /^text\/html/);
    }
    assert.equal((await ask(port, "GET", "/services", plain)).status, 200);
    assert.equal((await ask(port, "DELETE", "/services/none", plain)).status, 204);
    assert.equal((await ask(port, "POST", "/none", plain)).status, 404);
  });

  it("takes JSON by the first letters of its type", async () => {
    for (const type of ["application/json; charset=utf-8", "application/json-patch+json"]) {
      const question = { headers: { "Content-Type": type }, body: "{}", json: { host: "a.test" } };
      const reply = await ask(port, "POST", "/schemas/services/validate", question);
      assert.deepEqual([type, reply.status], [type, 200]);
    }
  });

  // a page in a browser can send a form with POST without asking first, and nothing else must come of it
  it("has no other method than that of the request line", async () => {
    const form = "_method=DELETE&host=a.test";
    const headers = { "X-HTTP-Method-Override": "DELETE", "X-HTTP-Method": "DELETE" };
    const reply = await ask(port, "POST", "/services?_method=DELETE", { form, headers });
    assert.match(reply.text, /cannot create 'services' entities/);
    for (const method of ["GET", "HEAD"]) {
      const read = await ask(port, method, "/services/s1?_method=DELETE", { headers });
      assert.equal(read.status, 200);
    }
    assert.equal((await ask(port, "GET", "/services/s1")).status, 200);
  });

  it("says when JSON cannot be read", async () => {
    for (const body of ["{", "", "  ", "null", '"x"']) {
      const headers = { "Content-Type": "application/json", "Content-Length": String(body.length) };
      const reply = await ask(port, "POST", "/services", { headers, body });
      assert.deepEqual(
        [reply.status, reply.json],
        [400, { message: "Cannot parse JSON body" }],
        body,
      );
    }
  });

  it("counts arguments", async () => {
    const many = Array.from({ length: 1001 }, () => "a=1").join("&");
    assert.equal((await ask(port, "GET", `/services?${many}`)).status, 400);
    assert.equal((await ask(port, "GET", `/?${many}`)).status, 200);
    const reply = await ask(port, "POST", "/services", { form: many });
    assert.deepEqual([reply.status, reply.json], [400, { message: "Too many arguments" }]);
  });

  it("reads forms by the types of the schema", async () => {
    const reply = await ask(port, "POST", "/schemas/services/validate", {
      form: "host=x.test&port=80&tags=a",
    });
    assert.deepEqual(
      [reply.status, reply.json],
      [200, { message: "schema validation successful" }],
    );
  });

  it("refuses what the parser does not take without breaking", async () => {
    const raw = (head: string) => askRaw(port, head);
    assert.equal((await raw("get / HTTP/1.1\r\nHost: x\r\n\r\n")).status, 400);
    assert.equal((await raw("GET / HTTP/1.1\r\n\r\n")).status, 400);
    assert.equal(
      (await raw("TRACE / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")).status,
      405,
    );
    assert.equal(
      (await raw(`GET / HTTP/1.1\r\nHost: x\r\nX: ${"y".repeat(70_000)}\r\n\r\n`)).status,
      494,
    );
  });

  it("tells of the node and of its endpoints", async () => {
    const root = (await ask(port, "GET", "/")).json as Record<string, unknown>;
    assert.equal(root.tagline, "Welcome to kong");
    assert.equal(root.node_id, ID(999));
    assert.match(String(root.version), /^3\.9\.\d+$/);
    assert.deepEqual(root.pids, { master: process.pid, workers: [1] });
    assert.deepEqual(root.plugins, {
      available_on_server: { "key-auth": { version: "1.0.0", priority: 1250 } },
      enabled_in_cluster: [],
    });
    const { data } = (await ask(port, "GET", "/endpoints")).json as { data: string[] };
    assert.ok(data.includes("/consumers/{consumers}/key-auth/{keyauth_credentials}"));
    assert.ok(!data.includes("/metrics"));
    assert.deepEqual((await ask(port, "GET", "/plugins/enabled")).json, {
      enabled_plugins: ["key-auth"],
    });
  });

  it("tells of memory in the unit that is asked for", async () => {
    const memory = async (query: string): Promise<unknown> => {
      const body = (await ask(port, "GET", `/status${query}`)).json as {
        memory: { workers_lua_vms: unknown[] };
      };
      return body.memory.workers_lua_vms[0];
    };
    assert.deepEqual(await memory(""), { http_allocated_gc: "3.00 MiB", pid: 1 });
    assert.deepEqual(await memory("?unit=k&scale=0"), { http_allocated_gc: "3072 KiB", pid: 1 });
    assert.deepEqual(await memory("?unit=b"), { http_allocated_gc: 3_145_728, pid: 1 });
    assert.deepEqual(await memory("?unit="), { http_allocated_gc: "3145728", pid: 1 });
    assert.deepEqual(await memory("?scale=x"), { http_allocated_gc: "3.00 MiB", pid: 1 });
    assert.equal((await ask(port, "GET", "/status?scale=-1")).status, 400);
  });
});

describe("/config", () => {
  let deps: Fake;
  let api: Api;
  let port = 0;
  before(async () => {
    deps = fakeDeps({}, { KONG_NGINX_ADMIN_CLIENT_MAX_BODY_SIZE: "2k" });
    api = createAdmin(deps);
    await api.listen();
    port = (api.addresses()[0] as AddressInfo).port;
  });
  after(async () => {
    await api.close();
    rmSync(deps.settings.prefix, { recursive: true });
  });

  it("takes a configuration in any form of body", async () => {
    const yaml = '_format_version: "3.0"\n';
    const part = `--b\r\nContent-Disposition: form-data; name="config"\r\n\r\n${yaml}\r\n--b--\r\n`;
    const QUESTIONS: readonly (readonly [string, Parameters<typeof ask>[3], unknown])[] = [
      ["/config", { headers: { "Content-Type": "application/yaml" }, body: yaml }, yaml],
      ["/config", { headers: { "Content-Type": "text/yaml; charset=utf-8" }, body: yaml }, yaml],
      ["/config", { json: { config: yaml } }, yaml],
      ["/config", { json: { _format_version: "3.0" } }, { _format_version: "3.0" }],
      [
        "/config?_format_version=3.0",
        { json: { consumers: [] } },
        { _format_version: "3.0", consumers: [] },
      ],
      ["/config", { form: `config=${encodeURIComponent(yaml)}` }, yaml],
      [
        "/config",
        { headers: { "Content-Type": "multipart/form-data; boundary=b" }, body: part },
        yaml,
      ],
    ];
    for (const [path, question, expected] of QUESTIONS) {
      const reply = await ask(port, "POST", path, question);
      assert.equal(reply.status, 201, JSON.stringify(question));
      assert.deepEqual(deps.applied.at(-1), [expected, { checkHash: false, flattenErrors: false }]);
    }
  });

  it("hands on how it is to be loaded, and does not load that", async () => {
    const OPTIONS: readonly (readonly [string, object, boolean, boolean])[] = [
      ["?check_hash=1&flatten_errors=1", {}, true, true],
      ["?flatten_errors=YES", {}, false, true],
      ["?flatten_errors", {}, false, true],
      ["?flatten_errors=2", {}, false, false],
      ["?flatten_errors=", {}, false, false],
      ["", { flatten_errors: true, check_hash: 1 }, true, true],
    ];
    for (const [query, more, checkHash, flattenErrors] of OPTIONS) {
      await ask(port, "POST", `/config${query}`, { json: { _format_version: "3.0", ...more } });
      assert.deepEqual(
        deps.applied.at(-1),
        [{ _format_version: "3.0" }, { checkHash, flattenErrors }],
        query,
      );
    }
  });

  it("tells how it went", async () => {
    const post = async (result: Fake["result"]) => {
      deps.result = result;
      return ask(port, "POST", "/config", { json: { _format_version: "3.0" } });
    };
    const applied = await post({ outcome: "applied", entities: { services: { x: { id: "x" } } } });
    assert.deepEqual([applied.status, applied.json], [201, { services: { x: { id: "x" } } }]);
    assert.equal((await post({ outcome: "unchanged" })).status, 304);
    assert.equal((await post({ outcome: "timeout" })).status, 504);
    assert.equal((await post({ outcome: "exiting" })).status, 503);
    const busy = await post({ outcome: "busy", retryAfterSeconds: 3 });
    assert.deepEqual([busy.status, busy.headers["retry-after"]], [429, "3"]);
    const invalid = await post({
      outcome: "invalid",
      errors: { services: [{ host: "required field missing" }] },
    });
    assert.deepEqual(
      [invalid.status, invalid.json],
      [
        400,
        {
          code: 14,
          name: "invalid declarative configuration",
          message: 'declarative config is invalid: {services={{host="required field missing"}}}',
          fields: { services: [{ host: "required field missing" }] },
        },
      ],
    );
    const flattened = await post({ outcome: "invalid", errors: {}, flattened: [] });
    assert.deepEqual((flattened.json as { flattened_errors: unknown }).flattened_errors, {});
  });

  it("takes no more than the setting allows, whether the length is told or not", async () => {
    const big = `a: "${"x".repeat(3000)}"`;
    const headers = { "Content-Type": "text/yaml" };
    const told = await ask(port, "POST", "/config", { headers, body: big });
    assert.equal(told.status, 413);
    assert.equal(told.headers.connection, "close");
    const chunked = await askRaw(
      port,
      "POST /config HTTP/1.1\r\nHost: x\r\nContent-Type: text/yaml\r\nTransfer-Encoding: chunked\r\n\r\n" +
        `bb8\r\n${"x".repeat(3000)}\r\n`,
    );
    assert.equal(chunked.status, 413);
  });

  it("shows the one in force", async () => {
    assert.deepEqual((await ask(port, "GET", "/config")).json, {
      config: '_format_version: "3.0"\n',
    });
  });

  it("answers 500 and lives on when loading fails in an unexpected way", async () => {
    deps.result = null as unknown as Fake["result"];
    const reply = await ask(port, "POST", "/config", { json: { _format_version: "3.0" } });
    assert.deepEqual(
      [reply.status, reply.json],
      [500, { message: "An unexpected error occurred" }],
    );
    assert.equal((await ask(port, "GET", "/config")).status, 200);
  });
});

describe("origins", () => {
  const CASES: readonly (readonly [string, string | null, string])[] = [
    ["", "http://a.test", "http://a.test"],
    ["", null, "*"],
    ["http://a.test:80/manager", null, "http://a.test"],
    ["http://a.test/x, https://b.test:8445", "https://b.test:8445", "https://b.test:8445"],
    ["http://a.test/x, https://b.test:8445", "http://c.test", "http://a.test"],
  ];
  for (const [urls, origin, allowed] of CASES) {
    it(`allows ${allowed} where the GUI is at "${urls}" and ${origin ?? "nobody"} asks`, async () => {
      const deps = fakeDeps({}, urls === "" ? {} : { KONG_ADMIN_GUI_URL: urls });
      const api = createAdmin(deps);
      await api.listen();
      const { port } = api.addresses()[0] as AddressInfo;
      const reply = await ask(
        port,
        "GET",
        "/none",
        origin === null ? {} : { headers: { Origin: origin } },
      );
      await api.close();
      rmSync(deps.settings.prefix, { recursive: true });
      assert.equal(reply.headers["access-control-allow-origin"], allowed);
    });
  }
});

describe("the health of an Upstream", () => {
  it("tells of its addresses, and of names that do not resolve", async (t) => {
    const rows = {
      upstreams: [{ id: ID(1), name: "up" }],
      targets: [
        { id: ID(2), target: "127.0.0.1:80", upstream: { id: ID(1) }, weight: 10 },
        { id: ID(3), target: "no-such.invalid:80", upstream: { id: ID(1) }, weight: 5 },
      ],
    };
    const deps = fakeDeps(rows);
    const api = createAdmin({ ...deps, resolve: async () => [] });
    t.after(async () => {
      await api.close();
      rmSync(deps.settings.prefix, { recursive: true });
    });
    await api.listen();
    const { port } = api.addresses()[0] as AddressInfo;
    const all = (await ask(port, "GET", "/upstreams/up/health")).json as {
      data: { id: string; health: string }[];
      node_id: string;
    };
    assert.equal(all.node_id, ID(999));
    assert.deepEqual(
      all.data.map(({ id, health }) => [id, health]),
      [
        [ID(3), "DNS_ERROR"],
        [ID(2), "HEALTHCHECKS_OFF"],
      ],
    );
    const one = (await ask(port, "GET", "/upstreams/up/health?balancer_health=1")).json as {
      data: { balancer_health: string };
    };
    assert.equal(one.data.balancer_health, "HEALTHY");
    assert.equal((await ask(port, "GET", "/upstreams/none/health")).status, 404);
  });
});
