/**
 * What goes to the gateway, kept until the turn of the event loop is over and then given to the socket in one write.
 *
 * Frames are latin1 strings, put together into one. The data of a long chunk of a body stays the Buffer that it is.
 */
import { frameHead } from "./encode.ts";

/** From this length on a chunk's data is not made part of the string. */
const LONG_DATA_BYTES = 4096;

/** Text is latin1; a Buffer must not change until it was written. */
export type Piece = string | Buffer;

/** One for each connection. Unbounded by itself: the bound on events at a time is its bound. */
export class Output {
  #text = "";
  #pieces: Piece[] | null = null;

  get isEmpty(): boolean {
    return this.#text === "" && this.#pieces === null;
  }

  /** @param message latin1 */
  frame(stream: number, type: number, message: string): void {
    this.#text += frameHead(stream, type, message.length) + message;
  }

  /** A frame whose message has `data` between two parts. */
  frameWithData(stream: number, type: number, before: string, data: Buffer, after: string): void {
    const length = before.length + data.length + after.length;
    this.#text += frameHead(stream, type, length) + before;
    if (data.length < LONG_DATA_BYTES) {
      this.#text += data.latin1Slice();
    } else {
      this.#pieces ??= [];
      this.#pieces.push(this.#text, data);
      this.#text = "";
    }
    this.#text += after;
  }

  /** Everything so far, in order; strings are latin1. Nothing is kept. */
  take(): Piece[] {
    const pieces = this.#pieces ?? [];
    if (this.#text !== "") pieces.push(this.#text);
    this.#text = "";
    this.#pieces = null;
    return pieces;
  }

  /** The one string that there is, where no long data is under way; null: use {@link take}. */
  takeText(): string | null {
    if (this.#pieces !== null) return null;
    const text = this.#text;
    this.#text = "";
    return text;
  }
}
