/**
 * The rare messages of the native protocol, read and written from a table of their fields.
 *
 * The table is the contract of proto/dragoman/plugin.proto as a generic codec needs it; a test holds the two together.
 * When read, absent numbers are 0, texts "", lists empty and bytes an empty Buffer; absent messages are undefined, and so
 * are fields of a choice (`?` in the table), because there it matters which one was sent.
 */
import { textOf } from "../../pdk/text.ts";
import { NESTING_MAX } from "../limits.ts";
import {
  bytesField,
  textField,
  UnreadableProtobuf,
  varint,
  varintField,
} from "../protobuf/wire.ts";
import {
  type Field,
  type Fields,
  parseShapes,
  shapeOf,
  type Shapes,
} from "../protobuf/shape-table.ts";
import { inside } from "./values.ts";
import { readNumbers, type WireCursor } from "./wire.ts";

/** Types are u32, s32, bool, string, bytes and the names of shapes. */
const TABLE: Readonly<Record<string, string>> = {
  Hello:
    "1 protocol_versions *u32, 2 software string, 3 frame_bytes_max u32, 4 pid u32, 5 node_id string, 6 hostname string, 7 kong_version string, 8 kong_version_num u32, 9 wants_reads bool, 16 plugins *PluginInfo, 17 concurrency_max u32",
  PluginInfo:
    "1 name string, 2 priority s32, 3 version string, 4 phases *string, 5 schema bytes, 6 reads_request_body bool",
  Draining: "1 reason string",
  Start: "1 instance u32, 2 plugin string, 3 config bytes, 4 phases u32",
  Started: "1 instance u32, 2 conditions *PhaseCondition, 3 cache_key CacheKey",
  StartFailed: "1 instance u32, 2 message string",
  Stop: "1 instance u32",
  PhaseCondition: "1 phases u32, 2 condition Condition",
  Condition:
    "1 all ?ConditionList, 2 any ?ConditionList, 3 not ?Condition, 4 method_in ?StringList, 5 path_in ?StringList, 6 path_prefix ?StringList, 7 header_present ?string, 8 header_in ?NamedStrings, 9 header_prefix ?NamedStrings, 10 query_present ?string, 11 route_in ?StringList, 12 service_in ?StringList, 13 consumer_in ?StringList, 14 has_consumer ?bool, 15 status ?StatusRange",
  ConditionList: "1 list *Condition",
  StringList: "1 list *string",
  NamedStrings: "1 name string, 2 list *string",
  StatusRange: "1 first u32, 2 last u32",
  CacheKey: "1 parts *CachePart",
  CachePart: "1 kind u32, 2 name string",
  Entity: "1 number u32, 2 kind u32, 3 json bytes",
  Cancel: "1 reason u32, 2 message string",
  Forget: "1 requests *u32",
  LogLine: "1 level string, 2 message string, 3 plugin string",
};

/** By the message's name in the contract. */
export const SHAPES: Shapes = parseShapes(TABLE);

/** Bytes of the message, one character each. Fields that are absent or empty are left out. */
export function writeShape(name: string, fields: Readonly<Fields>): string {
  let out = "";
  for (const field of shapeOf(SHAPES, name)) {
    const value = fields[field.name];
    if (value === undefined || value === null) continue;
    if (!field.isRepeated) out += writeField(field, value, field.isChoice);
    else if (field.type === "u32") out += writePacked(field.number, value as readonly number[]);
    else for (const one of value as readonly unknown[]) out += writeField(field, one, true);
  }
  return out;
}

function writePacked(number: number, list: readonly number[]): string {
  return list.length === 0 ? "" : bytesField(number, list.map(varint).join(""));
}

/** @param isAlways write zeros and empty texts too, as in lists and choices */
function writeField({ number, type }: Field, value: unknown, isAlways: boolean): string {
  switch (type) {
    case "string":
      return value !== "" || isAlways ? textField(number, String(value)) : "";
    case "bytes": // text stands for its UTF-8
      return value === "" ? "" : textField(number, String(value));
    case "u32":
      return value !== 0 || isAlways ? varintField(number, Number(value)) : "";
    case "s32": {
      const n = Number(value);
      return n !== 0 || isAlways ? varintField(number, n < 0 ? -n * 2 - 1 : n * 2) : "";
    }
    case "bool":
      return value === true ? varintField(number, 1) : isAlways ? varintField(number, 0) : "";
    default:
      return bytesField(number, writeShape(type, value as Fields));
  }
}

const DEFAULTS: Readonly<Record<string, unknown>> = {
  string: "",
  u32: 0,
  s32: 0,
  bool: false,
  bytes: Buffer.alloc(0),
};

/** Read the message that fills the cursor's. @throws {UnreadableProtobuf} */
export function readShape(name: string, cursor: WireCursor, depth = 0): Fields {
  if (depth > NESTING_MAX) throw new UnreadableProtobuf("a message is nested too deeply");
  const shape = shapeOf(SHAPES, name);
  const fields: Fields = {};
  for (const { name: key, type, isRepeated, isChoice } of shape) {
    if (isRepeated) fields[key] = [];
    else if (!isChoice && type in DEFAULTS) fields[key] = DEFAULTS[type];
  }
  while (cursor.at < cursor.end) {
    const tag = cursor.tag();
    const field = shape.find((one) => one.number === tag >>> 3);
    if (field === undefined) cursor.skip(tag);
    else if (!field.isRepeated) fields[field.name] = readField(field.type, tag, cursor, depth);
    else if (field.type === "u32") {
      readNumbers(cursor, tag, (n) => (fields[field.name] as number[]).push(n));
    } else (fields[field.name] as unknown[]).push(readField(field.type, tag, cursor, depth));
  }
  return fields;
}

function readField(type: string, tag: number, cursor: WireCursor, depth: number): unknown {
  switch (type) {
    case "u32":
      return cursor.number(tag);
    case "s32": {
      const n = cursor.number(tag);
      return (n >>> 1) ^ -(n & 1);
    }
    case "bool":
      return cursor.bool(tag);
    case "string":
      return textOf(cursor.b.subarray(cursor.bytes(tag), cursor.at));
    case "bytes":
      return Buffer.from(cursor.b.subarray(cursor.bytes(tag), cursor.at));
    default:
      return inside(cursor, tag, depth, (inner, d) => readShape(type, inner, d));
  }
}
