/**
 * MessagePack into values, and where a message ends: a socket delivers bytes, and one chunk may hold half a message or two.
 *
 * The end is looked for without decoding, and from where the last look stopped, so that a body that comes in a thousand
 * chunks is read once.
 */
import { textOf } from "../../../plugin-sdk/typescript/wire/text.ts";
import { NESTING_MAX } from "./pack.ts";

/** Bytes that are no message of the protocol: nothing that comes now can be understood. */
export class Malformed extends Error {
  override readonly name = "Malformed";
}

/** Bytes after the type, and lengths or items in them: of the types 0xc0 to 0xdf, as [bytes, kind]. */
const FIXED = 0;
const COUNTED = 1;
const LIST = 2;
const MAP = 3;
const EXTENSION = 4;
type Kind = typeof FIXED | typeof COUNTED | typeof LIST | typeof MAP | typeof EXTENSION;

const TYPES: readonly (readonly [bytes: number, kind: Kind])[] = [
  ...[0, -1, 0, 0].map((bytes): [number, Kind] => [bytes, FIXED]), // nil, none, false, true
  ...[1, 2, 4].map((bytes): [number, Kind] => [bytes, COUNTED]), // bytes
  ...[1, 2, 4].map((bytes): [number, Kind] => [bytes, EXTENSION]),
  ...[4, 8, 1, 2, 4, 8, 1, 2, 4, 8].map((bytes): [number, Kind] => [bytes, FIXED]), // numbers
  ...[2, 3, 5, 9, 17].map((bytes): [number, Kind] => [bytes, FIXED]), // extensions of a fixed size
  ...[1, 2, 4].map((bytes): [number, Kind] => [bytes, COUNTED]), // texts
  ...[2, 4].map((bytes): [number, Kind] => [bytes, LIST]),
  ...[2, 4].map((bytes): [number, Kind] => [bytes, MAP]),
];

/** Finds where a message ends. */
export class EndFinder {
  #at = 0;
  /** Objects that are still to come. */
  #open = 1;

  /**
   * @param b all that has come since {@link reset}
   * @returns where the message ends, -1 where it does not yet
   * @throws {Malformed} for a type that there is not
   */
  find(b: Buffer): number {
    while (this.#open > 0) {
      if (this.#at >= b.length || !this.#step(b)) return -1;
    }
    return this.#at <= b.length ? this.#at : -1;
  }

  reset(): void {
    this.#at = 0;
    this.#open = 1;
  }

  /** Pass over one object; of a list or a map, over its head. @returns false where its head is not there yet */
  #step(b: Buffer): boolean {
    const type = b[this.#at]!;
    if (type < 0x80 || type >= 0xe0) return this.#pass(1, 0);
    if (type < 0x90) return this.#pass(1, 2 * (type & 15));
    if (type < 0xa0) return this.#pass(1, type & 15);
    if (type < 0xc0) return this.#pass(1 + (type & 31), 0);
    const [bytes, kind] = TYPES[type - 0xc0]!;
    if (bytes < 0) throw new Malformed("a type that there is not");
    if (kind === FIXED) return this.#pass(1 + bytes, 0);
    if (this.#at + 1 + bytes > b.length) return false;
    const count = b.readUIntBE(this.#at + 1, bytes);
    if (kind === LIST) return this.#pass(1 + bytes, count);
    if (kind === MAP) return this.#pass(1 + bytes, 2 * count);
    return this.#pass(1 + bytes + count + (kind === EXTENSION ? 1 : 0), 0);
  }

  #pass(bytes: number, inner: number): true {
    this.#at += bytes;
    this.#open += inner - 1;
    return true;
  }
}

/**
 * The value of a message. Texts are read as UTF-8, bytes are copies, extensions are undefined.
 *
 * @throws {Malformed} for what is cut off or nested too deeply
 */
export function unpack(b: Buffer): unknown {
  const reader = new Reader(b);
  return reader.value(0);
}

type Slice = Buffer & { utf8Slice(): string };

/** What UTF-8's reader puts where bytes are no UTF-8. */
const REPLACEMENT = "\ufffd";

/** Header values need not be UTF-8: as in the SDK, what a plugin reads and writes back arrives unchanged. */
function textOfBytes(bytes: Slice): string {
  const text = bytes.utf8Slice();
  return text.includes(REPLACEMENT) ? textOf(bytes) : text;
}

class Reader {
  readonly #b: Buffer;
  #at = 0;

  constructor(b: Buffer) {
    this.#b = b;
  }

  value(depth: number): unknown {
    const type = this.#number(1);
    if (type < 0x80) return type;
    if (type >= 0xe0) return type - 0x100;
    if (type < 0x90) return this.#map(type & 15, depth);
    if (type < 0xa0) return this.#list(type & 15, depth);
    if (type < 0xc0) return textOfBytes(this.#take(type & 31));
    const [bytes, kind] = TYPES[type - 0xc0]!;
    if (kind === FIXED) return this.#fixed(type, bytes);
    const count = this.#number(bytes);
    if (kind === LIST) return this.#list(count, depth);
    if (kind === MAP) return this.#map(count, depth);
    if (kind === EXTENSION) return void this.#take(1 + count);
    return type < 0xd0 ? Buffer.from(this.#take(count)) : textOfBytes(this.#take(count));
  }

  #fixed(type: number, bytes: number): unknown {
    const from = this.#take(Math.max(0, bytes));
    switch (type) {
      case 0xc0:
        return null;
      case 0xc2:
        return false;
      case 0xc3:
        return true;
      case 0xca:
        return from.readFloatBE();
      case 0xcb:
        return from.readDoubleBE();
      case 0xcf:
        return Number(from.readBigUInt64BE());
      case 0xd3:
        return Number(from.readBigInt64BE());
    }
    if (type >= 0xcc && type <= 0xce) return from.readUIntBE(0, bytes);
    return type >= 0xd0 && type <= 0xd2 ? from.readIntBE(0, bytes) : undefined;
  }

  #list(count: number, depth: number): unknown[] {
    const list: unknown[] = [];
    this.#check(count, depth);
    for (let i = 0; i < count; i++) list.push(this.value(depth + 1));
    return list;
  }

  #map(count: number, depth: number): Record<string, unknown> {
    const entries: [string, unknown][] = [];
    this.#check(count, depth);
    for (let i = 0; i < count; i++) {
      entries.push([String(this.value(depth + 1)), this.value(depth + 1)]);
    }
    return Object.fromEntries(entries);
  }

  #check(count: number, depth: number): void {
    if (depth >= NESTING_MAX) throw new Malformed("a value is nested too deeply");
    if (count > this.#b.length - this.#at) throw new Malformed("a list is cut off");
  }

  #number(bytes: number): number {
    return this.#take(bytes).readUIntBE(0, bytes);
  }

  #take(bytes: number): Slice {
    const from = this.#at;
    this.#at += bytes;
    if (this.#at > this.#b.length) throw new Malformed("a message is cut off");
    return this.#b.subarray(from, this.#at);
  }
}
