/**
 * One connection to a process of a plugin server: hello, frames in and out, streams, and whether it lives.
 *
 * All events of the worker go over it at the same time. Frames of one turn of the event loop leave in one write; while
 * the plugin server does not read, they wait here, up to a bound. The connection is the life of the process, as far as
 * this worker is concerned: when it closes, everything that was under way has failed.
 */
import { type GatewayError, PluginProtocolError } from "../../errors.ts";
import { type Watched, wheel } from "../../http1/timer-wheel.ts";
import type { TransportOwner } from "../../http1/transport.ts";
import { FRAME_BYTES_MAX, STUCK_EVENTS } from "../limits.ts";
import { UnreadableProtobuf } from "../protobuf/wire.ts";
import { EntityNumbers } from "./entities.ts";
import { FrameReader, type FrameSink } from "./frame-reader.ts";
import { FRAME } from "./frame-types.ts";
import { type PeerHello, readHello } from "./hello.ts";
import {
  FORGET_BATCH,
  HELLO_MS,
  LOG_BATCH_BYTES,
  LOG_BATCH_EVENTS,
  LOG_DELAY_MS,
  PING_AFTER_MS,
  PONG_MS,
  STREAMS_MAX,
  WAITING_BYTES_MAX,
} from "./limits.ts";
import type { Dial, LinkTransport } from "./link-transport.ts";
import { NearAnswer } from "./near-answer.ts";
import { OutBuffer } from "./out-buffer.ts";
import type { Fields } from "../protobuf/shape-table.ts";
import { readShape, writeShape } from "./shapes.ts";
import { StreamTable } from "./stream-table.ts";
import { WireCursor } from "./wire.ts";

const PREFACE = "DRAGOMAN";
const PING_MESSAGE = "\x09\x01\0\0\0\0\0\0\0";
/** Frames of the connection itself that belong to whoever keeps instances and processes. */
const OWNERS = new Map<number, string>([
  [FRAME.STARTED, "Started"],
  [FRAME.START_FAILED, "StartFailed"],
  [FRAME.DRAINING, "Draining"],
]);

/**
 * Who has the connection (native-process.ts). Fields are valid for good; the link itself may be closed from
 * within each call.
 */
export interface LinkOwner {
  /** The two understand each other: events may be sent. */
  onHello(link: Link, hello: PeerHello): void;
  /** A message of stream 0: STARTED, START_FAILED or DRAINING. */
  onMessage(link: Link, type: number, fields: Fields): void;
  /** @param requestId "" for a line that belongs to no request */
  onLogLine(fields: Fields, requestId: string): void;
  /** There is room for events again. */
  onRoom(link: Link): void;
  /** It is gone; its streams are told afterwards. */
  onClosed(link: Link, why: string): void;
  /** A look at the clock, every tick while the link is open. */
  onTick(link: Link): void;
}

/**
 * A connection to a native plugin server, from the dial to its end: hello, frames both ways,
 * liveness. It never comes back; what was open on it fails.
 */
export class Link implements TransportOwner, FrameSink, Watched {
  deadline: number;
  readonly out = new OutBuffer();
  readonly streams = new StreamTable();
  readonly entities = new EntityNumbers(this.out);
  isClosed = false;
  /** Number of the write that takes what is in {@link out} now; it goes up when the kernel has accepted one. */
  batch = 0;
  hello: PeerHello | null = null;
  readonly #serverName: string;
  readonly #owner: LinkOwner;
  readonly #transport: LinkTransport;
  readonly #reader = new FrameReader(this);
  readonly #cursor = new WireCursor();
  readonly #flush = (): void => this.flush();
  readonly #near = new NearAnswer(this.streams);
  #isFlushDue = false;
  /** A request waits for what is sent next. */
  #isAwaited = false;
  #logTimer: NodeJS.Timeout | null = null;
  #logsWaiting = 0;
  /** The kernel's buffers are full: nothing is written until they are not. */
  #isBlocked = false;
  #hadNoRoom = false;
  /** Events that ended by their limit of time since one was answered. */
  #silent = 0;
  #heardAt: number;
  #pingedAt = 0;
  /** Requests that are over, to be forgotten at the next tick. */
  #forgotten: number[] = [];
  #why = "the connection was closed";

