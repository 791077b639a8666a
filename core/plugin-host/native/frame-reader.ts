/**
 * Cuts what arrives into frames, where the kernel put it; only what is not whole yet is copied.
 */
import { FRAME_BYTES_MAX } from "../limits.ts";
import { PendingBytes } from "../pending-bytes.ts";
import { FRAME_HEAD_BYTES } from "./out-buffer.ts";

/** Bytes that the length of a frame counts beside its message. */
const COUNTED_HEAD_BYTES = FRAME_HEAD_BYTES - 4;

/** Who is given the frames. */
export interface FrameSink {
  /** A frame; its message is `b[from..end)`, valid during the call. @returns false: read no more of this */
  onFrame(stream: number, type: number, b: Buffer, from: number, end: number): boolean;
  /** The stream of bytes is out of step. */
  onBrokenFrame(what: string): void;
}

/**
 * One for each connection. After {@link FrameSink.onBrokenFrame}, or a `false`, it must not be given more.
 */
export class FrameReader {
  readonly #sink: FrameSink;
  readonly #pending = new PendingBytes();

  constructor(sink: FrameSink) {
    this.#sink = sink;
  }

  /** `b[0..n)` was read, and is the kernel's again after the call. */
  read(b: Buffer, n: number): void {
    const pending = this.#pending;
    if (pending.length === 0) {
      const read = this.#cut(b, n);
      if (read >= 0 && read < n) pending.append(b, read, n);
      return;
    }
    pending.append(b, 0, n);
    const read = this.#cut(pending.bytes, pending.length);
    if (read > 0) pending.drop(read);
  }

  /** @returns bytes that were used up; -1 where nothing more is to be read */
  #cut(b: Buffer, n: number): number {
    let at = 0;
    while (n - at >= 4) {
      const length = (b[at]! | (b[at + 1]! << 8) | (b[at + 2]! << 16) | (b[at + 3]! << 24)) >>> 0;
      if (length < COUNTED_HEAD_BYTES || length > FRAME_BYTES_MAX) {
        this.#sink.onBrokenFrame(`a frame of ${length} bytes`);
        return -1;
      }
      const end = at + 4 + length;
      if (end > n) break;
      const stream =
        (b[at + 4]! | (b[at + 5]! << 8) | (b[at + 6]! << 16) | (b[at + 7]! << 24)) >>> 0;
      if (!this.#sink.onFrame(stream, b[at + 8]!, b, at + FRAME_HEAD_BYTES, end)) return -1;
      at = end;
    }
    return at;
  }
}
