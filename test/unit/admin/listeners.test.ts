/** Where the APIs listen, and the Status API: addresses, TLS, sockets, tokens in headers, readiness. */
import assert from "node:assert/strict";
import { existsSync, readFileSync, renameSync, rmSync } from "node:fs";
import { request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";
import { once } from "node:events";
import { connect as connectHttp2 } from "node:http2";
import { type AddressInfo, connect, createServer } from "node:net";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { generate } from "selfsigned";
import { createAdmin } from "../../../core/admin/admin.ts";
import type { Api } from "../../../core/admin/api.ts";
import { Listeners } from "../../../core/admin/listeners.ts";
import { createStatusApi } from "../../../core/admin/status-api.ts";
import { ask } from "./ask.ts";
import { type Fake, fakeDeps } from "./fake-deps.ts";

/** One TLS listener alone. */
async function openTls(http2: boolean): Promise<{ listeners: Listeners; port: number }> {
  const pair = await generate([{ name: "commonName", value: "admin.test" }], { keyType: "ec" });
  const address = { ip: "127.0.0.1", port: 0, path: null, ssl: true, http2 };
  const listeners = await Listeners.open({
    setting: "admin_listen",
    addresses: [{ ...address, backlog: null, ipv6only: null }],
    onRequest: (_, response) => response.end("here"),
    onClientError: (_, socket) => socket.destroy(),
    onListenError: () => {},
    keyPairs: () => [{ cert: pair.cert, key: pair.private }],
  });
  return { listeners, port: (listeners.addresses()[0] as AddressInfo).port };
}

async function start(t: TestContext, make: (deps: Fake) => Api, env: Record<string, string> = {}) {
  const deps = fakeDeps({}, env);
  const api = make(deps);
  t.after(async () => {
    await api.close();
    rmSync(deps.settings.prefix, { recursive: true });
  });
  await api.listen();
  return { deps, api, port: (api.addresses()[0] as AddressInfo | undefined)?.port ?? 0 };
}

describe("listeners", () => {
  it("are not opened where the setting is off", async (t) => {
    const { api } = await start(t, createAdmin, { KONG_ADMIN_LISTEN: "off" });
    assert.deepEqual(api.addresses(), []);
  });

  it("are opened all or none", async (t) => {
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, "127.0.0.1", resolve));
    t.after(() => taken.close());
    const { port } = taken.address() as AddressInfo;
    const deps = fakeDeps({}, { KONG_ADMIN_LISTEN: `127.0.0.1:0, 127.0.0.1:${port}` });
    t.after(() => rmSync(deps.settings.prefix, { recursive: true }));
    const api = createAdmin(deps);
    await assert.rejects(api.listen(), { code: "LISTEN_FAILED" });
    assert.deepEqual(api.addresses(), []);
  });

  for (const flags of ["ssl", "ssl http2"]) {
    it(`speak TLS: ${flags}`, async (t) => {
      const pair = await generate([{ name: "commonName", value: "admin.test" }], { keyType: "ec" });
      const { port } = await start(t, createAdmin, {
        KONG_ADMIN_LISTEN: `127.0.0.1:0 ${flags}`,
        KONG_ADMIN_SSL_CERT: pair.cert,
        KONG_ADMIN_SSL_CERT_KEY: pair.private,
      });
      const status = await new Promise((resolve, reject) => {
        const options = {
          port,
          host: "127.0.0.1",
          path: "/status",
          ca: pair.cert,
          servername: "admin.test",
          agent: false,
        };
        httpsRequest({ ...options, checkServerIdentity: () => undefined }, (response) => {
          response.resume();
          resolve(response.statusCode);
        })
          .once("error", reject)
          .end();
      });
      assert.equal(status, 200);
    });
  }

  // Goal: a reload and a stop of the gateway wait for the close. Method: limits that only the second of them may need.
  it("are closed under an idle HTTP/2 session, as a browser keeps one", {
    timeout: 60_000,
  }, async (t) => {
    const { listeners, port } = await openTls(true);
    const session = connectHttp2(`https://127.0.0.1:${port}`, { rejectUnauthorized: false });
    t.after(() => session.destroy());
    const stream = session.request({ ":path": "/" });
    await once(stream.resume(), "end");
    const closed = once(session, "close");
    await listeners.close(600_000);
    await closed;
  });

  it("are closed under a connection whose handshake does not go on", {
    timeout: 60_000,
  }, async (t) => {
    const { listeners, port } = await openTls(false);
    const silent = connect(port, "127.0.0.1");
    t.after(() => silent.destroy());
    await once(silent, "connect");
    await listeners.close(50);
  });

  it("take the place of a socket file that nobody listens on, and not of one in use", async (t) => {
    const deps = fakeDeps();
    const path = join(deps.settings.prefix, "admin.sock");
    const killed = createServer().listen(`${path}.before`);
    await once(killed, "listening");
    renameSync(`${path}.before`, path); // which closing it does not find
    killed.close();
    const settings = {
      ...deps.settings,
      admin_listeners: [{ ...deps.settings.admin_listeners[0]!, path }],
    };
    const api = createAdmin({ ...deps, settings });
    t.after(async () => {
      await api.close();
      rmSync(deps.settings.prefix, { recursive: true });
    });
    await api.listen();
    const status = await new Promise((resolve, reject) => {
      httpRequest({ socketPath: path, path: "/status", agent: false }, (response) => {
        response.resume();
        resolve(response.statusCode);
      })
        .once("error", reject)
        .end();
    });
    assert.equal(status, 200);
    await assert.rejects(createAdmin({ ...deps, settings }).listen(), { code: "LISTEN_FAILED" });
    assert.ok(existsSync(path));
  });

  it("write an access log where the setting names one", async (t) => {
    const { deps, api, port } = await start(t, createAdmin, {
      KONG_ADMIN_ACCESS_LOG: "logs/admin_access.log",
    });
    await ask(port, "GET", "/none?x=1", { headers: { "User-Agent": "probe/1" } });
    await api.close();
    const line = readFileSync(join(deps.settings.prefix, "logs/admin_access.log"), "utf8");
    assert.match(
      line,
      /^127\.0\.0\.1 - - \[.*\] "GET \/none\?x=1 HTTP\/1\.1" 404 23 "-" "probe\/1"/,
    );
  });

  it("leave out what `headers` turns off", async (t) => {
    const { port } = await start(t, createAdmin, { KONG_HEADERS: "off" });
    const { headers } = await ask(port, "GET", "/status");
    assert.equal(headers.server, undefined);
    assert.equal(headers["x-kong-admin-latency"], undefined);
  });
});

