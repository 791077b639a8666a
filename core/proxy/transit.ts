/**
 * A request between its client and a target: tries, bodies in both directions, what happens when either side fails.
 *
 * One object for each request that is proxied or answered. `handle.ts` decides what happens; this file carries it out
 * and calls back when the Service's answer begins and ends. Retries follow nginx's rules as Kong sets them
 * (proxy-behaviour 5): after an error or a time-out, never after an answer's head, never for POST, LOCK and PATCH
 * once the request was sent, never when the body cannot be sent again.
 */
import { type Exchange, nowMs, type Try } from "../exchange/exchange.ts";
import type { TargetPool } from "../http1/target-pool.ts";
import { wheel } from "../http1/timer-wheel.ts";
import type { DrainListener } from "../http1/transport.ts";
import type { ResponseSink, UpstreamFailure } from "../http1/response-sink.ts";
import type { UpstreamConnection } from "../http1/upstream-connection.ts";
import type { BodySink, ClientStream } from "./client-stream.ts";
import { logFailedTry } from "./failed-try.ts";
import type { GatheredBytes } from "./gathered-bytes.ts";
import type { Held } from "./held.ts";
import { type AbsentBody, type ClientBody, TEXT_BODY_MAX } from "./request-body.ts";
import { requestHead } from "./request-head.ts";
import type { Peer } from "../balancer/peer.ts";
import type { GatewayState, ProxyRooms } from "./rooms.ts";
import { poolFor } from "./upstream-tls.ts";

/** What the request's way does when something has happened to its transit. */
export interface TransitEvents {
  /** The Service's head has arrived; valid only during the call. */
  onServiceHead(transit: Transit, connection: UpstreamConnection): void;
  /** @returns false if the client should be waited for */
  onServiceBytes(transit: Transit, b: Buffer, start: number, end: number): boolean;
  onServiceEnd(transit: Transit): void;
  /** No answer came, and none will. */
  onServiceFailed(transit: Transit, status: 502 | 504): void;
  /** The answer broke off after its head had gone to the client. */
  onServiceCut(transit: Transit): void;
  /** There is no peer: the balancer's error. */
  onNoPeer(transit: Transit, cause: unknown): void;
  /** The client's body cannot be read to its end. */
  onBodyFailed(transit: Transit, status: 400 | 413): void;
}

/** Methods that are not repeated once they were sent (nginx's list). */
const NOT_REPEATED: ReadonlySet<string> = new Set(["POST", "LOCK", "PATCH"]);
const NO_PEERS: Peer[] = [];
const CHUNK_END = "0\r\n\r\n";

/** Answered or failed exactly once by its `events`, unless it is finished first (the client went away). */
export class Transit implements ResponseSink, BodySink, DrainListener {
  readonly x: Exchange;
  readonly client: ClientStream;
  readonly rooms: ProxyRooms;
  readonly events: TransitEvents;
  /** The request's body; null where there is none and no plugin made one. */
  body: ClientBody | null;
  /** The connection under way. */
  connection: UpstreamConnection | null = null;
  peer: Peer | null = null;
  /** Bytes of the Service's body that are collected (buffered proxying); null = they stream. */
  collected: GatheredBytes | null = null;
  /** The answer's length as announced; see client-stream.ts. */
  length = 0;
  /** Body bytes written to the client so far. */
  written = 0;
  /** body_filter has seen the whole body. */
  isFiltered = false;
  /** What the Service sent while a plugin is waited for in header_filter or body_filter; null while none is. */
  held: Held | null = null;
  /** An answer that is here whole, on its way through the filters. */
  whole: Buffer | null = null;
  /** Is {@link whole} the Service's? Else it is our own. */
  isServiceWhole = false;
  isFinished = false;

  #tried: Peer[] = NO_PEERS;
  #triesLeft = 0;
  #try: Try | null = null;
  /** Something of the request has been written to the connection under way. */
  #isSent = false;
  #isStreaming = false;
  #isChunked = false;
  /** The request has been written to its end. */
  #isComplete = false;
  #hasHead = false;

