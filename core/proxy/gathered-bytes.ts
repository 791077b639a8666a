/**
 * A body as it is collected: what comes in small pieces is put together in blocks.
 *
 * Whoever sends a body chooses how large its pieces are. A buffer for each of them costs a hundred bytes and more
 * besides what is in it, so that 16 MiB in chunks of one byte would be gigabytes of memory.
 */

/** Pieces up to half of this size share blocks of it. */
const BLOCK_BYTES = 16 * 1024;

const EMPTY = Buffer.alloc(0);

/** Has no bound of its own: whoever fills it looks at `size`. */
export class GatheredBytes {
  /** Bytes in all pieces. */
  size = 0;
  #pieces: Buffer[] = [];
  /** The block that is being filled, behind the pieces. */
  #block: Buffer | null = null;
  #filled = 0;

  /** Take a copy of b[start..end). */
  add(b: Buffer, start: number, end: number): void {
    const size = end - start;
    const isFirst = this.size === 0;
    this.size += size;
    if (isFirst || size > BLOCK_BYTES / 2) {
      this.#endBlock();
      this.#pieces.push(Buffer.from(b.subarray(start, end)));
      return;
    }
    if (this.#block !== null && this.#filled + size > BLOCK_BYTES) this.#endBlock();
    this.#block ??= Buffer.allocUnsafe(BLOCK_BYTES);
    b.copy(this.#block, this.#filled, start, end);
    this.#filled += size;
  }

  #endBlock(): void {
    if (this.#block === null) return;
    this.#pieces.push(this.#block.subarray(0, this.#filled));
    this.#block = null;
    this.#filled = 0;
  }

  /** All of it in one piece; that is kept, so asking again costs nothing. */
  bytes(): Buffer {
    this.#endBlock();
    if (this.#pieces.length > 1) this.#pieces = [Buffer.concat(this.#pieces)];
    return this.#pieces[0] ?? EMPTY;
  }

  /** The pieces in their order; nothing is kept. */
  take(): Buffer[] {
    this.#endBlock();
    const pieces = this.#pieces;
    this.#pieces = [];
    this.size = 0;
    return pieces;
  }
}
