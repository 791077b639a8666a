/**
 * Encodes MessagePack as Kong's own encoder does, into a string with one character per byte.
 *
 * Messages to plugin servers are small, and a latin1 string goes to the socket with one call and no Buffer to manage.
 * What the SDKs may rely on is kept: integers as short as possible, text never as str8, an empty table as an empty
 * list, fields without a value left out of maps, JSON null as nil.
 *
 * @see reference "Encoding quirks": observed with lua-MessagePack
 */
import { textOf, toWire } from "../../pdk/text.ts";
import { NESTING_MAX } from "../limits.ts";

/** A value cannot be sent: it is nested too deeply (or contains itself). */
export class UnwritableValue extends Error {
  override readonly name = "UnwritableValue";
}

const CHARS: readonly string[] = Array.from({ length: 256 }, (_, n) => String.fromCharCode(n));

function u16(n: number): string {
  return CHARS[(n >>> 8) & 255]! + CHARS[n & 255]!;
}

function u32(n: number): string {
  return u16(n >>> 16) + u16(n & 0xffff);
}

/** Length of text or bytes, or the count of a list or map, behind its marker. */
function sized(n: number, marker16: string, marker32: string): string {
  return n < 0x10000 ? marker16 + u16(n) : marker32 + u32(n);
}

/**
 * Text as str, bytes that stand for themselves included (pdk/text.ts). Like all of these: one character a byte.
 */
export function packText(text: string): string {
  const bytes = toWire(text);
  const n = bytes.length;
  return (n < 32 ? CHARS[0xa0 | n]! : sized(n, "\xda", "\xdb")) + bytes;
}

/** Bytes as bin. */
export function packBytes(bytes: Buffer): string {
  const n = bytes.length;
  return (n < 256 ? `\xc4${CHARS[n]!}` : sized(n, "\xc5", "\xc6")) + bytes.latin1Slice();
}

/** The head of a list; `n` values have to follow. */
export function packListHead(n: number): string {
  return n < 16 ? CHARS[0x90 | n]! : sized(n, "\xdc", "\xdd");
}

/** The head of a map; `n` pairs have to follow. */
export function packMapHead(n: number): string {
  return n < 16 ? CHARS[0x80 | n]! : sized(n, "\xde", "\xdf");
}

const wide = Buffer.alloc(9);

/** The shortest integer that holds it, else a double, NaN and infinities too. */
export function packNumber(n: number): string {
  if (Number.isInteger(n)) {
    if (n >= 0) {
      if (n < 0x80) return CHARS[n]!;
      if (n < 0x100) return `\xcc${CHARS[n]!}`;
      if (n < 0x10000) return `\xcd${u16(n)}`;
      if (n < 0x100000000) return `\xce${u32(n)}`;
    } else if (n >= -32) return CHARS[n + 256]!;
    else if (n >= -0x80) return `\xd0${CHARS[n & 255]!}`;
    else if (n >= -0x8000) return `\xd1${u16(n & 0xffff)}`;
    else if (n >= -0x80000000) return `\xd2${u32(n >>> 0)}`;
    if (Number.isSafeInteger(n)) return packWide(n);
  }
  wide[0] = 0xcb;
  wide.writeDoubleBE(n, 1);
  return wide.latin1Slice();
}

/** An integer of more than 32 bits. */
function packWide(n: number): string {
  if (n >= 0) {
    wide[0] = 0xcf;
    wide.writeBigUInt64BE(BigInt(n), 1);
  } else {
    wide[0] = 0xd3;
    wide.writeBigInt64BE(BigInt(n), 1);
  }
  return wide.latin1Slice();
}

/** @throws {UnwritableValue} where lists and maps are nested deeper than {@link NESTING_MAX} */
export function packValue(value: unknown, depth = 0): string {
  switch (typeof value) {
    case "string":
      return packText(value);
    case "number":
      return packNumber(value);
    case "boolean":
      return value ? "\xc3" : "\xc2";
    case "bigint":
      return packNumber(Number(value));
    case "object":
      return value === null ? "\xc0" : packObject(value, depth);
    default:
      return "\xc0";
  }
}

/** A list with holes is a map of numbers, as any such Lua table; null is JSON's, and no hole. */
function packList(values: readonly unknown[], depth: number): string {
  let packed = "";
  let pairs = "";
  let count = 0;
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    if (value === undefined) continue;
    const item = packValue(value, depth + 1);
    packed += item;
    pairs += packNumber(i + 1) + item;
    count++;
  }
  if (count === values.length || count === 0) return packListHead(count) + packed;
  return packMapHead(count) + pairs;
}

function packObject(value: object, depth: number): string {
  if (depth >= NESTING_MAX) throw new UnwritableValue("the value is nested too deeply");
  // Lua has one type for text and bytes, and only bodies go as bytes (results.ts)
  if (value instanceof Uint8Array) return packText(textOf(value));
  if (Array.isArray(value)) return packList(value, depth);
  let packed = "";
  let count = 0;
  for (const [key, item] of value instanceof Map ? value : Object.entries(value)) {
    if (item === undefined || typeof item === "function") continue;
    packed += packText(String(key)) + packValue(item, depth + 1);
    count++;
  }
  return count === 0 ? "\x90" : packMapHead(count) + packed;
}

/**
 * Query arguments or headers, in which every value is a list of texts.
 *
 * @param values name to text, list of texts, or true for an argument without value (an empty list)
 */
export function packMultiMap(values: Readonly<Record<string, unknown>>): string {
  let packed = "";
  let count = 0;
  for (const name of Object.keys(values)) {
    const value = values[name];
    if (value === undefined || value === null) continue;
    packed += packText(name);
    if (value === true) packed += "\x90";
    else if (Array.isArray(value)) packed += packTexts(value);
    else packed += `\x91${packText(String(value))}`;
    count++;
  }
  return packMapHead(count) + packed;
}

function packTexts(values: readonly unknown[]): string {
  let packed = packListHead(values.length);
  for (const value of values) packed += value === true ? packValue(true) : packText(String(value));
  return packed;
}
