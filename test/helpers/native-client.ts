/**
 * The gateway's side of the native protocol, for tests of plugin servers: sends frames, keeps what comes back.
 */
import { connect, type Socket } from "node:net";
import { decode, encode, type Message } from "../../plugin-sdk/typescript/wire/codec.ts";
import { frame } from "../../plugin-sdk/typescript/wire/encode.ts";
import { FRAME } from "../../plugin-sdk/typescript/wire/messages.ts";

const TYPES: Readonly<Record<number, string>> = {
  [FRAME.HELLO]: "Hello",
  [FRAME.STARTED]: "Started",
  [FRAME.START_FAILED]: "StartFailed",
  [FRAME.CALL]: "Call",
  [FRAME.DONE]: "Done",
  [FRAME.CHUNK_DONE]: "ChunkDone",
  [FRAME.LOG]: "LogLine",
  [FRAME.PONG]: "Ping",
  [FRAME.DRAINING]: "Draining",
};

export interface Arrived {
  readonly stream: number;
  readonly type: string;
  readonly message: Message;
}

/** Longest wait for a frame, in milliseconds: far longer than a busy machine takes. */
const FRAME_MS_MAX = 60_000;

export const GATEWAY_HELLO = {
  protocol_versions: [1],
  software: "test",
  node_id: "node-1",
  hostname: "host-1",
  kong_version: "3.9.1",
  kong_version_num: 3009001,
};

/** An access event of a small GET; `more` replaces and adds fields. */
export function accessEvent(more: Message = {}): Message {
  return {
    phase: 0x20,
    instances: [1],
    request: 1001,
    id: "0123456789abcdef0123456789abcdef",
    method: "GET",
    target: "/orders/7?page=2",
    http_version: 11,
    scheme: "http",
    host: "api.example.com",
    port: 8000,
    headers:
      "host: api.example.com\r\nuser-agent: curl/8.5.0\r\naccept: */*\r\nx-client-id: client-42\r\n",
    client_ip: "127.0.0.1",
    client_port: 51234,
    forwarded_ip: "127.0.0.1",
    forwarded_port: 51234,
    start_ms: 1763733600123n,
    body_state: 1,
    ...more,
  };
}

export class NativeClient {
  readonly socket: Socket;
  /** Frames that nobody has taken. */
  readonly arrived: Arrived[] = [];
  isClosed = false;
  #rest: Buffer = Buffer.alloc(0);
  #wake: (() => void) | null = null;

  constructor(path: string) {
    this.socket = connect(path);
    this.socket.on("data", (chunk: Buffer) => this.#onData(chunk));
    this.socket.on("error", () => {});
    this.socket.on("close", () => {
      this.isClosed = true;
      this.#wake?.();
    });
  }

  #onData(chunk: Buffer): void {
    let rest = Buffer.concat([this.#rest, chunk]);
    while (rest.length >= 4 && rest.length >= 4 + rest.readUInt32LE(0)) {
      const end = 4 + rest.readUInt32LE(0);
      const type = TYPES[rest[8]!] ?? String(rest[8]);
      const message = decode(type, rest.latin1Slice(9, end));
      this.arrived.push({ stream: rest.readUInt32LE(4), type, message });
      rest = rest.subarray(end);
    }
    this.#rest = rest;
    this.#wake?.();
  }

  /** Greeting and Hello, and wait for the server's. @param more replaces and adds fields */
  async hello(more: Message = {}): Promise<Message> {
    this.socket.write("DRAGOMAN");
    this.send(0, FRAME.HELLO, "Hello", { ...GATEWAY_HELLO, ...more });
    return (await this.next("Hello")).message;
  }

  async start(instance: number, plugin: string, config: object = {}): Promise<Arrived> {
    this.send(0, FRAME.START, "Start", { instance, plugin, config: JSON.stringify(config) });
    return this.next();
  }

  send(stream: number, type: number, name: string, message: Message): void {
    this.socket.write(frame(stream, type, encode(name, message)), "latin1");
  }

  event(stream: number, event: Message): void {
    this.send(stream, FRAME.EVENT, "Event", event);
  }

  /** The next frame, of that type if one is named: others before it are dropped. */
  async next(type?: string): Promise<Arrived> {
    const deadline = AbortSignal.timeout(FRAME_MS_MAX);
    for (;;) {
      const one = this.arrived.shift();
      if (one !== undefined && (type === undefined || one.type === type)) return one;
      if (one !== undefined) continue;
      if (this.isClosed) throw new Error(`the connection closed before ${type ?? "a frame"} came`);
      await this.#change(deadline, type);
    }
  }

  #change(deadline: AbortSignal, type: string | undefined): Promise<void> {
    return new Promise((done, failed) => {
      this.#wake = done;
      deadline.onabort = () => failed(new Error(`no ${type ?? "frame"} came`));
    });
  }

  async closed(): Promise<void> {
    const deadline = AbortSignal.timeout(FRAME_MS_MAX);
    while (!this.isClosed) await this.#change(deadline, "close");
  }

  destroy(): void {
    this.socket.destroy();
  }
}
