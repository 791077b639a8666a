/**
 * How far a client's connection has come in the body of a request: cuts what arrives into pieces of the body, without
 * its framing. Keeps no bytes and calls nobody. One object a connection, used for one request after the other.
 */
import { ChunkDecoder } from "./chunk-decoder.ts";
import { INVALID } from "./head-scanner.ts";

const NO_BODY = 0;
const LENGTH_BODY = 1;
const CHUNKED_BODY = 2;

/** A piece of a chunked body that has so many bytes is handed over as it is. */
const JOINED_BYTES = 4096;
/** So few bytes are moved one by one: a call of copyWithin costs more. */
const LOOP_BYTES = 32;

/** The piece cut last is `start` to `end` of the buffer that was given, and valid as long as that is. */
export class IncomingBody {
  /** Bytes by Content-Length, -1 chunked, 0 none. */
  length = 0;
  /** Bytes that were cut so far. */
  cutBytes = 0;
  #kind = NO_BODY;
  #left = 0;
  #chunks: ChunkDecoder | null = null;

  // ---- the piece cut last
  start = 0;
  end = 0;
  isLast = false;

  /** A request begins. @param length bytes by Content-Length; -1 or 0 for none */
  begin(length: number, isChunked: boolean): void {
    this.cutBytes = 0;
    if (isChunked) {
      this.length = -1;
      this.#kind = CHUNKED_BODY;
      if (this.#chunks === null) this.#chunks = new ChunkDecoder();
      else this.#chunks.reset();
    } else if (length > 0) {
      this.length = this.#left = length;
      this.#kind = LENGTH_BODY;
    } else this.drop();
  }

  /** There is no body, or there will be no more of it. */
  drop(): void {
    this.length = 0;
    this.#kind = NO_BODY;
  }

  /** Is there anything of it that has not been cut? */
  get isPending(): boolean {
    return this.#kind !== NO_BODY;
  }

  /** Bytes that are known to come still; 0 where only the chunks will tell. */
  get announced(): number {
    return this.#kind === LENGTH_BODY ? this.#left : 0;
  }

  /**
   * The next chunk, and with it those behind it that are small: their bytes are moved together within `b`, over framing
   * that has been read. A client that sends chunks of one byte would otherwise cost a piece, and writes, for each byte.
   */
  #cutChunks(b: Buffer, i: number, n: number): number {
    const chunks = this.#chunks!;
    let next = chunks.step(b, i, n);
    if (next === INVALID) return INVALID;
    this.start = chunks.dataStart;
    let end = chunks.dataEnd;
    while (next < n && !chunks.isDone && end - this.start < JOINED_BYTES) {
      next = chunks.step(b, next, n);
      if (next === INVALID) return INVALID;
      const { dataStart, dataEnd } = chunks;
      if (dataEnd - dataStart > LOOP_BYTES) b.copyWithin(end, dataStart, dataEnd);
      else for (let at = dataStart; at < dataEnd; at++) b[end + at - dataStart] = b[at]!;
      end += dataEnd - dataStart;
    }
    this.end = end;
    this.isLast = chunks.isDone;
    return next;
  }

  /**
   * Cut the next piece out of b[i..n): up to the end of the bytes, of the body or of a chunk; small chunks count as one.
   * What is behind the offset that comes back is as it was; before it, bytes may have been moved.
   *
   * @returns offset behind it, or INVALID where the framing is broken
   */
  cut(b: Buffer, i: number, n: number): number {
    let next: number;
    if (this.#kind === LENGTH_BODY) {
      this.start = i;
      this.end = next = n - i < this.#left ? n : i + this.#left;
      this.#left -= next - i;
      this.isLast = this.#left === 0;
    } else {
      next = this.#cutChunks(b, i, n);
      if (next === INVALID) return INVALID;
    }
    this.cutBytes += this.end - this.start;
    if (this.isLast) this.#kind = NO_BODY;
    return next;
  }
}