  constructor(
    x: Exchange,
    client: ClientStream,
    body: ClientBody | null,
    rooms: ProxyRooms,
    events: TransitEvents,
  ) {
    this.x = x;
    this.client = client;
    this.body = body;
    this.rooms = rooms;
    this.events = events;
  }

  /** Send the request to the Service. @param buffers hold the body back until it is complete or over the buffer */
  forward(buffers: boolean): void {
    const { body } = this;
    this.#triesLeft = 1 + this.x.upstream.retries;
    if (body !== null && buffers) {
      if (!body.gather(this.rooms.options.clientBodyBufferBytes, () => this.#afterGather())) return;
    }
    this.#afterGather();
  }

  #afterGather(): void {
    if (this.isFinished) return;
    const failed = this.body === null ? 0 : this.body.failed;
    if (failed !== 0) this.events.onBodyFailed(this, failed);
    else this.#pick();
  }

  #pick(): void {
    const { upstream } = this.x;
    const startedMs = nowMs();
    try {
      const { snapshot } = this.x.state as GatewayState;
      const peer = this.rooms.balancer.pick(upstream.host, upstream.port, snapshot, this.#tried);
      if (peer instanceof Promise) {
        peer.then(
          (found) => this.#connect(found, startedMs, nowMs()),
          (cause: unknown) => this.isFinished || this.events.onNoPeer(this, cause),
        );
      } else this.#connect(peer, startedMs, startedMs);
    } catch (cause) {
      this.events.onNoPeer(this, cause);
    }
  }

  #connect(peer: Peer, startedMs: number, connectMs: number): void {
    if (this.isFinished) return;
    const { x } = this;
    x.accessEndMs = connectMs; // of the last try, as Kong measures the Service's latency
    this.peer = peer;
    this.#triesLeft--;
    this.#try = {
      ip: peer.ip,
      port: peer.port,
      balancerStartMs: startedMs,
      balancerLatencyMs: connectMs - startedMs,
    };
    if (x.tries === null) x.tries = [this.#try];
    else x.tries.push(this.#try);
    let pool: TargetPool;
    try {
      pool = poolFor(this, peer);
    } catch (cause) {
      this.events.onNoPeer(this, cause);
      return;
    }
    const idle = pool.take();
    this.#isSent = false;
    if (idle === undefined) this.connection = pool.connect(this, x.upstream.connectTimeoutMs);
    else this.onConnected(idle);
  }

  // ---- the request

  onConnected(connection: UpstreamConnection): void {
    const { x, body, client } = this;
    this.connection = connection;
    this.#isSent = true;
    this.#isStreaming = this.#isChunked = false;
    this.#isComplete = true;
    connection.begin(this, x.upstreamMethod === "HEAD", x.upstream.readTimeoutMs);
    const { transport } = connection;
    const options = this.rooms.options;
    if (body === null) {
      this.#sendWithoutBody(connection);
      return;
    }
    const text = body.text;
    if (text !== null) {
      transport.writeSoon(requestHead(x, options, this.peer!, text.length, true) + text);
    } else if (body.isComplete) {
      const bytes = body.bytes();
      const head = requestHead(x, options, this.peer!, bytes.length, true);
      if (bytes.length <= TEXT_BODY_MAX)
        transport.writeSoon(head + bytes.latin1Slice(0, bytes.length));
      else if (!transport.writeTextAndBytes(head, bytes, 0, bytes.length))
        this.#waitForUpstream(connection);
    } else {
      this.#isStreaming = true;
      this.#isComplete = false;
      this.#isChunked = client.bodyLength < 0;
      transport.writeSoon(requestHead(x, options, this.peer!, client.bodyLength, true), true);
      body.stream(this);
    }
  }

  #sendWithoutBody({ transport }: UpstreamConnection): void {
    const { x } = this;
    const made = (x.requestBody as AbsentBody).replacement;
    if (made === null) {
      transport.writeSoon(requestHead(x, this.rooms.options, this.peer!, 0, false));
      return;
    }
    const head = requestHead(x, this.rooms.options, this.peer!, made.length, true);
    transport.writeTextAndBytes(head, made, 0, made.length);
  }

