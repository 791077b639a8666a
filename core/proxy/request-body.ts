/**
 * The body of a request between the client and whoever wants it: plugins, the Service, or both.
 *
 * A body that came along with its head (most small ones) is taken as text in the same turn, so that head and body go on
 * in one write. A longer one is gathered up to a bound and streams on from there with back-pressure; what plugins read
 * is kept and sent on afterwards.
 */
import { BODY_TOO_LARGE, type RequestBody } from "../exchange/exchange.ts";
import type { BodySink, ClientStream } from "./client-stream.ts";
import { GatheredBytes } from "./gathered-bytes.ts";

/** Bodies up to this size are joined to their head as text; larger ones are copied as bytes. */
export const TEXT_BODY_MAX = 4096;

const EMPTY = Buffer.alloc(0);

/** The body of a request that came without one; a plugin may give it one. */
export class AbsentBody implements RequestBody {
  readonly isPresent = false;
  replacement: Buffer | null = null;

  read(): Buffer {
    return this.replacement ?? EMPTY;
  }

  replace(body: Buffer): void {
    this.replacement = body;
  }
}

type Gathered = (body: ClientBody) => void;

function both(one: Gathered, other: Gathered): Gathered {
  return (body) => {
    one(body);
    other(body);
  };
}

/**
 * One request's body, from the client's first byte to the Service's last. Buffers it gives are its own: not to
 * be changed.
 */
export class ClientBody implements RequestBody, BodySink {
  readonly isPresent: boolean;
  readonly #client: ClientStream;
  /** The whole body, if it came in one small piece. */
  #text: string | null = null;
  #gatheredBytes: GatheredBytes | null = null;
  #bytes = 0;
  #isComplete: boolean;
  #isStarted = false;
  #failed: 0 | 400 | 413 = 0;
  #replacement: Buffer | null = null;
  /** Gather no more than this before `#onGathered`. */
  #gatherMax = 0;
  #onGathered: Gathered | null = null;
  /** Where the rest goes once it streams. */
  #sink: BodySink | null = null;

  constructor(client: ClientStream) {
    this.#client = client;
    this.isPresent = client.isBodyPending;
    this.#isComplete = !client.isBodyPending;
  }

  /** The whole body is here (or has been replaced). */
  get isComplete(): boolean {
    return this.#isComplete || this.#replacement !== null;
  }

  /** 400 or 413 if the client's framing failed, else 0. */
  get failed(): 0 | 400 | 413 {
    return this.#failed;
  }

  /** The whole body as latin1 text, if it is small and here; null otherwise. */
  get text(): string | null {
    if (this.#replacement !== null) return null;
    if (this.#isComplete && this.#bytes === 0) return "";
    return this.#isComplete ? this.#text : null;
  }

  /** The whole body, which must be complete. */
  bytes(): Buffer {
    if (this.#replacement !== null) return this.#replacement;
    if (this.#text !== null) return Buffer.from(this.#text, "latin1");
    return this.#gatheredBytes?.bytes() ?? EMPTY;
  }

  replace(body: Buffer): void {
    this.#replacement = body;
  }

  get isReplaced(): boolean {
    return this.#replacement !== null;
  }

  /**
   * Collect until the body is complete, has failed, or is longer than `max`. Several may wait at the same time (a plugin that
   * asks twice before it awaits): then the longest bound counts, and all are told at once.
   *
   * @returns true if that is so already; else `done` is called later
   */
  gather(max: number, done: Gathered): boolean {
    if (this.isComplete || this.#failed !== 0 || this.#bytes > max) return true;
    const before = this.#onGathered;
    this.#gatherMax = before === null ? max : Math.max(max, this.#gatherMax);
    if (!this.#isStarted) {
      this.#isStarted = true;
      this.#client.readBody(this);
    } else this.#client.resumeBody();
    if (this.isComplete || this.#failed !== 0 || this.#bytes > max) return true;
    this.#onGathered = before === null ? done : both(before, done);
    return false;
  }

  /** From now on everything goes to `sink`, beginning with what was gathered. */
  stream(sink: BodySink): void {
    this.#sink = sink;
    const gathered = this.#gatheredBytes?.take() ?? [];
    let hasRoom = true;
    for (const chunk of gathered) hasRoom = sink.onBodyBytes(chunk, 0, chunk.length);
    if (this.#isComplete) sink.onBodyEnd();
    else if (!this.#isStarted) {
      this.#isStarted = true;
      this.#client.readBody(this);
    } else if (hasRoom) this.#client.resumeBody();
  }

  read(maxBytes: number): Buffer | typeof BODY_TOO_LARGE | Promise<Buffer | typeof BODY_TOO_LARGE> {
    const result = () =>
      this.isComplete && this.bytes().length <= maxBytes ? this.bytes() : BODY_TOO_LARGE;
    let settle: (() => void) | null = null;
    if (this.gather(maxBytes, () => settle?.())) return result();
    return new Promise((resolve) => {
      settle = () => resolve(result());
    });
  }

  onBodyBytes(b: Buffer, start: number, end: number): boolean {
    if (this.#sink !== null) return this.#sink.onBodyBytes(b, start, end);
    const size = end - start;
    if (this.#bytes === 0 && size <= TEXT_BODY_MAX && size === this.#client.bodyLength) {
      this.#text = b.latin1Slice(start, end);
    } else {
      this.#gatheredBytes ??= new GatheredBytes();
      this.#gatheredBytes.add(b, start, end);
    }
    this.#bytes += size;
    if (this.#bytes <= this.#gatherMax) return true;
    this.#gathered();
    return false;
  }

  onBodyEnd(): void {
    this.#isComplete = true;
    if (this.#sink !== null) this.#sink.onBodyEnd();
    else this.#gathered();
  }

  onBodyFailed(status: 400 | 413): void {
    this.#failed = status;
    if (this.#sink !== null) this.#sink.onBodyFailed(status);
    else this.#gathered();
  }

  #gathered(): void {
    const done = this.#onGathered;
    this.#onGathered = null;
    done?.(this);
  }
}
