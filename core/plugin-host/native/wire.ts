/**
 * The protobuf wire format of the native protocol, for the messages that every event needs.
 *
 * Out: functions that write one field into a Buffer at an offset and give the next offset; the caller has made room.
 * In: a cursor that checks every length against the message it stands in. Neither makes an object for a message or a
 * field. Rare messages go another way (shapes.ts), because they may cost what they like.
 */
import { UnreadableProtobuf } from "../protobuf/wire.ts";

/** Bytes of the longest varint of 32 bits. */
export const VARINT_BYTES_MAX = 5;
/** Text up to this length is copied byte by byte: a call out of JavaScript costs more than that. */
const SHORT_CHARS_MAX = 40;

const VARINT = 0;
const FIXED64 = 1;
const BYTES = 2;
const FIXED32 = 5;

/** @param n a whole number from 0 to 2^32 - 1 */
export function putVarint(b: Buffer, o: number, n: number): number {
  let at = o;
  let left = n;
  while (left > 127) {
    b[at++] = (left & 127) | 128;
    left >>>= 7;
  }
  b[at++] = left;
  return at;
}

/** Tag of a field of bytes. */
function putTag(b: Buffer, o: number, field: number): number {
  return putVarint(b, o, (field << 3) | BYTES);
}

/** A number; nothing where it is 0, as the encoding wants. */
export function putNumber(b: Buffer, o: number, field: number, n: number): number {
  return n === 0 ? o : putVarint(b, putVarint(b, o, field << 3), n);
}

/** Text with one character a byte; nothing where it is empty. */
export function putLatin1(b: Buffer, o: number, field: number, text: string): number {
  const n = text.length;
  if (n === 0) return o;
  const at = putVarint(b, putTag(b, o, field), n);
  if (n > SHORT_CHARS_MAX) return at + b.latin1Write(text, at);
  for (let i = 0; i < n; i++) b[at + i] = text.charCodeAt(i);
  return at + n;
}

/** A copy of the bytes; nothing where there are none. */
export function putBytes(b: Buffer, o: number, field: number, bytes: Uint8Array): number {
  if (bytes.length === 0) return o;
  const at = putVarint(b, putTag(b, o, field), bytes.length);
  b.set(bytes, at);
  return at + bytes.length;
}

/** A fixed64 of a whole number up to 2^53. */
export function putFixed64(b: Buffer, o: number, field: number, n: number): number {
  if (n === 0) return o;
  const at = putVarint(b, o, (field << 3) | FIXED64);
  b.writeUInt32LE(n % 2 ** 32, at);
  b.writeUInt32LE(Math.floor(n / 2 ** 32), at + 4);
  return at + 8;
}

/** Bytes of a varint of 32 bits. */
export function varintBytes(n: number): number {
  return n < 0x80 ? 1 : n < 0x4000 ? 2 : n < 0x200000 ? 3 : n < 0x10000000 ? 4 : 5;
}

/**
 * A cursor over one message. Where it stands and where the message ends are plain fields, so that a reader of a message
 * in a message sets `end`, reads, and sets it back.
 */
export class WireCursor {
  b: Buffer = EMPTY;
  at = 0;
  end = 0;

  set(b: Buffer, from: number, end: number): void {
    this.b = b;
    this.at = from;
    this.end = end;
  }

  /**
   * A varint as an unsigned number of 32 bits; higher bits are dropped, as protobuf has it.
   *
   * @throws {UnreadableProtobuf} where it is cut off or longer than ten bytes
   */
  u32(): number {
    const { b } = this;
    let at = this.at;
    let n = 0;
    for (let shift = 0; shift < 70; shift += 7) {
      if (at >= this.end) throw new UnreadableProtobuf("a number is cut off");
      const byte = b[at++]!;
      if (shift < 35) n |= (byte & 127) << shift;
      if (byte < 128) {
        this.at = at;
        return n >>> 0;
      }
    }
    throw new UnreadableProtobuf("a number is too long");
  }

  /** A tag: field number times 8 plus wire type. @throws {UnreadableProtobuf} for field 0 */
  tag(): number {
    const tag = this.u32();
    if (tag < 8) throw new UnreadableProtobuf("a field without a number");
    return tag;
  }

  /** Length of a field of bytes; it lies within the message then. */
  length(): number {
    const n = this.u32();
    if (n > this.end - this.at) {
      throw new UnreadableProtobuf("a field is longer than its message");
    }
    return n;
  }

  /** Check that the field is of bytes and step over it. @returns where it begins; it ends at {@link at} */
  bytes(tag: number): number {
    if ((tag & 7) !== BYTES) throw new UnreadableProtobuf("a field of another type");
    const n = this.length();
    const from = this.at;
    this.at = from + n;
    return from;
  }

  /** A field that is a number of 32 bits. */
  number(tag: number): number {
    if ((tag & 7) !== VARINT) throw new UnreadableProtobuf("a field of another type");
    return this.u32();
  }

  /** A field that is a bool: whatever is not 0, in any of its bytes. */
  bool(tag: number): boolean {
    const from = this.at;
    this.number(tag);
    for (let i = from; i < this.at; i++) if ((this.b[i]! & 127) !== 0) return true;
    return false;
  }

  /** Step over a field that is not known. */
  skip(tag: number): void {
    switch (tag & 7) {
      case VARINT:
        this.u32();
        return;
      case BYTES:
        return this.#jump(this.length()); // += would add to where the length began
      case FIXED64:
        return this.#jump(8);
      case FIXED32:
        return this.#jump(4);
    }
    throw new UnreadableProtobuf(`wire type ${tag & 7}`);
  }

  #jump(n: number): void {
    if (n > this.end - this.at) throw new UnreadableProtobuf("a number is cut off");
    this.at += n;
  }
}

const EMPTY = Buffer.alloc(0);

/** Numbers of a repeated number, packed or one by one. */
export function readNumbers(cursor: WireCursor, tag: number, add: (n: number) => void): void {
  if ((tag & 7) === VARINT) return add(cursor.u32());
  const from = cursor.bytes(tag);
  const after = cursor.at;
  const { end } = cursor;
  cursor.at = from;
  cursor.end = after;
  while (cursor.at < after) add(cursor.u32());
  cursor.end = end;
}
