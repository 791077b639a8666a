/**
 * The PDK functions that ProtoBuf:1 can call: the message that carries the arguments, and the one for the result.
 *
 * @see reference, section 8, "Callbacks"
 */
import { textAt } from "../short-text.ts";
import { readList, readPair, readStruct, writeStruct, writeValue } from "./values.ts";
import type { Fields } from "./shape-table.ts";
import { readShape, writeShape } from "./shapes.ts";
import { BYTES, bytesField, doubleField, ProtobufReader, textField } from "./wire.ts";

/** Arguments out of a frame. @throws {UnreadableProtobuf} */
type ReadArguments = (b: Buffer, from: number, end: number) => unknown[];
/** A result as a frame's payload, one character per byte. */
type WriteResult = (result: unknown) => string;

/** How one function is called: null as a result is an empty message, which SDKs read as their zero value. */
export interface PdkMethod {
  readonly readArguments: ReadArguments;
  readonly writeResult: WriteResult;
}

// ---- arguments

const none: ReadArguments = () => [];

/** Field 1 as text: the message String, by hand because most calls carry one. */
const string: ReadArguments = (b, from, end) => {
  const reader = new ProtobufReader(b, from, end);
  let text = "";
  while (!reader.isAtEnd) {
    const key = reader.varint();
    if (key !== 1 * 8 + BYTES) {
      reader.skip(key & 7);
      continue;
    }
    const n = reader.length();
    text = textAt(b, reader.at, reader.at + n);
    reader.at += n;
  }
  return [text];
};

const pair: ReadArguments = (b, from, end) => readPair(b, from, end);
const list: ReadArguments = (b, from, end) => readList(b, from, end);
const struct: ReadArguments = (b, from, end) => [readStruct(b, from, end)];

function shaped(name: string, ...fields: readonly string[]): ReadArguments {
  return (b, from, end) => {
    const read = readShape(name, b, from, end);
    return fields.map((field) => read[field]);
  };
}

// ---- results

const empty: WriteResult = () => "";

const text: WriteResult = (result) => {
  if (typeof result === "string") return result === "" ? "" : textField(1, result);
  if (Buffer.isBuffer(result))
    return result.length === 0 ? "" : bytesField(1, result.latin1Slice());
  return typeof result === "number" ? textField(1, String(result)) : "";
};

const number: WriteResult = (result) =>
  typeof result === "number" && result !== 0 ? doubleField(1, result) : "";

const structOf: WriteResult = (result) => {
  if (typeof result !== "object" || result === null) return "";
  const fields: Fields = {};
  // an argument without value is `true`: it has no place among texts, and Kong leaves it out
  for (const [key, value] of Object.entries(result)) if (value !== true) fields[key] = value;
  return writeStruct(fields);
};

function asShape(name: string): WriteResult {
  return (result) =>
    typeof result === "object" && result !== null ? writeShape(name, result as Fields) : "";
}

function asV(name: string): WriteResult {
  return (result) => writeShape(name, { v: result });
}

/** "address", ":port" or "address:port": the contract has texts where a Route has records. */
function addressText(match: unknown): string {
  if (typeof match !== "object" || match === null) return String(match ?? "");
  const { ip, port } = match as { ip?: string | null; port?: number | null };
  return (ip ?? "") + (port === undefined || port === null ? "" : `:${port}`);
}

const route: WriteResult = (result) => {
  if (typeof result !== "object" || result === null) return "";
  const fields = { ...(result as Fields) };
  for (const name of ["sources", "destinations"]) {
    const matches = fields[name];
    if (Array.isArray(matches)) fields[name] = matches.map(addressText);
  }
  return writeShape("Route", fields);
};

const rawBody: WriteResult = (result) => {
  if (typeof result === "string") return textField(1, result);
  if (Buffer.isBuffer(result)) return bytesField(1, result.latin1Slice());
  return textField(3, "Can't read request body");
};

/** `unnamed` carries captures 1..n, as far as they matched: the whole match has no place, and a hole ends a Lua list. */
const captures: WriteResult = (result) => {
  if (typeof result !== "object" || result === null) return "";
  const { unnamed, named } = result as { unnamed?: unknown; named?: unknown };
  let out = "";
  if (Array.isArray(unnamed)) {
    for (let n = 1; typeof unnamed[n] === "string"; n++) out += textField(1, unnamed[n] as string);
  }
  if (typeof named === "object" && named !== null) {
    for (const [name, one] of Object.entries(named)) {
      out += bytesField(2, textField(1, name) + textField(2, String(one)));
    }
  }
  return out;
};

