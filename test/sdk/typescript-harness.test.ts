/** The test harness of the TypeScript SDK, on plugins that use the PDK in every phase; and what configurations become. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  array,
  boolean,
  type ConfigOf,
  definePlugin,
  integer,
  map,
  record,
  string,
} from "../../plugin-sdk/typescript/index.ts";
import { PhaseFailed, testPlugin } from "../../plugin-sdk/typescript/testing.ts";

const base = { version: "1.0.0", priority: 10 } as const;

describe("testPlugin", () => {
  const guard = definePlugin({
    ...base,
    name: "guard",
    config: { header: string({ default: "apikey" }), secret: string({ required: true }) },
    rewrite(kong) {
      kong.ctx.plugin.began = kong.request.getStartTime();
    },
    async access(kong, config) {
      const key = kong.request.getHeader(config.header);
      if (key === undefined)
        kong.response.exit(401, { message: "no key" }, { "www-authenticate": "Key" });
      if (key !== (await kong.vault.get(config.secret))) kong.response.error(403, "wrong key");
      kong.service.request.clearHeader(config.header);
      kong.service.request.setHeaders({ "x-user": "ann", "x-groups": ["a", "b"] });
      kong.client.authenticate({ id: "c-1", username: "ann" });
    },
    header_filter(kong) {
      kong.response.setHeader("x-status", kong.response.getStatus());
    },
    body_filter(kong) {
      kong.response.setChunk(kong.response.getChunk()?.toString().toUpperCase());
    },
    log(kong) {
      kong.log.info(
        "user ",
        kong.client.getConsumer()?.username,
        " began ",
        typeof kong.ctx.plugin.began,
      );
      kong.log.setSerializeValue("guard.ok", true);
    },
  });

  it("shows what the client, the upstream and the log get", async () => {
    const harness = (await testPlugin(guard, { secret: "{vault://env/key}" }))
      .on("kong.vault.get", (reference) => `secret of ${reference}`)
      .service(({ path }) => ({
        status: 201,
        headers: { "x-up": "1" },
        body: `made ${path}`,
      }));
    const headers = { apikey: "secret of {vault://env/key}" };
    const result = await harness.request({ path: "/things?x=1", headers, body: { a: 1 } });
    assert.equal(result.status, 201);
    assert.deepEqual(result.headers, { "x-up": "1", "x-status": "201" });
    assert.equal(result.text, "MADE /THINGS");
    const { upstream } = result;
    assert.equal(upstream?.headers.apikey, undefined);
    assert.deepEqual(upstream?.headers["x-groups"], ["a", "b"]);
    assert.equal(upstream?.body.toString(), '{"a":1}');
    assert.equal(upstream?.method, "POST");
    assert.deepEqual(result.logs, [{ level: "info", message: "user ann began number" }]);
    assert.deepEqual(result.serialized, { "guard.ok": true });
  });

  it("shows an answer of the plugin, and that nothing went upstream", async () => {
    const harness = await testPlugin(guard, { secret: "s" });
    const result = await harness.request();
    assert.equal(result.status, 401);
    assert.deepEqual(result.json(), { MESSAGE: "NO KEY" });
    assert.equal(result.headers["www-authenticate"], "Key");
    assert.equal(result.headers["x-status"], "401");
    assert.equal(result.upstream, null);
  });

  it("fails with the name of a function that nobody answers", async () => {
    const harness = await testPlugin(guard, { secret: "s" });
    await assert.rejects(harness.request({ headers: { apikey: "k" } }), (cause: unknown) => {
      assert.ok(cause instanceof PhaseFailed);
      assert.equal(cause.phase, "access");
      assert.match(cause.message, /nobody answers kong\.vault\.get/);
      return true;
    });
  });

  it("fails where a handler throws, and where a configuration is refused", async () => {
    const plugin = definePlugin({
      ...base,
      name: "throws",
      config: { n: integer() },
      start(config) {
        if (config.n === 0) throw new Error("n must not be 0");
      },
      access(kong) {
        kong.response.setHeader("bad name", "x");
      },
    });
    await assert.rejects(testPlugin(plugin, { n: 0 }), /n must not be 0/);
    const harness = await testPlugin(plugin, { n: 1 });
    await assert.rejects(harness.request(), /access: invalid header name "bad name"/);
  });

  it("gives the response phase the whole body", async () => {
    const plugin = definePlugin({
      ...base,
      name: "whole",
      async response(kong) {
        const body = (await kong.service.response.getRawBody()) ?? Buffer.alloc(0);
        kong.response.setHeader("x-length", body.length);
        kong.response.exit(
          200,
          `${body} and ${(await kong.service.response.getHeaders())["x-up"]}`,
        );
      },
    });
    const harness = (await testPlugin(plugin)).service({
      status: 500,
      headers: { "x-up": "v" },
      body: "oops",
    });
    const result = await harness.request();
    assert.deepEqual(
      [result.status, result.text, result.headers["x-length"]],
      [200, "oops and v", "4"],
    );
  });

  it("keeps reads and writes of the PDK together", async () => {
    const seen: unknown[] = [];
    const plugin = definePlugin({
      ...base,
      name: "reads",
      async access(kong) {
        const { request, service } = kong;
        seen.push(
          request.getHeader("X_A"),
          request.getHeader("cookie"),
          request.getHeaders()["x-a"],
        );
        service.request.addHeader("x-a", "3");
        service.request.setHeader("host", "Other.Example:81");
        seen.push(request.getHeaders()["x-a"], request.getHost(), request.getForwardedHost());
        service.request.setHeader("x-a", []);
        service.request.setHeader("x-line", "a\r\nb");
        seen.push(request.getHeader("x-a"), request.getHeader("x-line"));
        service.request.setRawQuery("q=%C3%BC&q&r");
        seen.push(
          request.getQuery(),
          request.getQueryArg("q"),
          request.getQueryArg("r"),
          request.getRawQuery(),
        );
        service.request.clearQueryArg("q");
        seen.push(
          request.getRawQuery(),
          request.getPathWithQuery(),
          request.getPath(),
          request.getRawPath(),
        );
        service.request.setRawBody("hello");
        seen.push(String(await request.getRawBody()), request.getHeader("content-length"));
        seen.push(await service.request.setBody({ a: 1 }, "application/json"));
        seen.push(request.getHeader("content-type"), String(await request.getRawBody()));
      },
    });
    const harness = await testPlugin(plugin);
    const headers = { "x-a": ["1", "2"], cookie: ["a=1", "b=2"] };
    const result = await harness.request({ path: "/a/../b%7e//c?x=1", headers, body: "old" });
    assert.deepEqual(seen, [
      "1",
      "a=1; b=2",
      ["1", "2"],
      ["1", "2", "3"],
      "other.example",
      "other.example",
      undefined,
      "a%0D%0Ab",
      { q: ["ü", true], r: [] },
      "ü",
      true,
      "q=%C3%BC&q&r",
      "r=",
      "/a/../b%7e//c?x=1",
      "/b~/c",
      "/a/../b%7e//c",
      "hello",
      "5",
      true,
      "application/json",
      '{"a":1}',
    ]);
    assert.equal(result.upstream?.query, "r=");
  });

  it("refuses in a phase what that phase does not have, in Kong's words", async () => {
    const plugin = definePlugin({
      ...base,
      name: "early",
      access: (kong) => void kong.response.getStatus(),
    });
    const harness = await testPlugin(plugin);
    await assert.rejects(
      harness.request(),
      /function cannot be called in access phase \(only in: response, header_filter, body_filter, log\)/,
    );
  });
});

describe("configuration", () => {
  const fields = {
    word: string({ default: "hello", len_min: 2 }),
    color: string({ one_of: ["red", "green"], required: true }),
    count: integer({ between: [1, 10] }),
    on: boolean({ default: true }),
    list: array(string(), { default: ["a"] }),
    limits: map(string(), integer()),
    inner: record({ must: string({ required: true }), may: integer({ default: 7 }) }),
    bare: record({ x: string() }),
  };

  it("has the type of its fields", () => {
    const config: ConfigOf<typeof fields> = {
      word: "w",
      color: "red",
      count: undefined,
      on: false,
      list: ["x"],
      limits: { a: 1 },
      inner: { must: "m", may: 1 },
      bare: undefined,
    };
    // @ts-expect-error: not one of the colors
    const wrong: typeof config.color = "blue";
    // @ts-expect-error: may be undefined
    const count: number = config.count;
    assert.ok(wrong !== undefined && count === undefined);
  });

  it("becomes Kong's schema, and an object with its defaults", async () => {
    let got: unknown;
    const plugin = definePlugin({
      ...base,
      name: "typed",
      config: fields,
      start: (config) => {
        got = config;
      },
      access() {},
    });
    assert.deepEqual(plugin.fields.slice(0, 2), [
      { word: { type: "string", default: "hello", len_min: 2 } },
      { color: { type: "string", one_of: ["red", "green"], required: true } },
    ]);
    assert.deepEqual(plugin.fields[6], {
      inner: {
        type: "record",
        fields: [
          { must: { type: "string", required: true } },
          { may: { type: "integer", default: 7 } },
        ],
      },
    });
    await testPlugin(plugin, {
      color: "red",
      inner: { must: "m" },
      limits: { a: 1 },
      __key__: "k",
      count: null,
    });
    assert.deepEqual(got, {
      word: "hello",
      color: "red",
      on: true,
      list: ["a"],
      limits: { a: 1 },
      inner: { must: "m", may: 7 },
    });
    await assert.rejects(testPlugin(plugin, {}), /config\.color: required field missing/);
    await assert.rejects(
      testPlugin(plugin, { color: "red" }),
      /config\.inner\.must: required field missing/,
    );
  });

  it("may be a list of Kong's own", async () => {
    const plugin = definePlugin({
      ...base,
      name: "plain",
      config: [{ n: { type: "integer", default: 3 } }],
      access(kong, config) {
        kong.response.exit(200, String(config.n));
      },
    });
    assert.equal((await (await testPlugin(plugin)).request()).text, "3");
  });

  it("is refused where the gateway would refuse the plugin", () => {
    for (const wrong of [{ name: "a b" }, { version: "1.x" }, { priority: 1.5 }]) {
      assert.throws(() => definePlugin({ ...base, name: "a", ...wrong }), TypeError);
    }
    assert.throws(
      () => definePlugin({ ...base, name: "a", response() {}, body_filter() {} }),
      /excludes/,
    );
  });
});
