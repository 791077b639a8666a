/**
 * Reads protobuf off a latin1 string, a character a byte.
 *
 * One scanner walks one message; what it gives are numbers and offsets into the string, so nothing is cut out of it that
 * nobody asks for.
 */

/** The bytes are no message of this protocol; the connection is of no use any more. */
export class WireError extends Error {
  override readonly name = "WireError";
}

/** Bytes of the longest varint. */
const VARINT_BYTES_MAX = 10;

/** For one pass over one message; throws {@link WireError} where a length does not fit in it. */
export class Scan {
  readonly text: string;
  at: number;
  readonly end: number;
  /** Number of the field that {@link next} stopped at. */
  field = 0;
  /** Wire type of that field: 0 varint, 1 eight bytes, 2 with a length, 5 four bytes. */
  type = 0;
  /** Where the content of a field with a length begins and ends. */
  from = 0;
  to = 0;

  constructor(text: string, from = 0, end = text.length) {
    this.text = text;
    this.at = from;
    this.end = end;
  }

  /**
   * Go to the next field. One with a length is passed, its place is in `from` and `to`; of others the value is still to be
   * read, with {@link varint}, {@link eightBytes} or {@link skip}.
   *
   * @returns false at the end of the message
   * @throws {WireError} for a field that reaches beyond the message
   */
  next(): boolean {
    if (this.at >= this.end) return false;
    const tag = this.varint();
    this.field = Math.floor(tag / 8);
    this.type = tag % 8;
    if (this.type !== 2) return true;
    const length = this.varint();
    this.from = this.at;
    this.to = this.at + length;
    if (this.to > this.end) throw new WireError("a field is longer than its message");
    this.at = this.to;
    return true;
  }

  /** A number up to 2^53; larger ones lose their last digits. */
  varint(): number {
    const { text } = this;
    let byte = text.charCodeAt(this.at++);
    if (byte < 0x80 && this.at <= this.end) return byte;
    let value = byte & 0x7f;
    let scale = 0x80;
    const stop = Math.min(this.end, this.at - 1 + VARINT_BYTES_MAX);
    while (this.at < stop) {
      byte = text.charCodeAt(this.at++);
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
      scale *= 0x80;
    }
    throw new WireError("a number does not end");
  }

  /** A number in zigzag form. */
  zigzag(): number {
    const from = this.at;
    const n = this.varint();
    if (n <= Number.MAX_SAFE_INTEGER) return n % 2 === 0 ? n / 2 : -(n + 1) / 2;
    this.at = from;
    const exact = this.bigVarint();
    return Number((exact >> 1n) ^ -(exact & 1n));
  }

  bigVarint(): bigint {
    let value = 0n;
    for (let shift = 0n; this.at < this.end && shift < 70n; shift += 7n) {
      const byte = this.text.charCodeAt(this.at++);
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    throw new WireError("a number does not end");
  }

  /** Offset of eight bytes, which are passed. */
  eightBytes(): number {
    const from = this.at;
    this.at += 8;
    if (this.at > this.end) throw new WireError("a field is longer than its message");
    return from;
  }

  /** Content of a field with a length, as a latin1 string. */
  slice(): string {
    return this.text.slice(this.from, this.to);
  }

  /** Pass the value of a field that is not known. */
  skip(): void {
    switch (this.type) {
      case 0:
        this.varint();
        return;
      case 1:
        this.eightBytes();
        return;
      case 2:
        return;
      case 5:
        this.at += 4;
        if (this.at <= this.end) return;
    }
    throw new WireError("a field has a type that does not exist");
  }
}

/** Value of four bytes, little-endian. */
export function u32At(text: string, at: number): number {
  const high = text.charCodeAt(at + 3) * 0x1000000;
  return (
    high + (text.charCodeAt(at) | (text.charCodeAt(at + 1) << 8) | (text.charCodeAt(at + 2) << 16))
  );
}

/** Value of eight bytes, little-endian, as far as a number can hold it. */
export function u64At(text: string, at: number): number {
  return u32At(text, at) + u32At(text, at + 4) * 0x100000000;
}
