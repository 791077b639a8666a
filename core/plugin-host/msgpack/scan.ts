/**
 * Finds the end of a MessagePack object without decoding it.
 *
 * MsgPack:1 has no framing besides the format itself. A scan can stop at any byte and go on with the next chunk, so a
 * message that dribbles in costs its length and no more, and the decoder never sees half a message. What claims to be
 * larger than the cap is refused when it claims it, before memory is set aside.
 */
import { FRAME_BYTES_MAX } from "../limits.ts";

/** What {@link MessageScanner.scan} says of a message that is not all there yet. */
export const INCOMPLETE = -1;
/** What it says of bytes that are no MessagePack, or claim to be over {@link FRAME_BYTES_MAX}. */
export const MALFORMED = -2;

/** How many bytes the length or value after a first byte takes, for 0xc0 to 0xdf; 255 for the reserved one. */
const EXTRA = Uint8Array.of(
  0,
  255,
  0,
  0,
  1,
  2,
  4,
  1,
  2,
  4,
  4,
  8,
  1,
  2,
  4,
  8, //
  1,
  2,
  4,
  8,
  1,
  1,
  1,
  1,
  1,
  1,
  2,
  4,
  2,
  4,
  2,
  4,
);

/** Keeps its place between calls: give it the same bytes again, with more behind them. */
export class MessageScanner {
  /** Where the scan goes on; may lie behind what has arrived. */
  #at = 0;
  /** Objects still to come. */
  #need = 1;

  /** Begin with an object at `from`. */
  reset(from: number): void {
    this.#at = from;
    this.#need = 1;
  }

  /** @returns offset behind the object in `b[0..end)`, {@link INCOMPLETE} or {@link MALFORMED} */
  scan(b: Buffer, end: number): number {
    let at = this.#at;
    let need = this.#need;
    while (need > 0 && at < end) {
      const first = b[at]!;
      let next = at + 1;
      let more = 0;
      if (first < 0x80 || first >= 0xe0) {
        // a small integer
      } else if (first < 0x90) more = (first & 15) << 1;
      else if (first < 0xa0) more = first & 15;
      else if (first < 0xc0) next += first & 31;
      else {
        const extra = EXTRA[first - 0xc0]!;
        if (extra === 255) return MALFORMED;
        if (next + extra > end) break;
        if (first >= 0xdc) more = lengthAt(b, next, extra) * (first >= 0xde ? 2 : 1);
        else if (first >= 0xd4 && first <= 0xd8) next += 1 << (first - 0xd4);
        else if (isSized(first))
          next += lengthAt(b, next, extra) + (first >= 0xc7 && first <= 0xc9 ? 1 : 0);
        next += extra;
      }
      need += more - 1;
      if (next > FRAME_BYTES_MAX || need > FRAME_BYTES_MAX) return MALFORMED;
      at = next;
    }
    this.#at = at;
    this.#need = need;
    return need === 0 && at <= end ? at : INCOMPLETE;
  }
}

/** Is the number after the first byte a length: bin, ext, str? */
function isSized(first: number): boolean {
  return (first >= 0xc4 && first <= 0xc9) || (first >= 0xd9 && first <= 0xdb);
}

function lengthAt(b: Buffer, at: number, bytes: number): number {
  if (bytes === 1) return b[at]!;
  if (bytes === 2) return (b[at]! << 8) | b[at + 1]!;
  return b.readUInt32BE(at);
}
