/**
 * Goal: no answer that the engine takes from a target means anything else to another strict parser.
 * Method: as for requests, with an UpstreamConnection; the target closes its side behind each stream.
 */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { fieldCount, STRIDE, scratch } from "../../../core/http1/head-scanner.ts";
import type { TargetPool } from "../../../core/http1/target-pool.ts";
import type { ResponseSink, UpstreamFailure } from "../../../core/http1/response-sink.ts";
import { UpstreamConnection } from "../../../core/http1/upstream-connection.ts";
import { fakeTransport } from "../../helpers/fake-transport.ts";
import { inPieces, responseStream } from "../../helpers/http-grammar.ts";
import { type ParseResult, parseResponses } from "../../helpers/llhttp.ts";
import { type Random, seededRandom } from "../../helpers/seed.ts";

const STREAMS = 30_000;
const TIMEOUT_MS = 60_000;

/** Takes one answer. */
class Recorder implements ResponseSink {
  status = 0;
  minorVersion = 1;
  readonly headers: string[] = [];
  body = "";
  isComplete = false;
  failure: UpstreamFailure | "" = "";

  onConnected(): void {}

  onResponseHead({ head, status, minorVersion }: UpstreamConnection): void {
    this.status = status;
    this.minorVersion = minorVersion;
    for (let o = 0; o < fieldCount * STRIDE; o += STRIDE) {
      this.headers.push(head.slice(scratch[o], scratch[o + 1]));
      this.headers.push(head.slice(scratch[o + 2], scratch[o + 3]));
    }
  }

  onResponseBytes(b: Buffer, start: number, end: number): boolean {
    this.body += b.latin1Slice(start, end);
    return true;
  }

  onResponseEnd(): void {
    this.isComplete = true;
  }

  onFailed(_connection: UpstreamConnection, failure: UpstreamFailure): void {
    this.failure = failure;
  }
}

const NO_POOL = { put() {}, remove() {} } as unknown as TargetPool;

function take(stream: Buffer, answersHead: boolean, random: Random): Recorder {
  const recorder = new Recorder();
  const { transport } = fakeTransport();
  const connection = new UpstreamConnection(transport, NO_POOL);
  connection.expectConnect(recorder, TIMEOUT_MS);
  connection.onConnected();
  connection.begin(recorder, answersHead, TIMEOUT_MS);
  transport.writeText("GET / HTTP/1.1\r\n\r\n");
  for (const piece of inPieces(stream, random)) {
    if (!transport.isClosed) connection.onData(piece, piece.length);
  }
  if (!transport.isClosed) connection.onEnd();
  connection.close();
  return recorder;
}

const isInterim = (status: number): boolean => status < 200 && status !== 101;

/**
 * What is behind interim answers: to llhttp the stream ends where one says `close`, which is meant for the final one.
 * Versions from 1.2 on are 1.1 with something we need not understand; llhttp knows only the two.
 */
function finalAnswer(text: string, answersHead: boolean): ParseResult {
  for (let rest = text; ; ) {
    rest = rest.replace(/^HTTP\/1\.[2-9] /, "HTTP/1.1 ");
    const parsed = parseResponses(Buffer.from(rest, "latin1"), answersHead);
    const [first] = parsed.messages;
    if (first === undefined || !first.isComplete || !isInterim(first.status)) return parsed;
    rest = rest.slice(rest.indexOf("\r\n\r\n") + 4);
  }
}

function compare(stream: string, answersHead: boolean, taken: Recorder): void {
  const { messages, error } = finalAnswer(stream, answersHead);
  const other = messages[0];
  const where = `${JSON.stringify(stream)}, llhttp says ${error || "fine"}`;
  assert.ok(other !== undefined, `ours alone takes ${where}`);
  assert.equal(other.status, taken.status, where);
  assert.deepEqual(other.headers, taken.headers, where);
  if (taken.status === 101) return; // what follows is no message
  if (!taken.isComplete) assert.ok(other.body.startsWith(taken.body), where);
  else assert.deepEqual([other.body, other.isComplete], [taken.body, true], where);
}

describe("answers, read by the engine and by llhttp", () => {
  it("mean the same to both, or are refused by ours", () => {
    const random = seededRandom("llhttp-responses");
    const count = { taken: 0, refused: 0, cut: 0, bodies: 0 };
    for (let done = 0; done < STREAMS; done++) {
      const stream = responseStream(random);
      const answersHead = random.int(8) === 0;
      const taken = take(Buffer.from(stream, "latin1"), answersHead, random);
      if (taken.status === 0) {
        count.refused++;
        continue;
      }
      compare(stream, answersHead, taken);
      if (taken.isComplete) count.taken++;
      else count.cut++;
      if (taken.body !== "") count.bodies++;
    }
    console.log(`# ${STREAMS} streams: ${JSON.stringify(count)}`);
    // a generator that makes nothing good, or nothing bad, would prove nothing
    assert.ok(count.taken > STREAMS / 3 && count.refused > STREAMS / 20 && count.bodies > 1000);
  });
});
