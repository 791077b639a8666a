/**
 * Cuts what a connection brings into frames: the greeting, then length, stream, type and message of each.
 *
 * A socket delivers bytes, not messages. A frame that is whole in the chunk is handed over where it stands; only one that
 * is cut is copied together, into room that the next one finds again, unless it was a long one.
 */
import { FRAME_LENGTH_EXTRA } from "./encode.ts";
import { WireError } from "./scan.ts";

/** Longest frame that we take, length prefix not counted. */
export const FRAME_BYTES_MAX = 16 * 1024 * 1024;
/** What the gateway sends before its first frame. */
export const GREETING = "DRAGOMAN";

const PREFIX_BYTES = 4;
/** Room for a cut frame that is kept for the next one: pieces of a body come thousands in a row. */
const KEPT_BYTES_MAX = 128 * 1024;
/** The least that is made room for. */
const SMALL_BYTES = 1024;

/** Who is given the frames. */
export interface FrameSink {
  /** @param bytes holds the message from `from` to `end`; only good until this returns */
  onFrame(stream: number, type: number, bytes: Buffer, from: number, end: number): void;
}

/** One for each connection; of no use any more after it has thrown. */
export class FrameReader {
  readonly #sink: FrameSink;
  #isGreeted = false;
  /** Begin of a frame (or of the greeting) that is not whole. */
  #partial: Buffer = Buffer.alloc(0);
  #filled = 0;

  constructor(sink: FrameSink) {
    this.#sink = sink;
  }

  /**
   * Hand over every frame that these bytes complete.
   *
   * @throws {WireError} for another greeting, or a frame that is too long or too short: end the connection then
   */
  push(chunk: Buffer): void {
    let at = 0;
    while (at < chunk.length) {
      const isWhole = this.#filled === 0 && this.#takeWhole(chunk, at);
      at = isWhole === false ? this.#takePart(chunk, at) : isWhole;
    }
  }

  /** @returns where the next frame begins; false if this one is not all there */
  #takeWhole(chunk: Buffer, at: number): number | false {
    const need = this.#sizeAt(chunk, at, chunk.length);
    if (need === 0 || at + need > chunk.length) return false;
    this.#deliver(chunk, at, need);
    return at + need;
  }

  /** Bytes of the frame at `at`, its prefix included; 0 if even that is not known yet. */
  #sizeAt(bytes: Buffer, at: number, end: number): number {
    if (!this.#isGreeted) return GREETING.length;
    if (end - at < PREFIX_BYTES) return 0;
    const length = bytes.readUInt32LE(at);
    if (length > FRAME_BYTES_MAX) throw new WireError(`a frame of ${length} bytes is too long`);
    if (length < FRAME_LENGTH_EXTRA) throw new WireError(`a frame of ${length} bytes is too short`);
    return PREFIX_BYTES + length;
  }

  #takePart(chunk: Buffer, at: number): number {
    const known = this.#sizeAt(this.#partial, 0, this.#filled);
    const need = known === 0 ? PREFIX_BYTES : known;
    if (this.#partial.length < need) {
      const room = Buffer.allocUnsafeSlow(Math.max(need, SMALL_BYTES));
      this.#partial.copy(room, 0, 0, this.#filled);
      this.#partial = room;
    }
    const taken = Math.min(need - this.#filled, chunk.length - at);
    chunk.copy(this.#partial, this.#filled, at, at + taken);
    this.#filled += taken;
    if (this.#filled === need && this.#sizeAt(this.#partial, 0, need) === need) {
      const whole = this.#partial;
      if (whole.length > KEPT_BYTES_MAX) this.#partial = Buffer.alloc(0);
      this.#filled = 0;
      this.#deliver(whole, 0, need);
    }
    return at + taken;
  }

  #deliver(bytes: Buffer, at: number, size: number): void {
    if (!this.#isGreeted) {
      if (bytes.latin1Slice(at, at + size) !== GREETING) {
        throw new WireError("the peer does not speak this protocol");
      }
      this.#isGreeted = true;
      return;
    }
    const stream = bytes.readUInt32LE(at + 4);
    this.#sink.onFrame(stream, bytes[at + 8]!, bytes, at + 9, at + size);
  }
}
