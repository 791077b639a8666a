/** The whole gateway with a plugin server of the native protocol: every phase, long bodies, a server that is killed. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import http from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { type Gateway, projectRoot, startGateway } from "../../helpers/start-gateway.ts";

const BIG_BYTES = 8 * 1024 * 1024;
/** A body of so many megabytes is longer than what a side may grow by while it passes. */
const LONG_MIB = 64;
const GROWTH_MIB_MAX = 32;
const MIB = 1024 * 1024;
/** In this time a process that is just being started grows. */
const SETTLED_MS = 500;
const COMMAND = `${process.execPath} --import tsx ${join(projectRoot, "test/helpers/native-plugins.ts")}`;

let upstream: http.Server;
let gateway: Gateway;
/** Requests that came to the Service, by path. */
const reached: string[] = [];

const plugins = (path: string, ...names: string[]): object => ({
  name: path,
  paths: [`/${path}`],
  strip_path: false,
  plugins: names.map((name) => ({ name })),
});

/** Megabytes as fast as they are taken. */
function sendLong(response: http.ServerResponse): void {
  const part = Buffer.alloc(MIB, "abcdefghi");
  let sent = 0;
  const send = (): void => {
    while (sent < LONG_MIB) {
      sent++;
      if (!response.write(part)) return void response.once("drain", send);
    }
    response.end();
  };
  send();
}

/** Megabytes of memory that a process has now. */
function residentMib(pid: string): number {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  return Number(/VmRSS:\s+(\d+)/.exec(status)![1]) / 1024;
}

/** The gateway's workers and their plugin server. */
function processes(): string[] {
  const primary = readFileSync(join(gateway.prefix, "pids/nginx.pid"), "utf8").trim();
  const children = readFileSync(`/proc/${primary}/task/${primary}/children`, "utf8");
  return children.trim().split(" ");
}

/** Waits until none of the processes grows by itself any more. */
async function settled(): Promise<void> {
  for (let last = Infinity; ; ) {
    const now = processes().reduce((sum, pid) => sum + residentMib(pid), 0);
    if (Math.abs(now - last) < 1) return;
    last = now;
    await new Promise((done) => setTimeout(done, SETTLED_MS));
  }
}

before(async () => {
  upstream = http.createServer((request, response) => {
    reached.push(request.url ?? "");
    request.resume();
    if (request.url?.startsWith("/big")) return response.end(Buffer.alloc(BIG_BYTES, "abcdefgh"));
    if (request.url?.startsWith("/long")) return sendLong(response);
    response.setHeader("x-seen-user", String(request.headers["x-user"]));
    response.end("plain body");
  });
  await new Promise<void>((done) => upstream.listen(0, "127.0.0.1", done));
  const { port } = upstream.address() as AddressInfo;
  gateway = await startGateway({
    settings: {
      plugins: "bundled,t-headers,t-upper,t-gate",
      pluginserver_names: "native",
      pluginserver_native_start_cmd: COMMAND,
      pluginserver_native_query_cmd: `${COMMAND} -dump`,
      pluginserver_native_query_timeout: "60000",
      log_level: "info",
    },
    config: {
      _format_version: "3.0",
      services: [
        {
          name: "s",
          url: `http://127.0.0.1:${port}`,
          routes: [
            plugins("headers", "t-headers"),
            plugins("upper", "t-upper"),
            plugins("big", "t-upper"),
            plugins("long", "t-upper"),
            plugins("gate", "t-gate"),
          ],
        },
      ],
    },
  });
});

after(async () => {
  await gateway?.stop();
  upstream.close();
});

const get = (path: string, headers: Record<string, string> = {}): Promise<Response> =>
  fetch(gateway.proxyUrl + path, { headers });

describe("a gateway with a native plugin server", () => {
  it("runs access, header_filter and log, with one context for all of them", async () => {
    const response = await get("/headers", { "x-client-id": "c-1" });
    assert.equal(await response.text(), "plain body");
    assert.equal(response.headers.get("x-seen-user"), "c-1");
    assert.equal(response.headers.get("x-greeting"), "hello");
    assert.equal(response.headers.get("x-filter"), "c-1");
    await until(() => gateway.errorLog().includes("logged 200 c-1"));
  });

  it("changes bodies chunk by chunk", async () => {
    assert.equal(await (await get("/upper")).text(), "PLAIN BODY");
    const big = await (await get("/big")).arrayBuffer();
    assert.equal(big.byteLength, BIG_BYTES);
    const hash = (b: Buffer): string => createHash("sha256").update(b).digest("hex");
    assert.equal(hash(Buffer.from(big)), hash(Buffer.alloc(BIG_BYTES, "ABCDEFGH")));
  });

  it("answers for a plugin that exits, and the Service is not asked", async () => {
    reached.length = 0;
    const refused = await get("/gate");
    assert.equal(refused.status, 403);
    assert.equal(await refused.text(), "no");
    assert.equal((await get("/gate", { "x-let": "in" })).status, 200);
    assert.deepEqual(reached, ["/gate"]);
  });

  it("passes a long body on as it comes: neither side holds it", async () => {
    // All have loaded what they need, the second worker too (it starts after the first): that is
    // no growth by a body.
    assert.equal((await (await get("/big")).arrayBuffer()).byteLength, BIG_BYTES);
    await settled();
    const watched = processes().map((pid) => ({ pid, before: residentMib(pid), most: 0 }));
    assert.ok(watched.length >= 2);
    const got = createHash("sha256");
    const response = await get("/long");
    let bytes = 0;
    for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
      got.update(chunk);
      bytes += chunk.length;
      for (const one of watched) one.most = Math.max(one.most, residentMib(one.pid));
    }
    const expected = createHash("sha256");
    for (let n = 0; n < LONG_MIB; n++) expected.update(Buffer.alloc(MIB, "ABCDEFGHI"));
    assert.equal(bytes, LONG_MIB * MIB);
    assert.equal(got.digest("hex"), expected.digest("hex"));
    for (const { pid, before: atFirst, most } of watched) {
      assert.ok(most - atFirst < GROWTH_MIB_MAX, `process ${pid}: ${atFirst} to ${most} MiB`);
    }
  });

  it("lets no request past a plugin whose server is killed, and is back with it", async () => {
    reached.length = 0;
    const pid = /"serverPid":(\d+)[^\n]*plugin server is ready/.exec(gateway.errorLog())?.[1];
    assert.ok(pid, gateway.errorLog());
    const requests = Array.from({ length: 50 }, (_, n) => {
      if (n === 10) process.kill(Number(pid), "SIGKILL");
      return get("/gate").then((response) => response.status);
    });
    const statuses = await Promise.all(requests);
    assert.deepEqual(reached, []);
    assert.equal(statuses.filter((status) => ![403, 500, 503].includes(status)).length, 0);
    await until(async () => (await get("/gate")).status === 403);
  });
});

/** Wait for what happens in another process. */
async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 240_000;
  while (!(await holds())) {
    assert.ok(Date.now() < deadline, "it did not come");
    await new Promise((next) => setTimeout(next, 20));
  }
}
