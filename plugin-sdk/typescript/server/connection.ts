/** One connection of the gateway: its socket, its frames, its session. */
import type { Socket } from "node:net";
import { FrameReader } from "../wire/frame-reader.ts";
import type { Guest, GuestProtocol } from "./guest.ts";
import { readShared } from "./read-buffer.ts";
import { Session, type SessionOptions } from "./session.ts";

/** What a connection needs of its server. */
export interface ConnectionOptions extends Omit<SessionOptions, "onOutput" | "onDrained"> {
  /** A line about the server itself, where there is no gateway to tell it to. */
  readonly complain: (line: string) => void;
  readonly onClose: (connection: Connection) => void;
  /** Whoever may speak another protocol here. */
  readonly guests?: GuestProtocol | undefined;
}

/** Reads from the moment it is made; `onClose` is called once. */
export class Connection {
  readonly session: Session;
  readonly #socket: Socket;
  readonly #reader: FrameReader;
  readonly #options: ConnectionOptions;
  /** Frames of a chunk are being read: what they give is written when all were. */
  #isReading = false;
  #isFlushPlanned = false;
  #endsWhenIdle = false;
  /** Nothing has come yet that tells the protocol. */
  #isSilent: boolean;
  #guest: Guest | null = null;
  readonly #flush = (): void => this.#flushNow();

  constructor(socket: Socket, options: ConnectionOptions) {
    this.#socket = socket;
    this.#options = options;
    this.session = new Session({
      ...options,
      onOutput: () => this.#planFlush(),
      onDrained: () => this.#end(),
    });
    this.#reader = new FrameReader(this.session);
    this.#isSilent = options.guests !== undefined;
    socket.setNoDelay(true);
    const onBytes = (bytes: Buffer): void => this.#onData(bytes);
    if (!readShared(socket, onBytes)) socket.on("data", onBytes);
    socket.on("drain", () => socket.resume());
    socket.on("error", (cause) => options.complain(`connection: ${cause.message}`));
    socket.on("close", () => {
      this.#guest?.closed();
      this.session.close();
      options.onClose(this);
    });
    if (!this.#isSilent) this.#flushNow(); // Hello
  }

  get eventCount(): number {
    return this.#guest?.eventCount ?? this.session.eventCount;
  }

  drain(reason: string): void {
    if (this.#isSilent) this.#socket.destroy();
    else if (this.#guest !== null) this.#guest.drain();
    else this.session.drain(reason);
  }

  destroy(): void {
    this.#socket.destroy();
  }

  #onData(chunk: Buffer): void {
    this.#isReading = true;
    if (this.#isSilent) this.#decide(chunk[0]!);
    try {
      if (this.#guest !== null) return this.#guest.receive(chunk);
      this.#reader.push(chunk);
    } catch (cause) {
      // out of step: nothing that comes now can be understood
      this.#options.complain(`connection closed: ${String(cause)}`);
      this.#socket.destroy();
      return;
    } finally {
      this.#isReading = false;
    }
    this.#flushNow();
  }

  /** Which protocol is it? What is nobody's is told so by the native one. */
  #decide(first: number): void {
    this.#isSilent = false;
    const { guests, complain } = this.#options;
    if (guests?.begins(first) !== true) return;
    const socket = this.#socket;
    this.#guest = guests.open({
      write: (bytes) => {
        if (!socket.destroyed && !socket.write(bytes)) socket.pause();
      },
      end: () => socket.end(),
      guard: (work) => {
        try {
          work();
        } catch (cause) {
          complain(`connection closed: ${String(cause)}`);
          socket.destroy();
        }
      },
    });
  }

  /** Write at the end of this turn, whatever else is put together until then. */
  #planFlush(): void {
    if (this.#isReading || this.#isFlushPlanned) return;
    this.#isFlushPlanned = true;
    process.nextTick(this.#flush);
  }

  #flushNow(): void {
    this.#isFlushPlanned = false;
    const { output } = this.session;
    const socket = this.#socket;
    if (output.isEmpty || socket.destroyed) return this.#endIfIdle();
    const text = output.takeText();
    let isTaken = true;
    if (text !== null) {
      isTaken = socket.write(text, "latin1");
    } else {
      socket.cork();
      for (const piece of output.take()) isTaken = socket.write(piece, "latin1");
      socket.uncork();
    }
    // the reader stops while the writer is behind
    if (!isTaken) socket.pause();
    this.#endIfIdle();
  }

  #end(): void {
    this.#endsWhenIdle = true;
    this.#planFlush();
  }

  #endIfIdle(): void {
    if (this.#endsWhenIdle && this.session.output.isEmpty) this.#socket.end();
  }
}
