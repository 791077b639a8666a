/**
 * Goal: whatever a client sends, what arrives at the target is exactly the requests that were let through.
 * Method: mutated streams of requests go to a running engine. A target that believes nothing but llhttp answers as many
 * requests as that finds; in the end every byte that each of its connections got must belong to such a request.
 */
import assert from "node:assert/strict";
import type net from "node:net";
import { after, describe, it } from "node:test";
import type { PluginHandler } from "../../../core/runloop/handler.ts";
import { inPieces, requestStream } from "../../helpers/http-grammar.ts";
import { KNOWN_METHODS, type ParsedMessage, parseRequests } from "../../helpers/llhttp.ts";
import {
  type Engine,
  RawClient,
  RawUpstream,
  runEngine,
  type TransportName,
} from "../../helpers/run-engine.ts";
import { type Random, seededRandom } from "../../helpers/seed.ts";

const STREAMS = 160;
/** Clients at a time: enough for connections to the target to be shared and reused. */
const CLIENTS = 8;
/** The last request of each client, so that the engine is known to be through with what came before. */
const LAST = "GET /the-last HTTP/1.1\r\nHost: a.test\r\nConnection: close\r\n\r\n";

/** A body longer than all that is sent has to time out. */
const TIMEOUT_MS = 100;

type Connection = { received: string; socket: net.Socket; answered?: number };

/** An answer that says which request it is for. */
function answerTo({ method, target }: ParsedMessage): string {
  const text = `${method} ${target}`;
  const body = method === "HEAD" ? "" : text;
  return `HTTP/1.1 200 OK\r\nContent-Length: ${text.length}\r\n\r\n${body}`;
}

function answerWhole(connection: Connection): void {
  const { messages } = parseRequests(Buffer.from(connection.received, "latin1"));
  const whole = messages.filter(({ isComplete }) => isComplete);
  for (const message of whole.slice(connection.answered ?? 0))
    connection.socket.write(answerTo(message), "latin1");
  connection.answered = whole.length;
}

/** The target could not read past a method that llhttp does not know; so those are answered here. */
const KNOWN_METHODS_ONLY: PluginHandler = {
  name: "known-methods-only",
  priority: 1,
  version: "1.0.0",
  access(_config, kong) {
    if (!KNOWN_METHODS.has(kong.request.getMethod())) kong.response.exit(405);
  },
};

/** Send a stream in pieces, then the last request, until the engine closes the connection. */
async function play(engine: Engine, stream: string, random: Random): Promise<void> {
  const client = new RawClient(engine.port);
  for (const piece of inPieces(Buffer.from(stream, "latin1"), random)) {
    client.send(piece.toString("latin1"));
    await new Promise((resolve) => setImmediate(resolve));
  }
  client.send(LAST);
  await client.untilClosed();
}

/** What must hold of the bytes that one connection to the target got. */
function check(received: string): number {
  const parsed = parseRequests(Buffer.from(received, "latin1"));
  const where = JSON.stringify(received);
  assert.equal(parsed.left, 0, where);
  const whole = parsed.messages.filter(({ isComplete }) => isComplete);
  // a client that breaks off in the middle of a body leaves a request that cannot end; it must be the last
  if (whole.length === parsed.messages.length) assert.equal(parsed.error, "", where);
  else {
    assert.equal(whole.length, parsed.messages.length - 1, where);
    assert.equal(parsed.error, "HPE_INVALID_EOF_STATE", where);
  }
  for (const { headers } of parsed.messages) {
    const names = headers.filter((_, at) => at % 2 === 0).map((name) => name.toLowerCase());
    const framing = names.filter((name) => /^(content|transfer)[-_](length|encoding)$/.test(name));
    assert.ok(framing.length <= 1, `${framing} in ${where}`);
    assert.equal(names.filter((name) => name === "host").length, 1, where);
  }
  return whole.length;
}

describe("streams of requests through a running engine", { timeout: 600_000 }, () => {
  const stops: (() => unknown)[] = [];
  after(async () => {
    for (const stop of stops) await stop();
  });

  for (const transport of ["onread", "data"] as const satisfies readonly TransportName[]) {
    for (const buffers of [true, false]) {
      it(`arrive whole and alone (${transport}, request_buffering ${buffers})`, async () => {
        const random = seededRandom(`llhttp-end-to-end ${transport} ${buffers}`);
        const upstream = new RawUpstream(answerWhole);
        const engine = await runEngine({
          transport,
          upstreamPort: await upstream.listen(),
          limits: { headerTimeoutMs: TIMEOUT_MS, bodyTimeoutMs: TIMEOUT_MS },
          route: { request_buffering: buffers },
          plugins: [KNOWN_METHODS_ONLY],
        });
        stops.push(
          () => engine.stop(),
          () => upstream.stop(),
        );
        for (let done = 0; done < STREAMS; done += CLIENTS) {
          const streams = Array.from({ length: CLIENTS }, () => requestStream(random));
          await Promise.all(streams.map((stream) => play(engine, stream, random)));
        }
        let whole = 0;
        for (const { received } of upstream.connections) whole += check(received);
        const sockets = upstream.connections.length;
        console.log(`# ${STREAMS} streams: ${whole} requests over ${sockets} connections`);
        assert.ok(whole > STREAMS / 2, "too few requests got through to prove anything");
        assert.ok(sockets < whole / 2, "no connection is reused, so nothing could be left over");
      });
    }
  }
});
