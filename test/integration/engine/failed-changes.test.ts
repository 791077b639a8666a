/**
 * Changes that fail: a reload or a configuration that cannot be had leaves everything as it was, in every process.
 *
 * Method: real gateways, ports that somebody else holds, plugins that workers refuse, plugin servers that do not start.
 */
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import net, { type AddressInfo } from "node:net";
import { createServer, type Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { type Gateway, startGateway } from "../../helpers/start-gateway.ts";
import { freePorts } from "../../helpers/free-port.ts";
import { shows } from "../../helpers/shows.ts";

let folder = "";
let upstream: Server;
before(async () => {
  folder = mkdtempSync(join(tmpdir(), "failed-changes-"));
  upstream = createServer((_, answer) => answer.end("hello"));
  await new Promise<void>((done) => upstream.listen(0, "127.0.0.1", done));
});
after(() => {
  upstream.close();
  upstream.closeAllConnections();
  rmSync(folder, { recursive: true, force: true });
});

function config(path: string, plugins: object[] = []): object {
  const url = `http://127.0.0.1:${(upstream.address() as AddressInfo).port}`;
  const routes = [{ name: "r", paths: [path] }];
  return { _format_version: "3.0", services: [{ name: "s", url, routes }], plugins };
}

async function status(url: string): Promise<number> {
  const answer = await fetch(url, { headers: { connection: "close" } });
  await answer.arrayBuffer();
  return answer.status;
}

async function post(gateway: Gateway, body: object): Promise<number> {
  const headers = { "content-type": "application/json", connection: "close" };
  const answer = await fetch(`${gateway.adminUrl}/config`, {
    method: "POST",
    headers,
    body: JSON.stringify(body),
  });
  await answer.arrayBuffer();
  return answer.status;
}

/** Other processes tell of what they do by its effects alone. */
function failures(gateway: Gateway): number {
  return gateway.errorLog().split("reload failed, going on as before").length - 1;
}

/** Reload with other settings, and wait until the gateway has given it up. */
async function failedReload(gateway: Gateway, env: Record<string, string>): Promise<void> {
  const had = failures(gateway);
  const done = await gatewayVerb(gateway, "reload", env);
  assert.equal(done.code, 0, done.output);
  await shows("the reload fails", () => failures(gateway) > had);
}

async function gatewayVerb(gateway: Gateway, verb: string, env: Record<string, string>) {
  const { runVerb } = await import("../../helpers/start-gateway.ts");
  return runVerb([verb], { ...gateway.env, ...env });
}

function workersOf(gateway: Gateway): number[] {
  const primary = readFileSync(join(gateway.prefix, "pids/nginx.pid"), "utf8").trim();
  const children = readFileSync(`/proc/${primary}/task/${primary}/children`, "utf8");
  return children.trim().split(/\s+/).map(Number);
}

describe("a reload whose ports are taken", () => {
  let gateway: Gateway;
  const holder = net.createServer((socket) => socket.destroy());
  let held = 0;
  before(async () => {
    await new Promise<void>((done) => holder.listen(0, "127.0.0.1", done));
    held = (holder.address() as AddressInfo).port;
    gateway = await startGateway();
    assert.equal(await post(gateway, config("/one")), 201);
  });
  after(async () => {
    holder.close();
    await gateway.stop();
  });

  it("leaves listeners, Admin API and settings as they were, if a port of the proxy is taken", async () => {
    const listen = `127.0.0.1:${gateway.proxyPort}, 127.0.0.1:${held}`;
    await failedReload(gateway, { KONG_PROXY_LISTEN: listen });
    assert.equal(await status(`${gateway.proxyUrl}/one`), 200);
    assert.equal(await post(gateway, config("/two")), 201);
    assert.equal(await status(`${gateway.proxyUrl}/two`), 200);
    const kongEnv = readFileSync(join(gateway.prefix, ".kong_env"), "utf8");
    assert.ok(!kongEnv.includes(String(held)), "the settings of the failed reload are gone");
  });

  it("and if the port of the Admin API is taken", async () => {
    await failedReload(gateway, { KONG_ADMIN_LISTEN: `127.0.0.1:${held}` });
    assert.equal(await status(`${gateway.proxyUrl}/two`), 200);
    assert.equal(await post(gateway, config("/three")), 201);
    assert.equal(await status(`${gateway.proxyUrl}/three`), 200);
  });

  it("does not stand in the way of a good reload", async () => {
    const [port] = (await freePorts(1)) as [number];
    const listen = `127.0.0.1:${gateway.proxyPort}, 127.0.0.1:${port}`;
    const done = await gatewayVerb(gateway, "reload", { KONG_PROXY_LISTEN: listen });
    assert.equal(done.code, 0, done.output);
    const url = `http://127.0.0.1:${port}/three`;
    await shows("the new port answers", async () => (await status(url)) === 200);
    assert.equal(await status(`${gateway.proxyUrl}/three`), 200);
  });
});

describe("a configuration that workers refuse", () => {
  let gateway: Gateway;
  before(async () => {
    // the primary checks rows by their schema; which phases a handler has is seen where chains are made
    const code = `export default { name: "two-minds", priority: 1, version: "1.0.0",
      schema: { name: "two-minds", fields: [{ config: { type: "record", fields: [] } }] },
      response() {}, header_filter() {} };`;
    writeFileSync(join(folder, "two-minds.mjs"), code);
    gateway = await startGateway({
      settings: { nginx_worker_processes: "2", plugins: "bundled,two-minds", plugin_path: folder },
    });
    assert.equal(await post(gateway, config("/good")), 201);
  });
  after(() => gateway.stop());

  it("changes nothing in any worker, in the primary, or in a worker that comes later", async () => {
    const refused = await post(gateway, config("/bad", [{ name: "two-minds" }]));
    assert.equal(refused, 500);
    for (let i = 0; i < 8; i++) {
      assert.equal(await status(`${gateway.proxyUrl}/good`), 200);
      assert.equal(await status(`${gateway.proxyUrl}/bad`), 404);
    }
    const plugins = await fetch(`${gateway.adminUrl}/plugins`);
    assert.deepEqual(((await plugins.json()) as { data: unknown[] }).data, []);
    const old = workersOf(gateway);
    for (const pid of old) process.kill(pid, "SIGKILL");
    await shows("others come", () => {
      const now = workersOf(gateway);
      return now.length >= 2 && now.every((pid) => !old.includes(pid));
    });
    assert.equal(await status(`${gateway.proxyUrl}/good`), 200);
    assert.equal(await status(`${gateway.proxyUrl}/bad`), 404);
    assert.equal(await post(gateway, config("/next")), 201);
    assert.equal(await status(`${gateway.proxyUrl}/next`), 200);
  });
});
