/**
 * The protobuf wire format: varints, tags and lengths, written into text with one character per byte.
 *
 * Knows no messages. Numbers are JavaScript numbers; integers beyond 2^53 lose their last digits, which no message of
 * the plugin protocol can hold to begin with (times in seconds, ports, sequence numbers).
 */
import { toWire } from "../../pdk/text.ts";

/** Wire types. */
export const VARINT = 0;
/** Wire type of eight bytes: doubles. */
export const FIXED64 = 1;
/** Wire type of texts, bytes, packed numbers and messages. */
export const BYTES = 2;
const FIXED32 = 5;

/** Bytes that are no protobuf message. */
export class UnreadableProtobuf extends Error {
  override readonly name = "UnreadableProtobuf";
}

const CHARS: readonly string[] = Array.from({ length: 256 }, (_, n) => String.fromCharCode(n));
const wide = Buffer.alloc(8);

/** @param n an integer; negative ones take ten bytes, as protobuf wants for int32 and int64 */
export function varint(n: number): string {
  if (n >= 0) {
    if (n < 0x80) return CHARS[n]!;
    let out = "";
    let left = n;
    while (left >= 0x80) {
      out += CHARS[(left % 0x80) | 0x80]!;
      left = Math.floor(left / 0x80);
    }
    return out + CHARS[left]!;
  }
  let out = "";
  let left = BigInt.asUintN(64, BigInt(n));
  while (left >= 0x80n) {
    out += CHARS[Number(left & 0x7fn) | 0x80]!;
    left >>= 7n;
  }
  return out + CHARS[Number(left)]!;
}

function tag(field: number, wireType: number): string {
  return varint(field * 8 + wireType);
}

/** A field of bytes, or a message in a message: tag, length and what it holds. */
export function bytesField(field: number, bytes: string): string {
  return tag(field, BYTES) + varint(bytes.length) + bytes;
}

/** Text as UTF-8, bytes that stand for themselves included (pdk/text.ts). Written also where it is empty. */
export function textField(field: number, text: string): string {
  return bytesField(field, toWire(text));
}

/** An integer. Written also where it is 0. */
export function varintField(field: number, n: number): string {
  return tag(field, VARINT) + varint(n);
}

/** Written also where it is 0. */
export function doubleField(field: number, n: number): string {
  wide.writeDoubleLE(n);
  return tag(field, FIXED64) + wide.latin1Slice();
}

/** A cursor over one message, or over a message in a message. */
export class ProtobufReader {
  readonly b: Buffer;
  at: number;
  end: number;

  constructor(b: Buffer, from: number, end: number) {
    this.b = b;
    this.at = from;
    this.end = end;
  }

  get isAtEnd(): boolean {
    return this.at >= this.end;
  }

  /** The next varint as a signed 64-bit integer. */
  varint(): number {
    let n = 0;
    let scale = 1;
    for (let i = 0; i < 10; i++) {
      if (this.at >= this.end) throw new UnreadableProtobuf("a number is cut off");
      const byte = this.b[this.at++]!;
      if (i === 7) return this.#longVarint(byte, n);
      n += (byte & 0x7f) * scale;
      if (byte < 0x80) return n;
      scale *= 0x80;
    }
    throw new UnreadableProtobuf("a number is too long");
  }

  /** From the eighth byte on doubles are not exact any more. */
  #longVarint(eighth: number, low: number): number {
    let n = BigInt(low) | (BigInt(eighth & 0x7f) << 49n);
    let byte = eighth;
    for (let shift = 56n; byte >= 0x80; shift += 7n) {
      if (shift > 63n) throw new UnreadableProtobuf("a number is too long");
      if (this.at >= this.end) throw new UnreadableProtobuf("a number is cut off");
      byte = this.b[this.at++]!;
      n |= BigInt(byte & 0x7f) << shift;
    }
    return Number(BigInt.asIntN(64, n));
  }

  /** Length of a field of bytes; it lies within the message then. */
  length(): number {
    const n = this.varint();
    if (n < 0 || n > this.end - this.at) {
      throw new UnreadableProtobuf("a field is longer than its message");
    }
    return n;
  }

  double(): number {
    if (this.end - this.at < 8) throw new UnreadableProtobuf("a number is cut off");
    this.at += 8;
    return this.b.readDoubleLE(this.at - 8);
  }

  /** Step over a field that is not known. */
  skip(wireType: number): void {
    if (wireType === VARINT) {
      this.varint();
      return;
    }
    let n: number;
    if (wireType === BYTES) n = this.length();
    else if (wireType === FIXED64) n = 8;
    else if (wireType === FIXED32) n = 4;
    else throw new UnreadableProtobuf(`wire type ${wireType}`);
    if (n > this.end - this.at) {
      throw new UnreadableProtobuf("a field is longer than its message");
    }
    this.at += n;
  }
}
