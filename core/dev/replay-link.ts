/** The gateway's end of a connection in a replay: frames out, and the plugin server's answers by stream. */
import { connect, type Socket } from "node:net";
import { FRAME } from "../plugin-host/native/frame-types.ts";
import { FrameReader, type FrameSink } from "../plugin-host/native/frame-reader.ts";
import { FRAME_HEAD_BYTES } from "../plugin-host/native/out-buffer.ts";

/** How long an answer may take, in milliseconds. */
export const ANSWER_MS = 10_000;

/** A frame that ends a wait: Started, Done, Call, ChunkDone. */
export interface Answer {
  readonly type: number;
  readonly message: Buffer;
}

/** What no answer is: it may come at any time. */
const ASIDE = new Set<number>([FRAME.LOG, FRAME.PING, FRAME.PONG, FRAME.DRAINING]);

/** Connects when it is made. After its end nothing is sent, and every wait gives null. */
export class ReplayLink implements FrameSink {
  readonly #socket: Socket;
  readonly #reader = new FrameReader(this);
  /** Answers that nobody has taken yet, by stream. */
  readonly #arrived = new Map<number, Answer[]>();
  readonly #waiting = new Map<number, (answer: Answer | null) => void>();
  #isClosed = false;

  constructor(path: string) {
    this.#socket = connect(path);
    this.#socket.on("data", (chunk: Buffer) => this.#reader.read(chunk, chunk.length));
    const close = (): void => {
      this.#isClosed = true;
      for (const tell of this.#waiting.values()) tell(null);
    };
    this.#socket.on("error", close).on("close", close);
    this.#socket.write("DRAGOMAN");
  }

  send(stream: number, type: number, message: Buffer): void {
    if (this.#isClosed) return;
    const head = Buffer.alloc(FRAME_HEAD_BYTES);
    head.writeUInt32LE(FRAME_HEAD_BYTES - 4 + message.length, 0);
    head.writeUInt32LE(stream, 4);
    head[8] = type;
    this.#socket.write(Buffer.concat([head, message]));
  }

  onFrame(stream: number, type: number, b: Buffer, from: number, end: number): boolean {
    if (ASIDE.has(type)) return true;
    const answer: Answer = { type, message: Buffer.from(b.subarray(from, end)) };
    const tell = this.#waiting.get(stream);
    if (tell !== undefined) tell(answer);
    else this.#arrived.set(stream, [...(this.#arrived.get(stream) ?? []), answer]);
    return true;
  }

  onBrokenFrame(): void {
    this.#socket.destroy();
  }

  /** What arrived on a stream before is of an event that is over. */
  forget(stream: number): void {
    this.#arrived.delete(stream);
  }

  /** The next answer on a stream; null where none comes in time. */
  next(stream: number): Promise<Answer | null> {
    const first = this.#arrived.get(stream)?.shift();
    if (first !== undefined) return Promise.resolve(first);
    if (this.#isClosed) return Promise.resolve(null);
    return new Promise((resolve) => {
      const done = (answer: Answer | null): void => {
        clearTimeout(timer);
        this.#waiting.delete(stream);
        resolve(answer);
      };
      const timer = setTimeout(() => done(null), ANSWER_MS);
      this.#waiting.set(stream, done);
    });
  }

  close(): void {
    this.#socket.destroy();
  }
}
