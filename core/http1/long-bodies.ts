/**
 * Long bodies take turns, so that whoever comes meanwhile waits for one short turn of the event loop.
 *
 * libuv reads a socket that is ready for up to a megabyte, and all that are ready one after the other; and it accepts a
 * connection or four in a turn, so that a new client waits for several turns. With four hundred long bodies at once a turn
 * took 150 ms. Bytes alone do not bound it: what a write costs depends on the client's window, because the kernel cuts what it
 * keeps into pieces of half of it (measured: a client that takes 512 bytes costs 15 us a kilobyte, fifty times as much as
 * one that reads). So a turn has a time, a number of sockets and of bytes, and what has had its share waits for the next.
 */

/** Who reads a long body: a socket, as far as this file needs it. */
export interface LongReader {
  /** It is this one's turn. @returns false if there is nothing to read any more, or not yet */
  readOn(): boolean;
  /** The turn is over before it had its share: read no more. @returns false if it does not read anyway */
  standBack(): boolean;
}

/** How many of those that wait begin in one turn. */
export const LONG_BODIES_PER_TURN = 8;
/** What long bodies may take of a turn, from their first read on. One read that is under way is finished. */
export const TURN_MS = 4;
/** And how much they may bring: twice what those bring that begin in it, since others had waited for bytes. */
export const TURN_BYTES_MAX = 2 * LONG_BODIES_PER_TURN * 64 * 1024;

/** One for each process. Whoever waits here is read from only by {@link LongReader.readOn}. */
export class LongBodies {
  /** Those that have had their turn, in the order in which they get the next: a ring, as long as it must be. */
  #ring: (LongReader | null)[] = new Array<LongReader | null>(LONG_BODIES_PER_TURN).fill(null);
  #first = 0;
  #waiting = 0;
  /** Those that began in this turn; null where one has had its share. */
  readonly #begun: (LongReader | null)[] = [];
  /** Those that began in an earlier one and had no bytes then: they read when some come. */
  readonly #reading = new Set<LongReader>();
  /** How many of the first that wait had their turn cut short. */
  #cutShort = 0;
  #isScheduled = false;
  #hasBegun = false;
  #isOver = false;
  #endMs = 0;
  #bytes = 0;
  readonly #now: () => number;
  readonly #soon: (next: () => void) => void;

  /**
   * @param now in milliseconds, never going back
   * @param soon calls its argument once, when all that is ready now has been read
   */
  constructor(now: () => number, soon: (next: () => void) => void) {
    this.#now = now;
    this.#soon = soon;
  }

  /** A long read of `n` bytes is about to be used: with the first one the time begins to count. */
  begin(n: number): void {
    this.#bytes += n;
    if (this.#hasBegun) return;
    this.#hasBegun = true;
    this.#endMs = this.#now() + TURN_MS;
    this.#schedule();
  }

  /** Looked at after each long read, by whose it was: is the turn used up? Then the others stand back, too. */
  isOver(reader: LongReader): boolean {
    if (this.#isOver) return true;
    if (!this.#hasBegun) return false;
    if (this.#bytes < TURN_BYTES_MAX && this.#now() < this.#endMs) return false;
    this.#isOver = true;
    this.leave(reader); // it has had its share
    this.#standBack();
    return true;
  }

  /** Whose turn was cut short has the next one alone, or those that the poll tells of last might never have theirs. */
  #standBack(): void {
    for (const reader of this.#reading) {
      if (reader.standBack()) this.#add(reader);
    }
    for (let i = this.#begun.length - 1; i >= 0; i--) {
      const reader = this.#begun[i] ?? null;
      if (reader === null || !reader.standBack()) continue;
      this.#addFirst(reader);
      this.#cutShort++;
    }
    this.#reading.clear();
    this.#begun.length = 0;
  }

  /** Would one that begins now come before those that wait? */
  get isBusy(): boolean {
    return this.#isOver || this.#waiting > 0;
  }

  /** Wait for the next turn. Each reader once until `readOn`: there are never more than there are connections. */
  wait(reader: LongReader): void {
    this.leave(reader);
    this.#add(reader);
  }

  /** It reads no more, or nothing long. */
  leave(reader: LongReader): void {
    const at = this.#begun.indexOf(reader);
    if (at >= 0) this.#begun[at] = null;
    else if (this.#reading.size > 0) this.#reading.delete(reader);
  }

  #add(reader: LongReader): void {
    if (this.#waiting === this.#ring.length) this.#grow();
    this.#ring[(this.#first + this.#waiting++) % this.#ring.length] = reader;
    this.#schedule();
  }

  #addFirst(reader: LongReader): void {
    if (this.#waiting === this.#ring.length) this.#grow();
    this.#first = (this.#first + this.#ring.length - 1) % this.#ring.length;
    this.#ring[this.#first] = reader;
    this.#waiting++;
    this.#schedule();
  }

  #grow(): void {
    const ring = this.#ring;
    this.#ring = [
      ...ring.slice(this.#first),
      ...ring.slice(0, this.#first),
      ...new Array<LongReader | null>(ring.length).fill(null),
    ];
    this.#first = 0;
  }

  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    this.#soon(this.#nextTurn);
  }

  readonly #nextTurn = (): void => {
    this.#isScheduled = this.#hasBegun = this.#isOver = false;
    this.#bytes = 0;
    for (const reader of this.#begun) if (reader !== null) this.#reading.add(reader);
    this.#begun.length = 0;
    let left = this.#cutShort > 0 ? this.#cutShort : LONG_BODIES_PER_TURN;
    this.#cutShort = 0;
    while (left > 0 && this.#waiting > 0) {
      const reader = this.#ring[this.#first]!;
      this.#ring[this.#first] = null;
      this.#first = (this.#first + 1) % this.#ring.length;
      this.#waiting--;
      if (!reader.readOn()) continue;
      this.#begun.push(reader);
      left--;
    }
    if (this.#waiting > 0) this.#schedule();
  };
}

/** Those of this process. */
export const longBodies = new LongBodies(
  () => performance.now(),
  (next) => setImmediate(next),
);
