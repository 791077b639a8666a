/**
 * Stands between a gateway and a plugin server, and shows every frame of the native protocol to whoever looks.
 *
 * Bytes pass as they come (but for one field of the Hello, hello-edit.ts), with the back-pressure of both sides; they are cut into frames beside that. So the gateway has
 * no code for it, and pays nothing when nobody looks.
 */
import { createServer, connect, type Server, type Socket } from "node:net";
import { FrameReader, type FrameSink } from "../plugin-host/native/frame-reader.ts";
import { HelloEdit } from "./hello-edit.ts";
import { UnreadableProtobuf } from "../plugin-host/protobuf/wire.ts";

/** What a gateway says before its first frame. */
const PREFACE = Buffer.from("DRAGOMAN");
/** A call of MessagePack-RPC begins so: a list of four, the first 0. */
const MSGPACK_CALL = Buffer.of(0x94, 0);

/** One connection of a gateway. */
export interface TapLink {
  readonly id: number;
}

/** A frame that passes. */
export interface PassingFrame {
  readonly link: TapLink;
  readonly isGateways: boolean;
  readonly stream: number;
  readonly type: number;
  /** Its message is `b[from..end)`; valid only while it is shown. */
  readonly b: Buffer;
  readonly from: number;
  readonly end: number;
  /** Microseconds of this process's clock. */
  readonly atUs: number;
}

/** Who looks at what passes a tap, in the order in which it passes. */
export interface TapObserver {
  onFrame(frame: PassingFrame): void;
  onClosed(link: TapLink): void;
  /** What passes on a connection is not the native protocol; nothing of it is shown. @param protocol as "MsgPack:1" */
  onOtherProtocol?(protocol: string): void;
}

/** The protocol that a connection is in by its first bytes; null: the native one. */
function otherProtocol(first: Buffer): string | null {
  const length = Math.min(first.length, PREFACE.length);
  if (first.compare(PREFACE, 0, length, 0, length) === 0) return null;
  return first.indexOf(MSGPACK_CALL) === 0 ? "MsgPack:1" : "ProtoBuf:1";
}

/** One direction of a connection, cut into frames. */
class Direction implements FrameSink {
  readonly #link: TapLink;
  readonly #isGateways: boolean;
  readonly #observer: TapObserver;
  readonly #reader = new FrameReader(this);
  #toSkip: number;
  #atUs = 0;

  constructor(link: TapLink, isGateways: boolean, observer: TapObserver) {
    this.#link = link;
    this.#isGateways = isGateways;
    this.#observer = observer;
    this.#toSkip = isGateways ? PREFACE.length : 0;
  }

  read(chunk: Buffer): void {
    this.#atUs = performance.now() * 1000;
    const skipped = Math.min(this.#toSkip, chunk.length);
    this.#toSkip -= skipped;
    const rest = skipped === 0 ? chunk : chunk.subarray(skipped);
    if (rest.length > 0) this.#reader.read(rest, rest.length);
  }

  onFrame(stream: number, type: number, b: Buffer, from: number, end: number): boolean {
    try {
      const [link, isGateways, atUs] = [this.#link, this.#isGateways, this.#atUs];
      this.#observer.onFrame({ link, isGateways, stream, type, b, from, end, atUs });
    } catch (cause) {
      // whether a message can be read is for its receiver to say, who gets it all the same
      if (!(cause instanceof UnreadableProtobuf)) throw cause;
    }
    return true;
  }

  onBrokenFrame(): void {
    // the two ends will tell each other
  }
}

const NOBODY: TapObserver = { onFrame() {}, onClosed() {} };

let lastLink = 0;

/** Gateways connect to it in the place of the plugin server. What passes is shown after it was passed on. */
export class Tap {
  readonly #backend: string;
  readonly #observer: TapObserver;
  readonly #server: Server;
  readonly #open = new Set<Socket>();
  #emptied: (() => void)[] = [];

  readonly #wantsReads: boolean;

  /** @param backend socket of the plugin server @param wantsReads ask it to name what plugins read */
  constructor(backend: string, observer: TapObserver, wantsReads: boolean) {
    this.#backend = backend;
    this.#wantsReads = wantsReads;
    this.#observer = observer;
    this.#server = createServer((socket) => this.#join(socket));
  }

  /** @param path a socket that is not there yet */
  listen(path: string): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#server.once("error", reject);
      this.#server.listen(path, resolve);
    });
  }

  #join(gateway: Socket): void {
    this.#open.add(gateway);
    const leave = (): void => {
      gateway.destroy();
      if (this.#open.delete(gateway) && this.#open.size === 0) {
        for (const tell of this.#emptied.splice(0)) tell();
      }
    };
    gateway.on("error", leave).on("close", leave);
    // whoever only looks whether somebody accepts is nothing to trouble the plugin server with
    gateway.once("data", (first: Buffer) => this.#connect(gateway, first));
  }

  #connect(gateway: Socket, first: Buffer): void {
    const link: TapLink = { id: ++lastLink };
    const server = connect(this.#backend);
    const other = otherProtocol(first);
    const observer = other === null ? this.#observer : NOBODY;
    const edit = this.#wantsReads && other === null ? new HelloEdit() : null;
    const toServer = pass(gateway, server, new Direction(link, true, observer), edit);
    toServer(first);
    pass(server, gateway, new Direction(link, false, observer), null);
    if (other !== null) this.#observer.onOtherProtocol?.(other);
    let isOpen = true;
    const close = (): void => {
      server.destroy();
      gateway.destroy();
      if (isOpen) this.#observer.onClosed(link);
      isOpen = false;
    };
    for (const socket of [gateway, server]) socket.on("error", close).on("close", close);
  }

  /** Take no new connections, and wait until those that there are have closed, for at most so long. */
  async drain(limitMs: number): Promise<void> {
    this.#server.close();
    if (this.#open.size === 0) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, limitMs);
      this.#emptied.push(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }

  close(): void {
    this.#server.close();
    for (const socket of this.#open) socket.destroy();
  }
}

/** @returns takes a chunk that came before */
function pass(
  from: Socket,
  to: Socket,
  seen: Direction,
  edit: HelloEdit | null,
): (chunk: Buffer) => void {
  const take = (given: Buffer): void => {
    const chunk = edit === null ? given : edit.push(given);
    if (chunk.length === 0) return;
    // on its way first: what looking costs is not part of what is measured
    if (!to.write(chunk)) from.pause();
    seen.read(chunk);
  };
  from.on("data", take);
  to.on("drain", () => from.resume());
  from.on("end", () => to.end());
  return take;
}

/** Shows everything to several. */
export class Observers implements TapObserver {
  readonly #all: readonly TapObserver[];

  constructor(...all: TapObserver[]) {
    this.#all = all;
  }

  onFrame(frame: PassingFrame): void {
    for (const one of this.#all) one.onFrame(frame);
  }

  onClosed(link: TapLink): void {
    for (const one of this.#all) one.onClosed(link);
  }
}
