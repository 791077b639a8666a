/**
 * A request that still waits for company (outbox.ts) when its connection turns out to be gone, or to bring bytes that
 * nobody asked for: the target must see nothing of it, so that it may be tried again whatever its method.
 */
import assert from "node:assert/strict";
import { once } from "node:events";
import net from "node:net";
import { afterEach, beforeEach, describe, it } from "node:test";
import type { ResponseSink } from "../../../core/http1/response-sink.ts";
import { TargetPool } from "../../../core/http1/target-pool.ts";
import { connectPlain } from "../../../core/http1/open-transport.ts";
import type { UpstreamConnection } from "../../../core/http1/upstream-connection.ts";

const LIMITS = {
  upstreamKeepalivePoolSize: 4,
  upstreamKeepaliveRequestsMax: 100,
  upstreamKeepaliveIdleTimeoutMs: 60_000,
};
const REQUEST = "POST / HTTP/1.1\r\nHost: a\r\n\r\n";

let server: net.Server;
let peer: net.Socket;
let connection: UpstreamConnection;
let got: string[];
let isUnsent: boolean | null;

const sink: ResponseSink = {
  onConnected: () => {},
  onResponseHead: () => got.push("head"),
  onResponseBytes: () => true,
  onResponseEnd: () => got.push("end"),
  onFailed: (failed, failure) => {
    got.push(failure);
    isUnsent = failed.isUnsent;
  },
};

beforeEach(async () => {
  got = [];
  isUnsent = null;
  server = net.createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as net.AddressInfo;
  const accepted = once(server, "connection") as Promise<[net.Socket]>;
  await new Promise<void>((resolve) => {
    const pool = new TargetPool(
      (connected) =>
        connectPlain({ host: "127.0.0.1", port }, true, () => {
          connected();
          resolve();
        }),
      LIMITS,
    );
    connection = pool.connect(sink, 1000);
  });
  [peer] = await accepted;
  connection.begin(sink, false, 1000);
});

afterEach(() => {
  connection.close();
  peer.destroy();
  server.close();
});

async function seen(): Promise<string> {
  let text = "";
  for await (const chunk of peer) text += String(chunk);
  return text;
}

describe("a request of which nothing has left", () => {
  it("does not leave where bytes come that nobody asked for", async () => {
    connection.transport.writeSoon(REQUEST, true);
    const bytes = Buffer.from("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    connection.onData(bytes, bytes.length);
    assert.deepEqual(got, ["closed"]);
    assert.equal(isUnsent, true);
    assert.equal(await seen(), "");
  });

  it("does not leave where the target has closed the connection", async () => {
    connection.transport.writeSoon(REQUEST, true);
    connection.onEnd();
    assert.equal(await seen(), "");
    assert.deepEqual(got, ["closed"]);
    assert.equal(isUnsent, true);
  });

  it("does not leave when it is given up", async () => {
    connection.transport.writeSoon(REQUEST, true);
    connection.abandon();
    assert.equal(await seen(), "");
    assert.deepEqual(got, []);
  });

  it("is one that was sent as soon as its turn is over", async () => {
    connection.transport.writeSoon(REQUEST, true);
    const [chunk] = (await once(peer, "data")) as [Buffer];
    assert.equal(String(chunk), REQUEST);
    connection.onEnd();
    await once(peer, "close");
    assert.deepEqual(got, ["closed"]);
    assert.equal(isUnsent, false);
  });
});
