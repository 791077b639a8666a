/**
 * A connection to a target: one request at a time, its answer read off as strictly as a client's request. What
 * comes behind the head is handed over in `answer-body.ts`.
 *
 * Whoever sends a request is its {@link ResponseSink} until `onResponseEnd` or `onFailed`; exactly one of the two is
 * called. Between requests the connection lies in its pool. Knows nothing of retries: it says what failed and how far
 * things had got.
 */
import {
  AnswerBody,
  BODY,
  CLOSE_BODY,
  CLOSED,
  CONNECTING,
  IDLE,
  TUNNEL,
  WAITING,
} from "./answer-body.ts";
import * as framing from "./framing.ts";
import { INCOMPLETE, scanFields } from "./head-scanner.ts";
import type { ResponseSink, UpstreamFailure } from "./response-sink.ts";
import * as line from "./status-line.ts";
import type { TargetPool } from "./target-pool.ts";
import { NEVER, type Watched, wheel } from "./timer-wheel.ts";
import type { Transport, TransportOwner } from "./transport.ts";

/** Bytes of an answer's head; a longer one is no valid answer (as in Kong, where it must fit one buffer). */
const RESPONSE_HEAD_BYTES_MAX = 16 * 1024;
/** Interim answers (1xx) before the final one. */
const INTERIM_MAX = 16;

/** A connection to a target: one request after the other, from its head to the end of its answer. */
export class UpstreamConnection extends AnswerBody implements TransportOwner, Watched {
  readonly pool: TargetPool;
  /** Requests sent over it. */
  served = 0;
  /** May a failed request be due to the target having closed it while it lay idle? */
  wasIdle = false;

  // ---- the head read last
  head = "";
  status = 0;
  minorVersion = 1;
  reason = "";
  /** Has any byte of an answer arrived? */
  hasAnswered = false;

  #rest: Buffer | null = null;
  #isHeadRequest = false;
  #interim = 0;
  /** What the transport had sent when the request began. */
  #sentBefore = 0;
  #tunnel: ((b: Buffer, n: number) => void) | null = null;

  constructor(transport: Transport, pool: TargetPool) {
    super(transport);
    this.pool = pool;
    transport.owner = this;
    wheel.watch(this);
  }

  /** Begin a request over a new connection: `sink.onConnected` follows. */
  expectConnect(sink: ResponseSink, connectTimeoutMs: number): void {
    this.sink = sink;
    this.deadline = wheel.in(connectTimeoutMs);
  }

  onConnected(): void {
    if (this.state !== CONNECTING) return;
    this.state = IDLE;
    this.deadline = NEVER;
    this.sink?.onConnected(this);
  }

  /** A request is about to be written: its answer goes to `sink`. */
  begin(sink: ResponseSink, isHeadRequest: boolean, readTimeoutMs: number): void {
    this.sink = sink;
    this.#sentBefore = this.transport.sent;
    this.served++;
    this.state = WAITING;
    this.#isHeadRequest = isHeadRequest;
    this.mayReuse = true;
    this.#interim = 0;
    this.hasAnswered = false;
    this.readTimeoutMs = readTimeoutMs;
    this.deadline = wheel.in(readTimeoutMs);
  }

  /** Nothing of the request has left the gateway yet. */
  get isUnsent(): boolean {
    return this.transport.sent === this.#sentBefore;
  }

  /** The request is still being written: the time for an answer begins anew. */
  touch(): void {
    this.deadline = wheel.in(this.readTimeoutMs);
  }

  /** The answer is not fully used, or the request not fully sent: never again. */
  forbidReuse(): void {
    this.mayReuse = false;
  }

  // ---- reading

