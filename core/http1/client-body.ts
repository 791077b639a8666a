/**
 * What a client's connection has read and not used yet, and the body of the request under way: handed over piece by piece
 * to whoever wants it, with its reading paused where there is no room. {@link ServerConnection} reads heads and ends
 * answers on top of it; a class below and not an object beside, so that nothing is looked up twice for each piece.
 */
import { INVALID } from "./head-scanner.ts";
import { IncomingBody } from "./incoming-body.ts";
import { type EngineLimits, PIPELINED_BYTES_MAX } from "./limits.ts";
import type { BodySink } from "./request-sink.ts";
import { NEVER, wheel } from "./timer-wheel.ts";
import type { Transport } from "./transport.ts";

/** Where a connection is in the life of a request. */
export const HEAD = 0;
/** A request is under way: from its head to the end of its answer. */
export const SERVING = 1;
/**
 * The answer is complete and the last one: what still comes is read and dropped, so that the client reads it.
 */
export const LINGERING = 2;
/** After a 101: bytes both ways, with no framing, until either side ends. */
export const TUNNEL = 3;
/** Bytes of the next request are here and wait for their turn of the event loop. */
export const QUEUED = 4;

/** Sent when somebody wants the body of a client that waits for this, and not before. */
export const CONTINUE = "HTTP/1.1 100 Continue\r\n\r\n";

/** One for each connection, for its requests one after the other. */
export abstract class ClientBody {
  deadline = NEVER;
  readonly transport: Transport;
  readonly limits: EngineLimits;
  /** The answer under way is the last one. */
  closeAfter = false;

  // ---- the body of the request under way
  protected readonly body = new IncomingBody();
  #bodySink: BodySink | null = null;
  protected expectsContinue = false;
  protected isDiscarding = false;

  protected state = HEAD;
  /** Bytes that cannot be used yet: part of a head, an unread body, a pipelined request. */
  protected rest: Buffer | null = null;
  protected isPaused = false;
  #isReading = false;
  #isFull = false;
  /** The sink asked for more before it had returned from taking what it was given. */
  #didResume = false;
  /** Bytes behind the head while `onRequest` runs: a body that came along is used without a copy. */
  protected input: Buffer | null = null;
  protected inputStart = 0;
  protected inputEnd = 0;

  constructor(transport: Transport, limits: EngineLimits) {
    this.transport = transport;
    this.limits = limits;
  }

  /** A body that nobody wanted has been read to its end. */
  protected abstract afterDiscard(): void;

  // ---- bytes that wait

  protected keepInput(): void {
    const b = this.input;
    if (b === null) return;
    this.input = null;
    if (this.inputStart < this.inputEnd) this.keep(b, this.inputStart, this.inputEnd);
  }

  protected keep(b: Buffer, start: number, end: number): void {
    const copy = Buffer.from(b.subarray(start, end));
    this.rest = this.rest === null ? copy : Buffer.concat([this.rest, copy]);
    if (this.state !== HEAD && this.rest.length >= this.#restMax()) this.pause();
  }

  #restMax(): number {
    return !this.body.isPending ? PIPELINED_BYTES_MAX : this.limits.clientBodyBufferBytes;
  }

  protected pause(): void {
    if (this.isPaused) return;
    this.isPaused = true;
    this.deadline = NEVER;
    this.transport.pause();
  }

  protected unpause(): void {
    if (!this.isPaused) return;
    this.isPaused = false;
    this.transport.resume();
  }

  // ---- handing the body over

  /** Bytes by Content-Length, -1 chunked, 0 none. */
  get bodyLength(): number {
    return this.body.length;
  }

  /** Is there anything of the body that has not been handed over? */
  get isBodyPending(): boolean {
    return this.body.isPending;
  }

  /** Hand the body to `sink`, beginning with what has arrived; may call it before returning. */
  readBody(sink: BodySink): void {
    if (!this.body.isPending) return sink.onBodyEnd();
    this.#bodySink = sink;
    if (this.expectsContinue) {
      this.expectsContinue = false;
      this.transport.writeText(CONTINUE);
    }
    this.resumeBody();
  }

  /** The sink has room again. */
  resumeBody(): void {
    this.#didResume = true;
    const input = this.input;
    if (input !== null) {
      this.input = null;
      this.readBodyBytes(input, this.inputStart, this.inputEnd);
    } else if (this.rest !== null) {
      const rest = this.rest;
      this.rest = null;
      this.readBodyBytes(rest, 0, rest.length);
    }
    if (this.body.isPending && this.rest === null) {
      this.unpause();
      this.deadline = wheel.in(this.limits.bodyTimeoutMs);
    }
  }

  protected readBodyBytes(b: Buffer, i: number, n: number): void {
    while (i < n) {
      if (!this.body.isPending || this.#bodySink === null || this.#isReading) {
        return this.keep(b, i, n); // a pipelined request, or a body that nobody has asked for yet
      }
      this.#isReading = true; // the sink may ask for more while it is given this
      const next = this.#step(b, i, n);
      this.#isReading = false;
      if (next < 0) return;
      i = next;
      const isFull = this.#isFull;
      this.#isFull = false;
      if (isFull && i < n) {
        this.keep(b, i, n);
        return this.pause();
      }
    }
    if (this.body.isPending) this.deadline = wheel.in(this.limits.bodyTimeoutMs);
  }

  /** Hand over one piece. @returns offset behind it, or INVALID */
  #step(b: Buffer, i: number, n: number): number {
    const body = this.body;
    const next = body.cut(b, i, n);
    if (next === INVALID) return this.#failBody(400);
    const max = this.limits.clientBodyBytesMax;
    if (max > 0 && body.length < 0 && !this.isDiscarding && body.cutBytes > max) {
      return this.#failBody(413);
    }
    this.#deliver(b, body.start, body.end, body.isLast);
    return next;
  }

  #deliver(b: Buffer, start: number, end: number, isLast: boolean): void {
    const sink = this.#bodySink!;
    if (isLast) {
      this.#bodySink = null;
      this.deadline = NEVER;
    }
    this.#didResume = false;
    if (end > start && !sink.onBodyBytes(b, start, end) && !this.#didResume) {
      this.#isFull = true;
      if (!isLast) this.pause();
    }
    if (isLast) {
      sink.onBodyEnd();
      if (this.isDiscarding) this.afterDiscard();
    }
  }

  #failBody(status: 400 | 413): typeof INVALID {
    const sink = this.#bodySink!;
    this.body.drop();
    this.#bodySink = null;
    this.closeAfter = true;
    this.rest = null;
    sink.onBodyFailed(status);
    return INVALID;
  }
}
