/**
 * Messages as plain objects, read and written from the table in messages.ts.
 *
 * For what is rare: hello, start, entities, conditions. Keys are the names of the contract, enums are numbers, bytes are
 * Buffers, fixed64 is a bigint. What is not set is absent from what is read; lists are there where they hold anything.
 */
import { bigVarint, double, fixed64, lengthTag, sized, varint, zigzag } from "./encode.ts";
import { ENUMS, type Field, MESSAGES } from "./messages.ts";
import { Scan, u32At, WireError } from "./scan.ts";
import { bodyBytes, toText, toWire } from "./text.ts";

/** By the contract's names. */
export type Message = Record<string, unknown>;

/** Messages in each other; a deeper one is refused. */
const MESSAGE_DEPTH_MAX = 200;

function fieldsOf(type: string): readonly Field[] {
  const fields = MESSAGES.get(type);
  if (fields === undefined) throw new TypeError(`there is no message ${type}`);
  return fields;
}

const isVarint = (type: string): boolean =>
  type === "u32" || type === "s32" || type === "s64" || type === "bool" || type in ENUMS;

function encodeScalar(type: string, value: unknown): string {
  switch (type) {
    case "bool":
      return varint(value === true ? 1 : 0);
    case "s32":
    case "s64":
      return zigzag(Number(value));
    case "double":
      return double(Number(value));
    case "fixed64":
      return fixed64(BigInt(value as number | bigint));
    case "string":
      return toWire(String(value));
    case "bytes":
      return bodyBytes(value as string | Uint8Array).latin1Slice();
  }
  if (type !== "u32" && !(type in ENUMS)) return encode(type, value as Message);
  return typeof value === "bigint" ? bigVarint(value) : varint(Number(value));
}

function encodeField(field: Field, value: unknown): string {
  const { number, type } = field;
  const wire = encodeScalar(type, value);
  if (isVarint(type)) return varint(number * 8) + wire;
  if (type === "double" || type === "fixed64") return varint(number * 8 + 1) + wire;
  return sized(lengthTag(number), wire);
}

const isDefault = (value: unknown): boolean =>
  value === 0 ||
  value === 0n ||
  value === "" ||
  value === false ||
  (value instanceof Uint8Array && value.length === 0);

/** A message of that type as a latin1 string, fields in ascending order. */
export function encode(type: string, message: Message): string {
  let out = "";
  for (const field of fieldsOf(type)) {
    const value = message[field.name];
    if (value === undefined) continue;
    if (!field.isRepeated) {
      if (field.isMember || !isDefault(value)) out += encodeField(field, value);
    } else if (!isVarint(field.type)) {
      for (const one of value as unknown[]) out += encodeField(field, one);
    } else if ((value as unknown[]).length > 0) {
      const packed = (value as unknown[]).map((one) => encodeScalar(field.type, one)).join("");
      out += sized(lengthTag(field.number), packed);
    }
  }
  return out;
}

function readScalar(scan: Scan, type: string, depth: number): unknown {
  switch (type) {
    case "bool":
      return scan.varint() !== 0;
    case "s32":
    case "s64":
      return scan.zigzag();
    case "double": {
      const at = scan.eightBytes();
      return Buffer.from(scan.text.slice(at, at + 8), "latin1").readDoubleLE();
    }
    case "fixed64": {
      const at = scan.eightBytes();
      return BigInt(u32At(scan.text, at)) | (BigInt(u32At(scan.text, at + 4)) << 32n);
    }
    case "string":
      return toText(scan.slice());
    case "bytes":
      return Buffer.from(scan.slice(), "latin1");
  }
  if (type === "u32" || type in ENUMS) return scan.varint();
  return decode(type, scan.text, scan.from, scan.to, depth + 1);
}

/** Wire type that a field of the type has, unless it is a packed list. */
function wireTypeOf(type: string): number {
  if (isVarint(type)) return 0;
  return type === "double" || type === "fixed64" ? 1 : 2;
}

function readRepeated(message: Message, scan: Scan, field: Field, depth: number): void {
  message[field.name] ??= [];
  const list = message[field.name] as unknown[];
  if (scan.type === 2 && isVarint(field.type)) {
    const packed = new Scan(scan.text, scan.from, scan.to);
    while (packed.at < packed.end) list.push(readScalar(packed, field.type, depth));
  } else {
    list.push(readScalar(scan, field.type, depth));
  }
}

/**
 * Read a message of that type from `text`.
 *
 * @throws {WireError} for bytes that are no such message; fields that are not known are passed
 */
export function decode(
  type: string,
  text: string,
  from = 0,
  end = text.length,
  depth = 0,
): Message {
  if (depth > MESSAGE_DEPTH_MAX) throw new WireError("messages are too deep in each other");
  const fields = fieldsOf(type);
  const message: Message = {};
  const scan = new Scan(text, from, end);
  while (scan.next()) {
    const field = fields.find(({ number }) => number === scan.field);
    const isPacked = field?.isRepeated === true && scan.type === 2 && isVarint(field.type);
    if (field === undefined || (scan.type !== wireTypeOf(field.type) && !isPacked)) scan.skip();
    else if (field.isRepeated) readRepeated(message, scan, field, depth);
    else message[field.name] = readScalar(scan, field.type, depth);
  }
  return message;
}