describe("the Status API", () => {
  it("has few endpoints, and no credentials for browsers", async (t) => {
    const { port } = await start(t, createStatusApi);
    const CASES: readonly (readonly [string, string, number])[] = [
      ["GET", "/", 404],
      ["GET", "/services", 404],
      ["OPTIONS", "/", 404],
      ["GET", "/status", 200],
      ["HEAD", "/status", 200],
      ["POST", "/status", 405],
      ["GET", "/metrics", 200],
      ["GET", "/robots.txt", 200],
      ["GET", "/status/dns", 501],
      ["OPTIONS", "/status/ready", 204],
      ["GET", "/status/ready/", 200],
      ["PUT", "/status/ready", 405],
    ];
    for (const [method, path, status] of CASES) {
      const reply = await ask(port, method, path);
      assert.equal(reply.status, status, `${method} ${path}`);
      assert.equal(reply.headers["access-control-allow-credentials"], undefined);
    }
    assert.equal(
      (await ask(port, "GET", "/metrics")).headers["content-type"],
      "text/plain; charset=UTF-8",
    );
  });

  it("tells whether traffic is served, and lets itself be drained", async (t) => {
    const { deps, port } = await start(t, createStatusApi);
    const ready = await ask(port, "GET", "/status/ready");
    assert.deepEqual([ready.status, ready.json], [200, { message: "ready" }]);
    deps.reason = "no configuration available (empty configuration present)";
    const not = await ask(port, "GET", "/status/ready");
    assert.deepEqual([not.status, not.json], [503, { message: deps.reason }]);
    assert.equal((await ask(port, "POST", "/status/ready", { json: { status: "x" } })).status, 400);
    assert.equal(deps.drained, false);
    assert.equal(
      (await ask(port, "POST", "/status/ready", { form: "status=draining" })).status,
      204,
    );
    assert.equal(deps.drained, true);
  });
});
