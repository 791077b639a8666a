/**
 * google.protobuf.Value, Struct and ListValue, with what Kong makes of them.
 *
 * Kept as recorded: nil goes out as null_value 1; a null that comes in is the text NULL_VALUE, and false is nil.
 *
 * @see reference, section 7, "google.protobuf.Value handling at the gateway"
 */
import { NESTING_MAX } from "../limits.ts";
import { textAt } from "../short-text.ts";
import {
  BYTES,
  bytesField,
  doubleField,
  FIXED64,
  ProtobufReader,
  textField,
  UnreadableProtobuf,
  VARINT,
  varintField,
} from "./wire.ts";

/** A Value for nil. */
const NIL = varintField(1, 1);

/**
 * A Value, one character a byte. An empty list is a Struct, as Lua cannot tell.
 * @throws {UnreadableProtobuf} where it is nested deeper than {@link NESTING_MAX}
 */
export function writeValue(value: unknown, depth = 0): string {
  switch (typeof value) {
    case "string":
      return textField(3, value);
    case "number":
      return doubleField(2, value);
    case "bigint":
      return doubleField(2, Number(value));
    case "boolean":
      return varintField(4, value ? 1 : 0);
    case "object":
      return value === null ? NIL : writeObject(value, depth);
    default:
      return NIL;
  }
}

function writeObject(value: object, depth: number): string {
  if (depth >= NESTING_MAX) throw new UnreadableProtobuf("the value is nested too deeply");
  if (value instanceof Uint8Array) return textField(3, Buffer.from(value).utf8Slice());
  if (Array.isArray(value) && value.length > 0) {
    let list = "";
    for (const item of value) list += bytesField(1, writeValue(item, depth + 1));
    return bytesField(6, list);
  }
  return bytesField(5, writeStruct(value as Record<string, unknown>, depth));
}

/** Fields without a value are left out. */
export function writeStruct(record: Readonly<Record<string, unknown>>, depth = 0): string {
  let out = "";
  for (const key of Object.keys(record)) {
    const value = record[key];
    if (value === undefined || typeof value === "function") continue;
    out += bytesField(1, textField(1, key) + bytesField(2, writeValue(value, depth + 1)));
  }
  return out;
}

/** @returns undefined for false and for a Value without content */
export function readValue(b: Buffer, from: number, end: number, depth = 0): unknown {
  if (depth > NESTING_MAX) throw new UnreadableProtobuf("a value is nested too deeply");
  const reader = new ProtobufReader(b, from, end);
  let value: unknown;
  while (!reader.isAtEnd) {
    const key = reader.varint();
    if (key === 1 * 8 + VARINT) {
      reader.varint();
      value = "NULL_VALUE";
    } else if (key === 2 * 8 + FIXED64) value = reader.double();
    else if (key === 4 * 8 + VARINT) value = reader.varint() !== 0 ? true : undefined;
    else if (key === 3 * 8 + BYTES || key === 5 * 8 + BYTES || key === 6 * 8 + BYTES) {
      const n = reader.length();
      const at = reader.at;
      reader.at += n;
      value =
        key === 3 * 8 + BYTES
          ? textAt(b, at, at + n)
          : key === 5 * 8 + BYTES
            ? readStruct(b, at, at + n, depth + 1)
            : n === 0
              ? {} // an empty table is no list to Lua
              : readList(b, at, at + n, depth + 1);
    } else reader.skip(key & 7);
  }
  return value;
}

/** A plain object of its fields; those that are nil are left out. @throws {UnreadableProtobuf} */
export function readStruct(
  b: Buffer,
  from: number,
  end: number,
  depth = 0,
): Record<string, unknown> {
  const reader = new ProtobufReader(b, from, end);
  const record: Record<string, unknown> = {};
  while (!reader.isAtEnd) {
    const key = reader.varint();
    if (key !== 1 * 8 + BYTES) {
      reader.skip(key & 7);
      continue;
    }
    const n = reader.length();
    const [name, value] = readPair(b, reader.at, reader.at + n, depth);
    reader.at += n;
    if (value === undefined) continue;
    Object.defineProperty(record, name, {
      value,
      enumerable: true,
      configurable: true,
      writable: true,
    });
  }
  return record;
}

/** An entry of a Struct, and the message KV: a text and a Value. */
export function readPair(b: Buffer, from: number, end: number, depth = 0): [string, unknown] {
  const reader = new ProtobufReader(b, from, end);
  let name = "";
  let value: unknown;
  while (!reader.isAtEnd) {
    const key = reader.varint();
    if (key !== 1 * 8 + BYTES && key !== 2 * 8 + BYTES) {
      reader.skip(key & 7);
      continue;
    }
    const n = reader.length();
    const at = reader.at;
    reader.at += n;
    if (key === 1 * 8 + BYTES) name = textAt(b, at, at + n);
    else value = readValue(b, at, at + n, depth + 1);
  }
  return [name, value];
}

/** Values in order, nil as undefined. @throws {UnreadableProtobuf} */
export function readList(b: Buffer, from: number, end: number, depth = 0): unknown[] {
  const reader = new ProtobufReader(b, from, end);
  const values: unknown[] = [];
  while (!reader.isAtEnd) {
    const key = reader.varint();
    if (key !== 1 * 8 + BYTES) {
      reader.skip(key & 7);
      continue;
    }
    const n = reader.length();
    values.push(readValue(b, reader.at, reader.at + n, depth + 1));
    reader.at += n;
  }
  return values;
}
