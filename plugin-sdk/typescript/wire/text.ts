/**
 * The border between text for people and bytes on the wire.
 *
 * A message is read and written as one latin1 string, a character a byte, because a string can be cut without a copy.
 * Plugins see text: UTF-8 where the bytes are UTF-8. A byte that is not becomes a lone surrogate U+DC80..U+DCFF, so what a
 * plugin reads and writes back arrives unchanged.
 */
import { isUtf8 } from "node:buffer";

// biome-ignore lint/suspicious/noControlCharactersInRegex: the range is ASCII, controls included
const BEYOND_ASCII = /[^\x00-\x7f]/;
const LONE_SURROGATE = /\p{Surrogate}/u;
/** Added to a byte that is no UTF-8 to get the surrogate that stands for it. */
const ESCAPE_BASE = 0xdc00;

/** Text of a latin1 string from the wire; the same string where it is ASCII. */
export function toText(wire: string): string {
  return BEYOND_ASCII.test(wire) ? textOf(Buffer.from(wire, "latin1")) : wire;
}

/** The latin1 string, a character a byte, that stands for a text; the same string where it is ASCII. */
export function toWire(text: string): string {
  return BEYOND_ASCII.test(text) ? bytesOf(text).latin1Slice() : text;
}

/** Has the text characters that stand for bytes which are no UTF-8? */
export function isLossy(text: string): boolean {
  return BEYOND_ASCII.test(text) && LONE_SURROGATE.test(text);
}

/** Text of bytes, lossless. */
export function textOf(bytes: Uint8Array): string {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (isUtf8(buffer)) return buffer.utf8Slice();
  let text = "";
  for (let i = 0; i < buffer.length; ) {
    const piece = buffer.subarray(i, i + sequenceLength(buffer[i]!));
    if (isUtf8(piece)) {
      text += piece.utf8Slice();
      i += piece.length;
    } else {
      text += String.fromCharCode(ESCAPE_BASE + buffer[i]!);
      i += 1;
    }
  }
  return text;
}

/** The bytes of a text: its UTF-8, with escaped bytes as they were. */
export function bytesOf(text: string): Buffer {
  if (!LONE_SURROGATE.test(text)) return Buffer.from(text, "utf8");
  const parts: Buffer[] = [];
  for (const char of text) {
    const code = char.codePointAt(0)!;
    const isEscaped = code >= ESCAPE_BASE + 0x80 && code <= ESCAPE_BASE + 0xff;
    parts.push(isEscaped ? Buffer.of(code - ESCAPE_BASE) : Buffer.from(char, "utf8"));
  }
  return Buffer.concat(parts);
}

/** Bytes of what a plugin gives as a body: bytes as they are, text as its UTF-8. */
export function bodyBytes(body: string | Uint8Array): Buffer {
  if (typeof body === "string") return bytesOf(body);
  return Buffer.from(body.buffer, body.byteOffset, body.byteLength);
}

/** Bytes that a lead byte announces, itself included; 1 for what leads nothing. */
function sequenceLength(lead: number): number {
  if (lead < 0xc2) return 1;
  if (lead < 0xe0) return 2;
  if (lead < 0xf0) return 3;
  return lead < 0xf5 ? 4 : 1;
}
