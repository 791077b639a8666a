/**
 * The body of an answer, on its way from a target's connection to whoever sent the request: its framing taken off, held
 * and paused where there is no room. {@link UpstreamConnection} reads heads and says how things end on top of it; a class
 * below and not an object beside, so that nothing is looked up twice for each piece.
 */
import { ChunkDecoder } from "./chunk-decoder.ts";
import * as framing from "./framing.ts";
import { INVALID } from "./head-scanner.ts";
import type { ResponseSink, UpstreamFailure } from "./response-sink.ts";
import { NEVER, wheel } from "./timer-wheel.ts";
import type { Transport } from "./transport.ts";
import { shortLivedCopy } from "./young-garbage.ts";

/** Where a connection is in the life of a request. */
export const IDLE = 0;
/** The transport does not stand yet. */
export const CONNECTING = 1;
/** The request was begun, and no head has come. */
export const WAITING = 2;
/** The head has been handed over; its body is on its way. */
export const BODY = 3;
/** After a 101: bytes both ways, with no framing, until either side ends. */
export const TUNNEL = 4;
/** For good: nothing is read, and nobody is told any more. */
export const CLOSED = 5;

/** What tells where a body ends; 0 is no body. */
const LENGTH_BODY = 1;
const CHUNKED_BODY = 2;
/** Up to the end of the connection, which is not used again then. */
export const CLOSE_BODY = 3;

/** One for each connection, for its answers one after the other. */
export abstract class AnswerBody {
  deadline = NEVER;
  readonly transport: Transport;
  /** Who waits for the answer under way. */
  sink: ResponseSink | null = null;
  /** Length of the body: bytes, or -1 where only its end will tell. */
  bodyLength = 0;
  /** Did the whole body come with the head? Then the answer ended when it began. */
  cameWhole = false;

  protected state = CONNECTING;
  protected bodyKind = 0;
  protected mayReuse = true;
  protected readTimeoutMs = 0;
  protected isPaused = false;
  /** The target closed while its body was paused: that is told behind what is held. */
  protected isEnded = false;
  #left = 0;
  #chunks: ChunkDecoder | null = null;
  #held: Buffer | null = null;
  /** Bytes behind the head while `onResponseHead` runs: they are used without a copy. */
  protected input: Buffer | null = null;
  protected inputStart = 0;
  protected inputEnd = 0;

  constructor(transport: Transport) {
    this.transport = transport;
  }

  /** The answer is complete. */
  protected abstract finish(): void;
  protected abstract fail(failure: UpstreamFailure): void;
  /** The target will send nothing more. */
  abstract onEnd(): void;

  /** Find out from the head that was just read how the body ends (RFC 9112, 6.3). */
  protected chooseBody(status: number, isHeadRequest: boolean): void {
    if (status === 101) {
      this.bodyLength = 0;
      this.bodyKind = 0;
    } else if (isHeadRequest || status === 204 || status === 304) {
      this.bodyLength = 0;
      this.bodyKind = LENGTH_BODY;
    } else if (framing.isChunked) {
      this.bodyLength = -1;
      this.bodyKind = CHUNKED_BODY;
      if (this.#chunks === null) this.#chunks = new ChunkDecoder();
      else this.#chunks.reset();
    } else if (framing.contentLength >= 0) {
      this.bodyLength = framing.contentLength;
      this.bodyKind = LENGTH_BODY;
    } else {
      this.bodyLength = -1;
      this.bodyKind = CLOSE_BODY;
      this.mayReuse = false;
    }
    this.#left = this.bodyLength;
  }

  /** The head is at b[..start), what follows at b[start..n): noted before the sink sees the head. */
  protected noteInput(b: Buffer, start: number, n: number): void {
    this.input = b;
    this.inputStart = start;
    this.inputEnd = n;
    this.cameWhole = this.bodyKind === LENGTH_BODY && n - start === this.#left;
  }

  /**
   * The whole body, where it came with the head: the sink may write both at once. Only during `onResponseHead`.
   *
   * @returns false if the body is not all here or has a framing of its own
   */
  get hasWholeBody(): boolean {
    return this.cameWhole && this.input !== null;
  }

  /** Take the body that {@link hasWholeBody} told of; `onResponseEnd` follows as always. */
  takeWholeBody(): { b: Buffer; start: number; end: number } {
    taken.b = this.input!;
    taken.start = this.inputStart;
    taken.end = this.inputEnd;
    this.input = null;
    this.#left = 0;
    return taken;
  }

  protected readInput(): void {
    const b = this.input;
    if (this.state !== BODY) {
      this.input = null;
      return;
    }
    if (b !== null) {
      this.input = null;
      this.readBodyBytes(b, this.inputStart, this.inputEnd);
    } else if (this.bodyKind === LENGTH_BODY && this.#left === 0) this.finish();
  }

  protected readBodyBytes(b: Buffer, i: number, n: number): void {
    if (this.isPaused) {
      const copy = shortLivedCopy(b, i, n);
      this.#held = this.#held === null ? copy : Buffer.concat([this.#held, copy]);
      return;
    }
    if (this.bodyKind === CHUNKED_BODY) return this.#readChunks(b, i, n);
    if (this.bodyKind === CLOSE_BODY) {
      if (i < n) this.#deliver(b, i, n);
      return;
    }
    const have = n - i;
    const end = have < this.#left ? n : i + this.#left;
    this.#left -= end - i;
    if (end < n) this.mayReuse = false; // more than was announced
    if (end > i) this.#deliver(b, i, end);
    if (this.#left === 0 && this.state === BODY) this.finish();
  }

  #readChunks(b: Buffer, i: number, n: number): void {
    const chunks = this.#chunks!;
    while (i < n && this.state === BODY) {
      if (this.isPaused) {
        this.#held = shortLivedCopy(b, i, n);
        return;
      }
      const next = chunks.step(b, i, n);
      if (next === INVALID) return this.fail("reset-body");
      if (chunks.dataEnd > chunks.dataStart) this.#deliver(b, chunks.dataStart, chunks.dataEnd);
      i = next;
      if (chunks.isDone) {
        if (i < n) this.mayReuse = false;
        if (this.state === BODY) this.finish();
        return;
      }
    }
  }

  #deliver(b: Buffer, start: number, end: number): void {
    if (this.sink?.onResponseBytes(b, start, end) === false) this.#pause();
  }

  #pause(): void {
    if (this.isPaused || this.state !== BODY) return;
    this.isPaused = true;
    this.deadline = NEVER;
    this.transport.pause();
  }

  /** The sink has room again. */
  resume(): void {
    if (!this.isPaused) return;
    this.isPaused = false;
    if (this.state !== BODY) return;
    this.deadline = wheel.in(this.readTimeoutMs);
    const held = this.#held;
    this.#held = null;
    if (held !== null) this.readBodyBytes(held, 0, held.length);
    if (this.isPaused || this.transport.isClosed) return;
    // where the body ended with what was held, the next request on this connection waits for this, too
    if (this.state === BODY && this.isEnded) this.onEnd();
    else this.transport.resume();
  }

  protected resetPause(): void {
    if (!this.isPaused) return;
    this.isPaused = false;
    this.#held = null;
    if (!this.transport.isClosed) this.transport.resume();
  }
}

/** One span for all: it is used up before the next is made. */
const taken: { b: Buffer; start: number; end: number } = { b: Buffer.alloc(0), start: 0, end: 0 };
