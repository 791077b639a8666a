/**
 * Takes the framing off a chunked body: RFC 9112 7.1, strictly, in whatever pieces the bytes arrive.
 *
 * Data is not copied: each step names a span of the input. Chunk extensions and trailers are checked for their
 * grammar and dropped, because what stands behind the gateway may read them differently (and Kong drops trailers). The
 * white space that RFC 9112 lets a reader put up with in extensions is refused, as llhttp does; so are trailers that
 * name framing, which no sender may send (RFC 9110 6.5.1).
 */
import { COLON, CR, FOLD, HEX, LF, TOKEN, VALUE } from "./chars.ts";
import { INVALID } from "./head-scanner.ts";

const SIZE_START = 0;
const SIZE = 1;
const EXTENSION_NAME = 2;
const SIZE_LF = 3;
const DATA = 4;
const DATA_CR = 5;
const DATA_LF = 6;
const TRAILER_START = 7;
const TRAILER_NAME = 8;
const TRAILER_VALUE = 9;
const TRAILER_LF = 10;
const END_LF = 11;
const DONE = 12;
/** Behind `;`: a name has to follow. */
const EXTENSION_START = 13;
/** Behind `=`: a token or a quoted text has to follow. */
const EXTENSION_VALUE_START = 14;
const EXTENSION_VALUE = 15;
const QUOTED = 16;
const QUOTED_PAIR = 17;
const QUOTED_END = 18;

const SEMICOLON = 59;
const EQUALS = 61;
const QUOTE = 34;
const BACKSLASH = 92;

/** Hexadecimal digits of a chunk size: 2^48 bytes is more than any body. */
const SIZE_DIGITS_MAX = 12;
/** Bytes of extensions in one chunk, and of all trailers. */
const EXTENSION_BYTES_MAX = 1024;
const TRAILER_BYTES_MAX = 8192;
/** Names that say where a message ends or whom it is for; `_` counts as `-`. */
const NO_TRAILERS: ReadonlySet<string> = new Set(["content-length", "transfer-encoding", "host"]);
/** Characters of a trailer's name that are kept to look it up: one more than the longest above. */
const NAME_KEPT_MAX = 18;

/** Used again for the next message after `reset`. Keeps no bytes: what a step was given is the caller's. */
export class ChunkDecoder {
  /** The span of data that the last step found; empty if start equals end. */
  dataStart = 0;
  dataEnd = 0;
  #state = SIZE_START;
  #left = 0;
  #digits = 0;
  #spare = 0;
  #name = "";

  /** The last chunk and the trailers have been read. */
  get isDone(): boolean {
    return this.#state === DONE;
  }

  reset(): void {
    this.#state = SIZE_START;
    this.#left = this.#digits = this.#spare = 0;
  }

  /**
   * Read on in b[i..n) until a span of data was found, the body ended or the input is used up.
   *
   * @returns the offset behind what was read, or INVALID
   */
  step(b: Uint8Array, i: number, n: number): number {
    this.dataStart = this.dataEnd = i;
    while (i < n && this.#state !== DONE) {
      if (this.#state === DATA) {
        const taken = Math.min(n - i, this.#left);
        this.dataStart = i;
        this.dataEnd = i + taken;
        this.#left -= taken;
        if (this.#left === 0) this.#state = DATA_CR;
        return i + taken;
      }
      if (!this.#byte(b[i]!)) return INVALID;
      i++;
    }
    return i;
  }

  /** One byte of framing; false if it cannot stand here. */
  #byte(c: number): boolean {
    switch (this.#state) {
      case SIZE_START:
      case SIZE:
        return this.#size(c);
      case SIZE_LF:
        if (c !== LF) return false;
        this.#state = this.#left === 0 ? TRAILER_START : DATA;
        this.#spare = 0;
        return true;
      case DATA_CR:
        this.#state = DATA_LF;
        return c === CR;
      case DATA_LF:
        this.#state = SIZE_START;
        this.#digits = this.#left = 0;
        return c === LF;
      case TRAILER_START:
      case TRAILER_NAME:
      case TRAILER_VALUE:
      case TRAILER_LF:
      case END_LF:
        return this.#trailer(c);
      default:
        return ++this.#spare <= EXTENSION_BYTES_MAX && this.#extension(c);
    }
  }

  #size(c: number): boolean {
    const digit = HEX[c]!;
    if (digit !== 255) {
      this.#left = this.#left * 16 + digit;
      this.#state = SIZE;
      return ++this.#digits <= SIZE_DIGITS_MAX;
    }
    if (this.#state === SIZE_START) return false;
    return this.#endOfPart(c);
  }

  /** Behind a size, or a whole extension: the line ends, or one more extension follows. */
  #endOfPart(c: number): boolean {
    if (c === CR) this.#state = SIZE_LF;
    else if (c === SEMICOLON) this.#state = EXTENSION_START;
    else return false;
    return true;
  }

  #extension(c: number): boolean {
    switch (this.#state) {
      case EXTENSION_START:
        this.#state = EXTENSION_NAME;
        return TOKEN[c] === 1;
      case EXTENSION_NAME:
        if (TOKEN[c] === 1) return true;
        if (c !== EQUALS) return this.#endOfPart(c);
        this.#state = EXTENSION_VALUE_START;
        return true;
      case EXTENSION_VALUE_START:
        this.#state = c === QUOTE ? QUOTED : EXTENSION_VALUE;
        return c === QUOTE || TOKEN[c] === 1;
      case EXTENSION_VALUE:
        return TOKEN[c] === 1 || this.#endOfPart(c);
      case QUOTED:
        if (c === QUOTE) this.#state = QUOTED_END;
        else if (c === BACKSLASH) this.#state = QUOTED_PAIR;
        return VALUE[c] === 1;
      case QUOTED_PAIR:
        this.#state = QUOTED;
        return VALUE[c] === 1;
      default: // QUOTED_END
        return this.#endOfPart(c);
    }
  }

  #trailer(c: number): boolean {
    if (++this.#spare > TRAILER_BYTES_MAX) return false;
    switch (this.#state) {
      case TRAILER_START:
        if (c === CR) this.#state = END_LF;
        else if (TOKEN[c] === 1) this.#beginName(c);
        else return false;
        return true;
      case TRAILER_NAME:
        if (c === COLON) return this.#endName();
        if (this.#name.length < NAME_KEPT_MAX) this.#name += String.fromCharCode(FOLD[c]!);
        return TOKEN[c] === 1;
      case TRAILER_VALUE:
        if (c === CR) this.#state = TRAILER_LF;
        else if (VALUE[c] !== 1) return false;
        return true;
      case TRAILER_LF:
        this.#state = TRAILER_START;
        return c === LF;
      default: // END_LF
        this.#state = DONE;
        return c === LF;
    }
  }

  #beginName(c: number): void {
    this.#state = TRAILER_NAME;
    this.#name = String.fromCharCode(FOLD[c]!);
  }

  #endName(): boolean {
    this.#state = TRAILER_VALUE;
    return !NO_TRAILERS.has(this.#name);
  }
}
