/**
 * A connection to a target: one request at a time, its answer read off as strictly as a client's request.
 *
 * Whoever sends a request is its {@link ResponseSink} until `onResponseEnd` or `onFailed`; exactly one of the two is
 * called. Between requests the connection lies in its pool. Knows nothing of retries: it says what failed and how far
 * things had got.
 */
import { ChunkDecoder } from "./chunk-decoder.ts";
import * as framing from "./framing.ts";
import { INCOMPLETE, INVALID, scanFields } from "./head-scanner.ts";
import type { ResponseSink, UpstreamFailure } from "./response-sink.ts";
import * as line from "./status-line.ts";
import type { TargetPool } from "./target-pool.ts";
import { NEVER, type Watched, wheel } from "./timer-wheel.ts";
import type { Transport, TransportOwner } from "./transport.ts";

/** Bytes of an answer's head; a longer one is no valid answer (as in Kong, where it must fit one buffer). */
export const RESPONSE_HEAD_BYTES_MAX = 16 * 1024;
/** Interim answers (1xx) before the final one. */
const INTERIM_MAX = 16;

const IDLE = 0;
const CONNECTING = 1;
const WAITING = 2;
const BODY = 3;
const TUNNEL = 4;
const CLOSED = 5;

const LENGTH_BODY = 1;
const CHUNKED_BODY = 2;
const CLOSE_BODY = 3;

export class UpstreamConnection implements TransportOwner, Watched {
  deadline = NEVER;
  readonly transport: Transport;
  readonly pool: TargetPool;
  sink: ResponseSink | null = null;
  /** Requests sent over it. */
  served = 0;
  /** May a failed request be due to the target having closed it while it lay idle? */
  wasIdle = false;

  // ---- the head read last
  head = "";
  status = 0;
  minorVersion = 1;
  reason = "";
  /** Length of the body: bytes, or -1 where only its end will tell. */
  bodyLength = 0;
  /** Did the whole body come with the head? Then the answer ended when it began. */
  cameWhole = false;
  /** Has any byte of an answer arrived? */
  hasAnswered = false;

  #state = CONNECTING;
  #bodyKind = 0;
  #left = 0;
  #chunks: ChunkDecoder | null = null;
  #rest: Buffer | null = null;
  #isHeadRequest = false;
  #mayReuse = true;
  #interim = 0;
  #readTimeoutMs = 0;
  #isPaused = false;
  #tunnel: ((b: Buffer, n: number) => void) | null = null;
  #held: Buffer | null = null;

