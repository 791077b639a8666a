/**
 * The native protocol's Value: what PDK functions take and give.
 *
 * Text that is valid UTF-8 goes as text, everything else as bytes (core/pdk/text.ts keeps bytes that are no UTF-8 in
 * texts), so nothing is lost either way. What the PDK has and the protocol has not (functions, symbols) is nil.
 */
import { textOf, toWire } from "../../pdk/text.ts";
import { NESTING_MAX } from "../limits.ts";
import {
  bytesField,
  doubleField,
  FIXED64,
  ProtobufReader,
  textField,
  UnreadableProtobuf,
  varint,
  varintField,
} from "../protobuf/wire.ts";
import { textAt } from "../short-text.ts";
import type { WireCursor } from "./wire.ts";

const BOOLEAN = 1;
const INTEGER = 2;
const NUMBER = 3;
const TEXT = 4;
const BYTES = 5;
const LIST = 6;
const MAP = 7;

const LONE_SURROGATE = /\p{Surrogate}/u;
/** Above this, twice the number is not exact any more. */
const ZIGZAG_MAX = 2 ** 52;

function zigzag(n: number): string {
  if (n >= 0 && n < ZIGZAG_MAX) return varint(n * 2);
  if (n < 0 && n > -ZIGZAG_MAX) return varint(-n * 2 - 1);
  const wide = BigInt(n);
  let left = BigInt.asUintN(64, (wide << 1n) ^ (wide >> 63n));
  let out = "";
  for (; left >= 0x80n; left >>= 7n) out += String.fromCharCode(Number(left & 0x7fn) | 0x80);
  return out + String.fromCharCode(Number(left));
}

function numberValue(n: number): string {
  if (!Number.isSafeInteger(n) || Object.is(n, -0)) return doubleField(NUMBER, n);
  return varint(INTEGER * 8) + zigzag(n);
}

/**
 * The message, one character a byte.
 *
 * @throws {UnreadableProtobuf} for a value that is nested too deeply
 */
export function writeValue(value: unknown, depth = 0): string {
  switch (typeof value) {
    case "string":
      return LONE_SURROGATE.test(value) ? bytesField(BYTES, toWire(value)) : textField(TEXT, value);
    case "number":
      return numberValue(value);
    case "bigint":
      return numberValue(Number(value));
    case "boolean":
      return varintField(BOOLEAN, value ? 1 : 0);
    case "object":
      return value === null ? "" : writeObject(value, depth);
    default:
      return "";
  }
}

function writeObject(value: object, depth: number): string {
  if (depth >= NESTING_MAX) throw new UnreadableProtobuf("the value is nested too deeply");
  if (value instanceof Uint8Array) {
    const { buffer, byteOffset, byteLength } = value;
    return bytesField(BYTES, Buffer.from(buffer, byteOffset, byteLength).latin1Slice());
  }
  let out = "";
  if (Array.isArray(value)) {
    for (const item of value) out += bytesField(1, writeValue(item, depth + 1));
    return bytesField(LIST, out);
  }
  for (const key of Object.keys(value)) {
    const item = (value as Record<string, unknown>)[key];
    // nil is not in a table; null is JSON's, which plugins of Kong see as a key with nothing
    if (item === undefined || typeof item === "function") continue;
    const name = key === "" ? "" : textField(1, key);
    out += bytesField(1, name + bytesField(2, writeValue(item, depth + 1)));
  }
  return bytesField(MAP, out);
}

/**
 * Read the Value that fills the cursor's message; the last field of the choice counts.
 *
 * @throws {UnreadableProtobuf}
 */
export function readValue(cursor: WireCursor, depth = 0): unknown {
  if (depth > NESTING_MAX) throw new UnreadableProtobuf("a value is nested too deeply");
  let value: unknown = null;
  while (cursor.at < cursor.end) {
    const tag = cursor.tag();
    switch (tag >>> 3) {
      case BOOLEAN:
        value = cursor.bool(tag);
        break;
      case INTEGER:
        value = readZigzag(cursor, tag);
        break;
      case NUMBER:
        if ((tag & 7) !== FIXED64) throw new UnreadableProtobuf("a field of another type");
        cursor.skip(tag);
        value = cursor.b.readDoubleLE(cursor.at - 8);
        break;
      case TEXT:
        value = textAt(cursor.b, cursor.bytes(tag), cursor.at);
        break;
      case BYTES:
        value = Buffer.from(cursor.b.subarray(cursor.bytes(tag), cursor.at));
        break;
      case LIST:
        value = inside(cursor, tag, depth, readList);
        break;
      case MAP:
        value = inside(cursor, tag, depth, readMap);
        break;
      default:
        cursor.skip(tag);
    }
  }
  return value;
}

/** Read a message in the message with `read`, and step over it. */
export function inside<T>(
  cursor: WireCursor,
  tag: number,
  depth: number,
  read: (cursor: WireCursor, depth: number) => T,
): T {
  const from = cursor.bytes(tag);
  const { at, end } = cursor;
  cursor.at = from;
  cursor.end = at;
  const value = read(cursor, depth + 1);
  cursor.at = at;
  cursor.end = end;
  return value;
}

function readZigzag(cursor: WireCursor, tag: number): number {
  const from = cursor.at;
  const low = cursor.number(tag);
  if (cursor.at - from <= 4) return low % 2 === 0 ? low / 2 : -(low + 1) / 2;
  const reader = new ProtobufReader(cursor.b, from, cursor.at);
  const n = reader.varint();
  if (n >= 0 && n <= Number.MAX_SAFE_INTEGER) return n % 2 === 0 ? n / 2 : -(n + 1) / 2;
  return wideZigzag(cursor.b, from, cursor.at);
}

function wideZigzag(b: Buffer, from: number, end: number): number {
  let n = 0n;
  for (let i = from, shift = 0n; i < end; i++, shift += 7n) n |= BigInt(b[i]! & 127) << shift;
  n = BigInt.asUintN(64, n);
  return Number((n >> 1n) ^ -(n & 1n));
}

function readList(cursor: WireCursor, depth: number): unknown[] {
  const list: unknown[] = [];
  while (cursor.at < cursor.end) {
    const tag = cursor.tag();
    if (tag >>> 3 === 1) list.push(inside(cursor, tag, depth, readValue));
    else cursor.skip(tag);
  }
  return list;
}

function readMap(cursor: WireCursor, depth: number): Record<string, unknown> {
  const map: Record<string, unknown> = {};
  while (cursor.at < cursor.end) {
    const tag = cursor.tag();
    if (tag >>> 3 === 1) inside(cursor, tag, depth, (entry, d) => readEntry(entry, d, map));
    else cursor.skip(tag);
  }
  return map;
}

function readEntry(cursor: WireCursor, depth: number, map: Record<string, unknown>): void {
  let key = "";
  let value: unknown = null;
  while (cursor.at < cursor.end) {
    const tag = cursor.tag();
    if (tag >>> 3 === 1) key = textOf(cursor.b.subarray(cursor.bytes(tag), cursor.at));
    else if (tag >>> 3 === 2) value = inside(cursor, tag, depth, readValue);
    else cursor.skip(tag);
  }
  // a key like "__proto__" is a key like any other
  Object.defineProperty(map, key, {
    value,
    enumerable: true,
    configurable: true,
    writable: true,
  });
}
