/** The body of an answer, paused and resumed: what was held comes first, and the connection is good for another request. */
import assert from "node:assert/strict";
import { beforeEach, describe, it } from "node:test";
import type { ResponseSink } from "../../../core/http1/response-sink.ts";
import { TargetPool } from "../../../core/http1/target-pool.ts";
import type { UpstreamConnection } from "../../../core/http1/upstream-connection.ts";
import { type FakeTransport, fakeTransport } from "../../helpers/fake-transport.ts";

const LIMITS = {
  upstreamKeepalivePoolSize: 4,
  upstreamKeepaliveRequestsMax: 100,
  upstreamKeepaliveIdleTimeoutMs: 60_000,
};
const HEAD = "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n";
const CHUNKED = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";

let fake: FakeTransport;
let pool: TargetPool;
let connection: UpstreamConnection;
let got: string[];
let hasRoom: boolean;

const sink: ResponseSink = {
  onConnected: () => {},
  onResponseHead: () => got.push("head"),
  onResponseBytes(b, start, end) {
    got.push(b.latin1Slice(start, end));
    return hasRoom;
  },
  onResponseEnd: () => got.push("end"),
  onFailed: (_, failure) => got.push(failure),
};

/** A request is under way over the connection. */
const ask = (): void => {
  connection.begin(sink, false, 1000);
  fake.transport.writeText("GET / HTTP/1.1\r\n\r\n");
};

const arrives = (text: string): void => {
  const bytes = Buffer.from(text, "latin1");
  connection.onData(bytes, bytes.length);
};

beforeEach(() => {
  got = [];
  hasRoom = false;
  fake = fakeTransport();
  let connected: () => void = () => {};
  pool = new TargetPool((onConnected) => {
    connected = onConnected;
    return fake.transport;
  }, LIMITS);
  connection = pool.connect(sink, 1000);
  connected();
  ask();
});

describe("an answer's body whose reader has no room", () => {
  it("is held, and its connection is not read until there is room", () => {
    arrives(`${HEAD}ab`);
    assert.equal(fake.isReading, false);
    arrives("cd");
    assert.deepEqual(got, ["head", "ab"]);
    hasRoom = true;
    connection.resume();
    assert.deepEqual(got, ["head", "ab", "cd"]);
    assert.equal(fake.isReading, true);
  });

  for (const [what, begin, rest] of [
    ["by its length", `${HEAD}ab`, "cdef"],
    ["by its last chunk", `${CHUNKED}2\r\nab\r\n`, "4\r\ncdef\r\n0\r\n\r\n"],
  ] as const) {
    it(`may end ${what} with what was held: the next answer is read`, () => {
      arrives(begin);
      arrives(rest);
      hasRoom = true;
      connection.resume();
      assert.deepEqual(got, ["head", "ab", "cdef", "end"]);
      assert.equal(pool.take(), connection);
      ask();
      assert.equal(fake.isReading, true);
      arrives(`${HEAD}second`);
      assert.deepEqual(got.slice(4), ["head", "second", "end"]);
    });
  }

  it("may end while its reader still has no room: the next answer is read all the same", () => {
    arrives(`${HEAD}ab`);
    arrives("cdef");
    connection.resume();
    assert.deepEqual(got, ["head", "ab", "cdef", "end"]);
    assert.equal(fake.isReading, true);
    assert.equal(pool.take(), connection);
  });

  it("is the last one where the target closed behind it", () => {
    arrives(`${HEAD}ab`);
    arrives("cdef");
    connection.onEnd();
    hasRoom = true;
    connection.resume();
    assert.deepEqual(got, ["head", "ab", "cdef", "end"]);
    assert.equal(pool.take(), undefined);
  });
});
