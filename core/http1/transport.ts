/**
 * What the engine needs of a socket, in two forms behind one class.
 *
 * `onread`: the kernel reads into one static buffer that all sockets share; no Buffer per read, no Readable in the way
 * (measured: 9 us of a 36 us request). `data`: ordinary events, for TLS and wherever `onread` is not to be had. The
 * owner sees no difference: `onData(bytes, length)`, and the bytes are valid only until it returns.
 * How a transport comes about, by connecting or accepting, is in open-transport.ts.
 */
import type net from "node:net";
import { getSystemErrorName } from "node:util";
import * as direct from "./direct-io.ts";
import { type LongReader, longBodies } from "./long-bodies.ts";
import { HELD_TEXT_MAX, outbox, type Sender } from "./outbox.ts";

/** Bytes of the shared read buffer, and so the most that waits for one slow reader beside the kernel's own buffers. */
export const READ_BYTES = 32 * 1024;

/** Bytes that a socket may deliver in long reads before it waits for its next turn (libuv would go on for a megabyte). */
const TURN_BYTES = 2 * READ_BYTES;
/** Shorter reads are those of messages, and not counted. */
const LONG_READ_BYTES = 8 * 1024;

/** Where every socket of the first form reads to; valid during `onData` only. */
export const SHARED = Buffer.allocUnsafeSlow(READ_BYTES);

/** The connection that a transport belongs to. */
export interface TransportOwner {
  /** b[0..n) has arrived; valid only during the call. */
  onData(b: Buffer, n: number): void;
  /** The peer will send nothing more (it closed its side). */
  onEnd(): void;
  /** The socket is gone; called once. */
  onClose(): void;
}

/** Told once when what was written has left. */
export interface DrainListener {
  onDrain(): void;
}

/**
 * A socket as the engine uses it: bytes come to the `owner`, writes go out at once ({@link writeSoon}: at the end of this
 * turn of the loop), in the order of the calls, and it tells once that it is closed.
 */
