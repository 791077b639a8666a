/**
 * Asks a plugin server to name what plugins read, by a field in the gateway's Hello as it passes a tap.
 *
 * So the gateway knows nothing of it, and a plugin server of production is never asked. One that does not know the field
 * passes over it, and names nothing.
 */
import { FRAME } from "../plugin-host/native/frame-types.ts";
import { FRAME_HEAD_BYTES } from "../plugin-host/native/out-buffer.ts";

/** "DRAGOMAN" */
const PREFACE_BYTES = 8;
/** Longest Hello of a gateway that is changed, in bytes; one that is longer passes as it is. */
const HELLO_BYTES_MAX = 64 * 1024;
/** Hello.wants_reads = true. */
const WANTS_READS = Buffer.of(0x48, 1);
const NOTHING = Buffer.alloc(0);

/** The bytes of a gateway from the first one on. */
export class HelloEdit {
  #held: Buffer | null = NOTHING;

  /** @returns what may go on now; empty while the Hello is not complete */
  push(chunk: Buffer): Buffer {
    if (this.#held === null) return chunk;
    const bytes = this.#held.length === 0 ? chunk : Buffer.concat([this.#held, chunk]);
    const head = PREFACE_BYTES + FRAME_HEAD_BYTES;
    this.#held = bytes;
    if (bytes.length < head) return NOTHING;
    const length = bytes.readUInt32LE(PREFACE_BYTES);
    const end = PREFACE_BYTES + 4 + length;
    const isHello = bytes[head - 1] === FRAME.HELLO && length <= HELLO_BYTES_MAX;
    if (isHello && bytes.length < end) return NOTHING;
    this.#held = null;
    if (!isHello) return bytes;
    const changed = Buffer.concat([bytes.subarray(0, end), WANTS_READS, bytes.subarray(end)]);
    changed.writeUInt32LE(length + WANTS_READS.length, PREFACE_BYTES);
    return changed;
  }
}
