/** kong.client, kong.ctx, kong.node, kong.nginx, kong.vault and the smaller namespaces. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { bench, plain } from "./pdk-fixtures.ts";

const ANN = "a0000000-0000-4000-8000-000000000001";
const BOB = "a0000000-0000-4000-8000-000000000009";
const consumers = [
  { id: ANN, username: "ann", custom_id: "c-ann" },
  { id: BOB, username: "bob", custom_id: null },
];

describe("kong.client", () => {
  it("tells addresses", () => {
    const { x, kong } = bench(["GET", "/", {}, null, { ip: "10.1.1.1", port: 5 }]);
    x.forwardedIp = "1.2.3.4";
    x.forwardedPort = undefined;
    const { client } = kong;
    assert.deepEqual(
      [client.getIp(), client.getPort(), client.getForwardedIp(), client.getForwardedPort()],
      ["10.1.1.1", 5, "1.2.3.4", null],
    );
  });

  it("loads a consumer by id, and by name where that is asked for", () => {
    const { call, refuses } = bench([], {}, { consumers });
    const name = "client.load_consumer";
    assert.equal((call(name, ANN) as { username: string }).username, "ann");
    for (const flag of [true, "yes", 0])
      assert.equal((call(name, "ann", flag) as { id: string }).id, ANN);
    assert.equal("custom_id" in (call(name, BOB) as object), false, "nil is not in a table");
    assert.equal(call(name, ANN.replace("1", "2")), null);
    assert.equal(call(name, "nobody", true), null);
    assert.equal(call(name, ANN.toUpperCase()), null, "ids are compared as they are written");
    refuses("cannot load a consumer with an id that is not a uuid", name, "ann");
    refuses("consumer_id must be a string", name, 1);
  });

  it("authenticates, and clears what is not given", () => {
    const { x, kong, refuses } = bench();
    kong.client.authenticate({ id: "c" }, { id: "k" });
    assert.deepEqual(
      [kong.client.getConsumer(), kong.client.getCredential()],
      [{ id: "c" }, { id: "k" }],
    );
    kong.client.authenticate(null, { id: "k2" });
    assert.deepEqual([x.consumer, x.credential], [null, { id: "k2" }]);
    const name = "client.authenticate";
    refuses("consumer must be a table or nil", name, "ann", { id: "k" });
    refuses("credential must be a table or nil", name, { id: "c" }, "x");
    refuses("either credential or consumer must be provided", name, null, null);
    refuses("either credential or consumer must be provided", name);
  });

  it("tells the protocol of the Route or of the connection", () => {
    const forwarded = { "X-Forwarded-Proto": "https" };
    const { x, call, kong } = bench(["GET", "/", forwarded], { isTrusted: () => true });
    assert.equal(call("client.get_protocol"), null);
    assert.equal(kong.lastError, "No active route found");
    const withProtocols = (...protocols: string[]) => {
      x.route = { id: "r", protocols } as { id: string };
    };
    withProtocols("grpc");
    assert.equal(call("client.get_protocol"), "grpc");
    withProtocols("http", "https");
    assert.equal(call("client.get_protocol"), "http");
    assert.equal(call("client.get_protocol", true), "https");
    x.requestHeaders.add("X-Forwarded-Proto", "http");
    assert.equal(call("client.get_protocol", true), null);
    assert.equal(kong.lastError, "Only one X-Forwarded-Proto header allowed");
  });

  it("sets the client's verification", () => {
    const tls = { version: "TLSv1.3", cipher: "C", sni: "", clientVerify: "NONE" };
    const { x, call, refuses } = bench(["GET", "/", {}, null, { tls }]);
    call("client.tls.set_client_verify", "FAILED:why");
    assert.equal(x.client.tls?.clientVerify, "FAILED:why");
    refuses(
      'unknown client verify value: MAYBE accepted values are: "SUCCESS", "NONE" or "FAILED:<reason>"',
      "client.tls.set_client_verify",
      "MAYBE",
    );
    bench().call("client.tls.set_client_verify", "SUCCESS");
  });
});

describe("kong.ctx", () => {
  it("is shared by all plugins, or private to one by its handler", () => {
    const { x, kong, call } = bench();
    x.plugin = { handler: { name: "a" }, plugin: { id: "1" } };
    kong.ctx.shared.s = 1;
    kong.ctx.plugin.p = "of a";
    x.plugin = { handler: { name: "b" }, plugin: { id: "2" } };
    assert.equal(kong.ctx.plugin.p, undefined);
    x.plugin = { handler: { name: "a" }, plugin: { id: "3" } };
    assert.equal(kong.ctx.plugin.p, "of a");
    assert.equal(call("ctx.shared.get", "s"), 1);
    x.plugin = null;
    assert.throws(() => kong.ctx.plugin, { code: "PDK_ERROR" });
  });

  it("keeps what plugin servers put there, whatever the key", () => {
    const { x, call, refuses } = bench();
    for (const key of ["k", "__proto__", "constructor", "hé", 7]) {
      assert.equal(call("ctx.shared.get", key), null);
      call("ctx.shared.set", key, { of: key });
      assert.deepEqual(call("ctx.shared.get", key), { of: key });
    }
    assert.equal(call("ctx.shared.get", "7"), null, "a number is another key");
    call("ctx.shared.set", "k", null);
    assert.equal(call("ctx.shared.get", "k"), null);
    call("ctx.shared.set", "b", Buffer.from("ab"));
    assert.equal(x.shared?.b, "ab");
    call("ctx.shared.set", "f", false);
    assert.equal(call("ctx.shared.get", "f"), false);
    call("nginx.set_ctx", "k", "v");
    assert.equal(call("nginx.get_ctx", "k"), "v");
    assert.equal(call("ctx.shared.get", "k"), null);
    refuses("index is nil", "ctx.shared.set", null, 1);
  });

  it("shows what Kong keeps there, and what plugins write in its place", () => {
    const { x, call } = bench(["GET", "/", {}, null, { startedMs: 1_500.75 }]);
    const get = (key: string) => call("nginx.get_ctx", key);
    assert.deepEqual(["KONG_PROCESSING_START", "KONG_ACCESS_START"].map(get), [1500, null]);
    x.accessStartMs = 1_501.5;
    x.route = { id: "r" };
    x.consumer = { id: "c" };
    assert.equal(get("KONG_ACCESS_START"), 1501);
    assert.equal((get("route") as { id: string }).id, "r");
    assert.deepEqual(get("authenticated_consumer"), { id: "c" });
    assert.equal(get("toString"), null);
    call("nginx.set_ctx", "authenticated_consumer", { id: "other" });
    assert.deepEqual(get("authenticated_consumer"), { id: "other" });
    assert.deepEqual(x.consumer, { id: "c" }, "the gateway's own does not change");
  });
});

describe("kong.node, kong.ip, kong.nginx and the rest", () => {
  it("tells of the node", () => {
    const { kong, call, refuses } = bench([], {
      clusterId: "cl",
      isTrusted: (ip) => ip.endsWith("10.0.0.1"),
    });
    assert.equal(kong.node.getHostname(), "node.test");
    assert.match(kong.node.getId(), /^1{8}-/);
    assert.deepEqual(
      ["10.0.0.1", "", "nonsense", "::ffff:10.0.0.1"].map((ip) => call("ip.is_trusted", ip)),
      [true, false, false, false],
    );
    assert.equal(kong.cluster.getId(), "cl");
    assert.equal(kong.plugin.getId(), null);
    assert.equal(kong.nginx.getSubsystem(), "http");
    assert.equal(kong.nginx.getStatistics().total_requests, 9);
    assert.equal(call("nginx.get_tls1_version_str"), null);
    const name = "node.get_memory_stats";
    assert.deepEqual((call(name) as { lua_shared_dicts: object }).lua_shared_dicts, {
      kong: { allocated_slabs: 24_576, capacity: 5_242_880 },
    });
    assert.deepEqual(call(name, "m"), {
      lua_shared_dicts: { kong: { allocated_slabs: "0.02 MiB", capacity: "5.00 MiB" } },
      workers_lua_vms: [{ http_allocated_gc: "0.00 MiB", pid: 7 }],
    });
    assert.equal(
      (call(name, "K", 0) as { workers_lua_vms: { http_allocated_gc: string }[] })
        .workers_lua_vms[0]?.http_allocated_gc,
      "2 KiB",
    );
    refuses("invalid unit 'x' (expected 'k/K', 'm/M', or 'g/G')", name, "x");
    refuses("scale must be equal or greater than 0", name, "k", -1);
    refuses("scale must be equal or greater than 0", name, "k", "1");
    refuses("scale must be an integer up to 99", name, "k", 100);
    assert.ok(call(name, "b", -1), "bytes have no scale");
    refuses("invalid unit 'constructor' (expected 'k/K', 'm/M', or 'g/G')", name, "constructor");
  });

  it("answers the variables of nginx that plugins ask for", () => {
    const { call, refuses } = bench([
      "GET",
      "/p?a=1&b",
      { Host: "h.test:9", Cookie: "a=1; b=2", "X-One": Buffer.from("é").latin1Slice() },
    ]);
    const get = (name: string) => call("nginx.get_var", name);
    assert.deepEqual(
      [
        "request_uri",
        "host",
        "args",
        "arg_a",
        "cookie_b",
        "http_x_one",
        "http_none",
        "scheme",
        "request_method",
        "server_port",
        "remote_addr",
        "nothing",
      ].map(get),
      [
        "/p?a=1&b",
        "h.test",
        "a=1&b",
        "1",
        "2",
        "é",
        null,
        "http",
        "GET",
        "8000",
        "127.0.0.1",
        null,
      ],
    );
    refuses("name must be a string", "nginx.get_var", true);
    const { kong } = bench(["GET", "/", {}, null, { startedMs: 1_700_000_000_123.9 }]);
    assert.equal("getVar" in kong.nginx, false, "only plugin servers have it");
    assert.equal(
      bench(["GET", "/", {}, null, { startedMs: 1_500.75 }]).call("nginx.req_start_time"),
      1.5,
    );
  });

  it("answers the variables of Kong's own configuration of nginx", () => {
    const { x, call } = bench(["GET", "/p?", { Host: "h.test", "X-Forwarded-For": "1.1.1.1" }]);
    const names = "args upstream_host upstream_x_forwarded_for upstream_x_forwarded_host";
    const get = () => names.split(" ").map((name) => call("nginx.get_var", name));
    assert.deepEqual(get(), [null, "", "", ""], "before the router");
    x.route = { id: "r" };
    x.upstream.host = "target.test";
    x.upstream.port = 8080;
    assert.deepEqual(get(), [null, "", "1.1.1.1, 127.0.0.1", "h.test"]);
    x.accessEndMs = 1;
    assert.equal(call("nginx.get_var", "upstream_host"), "target.test:8080");
    x.upstream.port = 80;
    assert.equal(call("nginx.get_var", "upstream_host"), "target.test");
    x.upstream.hostHeader = "written.test";
    assert.equal(call("nginx.get_var", "upstream_host"), "written.test");
  });

  it("reads references to secrets in the environment", () => {
    const variables: Record<string, string> = {
      KONG_LOG_LEVEL: "info",
      X_SECRET: '{"user":"u","n":5}',
    };
    const vaults = { env: variables, enabled: ["bundled"], envPrefix: "" };
    const own = { id: "v", prefix: "my-vault", name: "env", config: { prefix: "x_" } };
    const { call, refuses, kong } = bench([], { vaults }, { vaults: [own] });
    const parse = (reference: unknown) => call("vault.parse_reference", reference);
    assert.deepEqual(
      ["{vault://env/name}", "{vault://env/", "plain", "", 7].map((text) =>
        call("vault.is_reference", text),
      ),
      [true, false, false, false, false],
    );
    assert.deepEqual(parse("{vault://env/a/b?prefix=x#2}"), {
      name: "env",
      resource: "a",
      key: "b",
      config: { prefix: "x" },
      version: 2,
    });
    for (const bad of ["{vault://env/}", "plain", 7]) {
      assert.equal(parse(bad), null);
      assert.notEqual(kong.lastError, null);
    }
    const get = (reference: string) => call("vault.get", reference);
    assert.equal(get("{vault://env/kong-log-level}"), "info");
    assert.equal(get("{vault://env/secret/user?prefix=x_}"), "u");
    assert.equal(get("{vault://my-vault/secret/user}"), "u");
    assert.equal(kong.lastError, null);
    for (const bad of ["plain", "{vault://env/none}", "{vault://other/x}"]) {
      assert.equal(get(bad), null);
      assert.notEqual(kong.lastError, null);
    }
    refuses("reference must be a string", "vault.get", 7);
  });

  it("puts secrets into options anew", () => {
    const vaults = { env: { A: "now" }, enabled: ["bundled"], envPrefix: "" };
    const { kong, records } = bench([], { vaults });
    const A = "{vault://env/a}";
    const options = {
      password: "old",
      none: "old",
      list: ["x", "old"],
      inner: [{ key: "old", $refs: { key: A } }],
      $refs: { password: A, none: "{vault://env/none}", list: [null, A], gone: { k: A } },
    };
    const { password, none, list, inner } = kong.vault.update(options);
    assert.deepEqual([password, none, list], ["now", "", ["x", "now"]]);
    assert.equal((inner as { key: string }[])[0]?.key, "now");
    assert.equal(options.password + options.inner[0]?.key, "oldold");
    assert.deepEqual(
      records.map(({ fields }) => fields.reference),
      ["{vault://env/none}"],
    );
  });

  it("tries once more with secrets, where there are any", () => {
    const vaults = { env: { A: "now" }, enabled: ["bundled"], envPrefix: "" };
    const { kong, refuses } = bench([], { vaults });
    const options = { inner: { password: "old", $refs: { password: "{vault://env/a}" } } };
    const given: unknown[] = [];
    const attempt = (outcomes: (() => unknown)[], from: unknown = options): unknown => {
      given.length = 0;
      return kong.vault.try((one) => {
        given.push((one as Partial<typeof options>)?.inner?.password);
        return outcomes.shift()!();
      }, from as never);
    };
    const refused = (): never => {
      throw new Error("refused");
    };
    assert.equal(attempt([() => "good"]), "good");
    assert.deepEqual(given, ["now"]);
    assert.equal(attempt([() => null, () => "good"]), "good");
    assert.equal(attempt([refused, () => "good"]), "good");
    assert.deepEqual(given, ["now", "now"]);
    assert.throws(() => attempt([refused, refused]), /refused/);
    assert.equal(attempt([() => null], { inner: { password: "plain" } }), null);
    assert.deepEqual(given, ["plain"]);
    assert.equal(attempt([() => "once"], null), "once");
    refuses("callback must be a function", "vault.try", 7, {});
  });

  it("has tables, spans that record nothing, and says what is not there yet", () => {
    const { kong, call } = bench();
    assert.deepEqual(plain(kong.table.merge({ a: 1, b: 1 }, { b: 2 })), { a: 1, b: 2 });
    const table = { a: 1 };
    kong.table.clear(table);
    assert.deepEqual([table, kong.table.new(1, 1)], [{}, {}]);
    kong.tracing.startSpan("x").finish();
    assert.equal(kong.tracing.activeSpan(), null);
    assert.equal(kong.tracing.getSamplingDecision(true, 0), true);
    assert.equal(call("telemetry.log", "a", {}, "b"), null);
    assert.match(kong.lastError!, /not part of this gateway yet/);
  });
});
