/** key-auth on the real PDK: who is let in, as whom, and what the Service gets to see. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Exchange } from "../../../core/exchange/exchange.ts";
import { handler as keyAuth } from "../../../core/plugins/key-auth/handler.ts";
import { type FakeBody, makeExchange } from "../../helpers/make-exchange.ts";
import { ANN, PluginRig, snapshotOf } from "./plugin-rig.ts";

function bodyOf(x: Exchange): string | null {
  return (x.requestBody as FakeBody).replacement?.toString() ?? null;
}

describe("key-auth", () => {
  const BOB = { id: "c0de0000-0000-4000-8000-000000000002", username: "bob" };
  const now = Math.floor(Date.now() / 1000);
  const credential = (key: string, more: object = {}): object => ({
    id: `id-${key}`,
    key,
    consumer: { id: ANN.id },
    created_at: now - 100,
    ...more,
  });
  const snapshot = snapshotOf({
    consumers: [ANN, BOB],
    keyauth_credentials: [
      credential("ann-key"),
      credential("old", { ttl: 50 }),
      credential("fresh", { ttl: 500 }),
      credential("bobs", { consumer: { id: BOB.id } }),
    ],
  });
  const FORM = "application/x-www-form-urlencoded";
  const CONFIG = {
    key_names: ["apikey"],
    key_in_header: true,
    key_in_query: true,
    key_in_body: false,
    hide_credentials: false,
    run_on_preflight: true,
  };

  function request(target = "/", headers: Record<string, string> = {}, body?: string): Exchange {
    const x = makeExchange(body === undefined ? "GET" : "POST", target, headers, body ?? null);
    x.upstream.query = x.rawQuery;
    x.upstream.hasQuery = target.includes("?");
    x.state = { snapshot };
    return x;
  }

  it("tells the Service and later plugins who it is", async () => {
    const x = request("/", { apikey: "ann-key", "X-Anonymous-Consumer": "true" });
    await new PluginRig(keyAuth, CONFIG).run("access", x);
    assert.equal(x.answer, null);
    assert.deepEqual(x.consumer, ANN);
    assert.equal((x.credential as { id: string }).id, "id-ann-key");
    const told = ["X-Consumer-ID", "X-Consumer-Custom-ID", "X-Consumer-Username"];
    assert.deepEqual(
      told.map((name) => x.requestHeaders.get(name)),
      [ANN.id, "ext-ann", "ann"],
    );
    assert.equal(x.requestHeaders.get("X-Credential-Identifier"), "id-ann-key");
    assert.equal(x.requestHeaders.has("X-Anonymous-Consumer"), false);
  });

  it("does not let a client claim to be somebody", async () => {
    const x = request("/?apikey=bobs", {
      "X-Consumer-Custom-ID": "root",
      X_Consumer_Custom_Id: "root",
    });
    await new PluginRig(keyAuth, CONFIG).run("access", x);
    assert.equal(x.requestHeaders.has("X-Consumer-Custom-ID"), false);
    assert.equal(x.requestHeaders.get("X-Consumer-Username"), "bob");
  });

  const refusals: [what: string, x: Exchange, message: string][] = [
    ["without a key", request(), "No API key found in request"],
    ["with an empty key", request("/", { apikey: "" }), "No API key found in request"],
    ["with two keys", request("/?apikey=a&apikey=ann-key"), "Duplicate API key found"],
    ["with a wrong key", request("/?apikey=nope"), "Unauthorized"],
    ["with an expired key", request("/?apikey=old"), "Unauthorized"],
  ];
  for (const [what, x, message] of refusals) {
    it(`refuses a request ${what}`, async () => {
      await new PluginRig(keyAuth, { ...CONFIG, realm: "the vault" }).run("access", x);
      assert.equal(x.answer?.status, 401);
      assert.equal(x.answer?.template, message);
      const challenge = x.answer?.headers.find(([name]) => name === "WWW-Authenticate")?.[1];
      assert.equal(challenge, 'Key realm="the vault"');
      assert.equal(x.consumer, null);
    });
  }

  it("knows a key that has not expired", async () => {
    const x = request("/?apikey=fresh");
    await new PluginRig(keyAuth, CONFIG).run("access", x);
    assert.equal(x.answer, null);
  });

  it("hides the key in header, query and body", async () => {
    const config = { ...CONFIG, key_in_body: true, hide_credentials: true };
    const headers = { apikey: "ann-key", "content-type": FORM };
    const x = request("/?apikey=b&x=1", headers, "apikey=c&a=x+y%26z");
    await new PluginRig(keyAuth, config).run("access", x);
    assert.equal(x.requestHeaders.has("apikey"), false);
    assert.equal(x.upstream.query, "x=1");
    assert.equal(x.changedQuery, "x=1", "later plugins and the log do not see the key");
    assert.equal(bodyOf(x), "a=x%20y%26z");
  });

  it("hides the key where it was not looked for, too, but not in a body", async () => {
    const elsewhere = { key_in_header: false, key_in_query: true, hide_credentials: true };
    const x = request("/?apikey=ann-key", { apikey: "b", "content-type": FORM }, "apikey=c");
    await new PluginRig(keyAuth, { ...CONFIG, ...elsewhere }).run("access", x);
    assert.equal(x.requestHeaders.has("apikey"), false);
    const y = request("/?apikey=b&x=1", { apikey: "ann-key", "content-type": FORM }, "apikey=c");
    await new PluginRig(keyAuth, { ...CONFIG, key_in_query: false, hide_credentials: true }).run(
      "access",
      y,
    );
    assert.equal(y.upstream.query, "x=1");
    assert.equal(bodyOf(y), null, "the body goes on as it came");
  });

  const bodies: [type: string, body: string, after: string][] = [
    [FORM, "c=1&apikey=ann-key&b=2", "b=2&c=1"],
    ["application/json", '{"apikey":"ann-key","a":[]}', '{"a":[]}'],
    [
      "multipart/form-data; boundary=b",
      '--b\r\nContent-Disposition: form-data; name="apikey"\r\n\r\nann-key\r\n--b--\r\n',
      "--b--\r\n",
    ],
  ];
  for (const [type, body, after] of bodies) {
    it(`hides the key in ${type}, which may come late`, async () => {
      const config = { ...CONFIG, key_in_body: true, hide_credentials: true };
      const x = makeExchange("POST", "/", { "content-type": type }, body, { bodyLater: false });
      x.state = { snapshot };
      await new PluginRig(keyAuth, config).run("access", x);
      assert.equal(x.answer, null);
      assert.equal(bodyOf(x), after);
    });
  }

  it("writes a body anew that the key is not in", async () => {
    const config = { ...CONFIG, key_in_body: true, hide_credentials: true };
    const x = request("/", { apikey: "ann-key", "content-type": FORM }, "c=1&b=2");
    await new PluginRig(keyAuth, config).run("access", x);
    assert.equal(bodyOf(x), "b=2&c=1");
  });

  it("waits for a body that is late, and only where a key may be in it", async () => {
    const make = (): Exchange => {
      const headers = { "content-type": "application/json", apikey: "ann-key" };
      const x = makeExchange("POST", "/", headers, "{}", { bodyLater: true });
      x.state = { snapshot };
      return x;
    };
    const inBody = new PluginRig(keyAuth, { ...CONFIG, key_in_body: true });
    const pending = inBody.runNow("access", make());
    assert.ok(pending instanceof Promise);
    await pending;
    assert.equal(new PluginRig(keyAuth, CONFIG).runNow("access", make()), undefined);
  });

  it("goes on as the anonymous Consumer, by id or name, and hides a wrong key too", async () => {
    for (const anonymous of [BOB.id, "bob"]) {
      const x = request("/?apikey=nope&a=1", { "X-Consumer-Custom-Id": "spoofed" });
      const config = { ...CONFIG, anonymous, hide_credentials: true };
      await new PluginRig(keyAuth, config).run("access", x);
      assert.equal(x.answer, null);
      assert.equal(x.requestHeaders.get("x-consumer-id"), BOB.id);
      assert.equal(x.requestHeaders.get("x-anonymous-consumer"), "true");
      assert.equal(x.requestHeaders.has("x-consumer-custom-id"), false);
      assert.equal(x.credential, null);
      assert.equal(x.upstream.query, "a=1");
    }
  });

  it("answers 500 where the anonymous Consumer is not there", async () => {
    const x = request();
    await new PluginRig(keyAuth, { ...CONFIG, anonymous: "ext-ann" }).run("access", x);
    assert.equal(x.answer?.status, 500);
  });

  it("leaves a request alone that another plugin has let in, if it knows an anonymous one", async () => {
    const x = request();
    x.credential = { id: "other" };
    await new PluginRig(keyAuth, { ...CONFIG, anonymous: "bob" }).run("access", x);
    assert.equal(x.consumer, null);
    await new PluginRig(keyAuth, CONFIG).run("access", x);
    assert.equal(x.answer?.status, 401);
  });

  it("lets preflights through only if told to", async () => {
    const x = makeExchange("OPTIONS", "/");
    x.state = { snapshot };
    await new PluginRig(keyAuth, { ...CONFIG, run_on_preflight: false }).run("access", x);
    const isLeftAlone = x.answer === null;
    await new PluginRig(keyAuth, CONFIG).run("access", x);
    assert.deepEqual([isLeftAlone, x.answer?.status], [true, 401]);
  });
});
