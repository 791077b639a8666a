/**
 * What the engine needs of a socket, in two forms behind one class.
 *
 * `onread`: the kernel reads into one static buffer that all sockets share; no Buffer per read, no Readable in the way
 * (measured: 9 us of a 36 us request). `data`: ordinary events, for TLS and wherever `onread` is not to be had. The
 * owner sees no difference: `onData(bytes, length)`, and the bytes are valid only until it returns.
 *
 * There is no public way to accept connections with `onread`, so {@link acceptOnread} replaces an internal callback;
 * {@link canAcceptOnread} looks whether it is there, and the listener falls back to `data`.
 */
import net from "node:net";
import { getSystemErrorName } from "node:util";
import * as direct from "./direct-io.ts";
import { type LongReader, longBodies } from "./long-bodies.ts";

/** Bytes of the shared read buffer, and so the most that waits for one slow reader beside the kernel's own buffers. */
export const READ_BYTES = 32 * 1024;

/** Bytes that a socket may deliver in long reads before it waits for its next turn (libuv would go on for a megabyte). */
const TURN_BYTES = 2 * READ_BYTES;
/** Shorter reads are those of messages, and not counted. */
const LONG_READ_BYTES = 8 * 1024;

const SHARED = Buffer.allocUnsafeSlow(READ_BYTES);

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
 * A socket as the engine uses it: bytes come to the `owner`, writes go out at once, and it tells
 * once that it is closed.
 */
export class Transport implements LongReader {
  owner: TransportOwner | null = null;
  readonly socket: net.Socket;
  isClosed = false;
  /** What the last connect or write failed with; "" while nothing has. */
  errorCode = "";
  #drainListener: DrainListener | null = null;
  /** Where writes go directly; null while the socket is not connected, where it is closing, and for TLS. */
  #handle: direct.StreamHandle | null = null;
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

  /** A latin1 string with one system call. All writes return false where the writer should wait for a drain. */
  writeText(text: string): boolean {
    const handle = this.#handle;
    if (handle === null) return this.socket.write(text, "latin1");
    return this.#settle(direct.writeText(handle, text, this.#written));
  }

  /** Copying both into one buffer is cheaper than cork and writev, also for 10 KB. */
  writeTextAndBytes(text: string, b: Buffer, start: number, end: number): boolean {
    const handle = this.#handle;
    const size = text.length + end - start;
    if (handle !== null && size <= direct.OUT_BYTES) {
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
    this.#handle = null;
    this.socket.end();
  }

  /** Close at once; what was not sent is lost. */
  close(): void {
    this.#handle = null;
    this.socket.destroy();
  }
}

/** `onread` options need their owner before the socket exists: this is filled in right after. */
interface Slot {
  transport: Transport | null;
}

function onread(slot: Slot): net.OnReadOpts {
  return {
    buffer: SHARED,
    callback(length: number): boolean {
      slot.transport?.owner?.onData(SHARED, length);
      return true;
    },
  };
}

/** A transport over a socket that delivers `data` events (TLS, tests). */
export function dataTransport(socket: net.Socket): Transport {
  const transport = new Transport(socket);
  socket.on("data", (chunk: Buffer) => transport.receive(chunk, chunk.length));
  return transport;
}

type ConnectOptions = { host: string; port: number } | { path: string };

/** Open a connection in plain text; `owner.onClose` tells of failure, `connected` of success. */
export function connectPlain(
  options: ConnectOptions,
  useOnread: boolean,
  connected: () => void,
): Transport {
  if (!useOnread) {
    const transport = dataTransport(
      net.connect({ ...options, noDelay: true, allowHalfOpen: true }),
    );
    transport.socket.once("connect", connected);
    return transport;
  }
  const slot: Slot = { transport: null };
  const socket = net.connect({
    ...options,
    noDelay: true,
    allowHalfOpen: true,
    onread: onread(slot),
  });
  const transport = new Transport(socket);
  slot.transport = transport;
  socket.once("connect", () => {
    transport.goDirectly();
    connected();
  });
  return transport;
}

/** A listening socket's internals, as far as we touch them. */
interface InternalServer {
  _handle?: { onconnection?: (status: number, handle: unknown) => void } | null;
}

/** Is the internal callback there that {@link acceptOnread} replaces? The server must be listening. */
export function canAcceptOnread(server: net.Server): boolean {
  return typeof (server as unknown as InternalServer)._handle?.onconnection === "function";
}

/**
 * Make a listening server hand over its connections as `onread` transports.
 *
 * @param accepted called for each connection before its first read
 */
export function acceptOnread(server: net.Server, accepted: (transport: Transport) => void): void {
  const handle = (server as unknown as InternalServer)._handle!;
  handle.onconnection = (status, clientHandle) => {
    if (status !== 0) return; // out of descriptors or memory: libuv tries again by itself
    const slot: Slot = { transport: null };
    const options = { handle: clientHandle, allowHalfOpen: true, onread: onread(slot) };
    const socket = new net.Socket(options as unknown as net.SocketConstructorOpts);
    socket.setNoDelay(true);
    slot.transport = new Transport(socket);
    slot.transport.goDirectly();
    accepted(slot.transport); // the handle reads already, but nothing is delivered within this turn
  };
}
