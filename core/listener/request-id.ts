/**
 * Request ids: 32 hexadecimal characters from the system's random source, drawn and written in blocks.
 *
 * An id is a piece of its block's text, so whoever keeps one keeps 2 KB.
 */
import { randomFillSync } from "node:crypto";

const ID_LENGTH = 32;
/** Random bytes drawn at once. */
const DRAWN_BYTES = 4096;
/** Random bytes whose text is made at once. */
const WRITTEN_BYTES = 1024;

const drawn = Buffer.allocUnsafeSlow(DRAWN_BYTES);
let used = DRAWN_BYTES;
let text = "";
let at = 0;

function writeNext(): void {
  if (used === DRAWN_BYTES) {
    randomFillSync(drawn);
    used = 0;
  }
  used += WRITTEN_BYTES;
  text = drawn.hexSlice(used - WRITTEN_BYTES, used);
  at = 0;
}

/** Lower case; never the same twice, also over workers and nodes, as far as chance can be trusted. */
export function newRequestId(): string {
  if (at === text.length) writeNext();
  at += ID_LENGTH;
  return text.slice(at - ID_LENGTH, at);
}
