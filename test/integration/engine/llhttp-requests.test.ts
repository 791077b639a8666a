/**
 * Goal: no request that the engine takes means anything else to another strict parser.
 * Method: mutated streams of requests go through a ServerConnection in random pieces and, as a whole, through llhttp. Each
 * request that ours took must be there with the same method, target, fields and body. What only ours refuses is fine.
 */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { fieldCount, STRIDE, scratch } from "../../../core/http1/head-scanner.ts";
import type { EngineLimits } from "../../../core/http1/limits.ts";
import * as line from "../../../core/http1/request-line.ts";
import type { BodySink, RequestSink } from "../../../core/http1/request-sink.ts";
import { ServerConnection } from "../../../core/http1/server-connection.ts";
import { readTarget } from "../../../core/listener/target.ts";
import { fakeTransport } from "../../helpers/fake-transport.ts";
import { inPieces, requestStream } from "../../helpers/http-grammar.ts";
import { KNOWN_METHODS, type ParsedMessage, parseRequests } from "../../helpers/llhttp.ts";
import { type Random, seededRandom } from "../../helpers/seed.ts";

const STREAMS = 30_000;
/** Streams that are under way together, because pipelined requests take turns of the event loop. */
const TOGETHER = 200;
const LIMITS: EngineLimits = {
  headerBytesMax: 32_768,
  headerLineBytesMax: 8192,
  requestLineBytesMax: 8192,
  headerCountMax: 1000,
  clientBodyBytesMax: 0,
  clientBodyBufferBytes: 8192,
  headerTimeoutMs: 60_000,
  bodyTimeoutMs: 60_000,
  keepaliveTimeoutMs: 60_000,
  keepaliveRequestsMax: 1000,
  sendTimeoutMs: 60_000,
  upstreamKeepalivePoolSize: 1,
  upstreamKeepaliveRequestsMax: 1,
  upstreamKeepaliveIdleTimeoutMs: 60_000,
};

interface TakenRequest {
  readonly head: string;
  readonly method: string;
  readonly methodAt: number;
  readonly minorAt: number;
  readonly target: string;
  readonly headers: string[];
  body: string;
  isComplete: boolean;
}

/** Takes every request, reads its body at once and answers it with nothing. */
class Recorder implements RequestSink, BodySink {
  readonly taken: TakenRequest[] = [];
  refused = 0;
  connection!: ServerConnection;

  onRequest({ head }: ServerConnection): void {
    const method = head.slice(line.methodStart, line.methodEnd);
    const target = head.slice(line.targetStart, line.targetEnd);
    if (readTarget(target, method, true) !== 0) return this.onBadRequest();
    const headers: string[] = [];
    for (let o = 0; o < fieldCount * STRIDE; o += STRIDE) {
      headers.push(
        head.slice(scratch[o], scratch[o + 1]),
        head.slice(scratch[o + 2], scratch[o + 3]),
      );
    }
    const minorAt = line.targetEnd + " HTTP/1.".length;
    const request = { head, method, methodAt: line.methodStart, minorAt, target, headers };
    this.taken.push({ ...request, body: "", isComplete: false });
    this.connection.readBody(this);
  }

  onBadRequest(): void {
    this.refused++;
    this.connection.abort();
  }

  onBodyBytes(b: Buffer, start: number, end: number): boolean {
    this.taken.at(-1)!.body += b.latin1Slice(start, end);
    return true;
  }

  onBodyEnd(): void {
    this.taken.at(-1)!.isComplete = true;
    this.connection.endAnswer();
  }

  onBodyFailed(): void {
    this.refused++;
    this.connection.abort();
  }

  onClientGone(): void {}
  onProxied(): void {}
}

function begin(stream: Buffer, random: Random): Recorder {
  const recorder = new Recorder();
  const { transport } = fakeTransport();
  recorder.connection = new ServerConnection(transport, LIMITS, recorder);
  for (const piece of inPieces(stream, random)) {
    if (!transport.isClosed) recorder.connection.onData(piece, piece.length);
  }
  return recorder;
}

