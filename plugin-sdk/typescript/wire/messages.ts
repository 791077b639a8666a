/**
 * The messages of the native protocol as a table: field numbers, names and types, as in proto/dragoman/plugin.proto.
 *
 * The rare messages are read and written from it (codec.ts). The few that every request needs (Event, Call, Result, Done,
 * Value) have code of their own; tests hold that code to this table, and the table to the golden vectors.
 */

/** Number in a frame, and what it carries. */
export const FRAME = {
  HELLO: 1,
  START: 2,
  STARTED: 3,
  START_FAILED: 4,
  STOP: 5,
  ENTITY: 6,
  FORGET_ENTITIES: 7,
  EVENT: 8,
  CALL: 9,
  RESULT: 10,
  DONE: 11,
  CHUNK: 12,
  CHUNK_DONE: 13,
  CANCEL: 14,
  FORGET: 15,
  LOG: 16,
  PING: 17,
  PONG: 18,
  DRAINING: 19,
} as const;

/** Enums by name; the position is the number. */
export const ENUMS: Readonly<Record<string, readonly string[]>> = {
  "CachePart.Kind":
    "KIND_UNKNOWN METHOD HOST PATH HEADER QUERY CLIENT_IP ROUTE SERVICE CONSUMER".split(" "),
  "Entity.Kind": "KIND_UNKNOWN ROUTE SERVICE CONSUMER CREDENTIAL".split(" "),
  "Event.Body": "BODY_ASK BODY_NONE BODY_HERE".split(" "),
  "Event.Source": "SOURCE_NONE SERVICE EXIT ERROR".split(" "),
  "Write.Op":
    "CALL SERVICE_REQUEST_SET_HEADER SERVICE_REQUEST_ADD_HEADER SERVICE_REQUEST_CLEAR_HEADER RESPONSE_SET_HEADER RESPONSE_ADD_HEADER RESPONSE_CLEAR_HEADER RESPONSE_SET_STATUS NEXT_INSTANCE".split(
      " ",
    ),
  "Cancel.Reason": "REASON_UNKNOWN DEADLINE CLIENT_GONE REFUSED EXITED".split(" "),
};

/** Types of protobuf that the contract uses. */
export type FieldType = "u32" | "s32" | "s64" | "bool" | "double" | "fixed64" | "string" | "bytes";

/** A field of a message. */
export interface Field {
  readonly number: number;
  readonly name: string;
  /** A {@link FieldType}, the name of an enum, or that of a message. */
  readonly type: string;
  readonly isRepeated: boolean;
  /** Member of a oneof: there even if it is empty. */
  readonly isMember: boolean;
}

/** "number name type", "*" behind a repeated one, "?" behind a member of a oneof. */
// biome-ignore format: a message is a line
const ROWS: Readonly<Record<string, string>> = {
  Hello: "1 protocol_versions u32*, 2 software string, 3 frame_bytes_max u32, 4 pid u32, 5 node_id string, 6 hostname string, 7 kong_version string, 8 kong_version_num u32, 9 wants_reads bool, 16 plugins PluginInfo*, 17 concurrency_max u32",
  PluginInfo: "1 name string, 2 priority s32, 3 version string, 4 phases string*, 5 schema bytes, 6 reads_request_body bool",
  Draining: "1 reason string",
  Ping: "1 token fixed64",
  Start: "1 instance u32, 2 plugin string, 3 config bytes, 4 phases u32",
  Started: "1 instance u32, 2 conditions PhaseCondition*, 3 cache_key CacheKey",
  StartFailed: "1 instance u32, 2 message string",
  Stop: "1 instance u32",
  PhaseCondition: "1 phases u32, 2 condition Condition",
  Condition: "1 all ConditionList?, 2 any ConditionList?, 3 not Condition?, 4 method_in StringList?, 5 path_in StringList?, 6 path_prefix StringList?, 7 header_present string?, 8 header_in NamedStrings?, 9 header_prefix NamedStrings?, 10 query_present string?, 11 route_in StringList?, 12 service_in StringList?, 13 consumer_in StringList?, 14 has_consumer bool?, 15 status StatusRange?",
  ConditionList: "1 list Condition*",
  StringList: "1 list string*",
  NamedStrings: "1 name string, 2 list string*",
  StatusRange: "1 first u32, 2 last u32",
  CacheKey: "1 parts CachePart*",
  CachePart: "1 kind CachePart.Kind, 2 name string",
  Entity: "1 number u32, 2 kind Entity.Kind, 3 json bytes",
  Event: "1 phase u32, 2 instances u32*, 3 request u32, 4 deadline_ms u32, 5 id string, 6 method string, 7 target bytes, 8 http_version u32, 9 scheme string, 10 host bytes, 11 port u32, 12 headers bytes, 13 client_ip string, 14 client_port u32, 15 forwarded_ip string, 16 forwarded_port u32, 17 forwarded_scheme string, 18 forwarded_host bytes, 19 forwarded_request_port u32, 20 route u32, 21 service u32, 22 consumer u32, 23 credential u32, 24 start_ms fixed64, 25 body_state Event.Body, 26 body bytes, 27 shared bytes, 28 shared_is_partial bool, 32 status u32, 33 response_headers bytes, 34 source Event.Source, 35 service_status u32, 36 response_body_state Event.Body, 37 response_body bytes, 40 plugin string, 41 configs u32*",
  Call: "1 writes Write*, 2 method string, 3 args Value*",
  Result: "1 value Value, 2 error string",
  Done: "1 writes Write*, 2 ran u32, 3 failure string, 4 keeps_context bool, 5 cache_ms u32, 6 wants_body bool, 7 plugin_us u32*, 8 reads string*",
  Write: "1 op Write.Op, 2 name bytes, 3 value bytes, 4 number u32, 5 args Value*",
  Value: "1 boolean bool?, 2 integer s64?, 3 number double?, 4 text string?, 5 bytes bytes?, 6 list ValueList?, 7 map ValueMap?",
  ValueList: "1 list Value*",
  ValueMap: "1 entries MapEntry*",
  MapEntry: "1 key string, 2 value Value",
  Chunk: "1 data bytes, 2 is_last bool",
  ChunkDone: "1 data bytes, 2 is_last bool, 3 is_unchanged bool, 4 writes Write*, 5 failure string, 6 reads string*",
  Cancel: "1 reason Cancel.Reason, 2 message string",
  Forget: "1 requests u32*",
  LogLine: "1 level string, 2 message string, 3 plugin string",
  Frame: "1 stream u32, 2 type u32, 3 message bytes",
};

function parseField(text: string): Field {
  const [number = "", name = "", mark = ""] = text.split(" ");
  const isRepeated = mark.endsWith("*");
  const isMember = mark.endsWith("?");
  const type = isRepeated || isMember ? mark.slice(0, -1) : mark;
  return { number: Number(number), name, type, isRepeated, isMember };
}

/** Fields of each message, in ascending order. */
export const MESSAGES: ReadonlyMap<string, readonly Field[]> = new Map(
  Object.entries(ROWS).map(([name, row]) => [name, row.split(", ").map(parseField)]),
);
