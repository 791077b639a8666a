/**
 * Values of the PDK on the wire: nil, boolean, whole number, number, text, bytes, list, map.
 *
 * nil is `undefined`. Bytes are a Buffer; text that is no UTF-8 travels as bytes too, so that nothing is lost.
 */
import { PdkError } from "../pdk/errors.ts";
import { double, sized, varint, zigzag } from "./encode.ts";
import { Scan, WireError } from "./scan.ts";
import { isLossy, toText, toWire } from "./text.ts";

/** Depth of lists and maps in each other, both ways; an object that refers to itself ends here. */
export const VALUE_DEPTH_MAX = 64;

const BOOLEAN = ["\x08\x00", "\x08\x01"] as const;
const INTEGER = "\x10";
const NUMBER = "\x19";
const TEXT = "\x22";
const BYTES = "\x2a";
const LIST = "\x32";
const MAP = "\x3a";
const ENTRY = "\x0a";
const ENTRY_VALUE = "\x12";

/**
 * A Value message, as a latin1 string.
 *
 * @throws {PdkError} for what no plugin server can send: a function, a symbol, what refers to itself
 */
export function encodeValue(value: unknown, depth = 0): string {
  switch (typeof value) {
    case "undefined":
      return "";
    case "boolean":
      return BOOLEAN[value ? 1 : 0];
    case "number":
      return Number.isSafeInteger(value) && !Object.is(value, -0)
        ? INTEGER + zigzag(value)
        : NUMBER + double(value);
    case "bigint":
      return encodeValue(Number(value));
    case "string":
      return sized(isLossy(value) ? BYTES : TEXT, toWire(value));
    case "object":
      return value === null ? "" : encodeObject(value, depth);
  }
  throw new PdkError(`a ${typeof value} cannot be given to the gateway`);
}

function encodeObject(value: object, depth: number): string {
  if (value instanceof Uint8Array) {
    const { buffer, byteOffset, byteLength } = value;
    return sized(BYTES, Buffer.from(buffer, byteOffset, byteLength).latin1Slice());
  }
  if (depth >= VALUE_DEPTH_MAX) throw new PdkError("a value is too deep, or refers to itself");
  let content = "";
  if (Array.isArray(value)) {
    for (const one of value) content += sized(ENTRY, encodeValue(one, depth + 1));
    return sized(LIST, content);
  }
  const entries = value instanceof Map ? value.entries() : Object.entries(value);
  for (const [key, one] of entries) {
    if (one === undefined || one === null) continue; // nil: not in a table
    const name = sized(ENTRY, toWire(String(key)));
    content += sized(ENTRY, name + sized(ENTRY_VALUE, encodeValue(one, depth + 1)));
  }
  return sized(MAP, content);
}

/** @param from, end place of a Value message in `text` */
export function decodeValue(text: string, from = 0, end = text.length, depth = 0): unknown {
  if (depth > VALUE_DEPTH_MAX) throw new WireError("a value is too deep");
  const scan = new Scan(text, from, end);
  let value: unknown;
  while (scan.next()) {
    const { field, type } = scan;
    if (field === 1 && type === 0) value = scan.varint() !== 0;
    else if (field === 2 && type === 0) value = scan.zigzag();
    else if (field === 3 && type === 1) {
      const at = scan.eightBytes();
      value = Buffer.from(text.slice(at, at + 8), "latin1").readDoubleLE();
    } else if (field === 4 && type === 2) value = toText(scan.slice());
    else if (field === 5 && type === 2) value = Buffer.from(scan.slice(), "latin1");
    else if (field === 6 && type === 2) value = decodeList(text, scan.from, scan.to, depth);
    else if (field === 7 && type === 2) value = decodeMap(text, scan.from, scan.to, depth);
    else scan.skip();
  }
  return value;
}

function decodeList(text: string, from: number, end: number, depth: number): unknown[] {
  const list: unknown[] = [];
  const scan = new Scan(text, from, end);
  while (scan.next()) {
    if (scan.field === 1 && scan.type === 2) {
      list.push(decodeValue(text, scan.from, scan.to, depth + 1));
    } else scan.skip();
  }
  return list;
}

function decodeMap(
  text: string,
  from: number,
  end: number,
  depth: number,
): Record<string, unknown> {
  const map: Record<string, unknown> = {};
  const scan = new Scan(text, from, end);
  while (scan.next()) {
    if (scan.field !== 1 || scan.type !== 2) {
      scan.skip();
      continue;
    }
    const entry = new Scan(text, scan.from, scan.to);
    let key = "";
    let value: unknown;
    while (entry.next()) {
      if (entry.field === 1 && entry.type === 2) key = toText(entry.slice());
      else if (entry.field === 2 && entry.type === 2) {
        value = decodeValue(text, entry.from, entry.to, depth + 1);
      } else entry.skip();
    }
    putOwn(map, key, value);
  }
  return map;
}

/** Set a property of that very name: "__proto__" is a key like any other. */
export function putOwn(target: Record<string, unknown>, key: string, value: unknown): void {
  if (key !== "__proto__") target[key] = value;
  else {
    Object.defineProperty(target, key, {
      value,
      enumerable: true,
      configurable: true,
      writable: true,
    });
  }
}

/** A list of arguments as repeated field `tag`; nil at the end is as if it was not given. */
export function encodeArguments(tag: string, args: readonly unknown[]): string {
  let count = args.length;
  while (count > 0 && (args[count - 1] === undefined || args[count - 1] === null)) count--;
  let out = "";
  for (let i = 0; i < count; i++) {
    const value = encodeValue(args[i]);
    out += tag + varint(value.length) + value;
  }
  return out;
}
