/**
 * The pieces that protobuf messages are made of, as latin1 strings.
 *
 * Strings and not buffers: putting short strings together is what V8 does best, and the socket takes them as they are in
 * one write. Long bodies do not come this way (see output.ts).
 */

const BYTE: readonly string[] = Array.from({ length: 256 }, (_, n) => String.fromCharCode(n));

/** @param n whole number from 0 to 2^53 - 1 */
export function varint(n: number): string {
  if (n < 0x80) return BYTE[n]!;
  if (n < 0x4000) return BYTE[(n & 0x7f) | 0x80]! + BYTE[n >>> 7]!;
  let out = "";
  let rest = n;
  while (rest >= 0x80) {
    out += BYTE[(rest % 0x80) | 0x80]!;
    rest = Math.floor(rest / 0x80);
  }
  return out + BYTE[rest]!;
}

/** A whole number in zigzag form: small ones are short, whatever their sign. */
export function zigzag(n: number): string {
  if (n >= 0 && n < 64) return BYTE[n * 2]!;
  if (Math.abs(n) < 2 ** 52) return varint(n >= 0 ? n * 2 : -n * 2 - 1);
  return bigVarint(n >= 0 ? BigInt(n) * 2n : BigInt(-n) * 2n - 1n);
}

/** @param n from 0 to 2^64 - 1 */
export function bigVarint(n: bigint): string {
  let out = "";
  let rest = n;
  while (rest >= 0x80n) {
    out += BYTE[Number(rest & 0x7fn) | 0x80]!;
    rest >>= 7n;
  }
  return out + BYTE[Number(rest)]!;
}

const scratch = Buffer.alloc(8);

/** Eight bytes, little-endian, without a tag. */
export function double(n: number): string {
  scratch.writeDoubleLE(n);
  return scratch.latin1Slice(0, 8);
}

/** Eight bytes, little-endian, without a tag. A negative number is its two's complement. */
export function fixed64(n: bigint): string {
  scratch.writeBigUInt64LE(BigInt.asUintN(64, n));
  return scratch.latin1Slice(0, 8);
}

/** Four bytes, little-endian. */
function u32(n: number): string {
  return BYTE[n & 255]! + BYTE[(n >>> 8) & 255]! + BYTE[(n >>> 16) & 255]! + BYTE[n >>> 24]!;
}

/** What comes before a length: number of the field and its wire type 2. For fields below 16 it is one character. */
export function lengthTag(field: number): string {
  return varint(field * 8 + 2);
}

/** A field with a length: text, bytes, a message or packed numbers. @param tag as of {@link lengthTag} */
export function sized(tag: string, wire: string): string {
  return tag + varint(wire.length) + wire;
}

/** What a frame's length counts beside the message: stream and type. */
export const FRAME_LENGTH_EXTRA = 5;

/** Head of a frame. @param messageBytes length of the message that follows */
export function frameHead(stream: number, type: number, messageBytes: number): string {
  return u32(messageBytes + FRAME_LENGTH_EXTRA) + u32(stream) + BYTE[type]!;
}

/** A whole frame. @param message latin1 */
export function frame(stream: number, type: number, message: string): string {
  return frameHead(stream, type, message.length) + message;
}
