/**
 * The messages of the plugin protocol that are not on the hot way, read and written from a table of their fields.
 *
 * The table is the contract of proto/pluginsocket.proto in the form that a generic codec needs; a test holds the two
 * together, with code generated from the contract. Absent numbers are 0, absent texts "" and absent lists empty, as
 * Kong's decoder fills them in; absent messages are undefined.
 */
import { textAt } from "../short-text.ts";
import { type Field, type Fields, parseShapes, shapeOf, type Shapes } from "./shape-table.ts";
import { readStruct, readValue, writeStruct, writeValue } from "./values.ts";
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

/** Types are scalars (int: 32 bits, long: 64), Value, Struct and the names of shapes. */
const TABLE: Readonly<Record<string, string>> = {
  CmdStartInstance: "1 name string, 2 config bytes",
  CmdCloseInstance: "1 instance_id int",
  CmdHandleEvent: "1 instance_id int, 2 event_name string",
  RpcCall:
    "1 sequence long, 33 cmd_start_instance CmdStartInstance, 35 cmd_close_instance CmdCloseInstance, 36 cmd_handle_event CmdHandleEvent",
  InstanceStatus: "1 name string, 2 instance_id int, 3 config Value, 4 started_at long",
  RpcReturn: "1 sequence long, 33 instance_status InstanceStatus",
  Bool: "1 v bool",
  Int: "1 v int",
  Number: "1 v double",
  ByteString: "1 v bytes",
  ExitArgs: "1 status int, 2 body bytes, 3 headers Struct",
  ServiceKey: "1 id string",
  CertificateKey: "1 id string",
  Route:
    "1 id string, 2 created_at long, 3 updated_at long, 4 name string, 5 protocols *string, 6 methods *string, 7 hosts *string, 8 paths *string, 9 headers *string, 10 https_redirect_status_code int, 11 regex_priority int, 12 strip_path bool, 13 preserve_host bool, 14 snis *string, 15 sources *string, 16 destinations *string, 17 tags *string, 18 service ServiceKey",
  Service:
    "1 id string, 2 created_at long, 3 updated_at long, 4 name string, 5 retries int, 6 protocol string, 7 host string, 8 port int, 9 path string, 10 connect_timeout int, 11 write_timeout int, 12 read_timeout int, 13 tags *string, 14 client_certificate CertificateKey",
  Target: "1 host string, 2 port int",
  ConsumerSpec: "1 id string, 2 by_username bool",
  Consumer: "1 id string, 2 created_at long, 3 username string, 4 custom_id string, 5 tags *string",
  AuthenticatedCredential: "1 id string, 2 consumer_id string",
  AuthenticateArgs: "1 consumer Consumer, 2 credential AuthenticatedCredential",
  DictStats: "1 allocated_slabs long, 2 capacity long",
  LuaSharedDicts: "1 kong DictStats, 2 kong_db_cache DictStats",
  WorkerLuaVm: "1 http_allocated_gc long, 2 pid long",
  MemoryStats: "1 lua_shared_dicts LuaSharedDicts, 2 workers_lua_vms *WorkerLuaVm",
};

/** By the message's name in the contract. */
export const SHAPES: Shapes = parseShapes(TABLE);

/** Bytes of the message, one character each. Fields that are null, absent or of another type are left out. */
export function writeShape(name: string, fields: Readonly<Fields>): string {
  let out = "";
  for (const field of shapeOf(SHAPES, name)) {
    const value = fields[field.name];
    if (value === undefined || value === null) continue;
    if (!field.isRepeated) out += writeField(field, value, false);
    else if (Array.isArray(value)) for (const one of value) out += writeField(field, one, true);
  }
  return out;
}

/** @param isAlways write zeros and empty texts too, as in lists */
function writeField({ number, type }: Field, value: unknown, isAlways: boolean): string {
  switch (type) {
    case "string":
    case "bytes":
      return writeText(number, value, isAlways);
    case "int":
    case "long": {
      const n = typeof value === "number" && Number.isFinite(value) ? Math.trunc(value) : 0;
      return n !== 0 || isAlways ? varintField(number, n) : "";
    }
    case "bool":
      return value === true ? varintField(number, 1) : "";
    case "double":
      return typeof value === "number" && value !== 0 ? doubleField(number, value) : "";
    case "Value":
      return bytesField(number, writeValue(value));
    case "Struct":
      return bytesField(number, writeStruct(value as Fields));
    default:
      return typeof value === "object" ? bytesField(number, writeShape(type, value as Fields)) : "";
  }
}

function writeText(number: number, value: unknown, isAlways: boolean): string {
  if (Buffer.isBuffer(value)) {
    return value.length > 0 || isAlways ? bytesField(number, value.latin1Slice()) : "";
  }
  const isText = typeof value === "string" || typeof value === "number";
  if (!isText) return isAlways ? bytesField(number, "") : "";
  return value !== "" || isAlways ? textField(number, String(value)) : "";
}

/** What a message has when nothing of it was sent. */
function defaultsOf(shape: readonly Field[]): Fields {
  const fields: Fields = {};
  for (const { name, type, isRepeated } of shape) {
    if (isRepeated) fields[name] = [];
    else if (type === "string" || type === "bytes") fields[name] = "";
    else if (type === "int" || type === "long" || type === "double") fields[name] = 0;
    else if (type === "bool") fields[name] = false;
  }
  return fields;
}

/** @throws {UnreadableProtobuf} */
export function readShape(name: string, b: Buffer, from: number, end: number): Fields {
  const shape = shapeOf(SHAPES, name);
  const reader = new ProtobufReader(b, from, end);
  const fields = defaultsOf(shape);
  while (!reader.isAtEnd) {
    const key = reader.varint();
    const number = Math.floor(key / 8);
    const field = shape.find((one) => one.number === number);
    if (field === undefined) {
      reader.skip(key & 7);
      continue;
    }
    const value = readField(field.type, key & 7, reader);
    if (field.isRepeated) (fields[field.name] as unknown[]).push(value);
    else fields[field.name] = value;
  }
  return fields;
}

const WIRE_TYPES: Readonly<Record<string, number>> = {
  int: VARINT,
  long: VARINT,
  bool: VARINT,
  double: FIXED64,
};

function readField(type: string, wireType: number, reader: ProtobufReader): unknown {
  if ((WIRE_TYPES[type] ?? BYTES) !== wireType)
    throw new UnreadableProtobuf("a field of another type");
  if (type === "int") return reader.varint() | 0;
  if (type === "long") return reader.varint();
  if (type === "bool") return reader.varint() !== 0;
  if (type === "double") return reader.double();
  const n = reader.length();
  const from = reader.at;
  const end = from + n;
  reader.at = end;
  switch (type) {
    case "string":
      return textAt(reader.b, from, end);
    case "bytes":
      return Buffer.from(reader.b.subarray(from, end));
    case "Value":
      return readValue(reader.b, from, end);
    case "Struct":
      return readStruct(reader.b, from, end);
    default:
      return readShape(type, reader.b, from, end);
  }
}