export class Transport implements LongReader, Sender {
  owner: TransportOwner | null = null;
  readonly socket: net.Socket;
  isClosed = false;
  /** What the last connect or write failed with; "" while nothing has. */
  errorCode = "";
  /** Messages that have left: what is held has not. */
  sent = 0;
  #drainListener: DrainListener | null = null;
  /** Where writes go directly; null while the socket is not connected, where it is closing, and for TLS. */
  #handle: direct.StreamHandle | null = null;
  /** What leaves with company (outbox.ts), or before whatever is written next. */
  #held = "";
  /** Writes to the handle that the kernel has not taken whole. */
  #queued = 0;
  /** Bytes of long reads since others had their turn. */
  #turnBytes = 0;
  /** The owner wants no more for now. */
  #isPaused = false;
  /** It waits for its next turn (long-bodies.ts), and is in the ring once. */
  #isWaiting = false;
  /** The last read was a long one. */
  #isLong = false;
  readonly #written = (code: number): void => {
    this.#queued--;
    if (code < 0) this.#fail(code);
    else if (this.isDrained) this.#drained();
  };

  constructor(socket: net.Socket) {
    this.socket = socket;
    socket.on("close", () => {
      this.isClosed = true;
      this.#handle = null;
      this.#held = "";
      if (this.#isLong) longBodies.leave(this);
      this.owner?.onClose();
    });
    socket.on("error", (error: NodeJS.ErrnoException) => {
      this.errorCode = error.code ?? error.message; // "close" follows
    });
    socket.on("end", () => this.owner?.onEnd());
    socket.on("drain", () => {
      if (this.isDrained) this.#drained();
    });
  }

  /**
   * The socket is connected, in plain text, and reads into the shared buffer: from now on read from its handle and write to
   * it, if that can be had.
   */
  goDirectly(): void {
    if (this.socket.writableLength > 0) return;
    const handle = direct.handleOf(this.socket);
    if (handle === null) return;
    this.#handle = handle;
    direct.readDirectly(handle, (n) => this.receive(SHARED, n));
  }

  /** b[0..n) has come. */
  receive(b: Buffer, n: number): void {
    if (n >= LONG_READ_BYTES) return this.#receiveLong(b, n);
    if (this.#isLong) {
      this.#isLong = false;
      longBodies.leave(this);
    }
    this.owner?.onData(b, n);
  }

  /** Probably there is more: others come first, then this one reads on. */
  #receiveLong(b: Buffer, n: number): void {
    this.#isLong = true;
    longBodies.begin(n);
    this.owner?.onData(b, n);
    const isOver = longBodies.isOver(this);
    if (this.#isPaused || this.socket.destroyed || this.#isWaiting) {
      this.#turnBytes = 0;
      longBodies.leave(this);
      return;
    }
    this.#turnBytes += n;
    if ((isOver || this.#turnBytes >= TURN_BYTES) && this.standBack()) longBodies.wait(this);
  }

  standBack(): boolean {
    if (this.#isPaused || this.socket.destroyed || this.#isWaiting) return false;
    const handle = this.#handle;
    if (handle === null) this.socket.pause();
    else if (!direct.stopReading(handle)) return false;
    this.#turnBytes = 0;
    this.#isWaiting = true;
    return true;
  }

  readOn(): boolean {
    if (!this.#isWaiting) return false;
    this.#isWaiting = false;
    if (this.#isPaused || this.socket.destroyed) return false;
    this.#readOn();
    return true;
  }

  #readOn(): void {
    const handle = this.#handle;
    if (handle === null || this.socket.isPaused()) this.socket.resume();
    else direct.readOn(handle);
  }

  /**
   * A latin1 string that may leave together with those of other sockets, at the end of this turn of the loop at the latest.
   *
   * @param hasMore another part follows, probably in this turn: they shall leave as one
   */
  writeSoon(text: string, hasMore = false): boolean {
    if (this.#handle === null || this.#queued > 0) return this.writeText(text);
    const held = this.#held;
    if (held.length + text.length > HELD_TEXT_MAX) return this.writeText(text);
    if (held === "" && !outbox.take(this, hasMore)) return this.writeText(text);
    this.#held = held + text;
    return true;
  }

  /** What {@link writeSoon} holds leaves now; nothing where it holds nothing. */
  sendHeld(): void {
    if (this.#held !== "") this.writeText("");
  }

  /** What is held shall not leave: nobody has seen any of it. */
  dropHeld(): void {
    this.#held = "";
  }

  /** What is held, which the caller writes before anything else. */
  #takeHeld(): string {
    const held = this.#held;
    this.#held = "";
    return held;
  }

  /** A latin1 string with one system call. All writes return false where the writer should wait for a drain. */
  writeText(message: string): boolean {
    const text = this.#held === "" ? message : this.#takeHeld() + message;
    this.sent++;
    const handle = this.#handle;
    if (handle === null) return this.socket.write(text, "latin1");
    return this.#settle(direct.writeText(handle, text, this.#written));
  }

  /** Copying both into one buffer is cheaper than cork and writev, also for 10 KB. */
  writeTextAndBytes(before: string, b: Buffer, start: number, end: number): boolean {
    const text = this.#held === "" ? before : this.#takeHeld() + before;
    const handle = this.#handle;
    const size = text.length + end - start;
    if (handle !== null && size <= direct.OUT_BYTES) {
      this.sent++;
      return this.#settle(direct.writeCopied(handle, text, b, start, end, this.#written));
    }
    const out = Buffer.allocUnsafe(size);
    out.latin1Write(text, 0);
    b.copy(out, text.length, start, end);
    return this.writeBuffer(out);
  }

  /** Bytes that are valid only now are copied. */
  writeBytes(b: Buffer, start: number, end: number): boolean {
    if (b !== SHARED) return this.writeBuffer(b.subarray(start, end));
    return this.writeTextAndBytes("", b, start, end);
  }

  /** Bytes that stay as they are. */
  writeBuffer(b: Buffer): boolean {
    this.sendHeld();
    this.sent++;
    const handle = this.#handle;
    if (handle === null) return this.socket.write(b);
    return this.#settle(direct.writeBytes(handle, b, this.#written));
  }

  #settle(result: number): boolean {
    if (result === direct.WRITTEN) return true;
    if (result === direct.QUEUED) this.#queued++;
    else this.#fail(result);
    return false;
  }

  /** A write failed: the peer is gone. */
  #fail(code: number): void {
    if (this.socket.destroyed) return; // closed by ourselves: what was queued is given up
    this.errorCode = getSystemErrorName(code);
    this.close();
  }

  #drained(): void {
    const listener = this.#drainListener;
    this.#drainListener = null;
    listener?.onDrain();
  }

  /** Has everything that was written gone to the kernel? */
  get isDrained(): boolean {
    return this.#queued === 0 && this.socket.writableLength === 0;
  }

  /** Call `listener` once when everything written has gone; one listener at a time. */
  onceDrained(listener: DrainListener): void {
    this.#drainListener = listener;
  }

  /**
   * Read no more until {@link resume}. A chunk that was read already may still come, where the socket has
   * events.
   */
  pause(): void {
    this.#isPaused = true;
    this.socket.pause();
  }

  /** A long body goes on when it is its turn, everything else at once. */
  resume(): void {
    this.#isPaused = false;
    if (this.#isWaiting) return;
    if (this.#isLong && longBodies.isBusy) {
      this.#isWaiting = true;
      longBodies.wait(this);
    } else this.socket.resume();
  }

  /** Send what was written, then close our side. */
  end(): void {
    this.sendHeld();
    this.#handle = null;
    this.socket.end();
  }

  /** Close at once; what the kernel has not taken is lost. */
  close(): void {
    this.sendHeld();
    this.#handle = null;
    this.socket.destroy();
  }
}
