/** http-log from the log phase to a server on loopback: what is sent, how, and what counts as failed. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, describe, it } from "node:test";
import { handler } from "../../../core/plugins/http-log/handler.ts";
import { makeSender } from "../../../core/plugins/http-log/sender.ts";
import { flushQueues } from "../../../core/plugins/queues.ts";
import { makeExchange } from "../../helpers/make-exchange.ts";
import { PluginRig, snapshotOf } from "./plugin-rig.ts";

interface Arrived {
  readonly line: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: unknown;
}

/** How long to wait for what is on its way; a busy machine is slow. */
const FLUSH_MS_MAX = 60_000;

let server: Server;
let origin: string;
const arrived: Arrived[] = [];
/** Statuses of the next answers; 200 when there are none. */
const statuses: number[] = [];

before(async () => {
  server = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk) => {
      body += chunk;
    });
    request.on("end", () => {
      const { method, url, headers } = request;
      arrived.push({ line: `${method} ${url}`, headers, body: JSON.parse(body) });
      response.statusCode = statuses.shift() ?? 200;
      response.end("answer");
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  origin = `127.0.0.1:${(server.address() as AddressInfo).port}`;
});

after(async () => {
  await flushQueues(FLUSH_MS_MAX);
  server.close();
  server.closeAllConnections();
});

async function logged(config: object, requests = 1): Promise<Arrived[]> {
  const endpoint = { http_endpoint: `http://${origin}/log`, timeout: FLUSH_MS_MAX };
  const rig = new PluginRig(handler, { ...endpoint, ...config });
  for (let i = 0; i < requests; i++) {
    const x = makeExchange("GET", `/r${i}?q=1`, { "x-h": "hv" });
    x.state = { snapshot: snapshotOf({}) };
    x.status = 200;
    await rig.run("log", x);
  }
  await flushQueues(FLUSH_MS_MAX);
  return arrived.splice(0);
}

describe("http-log", () => {
  it("sends an entry as JSON", async () => {
    const [entry] = await logged({});
    assert.equal(entry?.line, "POST /log");
    assert.equal(entry?.headers["content-type"], "application/json");
    assert.equal(entry?.headers.host, origin);
    const { request, response } = entry!.body as {
      request: Record<string, unknown>;
      response: object;
    };
    assert.equal(request.uri, "/r0?q=1");
    assert.equal((response as { status: number }).status, 200);
  });

  it("sends a list where batches are larger than one", async () => {
    const [batch] = await logged({ queue: { max_batch_size: 2 } }, 2);
    assert.ok(Array.isArray(batch?.body) && batch.body.length === 2);
    const [single] = await logged({ queue: { max_batch_size: 5 } });
    assert.ok(Array.isArray(single?.body) && single.body.length === 1);
  });

  it("sends with the method, type, headers and user that are configured", async () => {
    const [entry] = await logged({
      http_endpoint: `http://testuser:test%20pass@${origin}?a=b#part`,
      method: "PUT",
      content_type: "application/json; charset=utf-8",
      headers: { "X-One": "1", "User-Agent": "mine" },
    });
    assert.equal(entry?.line, "PUT /?a=b");
    const { headers } = entry!;
    assert.equal(headers["content-type"], "application/json; charset=utf-8");
    assert.equal(headers["x-one"], "1");
    assert.equal(headers["user-agent"], "mine");
    const user = Buffer.from("testuser:test pass").toString("base64");
    assert.equal(headers.authorization, `Basic ${user}`);
  });

  it("adds fields that are worked out from the request", async () => {
    const custom_fields_by_lua = {
      n: "return 1.5",
      text: "return 'x' .. kong.request.get_header('x-h')",
      "deep.er": "return {a = 1, b = {'x', 'ü'}};",
      client_ip: "return",
    };
    const [entry] = await logged({ custom_fields_by_lua });
    const { n, text, deep, client_ip } = entry!.body as Record<string, unknown>;
    assert.deepEqual(
      { n, text, deep, client_ip },
      {
        n: 1.5,
        text: "xhv",
        deep: { er: { a: 1, b: ["x", "ü"] } },
        client_ip: undefined,
      },
    );
  });

  it("takes 300 and above for a failure", async () => {
    const endpoint = {
      url: `http://${origin}/`,
      method: "POST" as const,
      contentType: "application/json",
      timeoutMs: FLUSH_MS_MAX,
      keepAliveMs: FLUSH_MS_MAX,
      headers: {},
      isList: false,
    };
    const sender = makeSender(endpoint);
    statuses.push(204, 300, 500);
    await sender.send(["1"]);
    await assert.rejects(sender.send(["2"]), /status 300/);
    await assert.rejects(sender.send(["3"]), /status 500/);
    sender.close();
    arrived.length = 0;
  });
});