  onBodyBytes(b: Buffer, start: number, end: number): boolean {
    const connection = this.connection;
    if (connection === null || this.isFinished) return true; // dropped: the answer is complete already
    connection.touch();
    const { transport } = connection;
    let hasRoom: boolean;
    if (this.#isChunked) {
      hasRoom = transport.writeTextAndBytes(`${(end - start).toString(16)}\r\n`, b, start, end);
      hasRoom = transport.writeSoon("\r\n", true) && hasRoom;
    } else hasRoom = transport.writeBytes(b, start, end);
    if (!hasRoom) this.#waitForUpstream(connection);
    return hasRoom;
  }

  #waitForUpstream(connection: UpstreamConnection): void {
    connection.deadline = wheel.in(this.x.upstream.writeTimeoutMs);
    connection.transport.onceDrained(this);
  }

  /** The target has taken what was written. */
  onDrain(): void {
    if (this.connection === null || this.isFinished) return;
    this.connection.touch();
    if (this.#isStreaming && !this.#isComplete) this.client.resumeBody();
  }

  onBodyEnd(): void {
    this.#isComplete = true;
    const connection = this.connection;
    if (connection === null || this.isFinished) return;
    if (this.#isChunked) connection.transport.writeSoon(CHUNK_END);
    connection.touch();
  }

  onBodyFailed(status: 400 | 413): void {
    this.dropConnection();
    if (!this.isFinished) this.events.onBodyFailed(this, status);
  }

  // ---- the answer

  onResponseHead(connection: UpstreamConnection): void {
    this.#hasHead = true;
    this.x.serviceFirstByteMs = nowMs();
    if (connection.status >= 500) this.#markLast(connection.status);
    this.events.onServiceHead(this, connection);
  }

  onResponseBytes(b: Buffer, start: number, end: number): boolean {
    return this.events.onServiceBytes(this, b, start, end);
  }

  onResponseEnd(connection: UpstreamConnection): void {
    if (!this.#isComplete) connection.forbidReuse(); // answered before it had read the request
    this.connection = null;
    this.x.serviceEndMs = connection.cameWhole ? this.x.serviceFirstByteMs : nowMs();
    this.events.onServiceEnd(this);
  }

  onFailed(connection: UpstreamConnection, failure: UpstreamFailure): void {
    this.connection = null;
    if (this.isFinished) return;
    if (this.#hasHead) {
      logFailedTry(this, connection, failure, "cut");
      this.events.onServiceCut(this);
      return;
    }
    const status = failure === "timeout" || failure === "connect-timeout" ? 504 : 502;
    this.#try!.code = status;
    const wasStale = connection.wasIdle && failure === "closed" && !connection.hasAnswered;
    if (wasStale) this.#triesLeft++; // a kept connection found closed is one more
    if (this.#triesLeft > 0 && this.#mayRepeat(failure, connection)) {
      this.#try!.state = "failed";
      if (!wasStale) {
        this.#tried = this.#tried === NO_PEERS ? [this.peer!] : [...this.#tried, this.peer!];
        logFailedTry(this, connection, failure, "try");
      }
      this.#pick();
      return;
    }
    this.#markLast(status);
    this.x.serviceFirstByteMs = nowMs(); // the wait ended, if with nothing
    logFailedTry(this, connection, failure, "answer");
    this.events.onServiceFailed(this, status);
  }

  /** A try after which there is none left counts as failed where a status of 500 or more came of it (Kong's log). */
  #markLast(status: number): void {
    const { tries, upstream } = this.x;
    if (tries!.length <= upstream.retries) return;
    this.#try!.state = "failed";
    this.#try!.code = status;
  }

  #mayRepeat(failure: UpstreamFailure, connection: UpstreamConnection): boolean {
    if (failure === "invalid") return false;
    if (!this.#isSent || (connection.isUnsent && !this.#isStreaming)) return true;
    return !NOT_REPEATED.has(this.x.upstreamMethod) && !this.#isStreaming;
  }

  /** Give up what is under way with the Service. */
  dropConnection(): void {
    const connection = this.connection;
    this.connection = null;
    connection?.abandon();
  }
}