const RESULTS: Readonly<Record<string, WriteResult>> = {
  Empty: empty,
  String: text,
  Number: number,
  Int: asV("Int"),
  Bool: asV("Bool"),
  ByteString: text,
  Value: (result) => writeValue(result),
  Struct: structOf,
  RawBodyResult: rawBody,
  UriCapturesResult: captures,
  Route: route,
  Service: asShape("Service"),
  Consumer: asShape("Consumer"),
  AuthenticatedCredential: asShape("AuthenticatedCredential"),
  MemoryStats: asShape("MemoryStats"),
};

const ARGUMENTS: Readonly<Record<string, ReadArguments>> = {
  Empty: none,
  String: string,
  KV: pair,
  ListValue: list,
  Struct: struct,
  Int: shaped("Int", "v"),
  Bool: shaped("Bool", "v"),
  ByteString: shaped("ByteString", "v"),
  Target: shaped("Target", "host", "port"),
  ExitArgs: shaped("ExitArgs", "status", "body", "headers"),
  ConsumerSpec: shaped("ConsumerSpec", "id", "by_username"),
  AuthenticateArgs: shaped("AuthenticateArgs", "consumer", "credential"),
};

/** Functions by argument and result; a name stands for `kong.` and itself. */
const FUNCTIONS: Readonly<Record<string, string>> = {
  "Empty String":
    "client.get_ip client.get_forwarded_ip log.serialize nginx.get_tls1_version_str nginx.get_subsystem node.get_id request.get_scheme request.get_host request.get_forwarded_scheme request.get_forwarded_host request.get_method request.get_path request.get_path_with_query request.get_raw_query response.get_source",
  "Empty Int":
    "client.get_port client.get_forwarded_port request.get_port request.get_forwarded_port response.get_status service.response.get_status",
  "Empty Number": "nginx.req_start_time request.get_http_version",
  "Empty AuthenticatedCredential": "client.get_credential",
  "Empty Consumer": "client.get_consumer",
  "Empty MemoryStats": "node.get_memory_stats",
  "Empty RawBodyResult": "request.get_raw_body",
  "Empty UriCapturesResult": "request.get_uri_captures",
  "Empty Route": "router.get_route",
  "Empty Service": "router.get_service",
  "Empty ByteString": "service.response.get_raw_body",
  "ConsumerSpec Consumer": "client.load_consumer",
  "AuthenticateArgs Empty": "client.authenticate",
  "Bool String": "client.get_protocol",
  "String Value": "ctx.shared.get nginx.get_ctx",
  "String Bool": "ip.is_trusted service.set_upstream",
  "String String":
    "nginx.get_var request.get_query_arg request.get_header response.get_header service.response.get_header",
  "String Empty":
    "response.clear_header service.request.set_scheme service.request.set_path service.request.set_raw_query service.request.set_method service.request.clear_header",
  "KV Empty":
    "ctx.shared.set log.set_serialize_value response.set_header response.add_header service.request.set_header service.request.add_header",
  "KV String": "nginx.set_ctx",
  "ListValue Empty": "log.alert log.crit log.err log.warn log.notice log.info log.debug",
  "Int Struct":
    "request.get_query request.get_headers response.get_headers service.response.get_headers",
  "Int Empty": "response.set_status",
  "Struct Empty": "response.set_headers service.request.set_query service.request.set_headers",
  "ExitArgs Empty": "response.exit",
  "Target Empty": "service.set_target",
  "ByteString Empty": "service.request.set_raw_body",
};

/** By wire name. A Map, so that a name such as `__proto__` finds nothing. */
export const PDK_METHODS: ReadonlyMap<string, PdkMethod> = new Map(
  Object.entries(FUNCTIONS).flatMap(([types, names]) => {
    const [argument = "", result = ""] = types.split(" ");
    const method = { readArguments: ARGUMENTS[argument]!, writeResult: RESULTS[result]! };
    return names.split(" ").map((name): [string, PdkMethod] => [`kong.${name}`, method]);
  }),
);
