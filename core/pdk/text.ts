/**
 * The border between text for people and bytes on the wire.
 *
 * The exchange keeps heads as latin1 strings, one character a byte. Plugins see text: UTF-8 where the bytes are valid
 * UTF-8. A byte that is not becomes a lone surrogate U+DC80..U+DCFF (as Python's "surrogateescape" does), so that what
 * a plugin reads and writes back goes on unchanged, and a plugin host can get the very bytes with {@link bytesOf}.
 */
import { isUtf8 } from "node:buffer";

// biome-ignore lint/suspicious/noControlCharactersInRegex: the range is ASCII, controls included
const BEYOND_ASCII = /[^\x00-\x7f]/;
/** Most texts are names and short values: a look at each character costs less than the way into a regular expression. */
const SHORT_CHARS = 32;

function isAscii(text: string): boolean {
  const n = text.length;
  if (n > SHORT_CHARS) return !BEYOND_ASCII.test(text);
  for (let i = 0; i < n; i++) if (text.charCodeAt(i) > 127) return false;
  return true;
}

const LONE_SURROGATE = /\p{Surrogate}/u;
/** Added to a byte that is no UTF-8 to get the surrogate that stands for it. */
const ESCAPE_BASE = 0xdc00;

/** Text of a latin1 string from the wire; the same string where it is ASCII. */
export function toText(wire: string): string {
  if (isAscii(wire)) return wire;
  return textOf(Buffer.from(wire, "latin1"));
}

/** Latin1 string, one character a byte, for a text; the same string where it is ASCII. */
export function toWire(text: string): string {
  if (isAscii(text)) return text;
  return bytesOf(text).latin1Slice();
}

/** Text of bytes, lossless. */
export function textOf(bytes: Uint8Array): string {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return isUtf8(buffer) ? buffer.utf8Slice() : escapedText(buffer);
}

/** The bytes that a text of ours stands for: its UTF-8, with escaped bytes as they were. */
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

/** Bytes that a lead byte announces, itself included; 1 for what leads nothing. */
function sequenceLength(lead: number): number {
  if (lead < 0xc2) return 1;
  if (lead < 0xe0) return 2;
  if (lead < 0xf0) return 3;
  return lead < 0xf5 ? 4 : 1;
}

function escapedText(bytes: Buffer): string {
  let text = "";
  for (let i = 0; i < bytes.length; ) {
    const piece = bytes.subarray(i, i + sequenceLength(bytes[i]!));
    if (isUtf8(piece)) {
      text += piece.utf8Slice();
      i += piece.length;
    } else {
      text += String.fromCharCode(ESCAPE_BASE + bytes[i]!);
      i += 1;
    }
  }
  return text;
}
