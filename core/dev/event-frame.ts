/** What the tools read of an Event of the native protocol, and the words for what a plugin server writes. */
import { PHASE } from "../phases/phases.ts";
import { OP } from "../plugin-host/native/frame-types.ts";
import { readNumbers, WireCursor } from "../plugin-host/native/wire.ts";
import type { Writes } from "../plugin-host/native/writes.ts";

const phaseNames: ReadonlyMap<number, string> = new Map(
  Object.entries(PHASE).map(([name, bit]) => [bit, name]),
);

/** Fields of Event that the tools look at. */
export interface EventView {
  phase: string;
  instances: number[];
  /** kong.request.get_id; "" where there is no request. */
  id: string;
  method: string;
  target: string;
  /** Microseconds that it waited in the gateway before it was sent. */
  queueUs: number;
  /** Of the response, in the phases that have one; 0: none. */
  status: number;
  /** init_worker, configure: the plugin. */
  plugin: string;
}

const cursor = new WireCursor();

/** @throws {UnreadableProtobuf} */
export function readEvent(b: Buffer, from: number, end: number): EventView {
  const event: EventView = {
    phase: "",
    instances: [],
    id: "",
    method: "",
    target: "",
    queueUs: 0,
    status: 0,
    plugin: "",
  };
  cursor.set(b, from, end);
  while (cursor.at < end) readField(event, b, cursor.tag());
  return event;
}

function readField(event: EventView, b: Buffer, tag: number): void {
  const text = (): string => b.latin1Slice(cursor.bytes(tag), cursor.at);
  switch (tag >>> 3) {
    case 1:
      event.phase = phaseNames.get(cursor.number(tag)) ?? "?";
      return;
    case 2:
      return readNumbers(cursor, tag, (n) => event.instances.push(n));
    case 5:
      event.id = text();
      return;
    case 6:
      event.method = text();
      return;
    case 7:
      event.target = text();
      return;
    case 29:
      event.queueUs = cursor.number(tag);
      return;
    case 32:
      event.status = cursor.number(tag);
      return;
    case 40:
      event.plugin = text();
      return;
    default:
      cursor.skip(tag);
  }
}

/** Fields of Done and ChunkDone that name what was read. */
export const DONE_READS = 8;
/** In ChunkDone. */
export const CHUNK_DONE_READS = 6;

/** What a plugin server says was read: "kong.request.get_header x-user". @throws {UnreadableProtobuf} */
export function readReads(b: Buffer, from: number, end: number, field: number): string[] {
  const reads: string[] = [];
  cursor.set(b, from, end);
  while (cursor.at < end) {
    const tag = cursor.tag();
    if (tag >>> 3 === field) reads.push(b.utf8Slice(cursor.bytes(tag), cursor.at));
    else cursor.skip(tag);
  }
  return reads;
}

/** `request.get_header("x-user")`. @param read as on the wire */
export function readText(read: string): string {
  const [name = "", ...args] = read.split(" ");
  return callText(name, args);
}

const NAMES: Readonly<Record<number, string>> = {
  [OP.SERVICE_REQUEST_SET_HEADER]: "service.request.set_header",
  [OP.SERVICE_REQUEST_ADD_HEADER]: "service.request.add_header",
  [OP.SERVICE_REQUEST_CLEAR_HEADER]: "service.request.clear_header",
  [OP.RESPONSE_SET_HEADER]: "response.set_header",
  [OP.RESPONSE_ADD_HEADER]: "response.add_header",
  [OP.RESPONSE_CLEAR_HEADER]: "response.clear_header",
  [OP.RESPONSE_SET_STATUS]: "response.set_status",
};
/** Characters of one argument that are shown. */
const ARGUMENT_CHARS_MAX = 200;

/** A write as a person would say it: `response.set_header("x-greeting", "hello ann")`; "next plugin" between two. */
export function writeText(writes: Writes, i: number): string {
  const op = writes.op(i);
  if (op === OP.NEXT_INSTANCE) return "next plugin";
  if (op === OP.CALL) return callText(writes.name(i), writes.args(i));
  const name = NAMES[op] ?? `op ${op}`;
  if (op === OP.RESPONSE_SET_STATUS) return `${name}(${writes.number(i)})`;
  const isClear = name.endsWith("clear_header");
  return callText(name, isClear ? [writes.name(i)] : [writes.name(i), writes.value(i)]);
}

/** `client.load_consumer("ann", true)` */
export function callText(name: string, args: readonly unknown[]): string {
  return `${name.replace(/^kong\./, "")}(${args.map(argumentText).join(", ")})`;
}

function argumentText(value: unknown): string {
  const text = Buffer.isBuffer(value)
    ? `<${value.length} bytes>`
    : (JSON.stringify(value) ?? "nil");
  return text.length > ARGUMENT_CHARS_MAX ? `${text.slice(0, ARGUMENT_CHARS_MAX)}...` : text;
}
