/** kong.log, values for the log entry, and the entry itself. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { recordingLog } from "../../helpers/make-node.ts";
import { receivedHeaders } from "../../helpers/make-exchange.ts";
import { bench, plain } from "./pdk-fixtures.ts";

const WORKSPACE = "0dc6f45b-8f8d-40d2-a504-473544ee190b";

describe("kong.log", () => {
  it("writes a line at each level, with request, plugin and phase", () => {
    const { x, call, records, kong } = bench();
    x.plugin = { handler: { name: "mine" }, plugin: { id: "p" } };
    const levels = ["emerg", "alert", "crit", "err", "warn", "notice", "info", "debug"];
    for (const level of levels) call(`log.${level}`, "m", 1, "é", "");
    kong.log("plain");
    kong.log.err("by facade");
    assert.deepEqual(
      records.map((one) => `${one.level} ${one.message}`),
      [
        ...levels.map((level) => `${level === "err" ? "error" : level} m1é`),
        "notice plain",
        "error by facade",
      ],
    );
    assert.deepEqual(records[0]?.fields, { request_id: x.id, plugin: "mine", phase: "access" });
  });

  it("writes any value, and refuses a line of nothing", () => {
    const { call, records, refuses } = bench();
    const cycle: unknown[] = [];
    cycle.push(cycle);
    call("log.notice", { a: [1] }, true, 1.5, null, "b", Buffer.from("c"), cycle);
    assert.equal(records[0]?.message, '{"a":[1]}true1.5nilbc[a table that refers to itself]');
    call("log.notice", "");
    refuses("a line of the log needs a message", "log.notice");
    refuses("a line of the log needs a message", "log.notice", null);
  });

  it("puts nothing together for a level that is off, and cuts long lines", () => {
    const { log, records } = recordingLog("warn");
    const { call } = bench([], { log });
    call("log.debug", {
      toJSON: () => assert.fail("must not be read"),
    });
    call("log.warn", "x".repeat(10_000));
    assert.equal(records[0]?.message.length, 4096);
  });

  it("says what is deprecated, and inspects", () => {
    const { call, records } = bench();
    call("log.deprecation", "old", { after: "1.0", removal: "2.0" });
    call("log.deprecation", "old");
    call("log.inspect", { a: 1 }, "b");
    assert.deepEqual(
      records.map((one) => one.message),
      ["old (deprecated after 1.0) (scheduled for removal in 2.0)", "old", '{"a":1} b'],
    );
  });
});

describe("kong.log.serialize", () => {
  function proxied() {
    const made = bench(
      [
        "POST",
        "/orders?page=2&flag",
        {
          Host: "shop.test:80",
          Authorization: "Bearer x",
          "Proxy-Authorization": "y",
          "X-One": "1",
        },
      ],
      { now: () => 1_700_000_000_030.6 },
      {},
    );
    const { x } = made;
    Object.assign(x, {
      startedMs: 1_700_000_000_000.2,
      accessStartMs: 1_700_000_000_001,
      accessEndMs: 1_700_000_000_005,
      serviceFirstByteMs: 1_700_000_000_015,
      serviceEndMs: 1_700_000_000_025,
      requestBytes: 112,
      bytesSent: 300,
      status: 200,
      serviceStatus: 200,
      route: { id: "r", name: "route", methods: null, paths: ["/"] },
      service: { id: "s", name: "service", path: null },
      tries: [
        {
          ip: "127.0.0.1",
          port: 1,
          balancerStartMs: 1_700_000_000_005.5,
          balancerLatencyMs: 0.25,
          state: "failed",
          code: 502,
        },
        { ip: "127.0.0.1", port: 2, balancerStartMs: 1_700_000_000_006, balancerLatencyMs: 0 },
      ],
    });
    x.upstream.path = "/base/orders";
    x.upstream.query = "page=2&flag";
    x.responseHeaders = receivedHeaders([["Content-Type", "text/plain"]], "HTTP/1.1 200 OK");
    x.responseHeaders.add("Date", "now");
    return made.in("log");
  }

  it("is Kong's entry of a proxied request", () => {
    const { x, kong } = proxied();
    assert.deepEqual(plain(kong.log.serialize()), {
      request: {
        id: x.id,
        uri: "/orders?page=2&flag",
        url: "http://shop.test:8000/orders?page=2&flag",
        querystring: { page: "2", flag: true },
        method: "POST",
        headers: {
          host: "shop.test:80",
          authorization: "REDACTED",
          "proxy-authorization": "REDACTED",
          "x-one": "1",
        },
        size: 112,
      },
      upstream_uri: "/base/orders?page=2&flag",
      upstream_status: "502, 200",
      response: {
        status: 200,
        headers: { "content-type": "text/plain", connection: "close" },
        size: 300,
      },
      latencies: { kong: 14, proxy: 10, request: 30, receive: 10 },
      client_ip: "127.0.0.1",
      started_at: 1_700_000_000_000,
      source: "upstream",
      workspace: WORKSPACE,
      workspace_name: "default",
      tries: [
        {
          balancer_start: 1_700_000_000_005,
          balancer_start_ns: 1_700_000_000_005_500_000,
          balancer_latency: 0,
          balancer_latency_ns: 250_000,
          ip: "127.0.0.1",
          port: 1,
          state: "failed",
          code: 502,
        },
        {
          balancer_start: 1_700_000_000_006,
          balancer_start_ns: 1_700_000_000_006_000_000,
          balancer_latency: 0,
          balancer_latency_ns: 0,
          ip: "127.0.0.1",
          port: 2,
        },
      ],
      route: { id: "r", name: "route", paths: ["/"], ws_id: WORKSPACE },
      service: { id: "s", name: "service", ws_id: WORKSPACE },
    });
  });

  it("tells consumer and credential, and TLS", () => {
    const tls = { version: "TLSv1.3", cipher: "C", sni: "s", clientVerify: "NONE" };
    const { x, kong } = bench([
      "GET",
      "/",
      {},
      null,
      { tls, localPort: 8443, advertisedPort: 443 },
    ]).in("log");
    x.consumer = { id: "c", username: "ann", custom_id: null } as { id: string };
    x.credential = { id: "k", key: "secret", consumer: { id: "c" } };
    const entry = plain(kong.log.serialize()) as Record<string, Record<string, unknown>>;
    assert.deepEqual(entry.consumer, { id: "c", username: "ann" });
    assert.deepEqual(entry.authenticated_entity, { id: "k" });
    assert.deepEqual(entry.request?.tls, {
      version: "TLSv1.3",
      cipher: "C",
      client_verify: "NONE",
    });
    assert.equal(entry.request?.url, "https://example.test:443/");
  });

  it("knows nothing of the Service where access never ran", () => {
    const { x, kong } = bench(["GET", "/other?a=1"]).in("log");
    x.status = 404;
    x.route = { id: "r" };
    const entry = plain(kong.log.serialize()) as Record<string, unknown>;
    assert.deepEqual(
      [entry.upstream_uri, entry.upstream_status, entry.source, entry.tries, entry.route],
      ["", "", "kong", undefined, undefined],
    );
    assert.equal((entry.latencies as { proxy: number }).proxy, -1);
    assert.deepEqual((entry.response as { headers: object }).headers, {
      connection: "close",
      "content-length": "0",
    });
    x.accessStartMs = 1;
    assert.deepEqual(kong.log.serialize().tries, []);
    x.buffered = true;
    x.serviceStatus = 202;
    assert.equal(kong.log.serialize().upstream_status, 202);
  });

  it("is JSON text for plugin servers", () => {
    const { call, kong } = proxied();
    assert.deepEqual(JSON.parse(call("log.serialize") as string), plain(kong.log.serialize()));
  });

  it("takes the values of plugins in, by path and mode", () => {
    const { kong, in: inPhase } = proxied();
    inPhase("access");
    const set = kong.log.setSerializeValue;
    const log = kong.log;
    log.setSerializeValue("mine", "x");
    log.setSerializeValue("deep.er", 7);
    log.setSerializeValue("request.method", "changed");
    log.setSerializeValue("service.name", "other", { mode: "replace" });
    log.setSerializeValue("client_ip", null);
    log.setSerializeValue("map", { a: [1, Buffer.from("b")] });
    log.setSerializeValue("mine", "y", { mode: "add" });
    log.setSerializeValue("new", "y", { mode: "add" });
    log.setSerializeValue("gone", "y", { mode: "replace" });
    log.setSerializeValue("gone.deeper", "y", { mode: "replace" });
    log.setSerializeValue("dot\\.ted", 1);
    log.setSerializeValue(".first.dot", 2);
    log.setSerializeValue("made.for.nothing", null);
    log.setSerializeValue("__proto__.polluted", true);
    assert.equal(typeof set, "function");
    inPhase("log");
    const entry = kong.log.serialize() as Record<string, unknown>;
    assert.deepEqual(
      [entry.mine, entry.deep, entry.map, entry.new, entry["dot\\"], entry[".first"], entry.made],
      ["x", { er: 7 }, { a: [1, "b"] }, "y", { ted: 1 }, { dot: 2 }, { for: {} }],
    );
    assert.equal((entry.request as { method: string }).method, "changed");
    assert.equal((entry.service as { name: string }).name, "other");
    assert.equal("client_ip" in entry || "gone" in entry, false);
    assert.equal(({} as { polluted?: boolean }).polluted, undefined);
    assert.equal((proxied().kong.log.serialize().service as { name: string }).name, "service");
  });

  it("refuses values that no entry can hold", () => {
    const { refuses } = bench();
    const name = "log.set_serialize_value";
    refuses("key must be a string", name);
    refuses("key must be a string", name, 1, "x");
    refuses("mode must be 'set', 'add' or 'replace'", name, "a", "x", { mode: "swap" });
    const cycle: Record<string, unknown> = {};
    cycle.self = cycle;
    for (const bad of [() => 1, cycle, { a: Symbol("s") }]) {
      refuses(
        "value must be nil, a number, string, boolean or a non-self-referencial table containing numbers, string and booleans",
        name,
        "a",
        bad,
      );
    }
  });
});
