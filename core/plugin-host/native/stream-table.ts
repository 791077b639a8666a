/**
 * Streams of a connection by number.
 *
 * A number is a slot in its lower half and, in its upper half, how often the slot was used: so slots stay few and are
 * found without a lookup in a map, and an answer that comes late, or twice, is never taken for one of the next event in
 * that slot.
 */
import type { GatewayError } from "../../errors.ts";

/** Who has a stream. Messages are valid during the call only. */
export interface StreamUser {
  /** Tick at which {@link onDeadline} is called (http1/timer-wheel.ts). */
  deadline: number;
  onDeadline(): void;
  onCall(b: Buffer, from: number, end: number): void;
  onDone(b: Buffer, from: number, end: number): void;
  onChunkDone(b: Buffer, from: number, end: number): void;
  /** Id of the request, for lines of the plugin's log. */
  readonly requestId: string;
  /** The connection is gone, and the stream with it. */
  onLinkClosed(cause: GatewayError): void;
}

const SLOT_BITS = 0xffff;
const NEXT_USE = 0x10000;

/** One for each connection; room is for STREAMS_MAX at a time, which {@link Link.hasRoom} looks at. */
export class StreamTable {
  /** Streams in use. */
  active = 0;
  /** Slot 0 stays empty: stream 0 is the connection. */
  readonly #users: (StreamUser | null)[] = [null];
  /** The number that each slot has, or will have when it is used next. */
  readonly #numbers: number[] = [0];
  readonly #free: number[] = [];

  /** Not before Link.hasRoom said that there is room. @returns the stream's number */
  open(user: StreamUser): number {
    this.active++;
    let slot = this.#free.pop();
    if (slot === undefined) {
      slot = this.#users.length;
      this.#users.push(user);
      this.#numbers.push(slot);
    } else this.#users[slot] = user;
    return this.#numbers[slot]!;
  }

  /** Whose stream it is; null for one that is over, or never was. */
  find(stream: number): StreamUser | null {
    const slot = stream & SLOT_BITS;
    return this.#numbers[slot] === stream ? (this.#users[slot] ?? null) : null;
  }

  /** It is over; its number is not used again for a long time. */
  close(stream: number): void {
    const slot = stream & SLOT_BITS;
    if (this.#numbers[slot] !== stream || this.#users[slot] === null) return;
    this.#users[slot] = null;
    this.#numbers[slot] = (stream + NEXT_USE) >>> 0;
    this.#free.push(slot);
    this.active--;
  }

  /** Tell those whose time is up. */
  look(now: number): void {
    if (this.active === 0) return;
    for (let slot = 1; slot < this.#users.length; slot++) {
      const user = this.#users[slot]!;
      if (user !== null && user.deadline <= now) user.onDeadline();
    }
  }

  closeAll(cause: GatewayError): void {
    for (let slot = 1; slot < this.#users.length; slot++) {
      const user = this.#users[slot]!;
      if (user === null) continue;
      this.close(this.#numbers[slot]!);
      user.onLinkClosed(cause);
    }
  }
}
