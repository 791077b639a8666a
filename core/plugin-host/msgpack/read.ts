/**
 * Decodes MessagePack as plugin servers write it, with a cursor over a whole message.
 *
 * The message has been scanned ({@link MessageScanner}), so there are no bounds to check here. The session walks the
 * outer layers of an answer itself and decodes only the arguments of a PDK call, which saves the objects around them.
 */
import { textAt } from "../short-text.ts";
import { NESTING_MAX } from "../limits.ts";

/** A message is built in a way that is not accepted: too deep, a key that is no word. */
export class UnreadableMessage extends Error {
  override readonly name = "UnreadableMessage";
}

/**
 * For bytes that a {@link MessageScanner} has found whole; on others it reads past the end and throws
 * RangeError.
 */
export class MessageReader {
  #b: Buffer = Buffer.alloc(0);
  #at = 0;
  #depth = 0;

  /**
   * Begin with the value at `at`. `b` is looked at until the next reset, and nothing of it is kept in results.
   */
  reset(b: Buffer, at: number): void {
    this.#b = b;
    this.#at = at;
    this.#depth = 0;
  }

  /** How many values the list here has, -1 if it is no list; then nothing is consumed. */
  listLength(): number {
    const first = this.#b[this.#at]!;
    if ((first & 0xf0) === 0x90) {
      this.#at++;
      return first & 15;
    }
    return first === 0xdc || first === 0xdd ? this.#length(first === 0xdc ? 2 : 4) : -1;
  }

  /** How many pairs the map here has, -1 if it is no map; then nothing is consumed. */
  mapLength(): number {
    const first = this.#b[this.#at]!;
    if ((first & 0xf0) === 0x80) {
      this.#at++;
      return first & 15;
    }
    return first === 0xde || first === 0xdf ? this.#length(first === 0xde ? 2 : 4) : -1;
  }

  /**
   * Is the text here this word? Then it is stepped over. No string is made of it, as {@link value} would.
   *
   * @param word ASCII, shorter than 32 characters
   */
  takeWord(word: string): boolean {
    const b = this.#b;
    const n = word.length;
    const at = this.#at;
    const first = b[at]!;
    if (first !== (0xa0 | n)) return first >= 0xd9 && first <= 0xdb && this.#takeLong(word);
    for (let i = 0; i < n; i++) if (b[at + 1 + i] !== word.charCodeAt(i)) return false;
    this.#at = at + 1 + n;
    return true;
  }

