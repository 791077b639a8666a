/**
 * One connection of a gateway that speaks MsgPack:1: a message, its answer, the next message.
 *
 * A gateway sends the next one when it has the answer; from one that does not, messages are kept and done one after the
 * other. Nothing of an event belongs to a connection, but the answer that is waited for on it.
 */
import type { Guest, GuestSide } from "../../../plugin-sdk/typescript/server/guest.ts";
import { MESSAGE_BYTES_MAX } from "./limits.ts";
import { pack } from "./pack.ts";
import type { MsgpackServer } from "./server.ts";
import { EndFinder, Malformed, unpack } from "./unpack.ts";

const REQUEST = 0;
const RESPONSE = 1;
const NOTHING = Buffer.alloc(0);
/** The buffer's first size, and how large it may be to be kept for the next message, in bytes. */
const KEPT_BYTES_MIN = 1024;
const KEPT_BYTES_MAX = 64 * 1024;

/** Of one connection. A message that cannot be read throws out of `receive`, which ends the connection. */
export class Conversation implements Guest {
  readonly #server: MsgpackServer;
  readonly #side: GuestSide;
  readonly #finder = new EndFinder();
  /** What has come and is not done yet, at the beginning of a buffer that grows by doubling. */
  #kept: Buffer = NOTHING;
  #length = 0;
  #isClosed = false;
  #isDraining = false;
  #isBusy = false;

  constructor(server: MsgpackServer, side: GuestSide) {
    this.#server = server;
    this.#side = side;
  }

  /** Messages that are being answered. */
  get eventCount(): number {
    return this.#isBusy ? 1 : 0;
  }

  /** @throws {Malformed} for what is no message, or too long a one */
  receive(bytes: Buffer): void {
    const length = this.#length + bytes.length;
    if (length > MESSAGE_BYTES_MAX) {
      throw new Malformed(`a message is longer than ${MESSAGE_BYTES_MAX} bytes`);
    }
    if (length > this.#kept.length) {
      const larger = Buffer.allocUnsafe(Math.max(KEPT_BYTES_MIN, 2 * length));
      this.#kept.copy(larger, 0, 0, this.#length);
      this.#kept = larger;
    }
    bytes.copy(this.#kept, this.#length);
    this.#length = length;
    if (!this.#isBusy) this.#take();
  }

  /** Do what is whole, message by message. */
  #take(): void {
    while (this.#length > 0 && !this.#isBusy && !this.#isClosed) {
      const end = this.#finder.find(this.#kept.subarray(0, this.#length));
      if (end < 0) return;
      const message = unpack(this.#kept.subarray(0, end));
      this.#finder.reset();
      this.#length -= end;
      this.#kept.copy(this.#kept, 0, end, end + this.#length);
      if (this.#length === 0 && this.#kept.length > KEPT_BYTES_MAX) this.#kept = NOTHING;
      this.#answer(message);
    }
  }

  #answer(message: unknown): void {
    if (!Array.isArray(message) || message[0] !== REQUEST || typeof message[2] !== "string") {
      throw new Malformed("no request");
    }
    const [, id, method, args] = message as [number, unknown, string, unknown];
    this.#isBusy = true;
    let isAtOnce = true;
    this.#server.handle(method, Array.isArray(args) ? args : [], (error, result) => {
      if (this.#isClosed) return false;
      const isTold = this.#write(id, error, result);
      this.#isBusy = false;
      if (this.#isDraining) this.#side.end();
      else if (!isAtOnce) this.#side.guard(() => this.#take());
      return isTold;
    });
    isAtOnce = false;
  }

  /** @returns false where the result cannot be sent, and an error was */
  #write(id: unknown, error: string | null, result: unknown): boolean {
    let bytes: Buffer | null = null;
    let problem = "the answer is longer than a message may be";
    try {
      bytes = pack([RESPONSE, id, error, result]);
    } catch (cause) {
      problem = String(cause);
    }
    const isTold = bytes !== null && bytes.length <= MESSAGE_BYTES_MAX;
    this.#side.write(isTold ? bytes! : pack([RESPONSE, id, problem, null]));
    return isTold;
  }

  /** No new messages: the connection is closed once the one that is being done has its answer. */
  drain(): void {
    this.#isDraining = true;
    if (!this.#isBusy) this.#side.end();
  }

  closed(): void {
    this.#isClosed = true;
  }
}
