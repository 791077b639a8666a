/**
 * Bytes of a message that is not all there yet.
 *
 * Messages usually come in one piece and are read where the kernel put them. Only a piece that does not end a message
 * is copied here. The buffer doubles, so a message that dribbles in is copied a few times, not once for each piece.
 */

/** Size to begin with. */
const FIRST_BYTES = 4096;
/** A larger buffer is given back when it is empty. */
const KEPT_BYTES_MAX = 64 * 1024;

/**
 * `bytes[0..length)` is what is there; behind that is rubbish. Any change may put another buffer in place of
 * `bytes`.
 */
export class PendingBytes {
  bytes: Buffer = EMPTY;
  length = 0;

  append(b: Buffer, from: number, end: number): void {
    const need = this.length + end - from;
    if (need > this.bytes.length) {
      let size = Math.max(this.bytes.length, FIRST_BYTES);
      while (size < need) size *= 2;
      const larger = Buffer.allocUnsafeSlow(size);
      this.bytes.copy(larger, 0, 0, this.length);
      this.bytes = larger;
    }
    b.copy(this.bytes, this.length, from, end);
    this.length = need;
  }

  /** Forget everything before `offset`. */
  drop(offset: number): void {
    if (offset < this.length) this.bytes.copyWithin(0, offset, this.length);
    this.length -= offset;
    if (this.length === 0 && this.bytes.length > KEPT_BYTES_MAX) this.bytes = EMPTY;
  }

  clear(): void {
    this.length = 0;
    if (this.bytes.length > KEPT_BYTES_MAX) this.bytes = EMPTY;
  }
}

const EMPTY = Buffer.alloc(0);
