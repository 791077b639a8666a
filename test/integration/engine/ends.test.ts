/**
 * The end of a gateway: what was asked to go goes, whatever else is under way, and the log says what was waited for.
 *
 * Method: a real gateway with an upgraded connection, which ends by itself never, and a reload that is half done.
 */
import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, before, describe, it } from "node:test";
import { answering, RawClient, type RawUpstream } from "../../helpers/run-engine.ts";
import { type Gateway, runVerb, startGateway } from "../../helpers/start-gateway.ts";
import { isRunning, shows } from "../../helpers/shows.ts";

const UPGRADE = "Connection: Upgrade\r\nUpgrade: websocket\r\n";
const SWITCHED = `HTTP/1.1 101 Switching Protocols\r\n${UPGRADE}\r\n`;

let upstream: RawUpstream;
let upstreamPort = 0;
let folder = "";
let gateway: Gateway;
before(async () => {
  folder = mkdtempSync(join(tmpdir(), "ends-"));
  upstream = answering(SWITCHED);
  upstreamPort = await upstream.listen();
});
after(() => {
  upstream.stop();
  rmSync(folder, { recursive: true });
});
afterEach(() => gateway.stop());

async function started(settings: Record<string, string> = {}): Promise<Gateway> {
  const url = `http://127.0.0.1:${upstreamPort}`;
  const services = [{ name: "s", url, routes: [{ name: "r", paths: ["/"] }] }];
  return startGateway({ config: { _format_version: "3.0", services }, settings });
}

/** A connection that goes on for as long as both sides like. */
async function upgraded(): Promise<RawClient> {
  const client = new RawClient(gateway.proxyPort);
  client.send(`GET /ws?key=secret HTTP/1.1\r\nHost: a\r\n${UPGRADE}\r\n`);
  await client.until((text) => text.includes("101 Switching"));
  return client;
}

function children(): number[] {
  const primary = readFileSync(join(gateway.prefix, "pids/nginx.pid"), "utf8").trim();
  const text = readFileSync(`/proc/${primary}/task/${primary}/children`, "utf8").trim();
  return text.split(/\s+/).map(Number);
}

const count = (text: string): number => gateway.errorLog().split(text).length - 1;

describe("a gateway that drains", () => {
  it("names what it waits for, and cuts it when worker_shutdown_timeout is over", async () => {
    gateway = await started({ nginx_main_worker_shutdown_timeout: "3s" });
    const client = await upgraded();
    const { code, output } = await gateway.verb("quit", "--timeout", "60");
    assert.equal(output, "Kong stopped (gracefully)\n");
    assert.equal(code, 0);
    await client.untilClosed();
    const cut = gateway
      .errorLog()
      .split("\n")
      .find((line) => line.includes("cutting what is left"));
    const record = JSON.parse(cut ?? "{}") as { requests?: Record<string, unknown>[] };
    const [request] = record.requests ?? [];
    assert.equal(request?.path, "/ws", "without what its query says");
    assert.equal(request?.waitsFor, "upgraded connection");
    assert.equal(count("draining, waiting for these"), 1);
  });
});

describe("a gateway that is stopped", () => {
  it("takes the workers of earlier settings along, which still drain", async () => {
    gateway = await started();
    const client = await upgraded();
    const [first] = children();
    assert.equal((await gateway.verb("reload")).code, 0);
    await shows("the reload is done", () => count('"msg":"reloaded"') === 1);
    assert.ok(isRunning(first!), "it drains");
    assert.equal((await gateway.verb("stop")).output, "Kong stopped\n");
    assert.equal(isRunning(first!), false);
    await client.untilClosed();
  });

  it("ends a reload that is half done, with its plugin servers and their sockets", async () => {
    gateway = await started();
    const told = join(folder, "told");
    const reload = runVerb(["reload"], {
      ...gateway.env,
      KONG_PLUGINS: "bundled,slow",
      KONG_PLUGINSERVER_NAMES: "slow",
      KONG_PLUGINSERVER_SLOW_SOCKET: join(folder, "slow.sock"),
      KONG_PLUGINSERVER_SLOW_QUERY_CMD: `echo '[{"Name":"slow","Phases":["access"],"Version":"1","Priority":1,"Schema":{"name":"slow","fields":[{"config":{"type":"record","fields":[]}}]}}]'`,
      KONG_PLUGINSERVER_SLOW_START_CMD: `sh -c 'echo $$ > ${told}.draft; mv ${told}.draft ${told}; exec sleep 600'`,
    });
    assert.equal((await reload).code, 0);
    await shows("its plugin server is started", () => existsSync(told));
    const server = Number(readFileSync(told, "utf8"));
    const all = [server, ...children()];
    assert.equal((await gateway.verb("stop")).output, "Kong stopped\n");
    assert.deepEqual(all.filter(isRunning), []);
    assert.ok(!gateway.errorLog().includes("reload failed"), gateway.errorLog());
  });
});

describe("a gateway that is told to reload", () => {
  it("does so once for all that come while one waits for its turn", async () => {
    gateway = await started();
    const primary = Number(readFileSync(join(gateway.prefix, "pids/nginx.pid"), "utf8"));
    for (let i = 0; i < 20; i++) process.kill(primary, "SIGHUP");
    await shows("it reloads", () => count('"msg":"reloaded"') >= 1);
    assert.equal((await gateway.verb("stop")).code, 0); // behind all reloads that were waiting
    assert.ok(count('"msg":"reloaded"') <= 3, "one under way, one that waits, one on the border");
    assert.equal(count("reload failed"), 0);
  });
});

describe("a signal that is not for it", () => {
  it("ends no process, and opens no debugger", async () => {
    gateway = await started();
    const primary = Number(readFileSync(join(gateway.prefix, "pids/nginx.pid"), "utf8"));
    const [worker] = children();
    process.kill(worker!, "SIGUSR2");
    process.kill(primary, "SIGUSR2");
    await shows("the primary says so", () => count("SIGUSR2 does nothing") === 1);
    const log = join(gateway.prefix, "logs/error.log");
    renameSync(log, `${log}.1`);
    process.kill(worker!, "SIGUSR1");
    await shows("the worker reopens its log", () => existsSync(log));
    process.kill(primary, "SIGUSR1");
    assert.equal((await gateway.verb("health")).code, 0);
    assert.ok(isRunning(worker!));
    assert.ok(!readFileSync(`${log}.1`, "utf8").includes("Debugger listening"));
  });
});