  /** Nobody has to write a text's length as short as it can be. */
  #takeLong(word: string): boolean {
    const at = this.#at;
    if (this.value() === word) return true;
    this.#at = at;
    return false;
  }

  /** Step over a key and its value. */
  skipPair(): void {
    this.value();
    this.value();
  }

  #length(bytes: number): number {
    const n = this.#b.readUIntBE(this.#at + 1, bytes);
    this.#at += 1 + bytes;
    return n;
  }

  /**
   * Any value: text is a string, bytes are a Buffer of their own, maps are plain objects (those of numbers lists), nil is
   * null. In a list or map nil is what it is in a Lua table, nothing: undefined in the middle of a list, left out elsewhere. A list in another
   * value that is empty so is an empty table, which is no list to Lua and `{}` in JSON (recorded). An extension (a Date
   * of JavaScript) is nil, as Kong's decoder has it.
   */
  value(): unknown {
    const b = this.#b;
    const first = b[this.#at]!;
    if (first < 0x80) {
      this.#at++;
      return first;
    }
    if (first >= 0xe0) {
      this.#at++;
      return first - 256;
    }
    if (first < 0x90) return this.#map();
    if (first < 0xa0) return this.#list();
    if (first < 0xc0) {
      const from = this.#at + 1;
      this.#at = from + (first & 31);
      return textAt(b, from, this.#at);
    }
    return this.#long(first);
  }

  #long(first: number): unknown {
    const b = this.#b;
    const at = ++this.#at;
    switch (first) {
      case 0xc0:
        return null;
      case 0xc2:
        return false;
      case 0xc3:
        return true;
      case 0xca:
        this.#at += 4;
        return b.readFloatBE(at);
      case 0xcb:
        this.#at += 8;
        return b.readDoubleBE(at);
      case 0xcf:
        this.#at += 8;
        return Number(b.readBigUInt64BE(at));
      case 0xd3:
        this.#at += 8;
        return Number(b.readBigInt64BE(at));
    }
    if (first >= 0xdc) {
      this.#at--;
      return first >= 0xde ? this.#map() : this.#list();
    }
    if (first <= 0xc6 || first >= 0xd9) return this.#sized(first);
    return first >= 0xcc && first <= 0xd2 ? this.#integer(first) : this.#extension(first);
  }

  /** Step over an extension: a length or none, its type, its data. */
  #extension(first: number): null {
    if (first >= 0xd4) {
      this.#at += 1 + (1 << (first - 0xd4));
      return null;
    }
    const bytes = 1 << (first - 0xc7);
    this.#at += bytes + 1 + this.#b.readUIntBE(this.#at, bytes);
    return null;
  }

  #integer(first: number): number {
    const bytes = 1 << (first & 3);
    const at = this.#at;
    this.#at += bytes;
    return first < 0xd0 ? this.#b.readUIntBE(at, bytes) : this.#b.readIntBE(at, bytes);
  }

  #sized(first: number): string | Buffer {
    const isText = first >= 0xd9;
    const bytes = 1 << (isText ? first - 0xd9 : first - 0xc4);
    const from = this.#at + bytes;
    const end = from + this.#b.readUIntBE(this.#at, bytes);
    this.#at = end;
    return isText ? textAt(this.#b, from, end) : Buffer.from(this.#b.subarray(from, end));
  }

  #enter(): void {
    if (++this.#depth > NESTING_MAX) throw new UnreadableMessage("nested too deeply");
  }

  #list(): unknown[] | Record<string, never> {
    this.#enter();
    const values: unknown[] = [];
    let length = 0;
    for (let n = this.listLength(), i = 0; i < n; i++) {
      const value = this.value();
      values.push(value === null ? undefined : value);
      if (value !== null) length = i + 1;
    }
    if (values.length > length) values.length = length; // a call out of JavaScript, so only where it must be
    return this.#depth-- > 1 && length === 0 ? {} : values;
  }

  #map(): Record<string, unknown> | unknown[] {
    this.#enter();
    const record: Record<string, unknown> = {};
    let numbered = 0;
    let named = 0;
    for (let n = this.mapLength(); n > 0; n--) {
      const key = this.value();
      const value = this.value();
      const name = typeof key === "string" ? key : keyText(key);
      if (value === null) continue;
      if (isPlace(key)) numbered++;
      else named++;
      if (name === "__proto__") Object.defineProperty(record, name, OWN(value));
      else record[name] = value;
    }
    this.#depth--;
    return numbered > 0 && named === 0 ? listOf(record) : record;
  }
}

/** Highest number that a map's key may be for the map to count as a list. */
const PLACE_MAX = 1000;

/** Is the key a place in a list, to Lua: a whole number from 1 on? */
function isPlace(key: unknown): boolean {
  return typeof key === "number" && Number.isInteger(key) && key >= 1 && key <= PLACE_MAX;
}

/** A map of numbers is a list to Lua (a dict of Python with whole numbers for keys), be it with holes. */
function listOf(record: Readonly<Record<string, unknown>>): unknown[] {
  const values: unknown[] = [];
  for (const [key, value] of Object.entries(record)) {
    const at = Number(key) - 1;
    while (values.length < at) values.push(undefined);
    values[at] = value;
  }
  return values;
}

/** Assigning to `__proto__` would change what the object is; as an own property it is a name like others. */
const OWN = (value: unknown): PropertyDescriptor => ({
  value,
  enumerable: true,
  configurable: true,
  writable: true,
});

function keyText(key: unknown): string {
  if (typeof key === "number" || typeof key === "boolean") return String(key);
  if (Buffer.isBuffer(key)) return key.utf8Slice();
  throw new UnreadableMessage("a map key that is no word");
}
