/**
 * Request ids: 32 hexadecimal characters from the system's random source, drawn and written in blocks.
 *
 * An id is a piece of its block's text, so whoever keeps one keeps 2 KB.
 */
import { randomFillSync } from "node:crypto";

const ID_LENGTH = 32;
const IDS_IN_BLOCK = 64;
const block = Buffer.allocUnsafeSlow((ID_LENGTH / 2) * IDS_IN_BLOCK);
let text = "";
let at = 0;

export function newRequestId(): string {
  if (at === text.length) {
    randomFillSync(block);
    text = block.hexSlice(0, block.length);
    at = 0;
  }
  at += ID_LENGTH;
  return text.slice(at - ID_LENGTH, at);
}
