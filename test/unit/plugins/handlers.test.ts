/** The bundled plugins' handlers on the real PDK: what they do to an exchange, phase by phase. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Exchange } from "../../../core/exchange/exchange.ts";
import { HeaderBlock } from "../../../core/exchange/header-block.ts";
import { handler as correlationId } from "../../../core/plugins/correlation-id/handler.ts";
import { handler as requestTermination } from "../../../core/plugins/request-termination/handler.ts";
import { handler as requestTransformer } from "../../../core/plugins/request-transformer/handler.ts";
import { handler as responseTransformer } from "../../../core/plugins/response-transformer/handler.ts";
import type { PluginConfig, PluginHandler } from "../../../core/runloop/handler.ts";
import { type FakeBody, makeExchange } from "../../helpers/make-exchange.ts";
import { PluginRig } from "./plugin-rig.ts";

function bodyOf(x: Exchange): string | null {
  return (x.requestBody as FakeBody).replacement?.toString() ?? null;
}

describe("correlation-id", () => {
  const config = { header_name: "X-Id", generator: "uuid#counter", echo_downstream: true };

  it("makes an id, sends it both ways and logs it", async () => {
    const rig = new PluginRig(correlationId, config);
    const x = makeExchange();
    await rig.run("access", x);
    const id = x.requestHeaders.get("x-id")!;
    assert.match(id, /^[0-9a-f-]{36}#\d+$/);
    assert.deepEqual({ ...x.logValues![0] }, { key: "correlation_id", mode: "set", value: id });
    x.requestHeaders.remove("x-id"); // a later plugin does not change what the client gets
    await rig.run("header_filter", x);
    assert.equal(x.responseHeaders.get("X-ID"), id);
  });

  it("counts up", async () => {
    const rig = new PluginRig(correlationId, config);
    const [a, b] = [makeExchange(), makeExchange()];
    await rig.run("access", a);
    await rig.run("access", b);
    const count = (x: Exchange): number => Number(x.requestHeaders.get("x-id")!.split("#")[1]);
    assert.equal(count(b), count(a) + 1);
  });

  it("keeps what the client sent, unless it is blank", async () => {
    const rig = new PluginRig(correlationId, config);
    const given = makeExchange("GET", "/", [["x-id", "mine"]]);
    await rig.run("access", given);
    assert.deepEqual(given.requestHeaders.getAll("x-id"), ["mine"]);
    const blank = makeExchange("GET", "/", [["x-id", " "]]);
    await rig.run("access", blank);
    assert.match(blank.requestHeaders.get("x-id")!, /#/);
  });

  it("makes an id for an answer that never came to access", async () => {
    const rig = new PluginRig(correlationId, { ...config, generator: "uuid" });
    const x = makeExchange();
    await rig.run("header_filter", x);
    assert.match(x.responseHeaders.get("X-Id")!, /^[0-9a-f]{8}-[0-9a-f-]{27}$/);
  });

  it("tells with tracker where and when a request came in", async () => {
    const rig = new PluginRig(correlationId, { ...config, generator: "tracker" });
    const x = makeExchange("GET", "/", [], null, { localIp: "127.0.0.9", localPort: 8443 });
    await rig.run("access", x);
    const pattern = new RegExp(`^127\\.0\\.0\\.9-8443-${process.pid}-\\d+-1-\\d{10}\\.\\d{3}$`);
    assert.match(x.requestHeaders.get("x-id")!, pattern);
  });

  it("echoes with a dash for an underscore, as nginx sends it", async () => {
    const rig = new PluginRig(correlationId, { ...config, header_name: "x_id" });
    const x = makeExchange("GET", "/", { x_id: "given" });
    await rig.run("access", x);
    await rig.run("header_filter", x);
    assert.equal(x.requestHeaders.get("x_id"), "given");
    const names: string[] = [];
    x.responseHeaders.forEach((name) => {
      names.push(name);
    });
    assert.deepEqual(names, ["x-id"]);
  });

  it("does nothing without a name, and echoes only if told to", async () => {
    const nameless = new PluginRig(correlationId, { ...config, header_name: null });
    const x = makeExchange();
    await nameless.run("access", x);
    assert.equal(x.logValues, null);
    const silent = new PluginRig(correlationId, { ...config, echo_downstream: false });
    await silent.run("access", x);
    await silent.run("header_filter", x);
    assert.equal(x.responseHeaders.get("x-id"), undefined);
  });
});

describe("request-termination", () => {
  const rows: [what: string, config: object, status: number, body: string | null][] = [
    ["by default", {}, 503, '{"message":"Service unavailable"}'],
    ["with a message", { status_code: 406, message: "Invalid" }, 406, '{"message":"Invalid"}'],
    ["with a status that has a message", { status_code: 404 }, 404, '{"message":"Not found"}'],
    ["with a status that has a page", { status_code: 410 }, 410, null],
    ["with a body", { status_code: 200, body: "grüß" }, 200, "grüß"],
  ];
  for (const [what, config, status, body] of rows) {
    it(`answers ${what}`, async () => {
      const x = makeExchange();
      await new PluginRig(requestTermination, config as never).run("access", x);
      assert.equal(x.answer?.status, status);
      assert.equal(x.answer?.body === null ? null : String(x.answer?.body), body);
    });
  }

  it("waits for its trigger: a header, or an argument in its very spelling", async () => {
    const rig = new PluginRig(requestTermination, { status_code: 404, trigger: "stop-it" });
    const triggered = async (x: Exchange): Promise<boolean> => {
      await rig.run("access", x);
      return x.answer !== null;
    };
    assert.equal(await triggered(makeExchange()), false);
    assert.equal(await triggered(makeExchange("GET", "/", [["Stop-It", ""]])), true);
    assert.equal(await triggered(makeExchange("GET", "/?stop-it")), true);
    assert.equal(await triggered(makeExchange("GET", "/?Stop-It=1")), false);
  });

  it("tells what it saw, body included, which may come late", async () => {
    const rig = new PluginRig(requestTermination, {
      status_code: 200,
      echo: true,
      message: "told",
    });
    const headers = { "content-type": "application/json" };
    const x = makeExchange("POST", "/a%20b?q=1&q=2&f", headers, '{"a":[1]}', { bodyLater: true });
    x.captures = ["/a b", "b"];
    x.namedCaptures = { word: "b" };
    await rig.run("access", x);
    const told = JSON.parse(String(x.answer?.body));
    assert.equal(told.message, "told");
    assert.deepEqual(told.request.body, { a: [1] });
    assert.equal(told.request.raw_body, '{"a":[1]}');
    assert.deepEqual(told.request.query, { q: ["1", "2"], f: true });
    assert.deepEqual(told.request.uri_captures, { named: { word: "b" }, unnamed: ["b"] });
    assert.equal("matched_route" in told, false);
  });
});

describe("request-transformer", () => {
  function request(
    method: string,
    target: string,
    headers = {},
    body: string | null = null,
  ): Exchange {
    const x = makeExchange(method, target, headers, body);
    x.upstream.query = x.rawQuery;
    x.upstream.hasQuery = target.includes("?");
    return x;
  }

  it("changes path, method, headers, query and body from templates", async () => {
    const config = {
      http_method: "POST",
      replace: { uri: "/users/$(uri_captures.id)/t é" },
      add: {
        headers: ["x-q:$(query_params.q)", "x-h:$(headers.host)", "content-type:application/json"],
        querystring: ["v:$(shared.version)", "n:$(shared.deep.n + 1)"],
        body: ["id:$(uri_captures[1])"],
      },
      remove: { querystring: ["q"] },
    };
    const x = request("GET", "/?q=20&z", { "x-a": "1" });
    x.captures = ["/users/7", "7"];
    x.namedCaptures = { id: "7" };
    x.shared = { version: "1.2.3", deep: { n: 1 } };
    await new PluginRig(requestTransformer, config).run("access", x);
    assert.equal(x.upstream.path, "/users/7/t%20%C3%A9");
    assert.equal(x.upstreamMethod, "POST");
    assert.equal(x.requestHeaders.get("x-q"), "20");
    assert.equal(x.requestHeaders.get("x-h"), "example.test");
    assert.equal(x.upstream.query, "n=2&v=1.2.3&z");
    assert.equal(bodyOf(x), '{"id":"7"}');
  });

  it("sees headers in templates as they came", async () => {
    const config = {
      remove: { headers: ["x-a"] },
      replace: { headers: ["x-b:new"] },
      add: { headers: ["x-was:$(headers['x-a'])$(headers.x_b)"] },
    };
    const x = request("GET", "/", { "x-a": "1", "x-b": "2" });
    await new PluginRig(requestTransformer, config).run("access", x);
    assert.equal(x.requestHeaders.get("x-was"), "12");
    assert.equal(x.requestHeaders.has("x-a"), false);
  });

  for (const template of ["ERROR()", "shared.written = true", "uri_captures.a.b", "tostring(1)"]) {
    it(`fails where a template does: ${template}`, async () => {
      const config = { add: { headers: [`x:$(${template})`] } };
      const rig = new PluginRig(requestTransformer, config);
      await assert.rejects(rig.run("access", request("GET", "/")));
    });
  }

  it("reaches the library and the PDK with untrusted_lua = on, nothing with off", async () => {
    const headers = ["a:$(string.sub(query_params.u, 1, 3))", "b:$(kong.request.get_method())"];
    const on = new PluginRig(requestTransformer, { add: { headers } }, { untrusted_lua: "on" });
    const x = request("GET", "/?u=foobar");
    await on.run("access", x);
    assert.equal(x.requestHeaders.get("a"), "foo");
    assert.equal(x.requestHeaders.get("b"), "GET");
    const off = new PluginRig(
      requestTransformer,
      { add: { headers: ["a:$(headers.host)"] } },
      { untrusted_lua: "off" },
    );
    await assert.rejects(off.run("access", request("GET", "/")), /untrusted_lua/);
  });

  it("fails on a path without a slash", async () => {
    const rig = new PluginRig(requestTransformer, { replace: { uri: "no-slash" } });
    await assert.rejects(rig.run("access", request("GET", "/")));
  });

  it("moves a form into the query where the method has no body", async () => {
    const type = { "content-type": "application/x-www-form-urlencoded" };
    const x = request("POST", "/?a=1", type, "a=2&b=3");
    await new PluginRig(requestTransformer, { http_method: "GET" }).run("access", x);
    assert.equal(x.upstream.query, "a=1&a=2&b=3");
    assert.equal(x.changedQuery, "a=1&a=2&b=3", "for later plugins");
  });

  it("goes by the Content-Type that its own headers make", async () => {
    const config = { replace: { headers: ["content-type:text/plain"], body: ["a:b"] } };
    const x = request("POST", "/", { "content-type": "application/json" }, '{"a":1}');
    await new PluginRig(requestTransformer, config).run("access", x);
    assert.equal(bodyOf(x), null);
  });

  it("waits for a late body, then changes the query", async () => {
    const config = { add: { body: ["b:2"], querystring: ["q:1"] } };
    const x = makeExchange("POST", "/", { "content-type": "application/json" }, '{"a":1}', {
      bodyLater: true,
    });
    await new PluginRig(requestTransformer, config).run("access", x);
    assert.equal(bodyOf(x), '{"a":1,"b":"2"}');
    assert.equal(x.upstream.query, "q=1");
    assert.equal(x.upstream.hasQuery, true);
  });

  it("drops the ? of a query that it emptied", async () => {
    const x = request("GET", "/?a=1");
    await new PluginRig(requestTransformer, { remove: { querystring: ["a"] } }).run("access", x);
    assert.deepEqual([x.upstream.query, x.upstream.hasQuery], ["", false]);
  });
});

describe("phases that a configuration does not need", () => {
  const rows: [plugin: PluginHandler, config: object, phases: string][] = [
    [correlationId, { header_name: "x" }, "access"],
    [correlationId, { header_name: "x", echo_downstream: true }, "access header_filter"],
    [correlationId, { header_name: null, echo_downstream: true }, ""],
    [requestTransformer, { add: { headers: [] } }, ""],
    [requestTransformer, { remove: { querystring: ["a"] } }, "access"],
    [requestTransformer, { replace: { uri: "/" } }, "access"],
    [responseTransformer, {}, ""],
    [responseTransformer, { append: { headers: ["a:1"] } }, "header_filter"],
    [responseTransformer, { remove: { json: ["a"] } }, "header_filter body_filter"],
  ];
  for (const [plugin, config, expected] of rows) {
    it(`${plugin.name} ${JSON.stringify(config)}: ${expected || "none"}`, () => {
      const phases = (["access", "header_filter", "body_filter"] as const).filter(
        (phase) => plugin[phase] !== undefined && plugin.isNeeded!(phase, config as PluginConfig),
      );
      assert.equal(phases.join(" "), expected);
    });
  }
});

describe("response-transformer", () => {
  function response(headers: [string, string][], chunks: string[], rig: PluginRig): string {
    const x = makeExchange();
    x.responseHeaders = HeaderBlock.from(headers);
    rig.runNow("header_filter", x);
    let sent = "";
    chunks.forEach((chunk, i) => {
      x.chunk = Buffer.from(chunk);
      x.chunkIsLast = i === chunks.length - 1;
      rig.runNow("body_filter", x);
      sent += (x.chunk as Buffer | null)?.toString() ?? "";
    });
    const length = x.responseHeaders.get("content-length") ?? "none";
    return `${length}: ${sent}`;
  }
  const rig = new PluginRig(responseTransformer, { replace: { json: ["p1:new"] } });
  const body = ['{"p1":"w', 'as","p2":', "1}"];
  const whole = body.join("");

  const rows: [what: string, headers: [string, string][], sent: string][] = [
    [
      "changes JSON however it is cut",
      [
        ["Content-Type", "application/json"],
        ["Content-Length", "99"],
      ],
      'none: {"p1":"new","p2":1}',
    ],
    [
      "leaves other types alone",
      [
        ["Content-Type", "text/plain"],
        ["Content-Length", "99"],
      ],
      `99: ${whole}`,
    ],
    [
      "leaves compressed bodies alone",
      [
        ["Content-Type", "application/json"],
        ["Content-Encoding", "gzip"],
        ["Content-Length", "99"],
      ],
      `99: ${whole}`,
    ],
  ];
  for (const [what, headers, sent] of rows)
    it(what, () => assert.equal(response(headers, body, rig), sent));

  it("sends what it cannot read as it came", () => {
    assert.equal(
      response([["Content-Type", "application/json"]], ['{"p1":', "x"], rig),
      'none: {"p1":x',
    );
  });
});
