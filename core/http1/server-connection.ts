/**
 * A client's connection: reads requests off it one after the other, ends their answers; their bodies are `client-body.ts`.
 *
 * Knows bytes and framing, no entities. The listener is its {@link RequestSink}: it is told of each head, takes the body
 * when it wants it, and says when the answer is complete. Requests that arrive early (pipelining) wait unread in
 * `rest`; the next one is looked at when the answer before it is complete, so answers are in order by construction.
 */
import { ClientBody, CONTINUE, HEAD, LINGERING, QUEUED, SERVING, TUNNEL } from "./client-body.ts";
import { DiscardedBody } from "./discarded-body.ts";
import * as framing from "./framing.ts";
import { INCOMPLETE } from "./head-scanner.ts";
import { DRAIN_IDLE_MS, type EngineLimits, LINGER_MS } from "./limits.ts";
import { ProxiedStart } from "./proxy-protocol.ts";
import * as line from "./request-line.ts";
import * as reader from "./request-reader.ts";
import type { RequestSink } from "./request-sink.ts";
import { NEVER, type Watched, wheel } from "./timer-wheel.ts";
import type { DrainListener, Transport, TransportOwner } from "./transport.ts";

/** Reads from the moment it is made; it is gone when its transport's owner is told of the close. */
export class ServerConnection extends ClientBody implements TransportOwner, Watched {
  sink: RequestSink;
  /** Requests answered so far. */
  served = 0;
  /** The process drains: idle connections go, busy ones close after their answer. */
  isDraining = false;

  // ---- the head scanned last; valid during onRequest
  /** Head as latin1 text, offsets as in the scanner. */
  head = "";
  /** How many fields of a bad head may be looked at: those before what is wrong. */
  goodFields = 0;
  /** Was there a request line to read `method` and `target` from (for bad requests)? */
  hasLine = false;

  #tunnel: ((b: Buffer, n: number) => void) | null = null;

  /** @param isProxied the first bytes are those of the PROXY protocol */
  constructor(transport: Transport, limits: EngineLimits, sink: RequestSink, isProxied = false) {
    super(transport, limits);
    this.sink = sink;
    transport.owner = this;
    if (isProxied) new ProxiedStart(transport, this, (address) => sink.onProxied(address));
    this.deadline = wheel.in(limits.headerTimeoutMs);
    wheel.watch(this);
  }

  // ---- reading

  onData(b: Buffer, n: number): void {
    if (this.state === HEAD) {
      if (this.rest !== null) {
        b = Buffer.concat([this.rest, b.subarray(0, n)]);
        n = b.length;
        this.rest = null;
      } else {
        this.deadline = wheel.in(this.limits.headerTimeoutMs);
      }
      this.#readHead(b, n);
    } else if (this.state === TUNNEL) {
      this.#tunnel!(b, n);
    } else if (this.state === SERVING) {
      this.readBodyBytes(b, 0, n);
    } else if (this.state === QUEUED) {
      this.keep(b, 0, n);
    } // lingering: what still comes is dropped
  }

