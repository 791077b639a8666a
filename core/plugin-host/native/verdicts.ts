/**
 * Answers of a plugin config that may be used again: the Done message as it came, by key.
 *
 * Bounded by entries and bytes; what was used least recently goes first. They live as long as the instance, so a new
 * configuration, or a new process, begins with none.
 */
import { VERDICT_BYTES_MAX, VERDICTS_MAX } from "./limits.ts";

/** Bytes that an entry takes beside its texts, about. */
const ENTRY_BYTES = 200;

interface Verdict {
  readonly message: Buffer;
  readonly endsMs: number;
}

/** One for each gate. `hits` and `misses` count looks, `bytes` is what is kept now. */
export class Verdicts {
  hits = 0;
  misses = 0;
  bytes = 0;
  readonly #byKey = new Map<string, Verdict>();

  get size(): number {
    return this.#byKey.size;
  }

  /** The message, or null where there is none that counts. */
  find(key: string, nowMs: number): Buffer | null {
    const found = this.#byKey.get(key);
    if (found === undefined || found.endsMs <= nowMs) {
      this.misses++;
      if (found !== undefined) this.#remove(key, found);
      return null;
    }
    this.hits++;
    this.#byKey.delete(key);
    this.#byKey.set(key, found); // now the one used last
    return found.message;
  }

  /** Keep a copy of `b[from..end)`. */
  keep(key: string, b: Buffer, from: number, end: number, endsMs: number): void {
    const had = this.#byKey.get(key);
    if (had !== undefined) this.#remove(key, had);
    const size = sizeOf(key, end - from);
    if (size > VERDICT_BYTES_MAX) return;
    this.#byKey.set(key, { message: Buffer.from(b.subarray(from, end)), endsMs });
    this.bytes += size;
    for (const [oldest, verdict] of this.#byKey) {
      if (this.#byKey.size <= VERDICTS_MAX && this.bytes <= VERDICT_BYTES_MAX) break;
      this.#remove(oldest, verdict);
    }
  }

  #remove(key: string, verdict: Verdict): void {
    this.#byKey.delete(key);
    this.bytes -= sizeOf(key, verdict.message.length);
  }
}

function sizeOf(key: string, messageBytes: number): number {
  return key.length + messageBytes + ENTRY_BYTES;
}
