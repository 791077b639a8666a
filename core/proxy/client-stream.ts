/**
 * What the proxy asks of the side that a client is on. The listener fulfils it, for each version of HTTP in its own way.
 *
 * It stands for one request at a time. Text is latin1 (a character a byte); `Buffer`s handed over with offsets are valid
 * only during the call.
 */
import type { Exchange } from "../exchange/exchange.ts";

/** Takes the body of a request. */
export interface BodySink {
  /** @returns false to be given no more until `resumeBody` */
  onBodyBytes(b: Buffer, start: number, end: number): boolean;
  onBodyEnd(): void;
  /** No end will come: bad framing (400) or too long (413). */
  onBodyFailed(status: 400 | 413): void;
}

/** Length of an answer's body where it has none by its nature (HEAD, 204, 304): no framing is written. */
export const NO_BODY = -2;
/** Length of an answer's body that only its end will tell. */
export const UNKNOWN_LENGTH = -1;

/** One request's client. After `end` or `abort` nothing more may be written; both may be called once. */
export interface ClientStream {
  /** Bytes of the request's body; -1 where only its end will tell, 0 for none. */
  readonly bodyLength: number;
  /** Has the body not been handed over to its end? */
  readonly isBodyPending: boolean;
  /** Called once. What has arrived is handed over before it returns. */
  readBody(sink: BodySink): void;
  resumeBody(): void;

  /**
   * Send status and headers of `x`, and the first bytes of the body with them.
   *
   * @param length of the body, {@link UNKNOWN_LENGTH} or {@link NO_BODY}
   * @returns false if the writer should wait for `onDrain`
   */
  respond(x: Exchange, length: number, b: Buffer | null, start: number, end: number): boolean;
  /** More of the body. */
  write(b: Buffer, start: number, end: number): boolean;
  /** The answer is complete. */
  end(): void;
  /** The answer to come is the last one on this connection. */
  closeAfterAnswer(): void;
  /** Cut the connection: the answer cannot be completed. */
  abort(): void;
  /** `listener.onDrain` is called once when what was written has left. */
  waitForDrain(listener: { onDrain(): void }): void;
  /** After a 101 was sent: raw bytes both ways. Null where the protocol has no such thing. */
  readonly tunnel: Tunnel | null;
}

/** Raw bytes, both ways. */
export interface Tunnel {
  open(onBytes: (b: Buffer, n: number) => void): void;
  write(b: Buffer, start: number, end: number): boolean;
  pause(): void;
  resume(): void;
  end(): void;
}