/**
 * The stream with what llhttp cannot know by design written so that it can: methods that are not on its list (any good
 * token is a method here), versions from 1.2 on (they are 1.1 with something we need not understand), targets with bytes
 * that are not ASCII (they are escaped before they go on).
 */
function readable(stream: string, taken: readonly TakenRequest[]): string {
  let text = stream;
  let at = 0;
  let grown = 0;
  for (const request of taken) {
    at = stream.indexOf(request.head, at);
    assert.ok(at >= 0, "a head that was not sent");
    const minor = at + grown + request.minorAt;
    const target = minor - " HTTP/1.".length - request.target.length;
    const version = text[minor] === "0" ? " HTTP/1.0" : " HTTP/1.1";
    text = text.slice(0, target) + ascii(request.target) + version + text.slice(minor + 1);
    if (!KNOWN_METHODS.has(request.method)) {
      const from = at + grown + request.methodAt;
      text = `${text.slice(0, from)}POST${text.slice(from + request.method.length)}`;
      grown += "POST".length - request.method.length;
    }
    at += request.head.length;
  }
  return text;
}

function ascii(target: string): string {
  return target.replace(/[\x80-\xff]/g, "~");
}

/**
 * Where llhttp reads on no further although nothing is wrong: behind a message whose trailers have `Connection: close`, which
 * it obeys (a trailer is no place for that field, RFC 9110 6.5.1).
 */
function stopsForNothing(error: string, before: ParsedMessage | undefined) {
  if (error !== "HPE_CLOSED_CONNECTION" || before === undefined) return false;
  return before.trailers.some((name, i) => i % 2 === 0 && name.toLowerCase() === "connection");
}

function compare(stream: string, taken: readonly TakenRequest[]): void {
  const { messages, error } = parseRequests(Buffer.from(readable(stream, taken), "latin1"));
  for (const [nth, request] of taken.entries()) {
    const other = messages[nth];
    const where = `request ${nth} of ${JSON.stringify(stream)}, llhttp says ${error || "fine"}`;
    if (stopsForNothing(error, messages[nth - 1])) {
      if (other === undefined || !other.isComplete) return;
    }
    assert.ok(other !== undefined, `ours alone takes ${where}`);
    const method = KNOWN_METHODS.has(request.method) ? request.method : "POST";
    assert.deepEqual([other.method, other.target], [method, ascii(request.target)], where);
    assert.deepEqual(other.headers, request.headers, where);
    if (!request.isComplete) assert.ok(other.body.startsWith(request.body), where);
    else assert.deepEqual([other.body, other.isComplete], [request.body, true], where);
  }
}

describe("requests, read by the engine and by llhttp", () => {
  it("mean the same to both, or are refused by ours", async () => {
    const random = seededRandom("llhttp-requests");
    const count = { taken: 0, refused: 0, bodies: 0 };
    for (let done = 0; done < STREAMS; done += TOGETHER) {
      const streams = Array.from({ length: TOGETHER }, () => requestStream(random));
      const recorders = streams.map((text) => begin(Buffer.from(text, "latin1"), random));
      // each turn of the event loop takes one pipelined request further
      for (let before = -1, now = 0; now > before; ) {
        await new Promise((resolve) => setImmediate(resolve));
        before = now;
        now = recorders.reduce((sum, { taken, refused }) => sum + taken.length + refused, 0);
      }
      for (const [nth, { taken, refused, connection }] of recorders.entries()) {
        compare(streams[nth]!, taken);
        connection.abort();
        count.taken += taken.length;
        count.refused += refused;
        count.bodies += taken.filter(({ body }) => body !== "").length;
      }
    }
    console.log(`# ${STREAMS} streams: ${JSON.stringify(count)}`);
    // a generator that makes nothing good, or nothing bad, would prove nothing
    assert.ok(count.taken > STREAMS / 2 && count.refused > STREAMS / 10 && count.bodies > 1000);
  });
});
