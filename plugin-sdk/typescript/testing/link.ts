/** A session and the gateway's side of its conversation in one process: frames go back and forth as they would on a socket. */
import type { Plugin } from "../plugin/define-plugin.ts";
import { Session } from "../server/session.ts";
import { decode, encode, type Message } from "../wire/codec.ts";
import { FrameReader, GREETING } from "../wire/frame-reader.ts";
import { FRAME } from "../wire/messages.ts";

/** What the server sends on a stream. */
export interface StreamListener {
  onCall(call: Message): void;
  onLog(line: Message): void;
  onEnd(type: number, message: Message): void;
}

const HELLO = {
  protocol_versions: [1],
  software: "test harness",
  node_id: "00000000-0000-4000-8000-000000000001",
  hostname: "test",
  kong_version: "3.9.1",
  kong_version_num: 3009001,
};

/**
 * One plugin, one connection, nothing of the machine: what is sent is answered before the call returns, unless
 * the plugin waits.
 */
export class Link {
  readonly #session: Session;
  readonly #reader: FrameReader;
  readonly #streams = new Map<number, StreamListener>();
  #onStarted: ((failure: string | null) => void) | null = null;
  #isPumping = false;

  constructor(plugin: Plugin) {
    this.#session = new Session({
      plugins: [plugin],
      software: "test harness",
      onOutput: () => this.#pump(),
      onDrained: () => {},
    });
    this.#reader = new FrameReader({
      onFrame: (stream, type, bytes, from, end) =>
        this.#onFrame(stream, type, bytes.latin1Slice(from, end)),
    });
    this.#reader.push(Buffer.from(GREETING));
    this.send(0, FRAME.HELLO, "Hello", HELLO);
  }

  /** To the server; what it answers at once is heard before this returns. */
  send(stream: number, type: number, name: string, message: Message): void {
    const bytes = Buffer.from(encode(name, message), "latin1");
    this.#session.onFrame(stream, type, bytes, 0, bytes.length);
    this.#pump();
  }

  /** Begin an instance. @throws {Error} (rejects) with the plugin's words where it refuses */
  start(instance: number, plugin: string, config: object): Promise<void> {
    return new Promise((done, failed) => {
      this.#onStarted = (failure) => (failure === null ? done() : failed(new Error(failure)));
      this.send(0, FRAME.START, "Start", { instance, plugin, config: JSON.stringify(config) });
    });
  }

  /** Begin an event and hear what comes of it. */
  event(stream: number, event: Message, listener: StreamListener): void {
    this.#streams.set(stream, listener);
    this.send(stream, FRAME.EVENT, "Event", event);
  }

  /** Send a chunk of the body on a stream whose event wanted it. */
  chunk(stream: number, chunk: Message, listener: StreamListener): void {
    this.#streams.set(stream, listener);
    this.send(stream, FRAME.CHUNK, "Chunk", chunk);
  }

  /** Ends instances and what is under way, as the end of a connection does. */
  close(): void {
    this.#session.close();
  }

  #pump(): void {
    if (this.#isPumping) return;
    this.#isPumping = true;
    try {
      while (!this.#session.output.isEmpty) {
        for (const piece of this.#session.output.take()) {
          this.#reader.push(typeof piece === "string" ? Buffer.from(piece, "latin1") : piece);
        }
      }
    } finally {
      this.#isPumping = false;
    }
  }

  #onFrame(stream: number, type: number, text: string): void {
    const listener = this.#streams.get(stream);
    switch (type) {
      case FRAME.STARTED:
        return this.#onStarted?.(null);
      case FRAME.START_FAILED:
        return this.#onStarted?.(String(decode("StartFailed", text).message ?? ""));
      case FRAME.CALL:
        return listener?.onCall(decode("Call", text));
      case FRAME.LOG:
        return listener?.onLog(decode("LogLine", text));
      case FRAME.DONE:
        return listener?.onEnd(type, decode("Done", text));
      case FRAME.CHUNK_DONE:
        return listener?.onEnd(type, decode("ChunkDone", text));
    }
  }
}
