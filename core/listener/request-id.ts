/** Request ids: 32 hexadecimal characters from the system's random source, drawn in blocks. */
import { randomFillSync } from "node:crypto";

const ID_BYTES = 16;
const block = Buffer.allocUnsafeSlow(ID_BYTES * 256);
let at = block.length;

export function newRequestId(): string {
  if (at === block.length) {
    randomFillSync(block);
    at = 0;
  }
  at += ID_BYTES;
  return block.hexSlice(at - ID_BYTES, at);
}