  onData(b: Buffer, n: number): void {
    switch (this.state) {
      case WAITING:
        if (this.isUnsent) return this.fail("closed"); // nobody asked for these bytes either
        this.hasAnswered = true;
        this.deadline = wheel.in(this.readTimeoutMs);
        if (this.#rest !== null) {
          b = Buffer.concat([this.#rest, b.subarray(0, n)]);
          n = b.length;
          this.#rest = null;
        }
        this.#readHead(b, 0, n);
        break;
      case BODY:
        this.deadline = wheel.in(this.readTimeoutMs);
        this.readBodyBytes(b, 0, n);
        break;
      case TUNNEL:
        this.#tunnel!(b, n);
        break;
      default:
        this.transport.close(); // bytes that nobody asked for
    }
  }

  #readHead(b: Buffer, start: number, n: number): void {
    const lineEnd = line.scanStatusLine(b, start, n);
    const end = lineEnd < 0 ? lineEnd : scanFields(b, lineEnd, n, false);
    if (end === INCOMPLETE && n - start < RESPONSE_HEAD_BYTES_MAX) {
      this.#rest = Buffer.from(b.subarray(start, n));
      return;
    }
    if (end < 0 || end - start > RESPONSE_HEAD_BYTES_MAX) return this.fail("invalid");
    this.status = line.status;
    this.minorVersion = line.minorVersion;
    this.reason = line.reason;
    this.head = b.latin1Slice(0, end);
    if (framing.readFraming(b, this.head, this.minorVersion, false) !== framing.FRAMING_OK) {
      return this.fail("invalid");
    }
    if (this.status < 200 && this.status !== 101) {
      if (++this.#interim > INTERIM_MAX) return this.fail("invalid");
      if (end < n) this.#readHead(b, end, n); // the final answer follows
      return;
    }
    this.#beginBody(b, end, n);
  }

  #beginBody(b: Buffer, end: number, n: number): void {
    const { status } = this;
    if (framing.wantsClose || (this.minorVersion === 0 && !framing.wantsKeepAlive))
      this.mayReuse = false;
    this.chooseBody(status, this.#isHeadRequest);
    this.state = BODY;
    this.noteInput(b, end, n);
    this.sink!.onResponseHead(this);
    this.readInput();
  }

  protected override finish(): void {
    const sink = this.sink!;
    this.sink = null;
    this.deadline = NEVER;
    this.state = IDLE;
    const mayReuse = this.mayReuse && !this.isEnded && !this.transport.isClosed;
    this.resetPause();
    sink.onResponseEnd(this);
    // the sink may have found out that the request was not sent whole
    if (mayReuse && this.mayReuse) this.pool.put(this);
    else this.close();
  }

  protected override fail(failure: UpstreamFailure): void {
    const sink = this.sink;
    this.sink = null;
    this.close();
    sink?.onFailed(this, failure);
  }

  /** Nobody waits for the answer any more. */
  abandon(): void {
    this.sink = null;
    this.close();
  }

  close(): void {
    if (this.isUnsent) this.transport.dropHeld();
    if (this.state !== CLOSED) {
      this.state = CLOSED;
      wheel.unwatch(this);
    }
    this.transport.close();
  }

  /** After a 101: bytes go to `onBytes` as they come; the end is told as `onResponseEnd`. */
  tunnel(onBytes: (b: Buffer, n: number) => void): void {
    this.state = TUNNEL;
    this.#tunnel = onBytes;
    this.deadline = NEVER;
    const b = this.input;
    this.input = null;
    if (b !== null && this.inputStart < this.inputEnd) {
      const early = b.subarray(this.inputStart, this.inputEnd);
      onBytes(early, early.length);
    }
  }

  override onEnd(): void {
    if (this.state === BODY && this.isPaused) {
      this.isEnded = true; // what is held comes first
      return;
    }
    if (this.state === BODY && this.bodyKind === CLOSE_BODY) this.finish();
    else if (this.state === TUNNEL) {
      const sink = this.sink;
      this.sink = null;
      sink?.onResponseEnd(this);
      this.close();
    } else {
      if (this.isUnsent) this.transport.dropHeld();
      this.transport.close();
    }
  }

  onClose(): void {
    const before = this.state;
    if (before === BODY && this.isPaused && this.isEnded) return;
    if (before !== CLOSED) wheel.unwatch(this);
    this.state = CLOSED;
    if (before === IDLE) this.pool.remove(this);
    const sink = this.sink;
    this.sink = null;
    if (sink === null) return;
    if (before === CONNECTING) sink.onFailed(this, "connect");
    else if (before === TUNNEL) sink.onResponseEnd(this);
    else sink.onFailed(this, before === BODY ? "reset-body" : "closed");
  }

  onDeadline(): void {
    if (this.state === IDLE) {
      this.pool.remove(this);
      this.close();
      return;
    }
    this.fail(
      this.state === CONNECTING
        ? "connect-timeout"
        : this.state === BODY
          ? "reset-body"
          : "timeout",
    );
  }
}
