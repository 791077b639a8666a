/**
 * A plugin server of ProtoBuf:1 in this process that runs a script: for each event the PDK calls of a list, with arguments
 * as go-pdk would encode them, whatever stands in them.
 */
import { rmSync } from "node:fs";
import net from "node:net";
import { double, lengthTag, sized, varint } from "../../../plugin-sdk/typescript/wire/encode.ts";
import { Scan } from "../../../plugin-sdk/typescript/wire/scan.ts";
import type { Op, Tamper } from "./four-servers.ts";

/** Field numbers of RpcCall, RpcReturn and what is in them; see proto/pluginsocket.proto. */
const SEQUENCE = 1;
const START = 33;
const EVENT = 36;

const utf8 = (value: unknown): string => Buffer.from(String(value)).latin1Slice();
const bytes = (number: number, value: string): string => sized(lengthTag(number), value);
const text = (number: number, value: unknown): string => bytes(number, utf8(value));
/** An int32 as protobuf writes it: ten bytes where it is negative. */
function int32(field: number, n: number): string {
  const head = varint(field * 8);
  if (n >= 0) return head + varint(Math.min(Math.trunc(n), 2 ** 32 - 1));
  const low = varint((n >>> 0) & 0xfffffff).padEnd(4, "\x80");
  return `${head}${low}\xff\xff\xff\xff\xff\x01`;
}

/** google.protobuf.Value and Struct. */
function value(of: unknown): string {
  if (of === null || of === undefined) return "\x08\0";
  if (typeof of === "number") return `\x11${double(of)}`;
  if (typeof of === "boolean") return of ? "\x20\x01" : "\x20\0";
  if (Array.isArray(of)) return bytes(6, of.map((one) => bytes(1, value(one))).join(""));
  if (typeof of === "object") return bytes(5, struct(of as Record<string, unknown>));
  return text(3, of);
}

function struct(of: Readonly<Record<string, unknown>>): string {
  const entry = ([key, one]: [string, unknown]): string =>
    bytes(1, text(1, key) + bytes(2, value(one)));
  return Object.entries(of).map(entry).join("");
}

/** The argument's message, by function; what is not here carries a String. */
function argumentOf([method, first, second, third]: Op): string {
  if (/_header$/.test(method) && second !== undefined)
    return text(1, first) + bytes(2, value(second));
  if (/set_headers$|set_query$/.test(method)) return struct(first as Record<string, unknown>);
  if (method.endsWith("set_status")) return int32(1, Number(first));
  if (!method.endsWith("exit")) return first === undefined ? "" : text(1, first);
  const body = second === undefined ? "" : text(2, second);
  const headers = third === undefined ? "" : bytes(3, struct(third as Record<string, unknown>));
  return int32(1, Number(first)) + body + headers;
}

function frame(payload: string): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32LE(payload.length);
  return Buffer.concat([length, Buffer.from(payload, "latin1")]);
}

export class ScriptedProtobuf {
  script: readonly Op[] = [];
  tamper: Tamper = (answer) => [answer];
  readonly #path: string;
  readonly #sockets = new Set<net.Socket>();
  readonly #server = net.createServer((socket) => this.#serve(socket));

  constructor(path: string) {
    this.#path = path;
  }

  async listen(): Promise<void> {
    rmSync(this.#path, { force: true });
    await new Promise<void>((resolve) => this.#server.listen(this.#path, resolve));
  }

  async die(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  #serve(socket: net.Socket): void {
    let rest: Buffer = Buffer.alloc(0);
    let event: Generator<void> | null = null;
    this.#sockets.add(socket);
    socket.on("close", () => this.#sockets.delete(socket));
    socket.on("error", () => {});
    socket.on("data", (part: Buffer) => {
      rest = Buffer.concat([rest, part]);
      while (rest.length >= 4 && rest.length >= 4 + rest.readUInt32LE(0)) {
        const end = 4 + rest.readUInt32LE(0);
        const payload = rest.latin1Slice(4, end);
        rest = rest.subarray(end);
        event ??= this.#answer(socket, payload);
        if (event?.next().done === true) event = null;
      }
    });
  }

  /** @returns an event, which goes on with each result */
  #answer(socket: net.Socket, payload: string): Generator<void> | null {
    const call = new Scan(payload);
    let sequence = 0;
    let kind = 0;
    while (call.next()) {
      if (call.field === SEQUENCE) sequence = call.varint();
      else {
        kind = call.field;
        call.skip();
      }
    }
    const head = varint(SEQUENCE * 8) + varint(sequence);
    if (kind === EVENT) return this.#event(socket, head);
    const status = text(1, "p") + varint(16) + varint(kind === START ? 1 : 0);
    socket.write(frame(head + bytes(START, status)));
    return null;
  }

  *#event(socket: net.Socket, head: string): Generator<void> {
    const send = (...frames: Buffer[]): void => {
      for (const one of this.tamper(Buffer.concat(frames), "protobuf")) socket.write(one);
    };
    for (const op of this.script) {
      send(frame(op[0]), frame(argumentOf(op)));
      yield;
    }
    send(frame(""), frame(head));
  }
}
