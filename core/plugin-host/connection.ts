/**
 * One connection to a plugin server: a socket, the session of its protocol, and the time that the server has.
 *
 * It serves one call at a time and is lent by its {@link Endpoint} for as long as the call lasts; an event keeps it from
 * the first byte to the last. Any surprise (bytes that nobody asked for, a limit of time, a closed socket) ends the
 * call and the connection.
 */
import { PluginServerTimeout } from "../errors.ts";
import { NEVER, type Watched, wheel } from "../http1/timer-wheel.ts";
import { connectPlain } from "../http1/open-transport.ts";
import type { Transport, TransportOwner } from "../http1/transport.ts";
import type { Session } from "./session.ts";

/** Who lends connections. */
export interface Lender {
  readonly serverName: string;
  /** The connection is free, or closed if `isUsable` is not true any more. */
  takeBack(connection: Connection): void;
  /** Whoever had it lets go of it. */
  onGivenUp(connection: Connection): void;
  /** It is gone while nobody used it. */
  onIdleClosed(connection: Connection): void;
}

/** Who asked for a new connection; one of the two is called, later. */
export interface Opener {
  onOpen(connection: Connection): void;
  /** @param code of the system: ECONNREFUSED, ENOENT, EAGAIN... */
  onOpenFailure(code: string): void;
}

/**
 * Errors by which a Unix socket says that the peer had gone before the write, or closed with the bytes unread. A call
 * begins with one message, and a message that was not read to its end was not acted on.
 */
const UNREAD: ReadonlySet<string> = new Set(["EPIPE", "ECONNRESET"]);

/** A connection to a plugin server that carries one conversation at a time (MsgPack:1, ProtoBuf:1). */
export class Connection implements TransportOwner, Watched {
  deadline = NEVER;
  readonly session: Session;
  /** Life of the plugin server's process that this connection belongs to (see endpoint.ts). */
  generation = 0;
  isClosed = false;
  isLent = false;
  readonly #lender: Lender;
  readonly #transport: Transport;
  #opener: Opener | null;
  #limitMs = 0;
  /** Nothing has come from the server since the call began. */
  #isUnheard = false;

  constructor(lender: Lender, socketPath: string, session: Session, opener: Opener) {
    this.#lender = lender;
    this.session = session;
    this.#opener = opener;
    this.#transport = connectPlain({ path: socketPath }, true, () => {
      // not at once: if the process died, its old connections must have told so before a new one is used
      setImmediate(() => this.#opened());
    });
    this.#transport.owner = this;
    wheel.watch(this);
  }

  #opened(): void {
    const opener = this.#opener;
    if (opener === null) return;
    this.#opener = null;
    opener.onOpen(this);
  }

  /** Nothing is under way and the socket is open. */
  get isUsable(): boolean {
    return !this.isClosed && this.session.isIdle;
  }

  /** Send; the answer has to come within what was set by {@link limit}. */
  write(bytes: string): void {
    this.#transport.writeText(bytes);
  }

  /** From now on the server has that long for what it was asked. */
  limit(ms: number): void {
    this.#limitMs = ms;
    this.#isUnheard = true;
    this.deadline = wheel.in(ms);
  }

  /** Stop the clock (the gateway itself has to wait for something). @returns ticks that were left */
  pauseClock(): number {
    const left = this.deadline - wheel.now;
    this.deadline = NEVER;
    return left;
  }

  resumeClock(ticksLeft: number): void {
    this.deadline = wheel.now + ticksLeft;
  }

  /** The call is over: back to the pool, or away where the connection is out of step. */
  release(): void {
    this.deadline = NEVER;
    this.session.conversation = null;
    this.#lender.takeBack(this);
  }

  /** Close without telling anybody. */
  discard(): void {
    this.session.conversation = null;
    this.#opener = null;
    this.#close();
    this.#lender.onGivenUp(this);
  }

  onData(b: Buffer, n: number): void {
    this.#isUnheard = false;
    if (!this.session.receive(b, n)) this.#idleSurprise();
  }

  onEnd(): void {
    this.#transport.close();
  }

  onClose(): void {
    if (this.isClosed) return;
    this.#close();
    const opener = this.#opener;
    if (opener !== null) {
      this.#opener = null;
      opener.onOpenFailure(this.#transport.errorCode || "ECONNRESET");
      return;
    }
    const who = this.session.conversation;
    this.session.conversation = null;
    if (who === null) this.#lender.onIdleClosed(this);
    else if (this.#isUnheard && UNREAD.has(this.#transport.errorCode)) who.onUnsent();
    else who.onFailure(this.session.closed());
  }

  onDeadline(): void {
    const who = this.session.conversation;
    if (who === null) return;
    this.discard();
    who.onFailure(new PluginServerTimeout(this.#lender.serverName, "a call", this.#limitMs));
  }

  /** Bytes on a connection that nobody uses: whatever they are, they belong to no call. */
  #idleSurprise(): void {
    this.discard();
    this.#lender.onIdleClosed(this);
  }

  #close(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.deadline = NEVER;
    wheel.unwatch(this);
    this.#transport.close();
  }
}
