/**
 * One script, run by a plugin server of each protocol in this process, behind one gateway: what a plugin does, or what a
 * server answers, is judged by what comes out of the gateway on either side.
 *
 * The plugin of a protocol has its name; its route is "/" and that name. `tamper` sees what answers an event before it is
 * sent, and may send something else.
 */
import type net from "node:net";
import type { Message } from "../../../plugin-sdk/typescript/wire/codec.ts";
import { carrier, carryByGrpc } from "./carrier.ts";
import {
  type EventContext,
  FRAME,
  type NativeConnection,
  SmallNative,
} from "./native-small-server.ts";
import { scratch } from "./remote.ts";
import { ScriptedProtobuf } from "./scripted-protobuf.ts";
import { SmallServer } from "./small-server.ts";

/** A PDK call: its wire name and arguments. */
export type Op = readonly [method: string, ...args: unknown[]];
export const WIRES = ["msgpack", "protobuf", "native", "grpc"] as const;
export type Wire = (typeof WIRES)[number];
/** @returns what is written instead of `answer`, piece by piece */
export type Tamper = (answer: Buffer, wire: Wire) => readonly Buffer[];

const PROTOCOLS: Readonly<Record<Wire, string>> = {
  msgpack: "MsgPack:1",
  protobuf: "ProtoBuf:1",
  native: "Dragoman:1",
  grpc: "Dragoman-gRPC:1",
};
/** Short forms of writes in the native protocol, by function. */
const SHORT: Readonly<Record<string, number>> = {
  "kong.service.request.set_header": 1,
  "kong.service.request.add_header": 2,
  "kong.response.set_header": 4,
  "kong.response.add_header": 5,
  "kong.response.set_status": 7,
};
const HEAD_BYTES = 9;

export class FourServers {
  /** What the plugin does in access. */
  script: readonly Op[] = [];
  tamper: Tamper = (answer) => [answer];
  readonly folder = scratch();
  readonly #msgpack = new SmallServer(this.path("msgpack"));
  readonly #protobuf = new ScriptedProtobuf(this.path("protobuf"));
  #natives: SmallNative[] = [];

  path(wire: Wire): string {
    return `${this.folder.path}/${wire}.socket`;
  }

  async listen(): Promise<void> {
    this.#msgpack.behaviour = async (event) => {
      this.#watchMsgpack(event.socket());
      for (const op of this.script) await event.call(...(op as [string, ...unknown[]]));
    };
    this.#protobuf.tamper = (answer) => this.tamper(answer, "protobuf");
    Object.defineProperty(this.#protobuf, "script", { get: () => this.script });
    const before = { ...carrier };
    const native = this.#native("native");
    await carryByGrpc();
    this.#natives = [native, this.#native("grpc")];
    Object.assign(carrier, before);
    for (const one of [this.#msgpack, this.#protobuf, ...this.#natives]) await one.listen();
  }

  /** Answers to events pass `tamper`; those to starts do not. */
  #watchMsgpack(socket: net.Socket & { isWatched?: boolean }): void {
    if (socket.isWatched === true) return;
    socket.isWatched = true;
    const write = socket.write.bind(socket);
    socket.write = (bytes: unknown) => {
      for (const one of this.tamper(bytes as Buffer, "msgpack")) write(one);
      return true;
    };
  }

  #native(wire: "native" | "grpc"): SmallNative {
    const small = new SmallNative(this.path(wire));
    small.hello = {
      ...small.hello,
      plugins: [{ name: wire, priority: 1, version: "1.0", phases: ["access"] }],
    };
    small.onConnection = (connection) => {
      this.#watchNative(connection, wire);
      connection.send(FRAME.HELLO, "Hello", small.hello);
    };
    small.behaviour = async ({ call }: EventContext) => {
      const last = this.script.at(-1);
      if (wire === "native" || last === undefined)
        return { ran: 1, writes: this.script.map(short) };
      // the other way to say it: the last one by a call, which those before it go along with
      const writes = this.script.slice(0, -1).map(long);
      await call(last[0], last.slice(1).map(asValue), writes);
      return { ran: 1 };
    };
    return small;
  }

  #watchNative({ socket }: NativeConnection, wire: "native" | "grpc"): void {
    const write = socket.write.bind(socket) as (bytes: Buffer) => boolean;
    socket.write = (given: unknown) => {
      const frame = Buffer.isBuffer(given) ? given : Buffer.from(given as string, "latin1");
      const type = frame.length >= HEAD_BYTES ? frame[8] : 0;
      if (type !== FRAME.DONE && type !== FRAME.CALL) return write(frame);
      for (const one of this.tamper(frame, wire)) write(one);
      return true;
    };
  }

  /** Settings of a gateway that finds them all. */
  settings(): Record<string, string> {
    const settings: Record<string, string> = {
      plugins: WIRES.join(","),
      pluginserver_names: WIRES.join(","),
    };
    for (const wire of WIRES) {
      const schema = { name: wire, fields: [{ config: { type: "record", fields: [] } }] };
      const plugin = {
        Name: wire,
        Priority: 1,
        Version: "1.0",
        Phases: ["access"],
        Schema: schema,
      };
      const answer = { Protocol: PROTOCOLS[wire], Plugins: [plugin] };
      settings[`pluginserver_${wire}_socket`] = this.path(wire);
      settings[`pluginserver_${wire}_query_cmd`] = `echo '${JSON.stringify(answer)}'`;
    }
    return settings;
  }

  /** A route for each, and /plain without a plugin. */
  config(upstreamPort: number): object {
    const route = (name: string, plugins: object[]): object => ({
      name,
      paths: [`/${name}`],
      strip_path: false,
      plugins,
    });
    const routes = [route("plain", []), ...WIRES.map((wire) => route(wire, [{ name: wire }]))];
    const url = `http://127.0.0.1:${upstreamPort}`;
    return { _format_version: "3.0", services: [{ name: "s", url, retries: 0, routes }] };
  }

  async close(): Promise<void> {
    for (const one of [this.#msgpack, this.#protobuf, ...this.#natives]) await one.die();
    this.folder.remove();
  }
}

function short([method, first, second]: Op, i: number, all: readonly Op[]): Message {
  const op = SHORT[method];
  if (op === undefined) return long(all[i]!);
  if (op === 7) return { op, number: Number(first) >>> 0 };
  return { op, name: String(first), value: String(second) };
}

function long([name, ...args]: Op): Message {
  return { op: 0, name, args: args.map(asValue) };
}

/** A Value of the native protocol. */
function asValue(of: unknown): Message {
  if (of === undefined || of === null) return {};
  if (typeof of === "boolean") return { boolean: of };
  if (typeof of === "number") return Number.isSafeInteger(of) ? { integer: of } : { number: of };
  if (Array.isArray(of)) return { list: { list: of.map(asValue) } };
  if (typeof of !== "object") return { text: String(of) };
  const entries = Object.entries(of).map(([key, value]) => ({ key, value: asValue(value) }));
  return { map: { entries } };
}
