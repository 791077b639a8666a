/** MessagePack out of values: what a plugin gives to the PDK, and the answers of the plugin server itself. */
import { bytesOf } from "../../../plugin-sdk/typescript/wire/text.ts";

/** Lists and maps in each other; deeper ones are refused, so that a table that holds itself ends. */
export const NESTING_MAX = 64;

/** A value that cannot be sent. */
export class Unpackable extends Error {
  override readonly name = "Unpackable";
}

/**
 * Nil, truths, numbers, texts, bytes, lists and tables; bigints are numbers, dates their text, functions nil.
 *
 * @throws {Unpackable} for what is nested too deeply
 */
export function pack(value: unknown): Buffer {
  const parts: Buffer[] = [];
  append(parts, value, 0);
  return Buffer.concat(parts);
}

function append(parts: Buffer[], value: unknown, depth: number): void {
  switch (typeof value) {
    case "string":
      return appendText(parts, value);
    case "number":
      parts.push(number(value));
      return;
    case "bigint":
      parts.push(number(Number(value)));
      return;
    case "boolean":
      parts.push(Buffer.of(value ? 0xc3 : 0xc2));
      return;
    case "object":
      if (value !== null) return appendObject(parts, value, depth);
  }
  parts.push(Buffer.of(0xc0));
}

function appendObject(parts: Buffer[], value: object, depth: number): void {
  if (depth >= NESTING_MAX) throw new Unpackable("a value is nested too deeply");
  if (value instanceof Uint8Array) {
    parts.push(head(value.length, 0xc4, 0xc5, 0xc6), Buffer.from(value));
  } else if (value instanceof Date) {
    appendText(parts, value.toISOString());
  } else if (Array.isArray(value)) {
    const { length } = value;
    parts.push(length < 16 ? Buffer.of(0x90 | length) : head(length, null, 0xdc, 0xdd));
    for (const item of value) append(parts, item, depth + 1);
  } else {
    const entries = Object.entries(value);
    const { length } = entries;
    parts.push(length < 16 ? Buffer.of(0x80 | length) : head(length, null, 0xde, 0xdf));
    for (const [key, item] of entries) {
      appendText(parts, key);
      append(parts, item, depth + 1);
    }
  }
}

function appendText(parts: Buffer[], text: string): void {
  const bytes = bytesOf(text);
  const { length } = bytes;
  parts.push(length < 32 ? Buffer.of(0xa0 | length) : head(length, 0xd9, 0xda, 0xdb), bytes);
}

/** Type and length. @param short type with a length of one byte; null where there is none */
function head(length: number, short: number | null, medium: number, long: number): Buffer {
  if (short !== null && length < 0x100) return Buffer.of(short, length);
  if (length < 0x10000) return Buffer.of(medium, length >> 8, length & 255);
  const bytes = Buffer.alloc(5);
  bytes[0] = long;
  bytes.writeUInt32BE(length, 1);
  return bytes;
}

/** Whole numbers as small as they can be, others as doubles. */
function number(n: number): Buffer {
  if (Number.isInteger(n) && Math.abs(n) <= 0xffffffff && !Object.is(n, -0)) {
    if (n >= 0 && n < 0x80) return Buffer.of(n);
    if (n < 0 && n >= -32) return Buffer.of(n & 255);
    if (n >= 0) return head(n, 0xcc, 0xcd, 0xce);
    if (n >= -0x80000000) {
      const bytes = Buffer.alloc(5);
      bytes[0] = 0xd2;
      bytes.writeInt32BE(n, 1);
      return bytes;
    }
  }
  const bytes = Buffer.alloc(9);
  bytes[0] = 0xcb;
  bytes.writeDoubleBE(n, 1);
  return bytes;
}
