/**
 * A frame of the native protocol as the message `Frame` of its gRPC form, and back.
 *
 * A Link writes and reads frames as they travel on a socket (length, stream, type, message). Here only that head is
 * exchanged for protobuf's; what a message means is not looked at. @see proto/dragoman/plugin.proto, Frame
 */
import { FRAME_HEAD_BYTES } from "../native/out-buffer.ts";
import { putVarint, VARINT_BYTES_MAX, type WireCursor } from "../native/wire.ts";

/** Tags of Frame: stream and type are varints, message is bytes. */
const STREAM_TAG = 0x08;
const TYPE_TAG = 0x10;
const MESSAGE_TAG = 0x1a;
/** Three tags and three varints. */
const HEAD_BYTES_MAX = 3 * (1 + VARINT_BYTES_MAX);
const TYPE_MAX = 255;

/** How much longer a Frame can be than its message, in bytes. */
export const FRAME_OVERHEAD_BYTES = HEAD_BYTES_MAX;

/** Where the frame that begins at `b[at]` ends. */
export function frameEnd(b: Buffer, at: number): number {
  return at + 4 + b.readUInt32LE(at);
}

/** The frame `b[at..end)` as an encoded Frame, in memory of its own. */
export function encodeFrame(b: Buffer, at: number, end: number): Buffer {
  const from = at + FRAME_HEAD_BYTES;
  const out = Buffer.allocUnsafe(HEAD_BYTES_MAX + end - from);
  const stream = b.readUInt32LE(at + 4);
  let o = 0;
  if (stream !== 0) {
    out[o++] = STREAM_TAG;
    o = putVarint(out, o, stream);
  }
  out[o++] = TYPE_TAG;
  o = putVarint(out, o, b[at + 8]!);
  if (end > from) {
    out[o++] = MESSAGE_TAG;
    o = putVarint(out, o, end - from);
    o += b.copy(out, o, from, end);
  }
  return out.subarray(0, o);
}

/** Frames that have come, one at a time, as a socket would have brought them. */
export class FrameDecoder {
  readonly #cursor: WireCursor;
  #bytes: Buffer = Buffer.allocUnsafeSlow(DECODED_BYTES);

  constructor(cursor: WireCursor) {
    this.#cursor = cursor;
  }

  /** The last frame, from its first byte; valid until the next one is decoded. */
  get bytes(): Buffer {
    return this.#bytes;
  }

  /**
   * @returns bytes of the frame in {@link bytes}; 0 for a type that no version of the protocol can have, which is dropped
   * @throws {UnreadableProtobuf}
   */
  decode(message: Buffer): number {
    const cursor = this.#cursor;
    cursor.set(message, 0, message.length);
    let stream = 0;
    let type = 0;
    let from = 0;
    let end = 0;
    while (cursor.at < cursor.end) {
      const tag = cursor.tag();
      const field = tag >>> 3;
      if (field === 1) stream = cursor.number(tag);
      else if (field === 2) type = cursor.number(tag);
      else if (field === 3) {
        from = cursor.bytes(tag);
        end = cursor.at;
      } else cursor.skip(tag);
    }
    if (type > TYPE_MAX) return 0;
    return this.#lay(stream, type, message, from, end);
  }

  #lay(stream: number, type: number, message: Buffer, from: number, end: number): number {
    const size = FRAME_HEAD_BYTES + end - from;
    if (this.#bytes.length > DECODED_BYTES && size <= DECODED_BYTES) {
      this.#bytes = Buffer.allocUnsafeSlow(DECODED_BYTES); // a large one is not kept for small ones
    } else if (size > this.#bytes.length) this.#bytes = Buffer.allocUnsafeSlow(size);
    const b = this.#bytes;
    b.writeUInt32LE(size - 4, 0);
    b.writeUInt32LE(stream, 4);
    b[8] = type;
    message.copy(b, FRAME_HEAD_BYTES, from, end);
    return size;
  }
}

/** Room for a frame that is kept from one to the next, in bytes. */
const DECODED_BYTES = 16 * 1024;