  constructor(transport: Transport, pool: TargetPool) {
    this.transport = transport;
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
    if (this.#state !== CONNECTING) return;
    this.#state = IDLE;
    this.deadline = NEVER;
    this.sink?.onConnected(this);
  }

  /** A request is about to be written: its answer goes to `sink`. */
  begin(sink: ResponseSink, isHeadRequest: boolean, readTimeoutMs: number): void {
    this.sink = sink;
    this.served++;
    this.#state = WAITING;
    this.#isHeadRequest = isHeadRequest;
    this.#mayReuse = true;
    this.#interim = 0;
    this.hasAnswered = false;
    this.#readTimeoutMs = readTimeoutMs;
    this.deadline = wheel.in(readTimeoutMs);
  }

  /** The request is still being written: the time for an answer begins anew. */
  touch(): void {
    this.deadline = wheel.in(this.#readTimeoutMs);
  }

  /** The answer is not fully used, or the request not fully sent: never again. */
  forbidReuse(): void {
    this.#mayReuse = false;
  }

  // ---- reading

  onData(b: Buffer, n: number): void {
    switch (this.#state) {
      case WAITING:
        this.hasAnswered = true;
        this.deadline = wheel.in(this.#readTimeoutMs);
        if (this.#rest !== null) {
          b = Buffer.concat([this.#rest, b.subarray(0, n)]);
          n = b.length;
          this.#rest = null;
        }
        this.#readHead(b, 0, n);
        break;
      case BODY:
        this.deadline = wheel.in(this.#readTimeoutMs);
        this.#readBody(b, 0, n);
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
    if (end < 0 || end - start > RESPONSE_HEAD_BYTES_MAX) return this.#fail("invalid");
    this.status = line.status;
    this.minorVersion = line.minorVersion;
    this.reason = line.reason;
    this.head = b.latin1Slice(0, end);
    if (framing.readFraming(b, this.head, this.minorVersion, false) !== framing.FRAMING_OK) {
      return this.#fail("invalid");
    }
    if (this.status < 200 && this.status !== 101) {
      if (++this.#interim > INTERIM_MAX) return this.#fail("invalid");
      if (end < n) this.#readHead(b, end, n); // the final answer follows
      return;
    }
    this.#beginBody(b, end, n);
  }

  #beginBody(b: Buffer, end: number, n: number): void {
    const { status } = this;
    if (framing.wantsClose || (this.minorVersion === 0 && !framing.wantsKeepAlive))
      this.#mayReuse = false;
    if (status === 101) {
      this.bodyLength = 0;
      this.#bodyKind = 0;
    } else if (this.#isHeadRequest || status === 204 || status === 304) {
      this.bodyLength = 0;
      this.#bodyKind = LENGTH_BODY;
    } else if (framing.isChunked) {
      this.bodyLength = -1;
      this.#bodyKind = CHUNKED_BODY;
      if (this.#chunks === null) this.#chunks = new ChunkDecoder();
      else this.#chunks.reset();
    } else if (framing.contentLength >= 0) {
      this.bodyLength = framing.contentLength;
      this.#bodyKind = LENGTH_BODY;
    } else {
      this.bodyLength = -1;
      this.#bodyKind = CLOSE_BODY;
      this.#mayReuse = false;
    }
    this.#left = this.bodyLength;
    this.#state = BODY;
    this.#input = b;
    this.#inputStart = end;
    this.#inputEnd = n;
    this.cameWhole = this.#bodyKind === LENGTH_BODY && n - end === this.#left;
    this.sink!.onResponseHead(this);
    this.#readInput();
  }

  #input: Buffer | null = null;
  #inputStart = 0;
  #inputEnd = 0;

  /**
   * The whole body, where it came with the head: the sink may write both at once. Only during `onResponseHead`.
   *
   * @returns false if the body is not all here or has a framing of its own
   */
  get hasWholeBody(): boolean {
    return this.cameWhole && this.#input !== null;
  }

  /** Take the body that {@link hasWholeBody} told of; `onResponseEnd` follows as always. */
  takeWholeBody(): { b: Buffer; start: number; end: number } {
    taken.b = this.#input!;
    taken.start = this.#inputStart;
    taken.end = this.#inputEnd;
    this.#input = null;
    this.#left = 0;
    return taken;
  }

  #readInput(): void {
    const b = this.#input;
    if (this.#state !== BODY) {
      this.#input = null;
      return;
    }
    if (b !== null) {
      this.#input = null;
      this.#readBody(b, this.#inputStart, this.#inputEnd);
    } else if (this.#bodyKind === LENGTH_BODY && this.#left === 0) this.#finish();
  }

  #readBody(b: Buffer, i: number, n: number): void {
    if (this.#isPaused) {
      const copy = Buffer.from(b.subarray(i, n));
      this.#held = this.#held === null ? copy : Buffer.concat([this.#held, copy]);
      return;
    }
    if (this.#bodyKind === CHUNKED_BODY) return this.#readChunks(b, i, n);
    if (this.#bodyKind === CLOSE_BODY) {
      if (i < n) this.#deliver(b, i, n);
      return;
    }
    const have = n - i;
    const end = have < this.#left ? n : i + this.#left;
    this.#left -= end - i;
    if (end < n) this.#mayReuse = false; // more than was announced
    if (end > i) this.#deliver(b, i, end);
    if (this.#left === 0 && this.#state === BODY) this.#finish();
  }

  #readChunks(b: Buffer, i: number, n: number): void {
    const chunks = this.#chunks!;
    while (i < n && this.#state === BODY) {
      if (this.#isPaused) {
        this.#held = Buffer.from(b.subarray(i, n));
        return;
      }
      const next = chunks.step(b, i, n);
      if (next === INVALID) return this.#fail("reset-body");
      if (chunks.dataEnd > chunks.dataStart) this.#deliver(b, chunks.dataStart, chunks.dataEnd);
      i = next;
      if (chunks.isDone) {
        if (i < n) this.#mayReuse = false;
        if (this.#state === BODY) this.#finish();
        return;
      }
    }
  }

  #deliver(b: Buffer, start: number, end: number): void {
    if (this.sink?.onResponseBytes(b, start, end) === false) this.#pause();
  }

  #pause(): void {
    if (this.#isPaused || this.#state !== BODY) return;
    this.#isPaused = true;
    this.deadline = NEVER;
    this.transport.pause();
  }

  /** The sink has room again. */
  resume(): void {
    if (!this.#isPaused) return;
    this.#isPaused = false;
    if (this.#state !== BODY) return;
    this.deadline = wheel.in(this.#readTimeoutMs);
    const held = this.#held;
    this.#held = null;
    if (held !== null) this.#readBody(held, 0, held.length);
    if (this.#state !== BODY || this.#isPaused) return;
    if (this.#isEnded) this.onEnd();
    else this.transport.resume();
  }

  #isEnded = false;

  #finish(): void {
    const sink = this.sink!;
    this.sink = null;
    this.deadline = NEVER;
    this.#state = IDLE;
    const mayReuse = this.#mayReuse && !this.transport.isClosed;
    this.#resetPause();
    sink.onResponseEnd(this);
    // the sink may have found out that the request was not sent whole
    if (mayReuse && this.#mayReuse) this.pool.put(this);
    else this.close();
  }

  #resetPause(): void {
    if (!this.#isPaused) return;
    this.#isPaused = false;
    this.#held = null;
    if (!this.transport.isClosed) this.transport.resume();
  }

  #fail(failure: UpstreamFailure): void {
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
    if (this.#state !== CLOSED) {
      this.#state = CLOSED;
      wheel.unwatch(this);
    }
    this.transport.close();
  }

  /** After a 101: bytes go to `onBytes` as they come; the end is told as `onResponseEnd`. */
  tunnel(onBytes: (b: Buffer, n: number) => void): void {
    this.#state = TUNNEL;
    this.#tunnel = onBytes;
    this.deadline = NEVER;
    const b = this.#input;
    this.#input = null;
    if (b !== null && this.#inputStart < this.#inputEnd) {
      const early = b.subarray(this.#inputStart, this.#inputEnd);
      onBytes(early, early.length);
    }
  }

  onEnd(): void {
    if (this.#state === BODY && this.#isPaused) {
      this.#isEnded = true; // what is held comes first
      return;
    }
    if (this.#state === BODY && this.#bodyKind === CLOSE_BODY) this.#finish();
    else if (this.#state === TUNNEL) {
      const sink = this.sink;
      this.sink = null;
      sink?.onResponseEnd(this);
      this.close();
    } else this.transport.close();
  }

  onClose(): void {
    const before = this.#state;
    if (before === BODY && this.#isPaused && this.#isEnded) return;
    if (before !== CLOSED) wheel.unwatch(this);
    this.#state = CLOSED;
    if (before === IDLE) this.pool.remove(this);
    const sink = this.sink;
    this.sink = null;
    if (sink === null) return;
    if (before === CONNECTING) sink.onFailed(this, "connect");
    else if (before === TUNNEL) sink.onResponseEnd(this);
    else sink.onFailed(this, before === BODY ? "reset-body" : "closed");
  }

  onDeadline(): void {
    if (this.#state === IDLE) {
      this.pool.remove(this);
      this.close();
      return;
    }
    this.#fail(
      this.#state === CONNECTING
        ? "connect-timeout"
        : this.#state === BODY
          ? "reset-body"
          : "timeout",
    );
  }
}

/** One span for all: it is used up before the next is made. */
const taken: { b: Buffer; start: number; end: number } = { b: Buffer.alloc(0), start: 0, end: 0 };
