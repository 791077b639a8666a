/**
 * The frames that leave with the next write: one buffer for each connection, filled from the front.
 *
 * A frame is begun, its message is written in place, and the end of it fills in the length; so all frames of a turn of
 * the event loop are one run of bytes, and go out with one write.
 */

/** Size to begin with, and what a larger buffer shrinks back to when it is empty. */
const OUT_BYTES = 64 * 1024;
/** Length and stream and type of a frame. */
export const FRAME_HEAD_BYTES = 9;

/**
 * `begin`, write at the offset it gives, `end`: no other frame may begin between. `bytes` may be another buffer
 * after `begin`.
 */
export class OutBuffer {
  bytes: Buffer = Buffer.allocUnsafeSlow(OUT_BYTES);
  used = 0;
  #frameAt = 0;

  /** @param room bytes that the message may take at most. @returns where in {@link bytes} it goes */
  begin(stream: number, type: number, room: number): number {
    const need = this.used + FRAME_HEAD_BYTES + room;
    if (need > this.bytes.length) this.#grow(need);
    const b = this.bytes;
    this.#frameAt = this.used;
    const o = this.used + 4;
    b[o] = stream;
    b[o + 1] = stream >>> 8;
    b[o + 2] = stream >>> 16;
    b[o + 3] = stream >>> 24;
    b[o + 4] = type;
    return o + 5;
  }

  /** The message ends at `o`. @returns bytes of the frame without its length field */
  end(o: number): number {
    const b = this.bytes;
    const at = this.#frameAt;
    const length = o - at - 4;
    b[at] = length;
    b[at + 1] = length >>> 8;
    b[at + 2] = length >>> 16;
    b[at + 3] = length >>> 24;
    this.used = o;
    return length;
  }

  /** Take the frame back that was ended last. */
  undo(): void {
    this.used = this.#frameAt;
  }

  /** A whole frame whose message is text with one character a byte. */
  frame(stream: number, type: number, message: string): void {
    const o = this.begin(stream, type, message.length);
    this.end(o + this.bytes.latin1Write(message, o));
  }

  /** Everything has been written. */
  clear(): void {
    this.used = 0;
    if (this.bytes.length > OUT_BYTES) this.bytes = Buffer.allocUnsafeSlow(OUT_BYTES);
  }

  #grow(need: number): void {
    let size = this.bytes.length;
    while (size < need) size *= 2;
    const larger = Buffer.allocUnsafeSlow(size);
    this.bytes.copy(larger, 0, 0, this.used);
    this.bytes = larger;
  }
}