  /** @param hello the gateway's, as bytes */
  constructor(serverName: string, dial: Dial, hello: string, owner: LinkOwner) {
    this.#serverName = serverName;
    this.#owner = owner;
    wheel.watch(this);
    this.deadline = wheel.in(HELLO_MS);
    this.#heardAt = wheel.now;
    this.#transport = dial(() => {
      if (this.isClosed) return;
      this.#transport.writeText(PREFACE);
      this.out.frame(0, FRAME.HELLO, hello);
      this.flush();
    });
    this.#transport.owner = this;
  }

  // ---- out

  /** May another event begin? Asked before each. */
  get hasRoom(): boolean {
    const { active } = this.streams;
    const most = this.hello?.concurrencyMax || STREAMS_MAX;
    const hasRoom = active < most && this.out.used < WAITING_BYTES_MAX;
    if (!hasRoom) this.#hadNoRoom = true;
    return hasRoom;
  }

  /**
   * What was written into {@link out} leaves at once where nothing else is under way. Else others are likely to come in
   * this turn of the event loop, each from a socket of its own, and one write at the end of it takes them all.
   *
   * @param isAwaited does a request wait for the answer?
   */
  send(isAwaited = false): void {
    if (isAwaited) this.#isAwaited = true;
    if (this.#isFlushDue) return;
    this.#isFlushDue = true;
    if (this.streams.active <= 1) process.nextTick(this.#flush);
    else setImmediate(this.#flush);
  }

  /** It leaves with the next write, or after a short while, or when much has come together. */
  sendWithCompany(): void {
    if (this.#isFlushDue) return;
    if (++this.#logsWaiting >= LOG_BATCH_EVENTS || this.out.used >= LOG_BATCH_BYTES) {
      return this.send();
    }
    this.#logTimer ??= setTimeout(this.#flush, LOG_DELAY_MS);
  }

  /** A rare message. */
  write(type: number, name: string, fields: Readonly<Fields>, stream = 0): void {
    this.out.frame(stream, type, writeShape(name, fields));
    this.send();
  }

  /** Now, and not at the end of the turn; nothing while the kernel takes no more. */
  flush(): void {
    this.#isFlushDue = false;
    this.#logsWaiting = 0;
    if (this.#logTimer !== null) {
      clearTimeout(this.#logTimer);
      this.#logTimer = null;
    }
    const { out } = this;
    if (out.used === 0 || this.#isBlocked || this.isClosed) return;
    const hasRoom = this.#transport.writeTextAndBytes("", out.bytes, 0, out.used);
    if (this.#transport.errorCode === "") this.batch++;
    out.clear();
    if (this.#isAwaited && this.streams.active === 1) this.#near.expect();
    this.#isAwaited = false;
    if (hasRoom) return;
    this.#isBlocked = true;
    this.#transport.onceDrained(this);
  }

  onDrain(): void {
    this.#isBlocked = false;
    this.flush();
    this.#tellOfRoom();
  }

  /** An event has ended by its limit of time. A connection that only does that is out of step, or its peer hangs. */
  onSilence(): void {
    if (++this.#silent >= STUCK_EVENTS) this.fail(`${STUCK_EVENTS} events in a row had no answer`);
  }

  /** A request is over whose context the peer holds; it is told with the next ones. */
  forget(request: number): void {
    if (this.isClosed) return;
    this.#forgotten.push(request);
    if (this.#forgotten.length >= FORGET_BATCH) this.#sendForgotten();
  }

  #sendForgotten(): void {
    const requests = this.#forgotten;
    this.#forgotten = [];
    this.write(FRAME.FORGET, "Forget", { requests });
  }

  /** The stream is over; others may have waited for that. */
  closeStream(stream: number): void {
    this.streams.close(stream);
  }

  #tellOfRoom(): void {
    if (!this.#hadNoRoom || this.isClosed) return;
    this.#hadNoRoom = false;
    this.#owner.onRoom(this);
  }

  // ---- in

  onData(b: Buffer, n: number): void {
    this.#heardAt = wheel.now;
    this.#pingedAt = 0;
    this.#reader.read(b, n);
    if (this.#hadNoRoom) this.#tellOfRoom();
  }

  onFrame(stream: number, type: number, b: Buffer, from: number, end: number): boolean {
    try {
      if (this.hello === null) this.#readHello(stream, type, b, from, end);
      else if (stream === 0) this.#onOwnMessage(type, b, from, end);
      else this.#onStreamMessage(stream, type, b, from, end);
    } catch (cause) {
      if (!(cause instanceof UnreadableProtobuf)) throw cause;
      this.fail(`it sent a message that cannot be read (${cause.message})`);
    }
    return !this.isClosed;
  }

  #onStreamMessage(stream: number, type: number, b: Buffer, from: number, end: number): void {
    const user = this.streams.find(stream);
    this.#silent = 0;
    if (user === null) return; // it has crossed a Cancel, or is an answer too many
    if (type === FRAME.DONE) user.onDone(b, from, end);
    else if (type === FRAME.CALL) user.onCall(b, from, end);
    else if (type === FRAME.CHUNK_DONE) user.onChunkDone(b, from, end);
    else if (type === FRAME.LOG) this.#onLogLine(b, from, end, user.requestId);
  }

  #onOwnMessage(type: number, b: Buffer, from: number, end: number): void {
    const name = OWNERS.get(type);
    if (name !== undefined) {
      this.#cursor.set(b, from, end);
      this.#owner.onMessage(this, type, readShape(name, this.#cursor));
    } else if (type === FRAME.LOG) this.#onLogLine(b, from, end, "");
    // a Pong needs nothing more than to have come, and of types that we do not know nothing is expected
  }

  #onLogLine(b: Buffer, from: number, end: number, requestId: string): void {
    this.#cursor.set(b, from, end);
    this.#owner.onLogLine(readShape("LogLine", this.#cursor), requestId);
  }

  #readHello(stream: number, type: number, b: Buffer, from: number, end: number): void {
    if (stream !== 0 || (type !== FRAME.HELLO && type !== FRAME.DRAINING)) {
      return this.fail("it did not begin with Hello");
    }
    this.#cursor.set(b, from, end);
    if (type === FRAME.DRAINING) {
      const { reason } = readShape("Draining", this.#cursor);
      return this.fail(`it does not want to talk: ${String(reason).slice(0, 200)}`);
    }
    const hello = readHello(this.#cursor);
    if (typeof hello === "string") {
      this.write(FRAME.DRAINING, "Draining", { reason: hello });
      this.flush();
      return this.fail(hello);
    }
    this.hello = hello;
    this.deadline = wheel.now + 1;
    this.#owner.onHello(this, hello);
  }

  onBrokenFrame(what: string): void {
    this.fail(`it sent ${what}, which can be none`);
  }

  // ---- its life

  onDeadline(): void {
    if (this.hello === null) return this.fail(`it said no Hello within ${HELLO_MS} ms`);
    this.deadline = wheel.now + 1;
    this.streams.look(wheel.now);
    if (this.#forgotten.length > 0) this.#sendForgotten();
    this.#owner.onTick(this);
    if (!this.isClosed && this.streams.active > 0) this.#askIfAlive();
  }

  #askIfAlive(): void {
    if (this.#pingedAt !== 0) {
      if (this.#pingedAt <= wheel.now) this.fail(`it was silent for ${PING_AFTER_MS + PONG_MS} ms`);
    } else if (this.#heardAt + wheel.in(PING_AFTER_MS) - wheel.now <= wheel.now) {
      this.#pingedAt = wheel.in(PONG_MS);
      this.out.frame(0, FRAME.PING, PING_MESSAGE);
      this.send();
    }
  }

  /** The peer breaks the protocol, or is silent. */
  fail(why: string): void {
    if (!this.isClosed) this.#why = why;
    this.close();
  }

  /** Of an alert of TLS the error is known before its end is told. */
  onEnd(): void {
    this.onClose();
  }

  onClose(): void {
    if (this.#transport.errorCode !== "") this.#why = this.#transport.errorCode;
    this.close();
  }

  /** May be called again. The owner is told first, then every stream that was open. */
  close(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    wheel.unwatch(this);
    if (this.#logTimer !== null) clearTimeout(this.#logTimer);
    this.#transport.close();
    this.#owner.onClosed(this, this.#why);
    this.streams.closeAll(this.#lost());
  }

  /** What became of an event nobody knows: it may have run, or not. */
  #lost(): GatewayError {
    return new PluginProtocolError(
      this.#serverName,
      `${this.#why}, and what became of the event is not known`,
    );
  }

  /** Longest message that the peer takes. */
  get messageBytesMax(): number {
    return this.hello?.frameBytesMax ?? FRAME_BYTES_MAX;
  }
}
