/**
 * A plugin server of the native protocol in this process, with behaviours that a test chooses.
 *
 * It reads and writes with the codec of the TypeScript SDK, so the gateway's is not tested against itself. A behaviour
 * gets an event and gives what goes into Done; it may also do anything to the socket.
 */
import { rmSync } from "node:fs";
import type net from "node:net";
import { decode, encode, type Message } from "../../../plugin-sdk/typescript/wire/codec.ts";
import { frame } from "../../../plugin-sdk/typescript/wire/encode.ts";
import { FRAME } from "../../../plugin-sdk/typescript/wire/messages.ts";
import { carrier, type FrontServer } from "./carrier.ts";

export { FRAME };

const NAMES: Readonly<Record<number, string>> = {
  [FRAME.HELLO]: "Hello",
  [FRAME.START]: "Start",
  [FRAME.STOP]: "Stop",
  [FRAME.ENTITY]: "Entity",
  [FRAME.FORGET_ENTITIES]: "Draining",
  [FRAME.EVENT]: "Event",
  [FRAME.RESULT]: "Result",
  [FRAME.CHUNK]: "Chunk",
  [FRAME.CANCEL]: "Cancel",
  [FRAME.FORGET]: "Forget",
  [FRAME.PING]: "Ping",
  [FRAME.DRAINING]: "Draining",
};

export interface Seen {
  readonly type: number;
  readonly stream: number;
  readonly message: Message;
}

export interface EventContext {
  readonly event: Message;
  readonly stream: number;
  readonly connection: NativeConnection;
  call(method: string, args?: Message[], writes?: Message[]): Promise<Message>;
}

/** What goes into Done; nothing: the behaviour has answered by itself, or does not. */
export type Behaviour = (context: EventContext) => Promise<Message | null> | Message | null;

export class NativeConnection {
  readonly socket: net.Socket;
  /** Results by stream. */
  readonly results = new Map<number, (result: Message) => void>();
  readonly chunks = new Map<number, (chunk: Message) => Message | null>();
  #rest: Buffer = Buffer.alloc(0);
  #hasPreface = false;
  readonly #onFrame: (type: number, stream: number, message: string) => void;

  constructor(
    socket: net.Socket,
    onFrame: (type: number, stream: number, message: string) => void,
  ) {
    this.socket = socket;
    this.#onFrame = onFrame;
    socket.on("error", () => {});
    socket.on("data", (chunk: Buffer) => this.#read(chunk));
  }

  #read(chunk: Buffer): void {
    let b = Buffer.concat([this.#rest, chunk]);
    if (!this.#hasPreface && b.length >= 8) {
      if (b.latin1Slice(0, 8) !== "DRAGOMAN") throw new Error("no preface");
      this.#hasPreface = true;
      b = b.subarray(8);
    }
    while (this.#hasPreface && b.length >= 4 && b.length >= 4 + b.readUInt32LE(0)) {
      const end = 4 + b.readUInt32LE(0);
      this.#onFrame(b[8]!, b.readUInt32LE(4), b.latin1Slice(9, end));
      b = b.subarray(end);
    }
    this.#rest = b;
  }

  send(type: number, name: string, message: Message, stream = 0): void {
    this.socket.write(frame(stream, type, encode(name, message)), "latin1");
  }
}

export class SmallNative {
  readonly seen: Seen[] = [];
  readonly connections = new Set<NativeConnection>();
  behaviour: Behaviour = () => ({ ran: 1 });
  /** Answer to Start; null: none. */
  onStart: (start: Message) => { failed?: string; started?: Message } | null = () => ({});
  /** Told of each new connection; the default says Hello. */
  onConnection: (connection: NativeConnection) => void = (connection) =>
    connection.send(FRAME.HELLO, "Hello", this.hello);
  /** Told of each frame after it was noted. */
  onSeen: ((seen: Seen) => void) | null = null;
  hello: Message = {
    protocol_versions: [1],
    software: "small 1",
    pid: 1,
    plugins: [{ name: "small", priority: 1, version: "1.0", phases: ["access"] }],
  };
  readonly path: string;
  readonly #server: FrontServer;

  constructor(path: string) {
    this.path = path;
    this.#server = carrier.createServer((socket) => {
      const connection: NativeConnection = new NativeConnection(socket, (type, stream, message) =>
        this.#onFrame(connection, type, stream, message),
      );
      this.connections.add(connection);
      socket.on("close", () => this.connections.delete(connection));
      this.onConnection(connection);
    });
  }

  async listen(): Promise<void> {
    rmSync(this.path, { force: true });
    await new Promise<void>((resolve) => this.#server.listen(this.path, resolve));
  }

  /** Listen on a port of the loopback. @returns its address as in the settings */
  async listenOnPort(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
    return `tcp://127.0.0.1:${(this.#server.address() as net.AddressInfo).port}`;
  }

  /** As a killed process ends. */
  async die(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    for (const { socket } of this.connections) socket.destroy();
    await closed;
  }

  of(type: number): Message[] {
    return this.seen.filter((one) => one.type === type).map((one) => one.message);
  }

  #onFrame(connection: NativeConnection, type: number, stream: number, text: string): void {
    const message = decode(NAMES[type]!, text);
    const seen = { type, stream, message };
    this.seen.push(seen);
    this.onSeen?.(seen);
    if (type === FRAME.START) this.#start(connection, message);
    else if (type === FRAME.EVENT) void this.#run(connection, stream, message);
    else if (type === FRAME.RESULT) connection.results.get(stream)?.(message);
    else if (type === FRAME.PING) connection.send(FRAME.PONG, "Ping", message);
    else if (type === FRAME.CHUNK) {
      const answer = connection.chunks.get(stream)?.(message);
      if (answer) connection.send(FRAME.CHUNK_DONE, "ChunkDone", answer, stream);
    }
  }

  #start(connection: NativeConnection, start: Message): void {
    const answer = this.onStart(start);
    if (answer === null) return;
    const { instance } = start;
    if (answer.failed !== undefined) {
      connection.send(FRAME.START_FAILED, "StartFailed", { instance, message: answer.failed });
    } else connection.send(FRAME.STARTED, "Started", { instance, ...answer.started });
  }

  async #run(connection: NativeConnection, stream: number, event: Message): Promise<void> {
    const done = await this.behaviour({
      event,
      stream,
      connection,
      call: (method, args = [], writes = []) =>
        new Promise((resolve) => {
          connection.results.set(stream, resolve);
          connection.send(FRAME.CALL, "Call", { writes, method, args }, stream);
        }),
    });
    if (done !== null) connection.send(FRAME.DONE, "Done", done, stream);
  }
}

/** Writes in their short forms. */
export const write = {
  setRequestHeader: (name: string, value: string) => ({ op: 1, name, value }),
  setHeader: (name: string, value: string) => ({ op: 4, name, value }),
  setStatus: (number: number) => ({ op: 7, number }),
  nextInstance: () => ({ op: 8 }),
  call: (name: string, ...args: Message[]) => ({ op: 0, name, args }),
};