  #readHead(b: Buffer, n: number): void {
    const status = reader.readRequestHead(b, n, this.limits);
    if (status === INCOMPLETE) return this.keep(b, reader.headStart, n);
    this.head = reader.head;
    this.hasLine = reader.hasLine;
    this.goodFields = reader.goodFields;
    if (status === reader.HEAD_OK) this.#beginRequest(b, reader.headEnd, n);
    else this.#refuse(status);
  }

  #beginRequest(b: Buffer, end: number, n: number): void {
    this.state = SERVING;
    this.isDiscarding = false;
    this.served++;
    const minor = line.minorVersion;
    this.closeAfter =
      framing.wantsClose ||
      this.isDraining ||
      this.limits.keepaliveTimeoutMs === 0 ||
      this.served >= this.limits.keepaliveRequestsMax ||
      (minor === 0 && !framing.wantsKeepAlive);
    this.expectsContinue = false;
    this.body.begin(framing.contentLength, framing.isChunked);
    if (framing.expectField >= 0 && minor === 1) this.#expect();
    this.deadline = NEVER;
    // what follows the head is looked at after the sink has seen it; it may take the body at once
    this.input = b;
    this.inputStart = end;
    this.inputEnd = n;
    this.sink.onRequest(this);
    this.keepInput();
  }

  /** `Expect: 100-continue` is answered when the body is wanted, or at once where there is none; others mean nothing. */
  #expect(): void {
    if (!framing.isContinueExpected(this.head)) return;
    if (!this.body.isPending) this.transport.writeText(CONTINUE);
    else this.expectsContinue = true;
  }

  // ---- answering

  /** The answer is complete: the next request may begin. */
  endAnswer(): void {
    if (this.state === TUNNEL) this.#linger();
    if (this.state !== SERVING) return;
    if (this.closeAfter) this.#linger();
    else if (this.body.isPending) this.#discardBody();
    else this.#nextRequest();
  }

  #nextRequest(): void {
    this.state = HEAD;
    this.head = "";
    this.isDiscarding = false;
    if (this.isDraining && this.rest === null && this.input === null) return this.#linger();
    this.deadline = wheel.in(this.limits.keepaliveTimeoutMs);
    this.unpause();
    this.keepInput();
    if (this.rest === null) return;
    // pipelined requests take turns with other connections, and do not grow the stack
    this.state = QUEUED;
    setImmediate(() => this.#readQueued());
  }

  #readQueued(): void {
    if (this.state !== QUEUED) return;
    const rest = this.rest!;
    this.state = HEAD;
    this.rest = null;
    this.deadline = wheel.in(this.limits.headerTimeoutMs);
    this.#readHead(rest, rest.length);
  }

  /** Read the rest of a body that nobody wants, if it is not too long. */
  #discardBody(): void {
    if (DiscardedBody.isTooLong(this.body) || this.expectsContinue) return this.#linger();
    this.isDiscarding = true;
    this.readBody(new DiscardedBody(this.body, () => this.#linger()));
  }

  /** Later, because whoever reads the body still holds what follows it. */
  protected override afterDiscard(): void {
    setImmediate(() => {
      if (this.state === SERVING) this.#nextRequest();
    });
  }

  /** No more requests: send what is written, then read for a moment so that the client is not reset. */
  #linger(): void {
    this.state = LINGERING;
    this.rest = this.input = null;
    this.transport.end();
    this.unpause();
    this.deadline = wheel.in(LINGER_MS);
  }

  #refuse(status: number): void {
    this.state = SERVING;
    this.body.drop();
    this.closeAfter = true;
    this.deadline = NEVER;
    this.sink.onBadRequest(this, status);
  }

  /** Ask to be told (`sink.onDrain`) when what was written has left; a client that reads too slowly is cut off. */
  waitForDrain(listener: DrainListener): void {
    this.deadline = wheel.in(this.limits.sendTimeoutMs);
    this.transport.onceDrained(listener);
  }

  /** The client has taken what was written. */
  drained(): void {
    this.deadline =
      this.body.isPending && !this.isPaused ? wheel.in(this.limits.bodyTimeoutMs) : NEVER;
  }

  /** Was it upgraded, so that nobody here knows when it ends? */
  get isTunnel(): boolean {
    return this.state === TUNNEL;
  }

  /** Close without an answer. */
  abort(): void {
    this.transport.close();
  }

  /** Idle connections close now or after one more request, busy ones after their answer. */
  drain(): void {
    this.isDraining = true;
    this.closeAfter = true;
    if (this.state === HEAD && this.rest === null)
      this.deadline = Math.min(this.deadline, wheel.in(DRAIN_IDLE_MS));
  }

  /** After an upgrade: bytes go to `onBytes` as they come, beginning with what is here. */
  tunnel(onBytes: (b: Buffer, n: number) => void): void {
    this.keepInput();
    this.state = TUNNEL;
    this.#tunnel = onBytes;
    this.deadline = NEVER;
    this.unpause();
    const rest = this.rest;
    this.rest = null;
    if (rest !== null) onBytes(rest, rest.length);
  }

  onEnd(): void {
    if (this.state === SERVING || this.state === TUNNEL) {
      this.sink.onClientGone();
      this.transport.close(); // what was upgraded ends with either side, as in nginx
    } else this.transport.end();
  }

  onClose(): void {
    wheel.unwatch(this);
    this.rest = this.input = null;
    if (this.state === SERVING || this.state === TUNNEL) this.sink.onClientGone();
    this.state = LINGERING;
  }

  onDeadline(): void {
    // a client too slow with its head, body or reading gets no answer (proxy-behaviour.md 4)
    if (this.state === HEAD && this.rest === null && !this.isDraining) this.transport.end();
    this.transport.close();
  }
}
