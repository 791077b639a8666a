/**
 * The headers of one message, kept as the text they arrived in.
 *
 * A head is one latin1 string plus offsets into it; nothing is cut out of it until somebody asks. What plugins
 * remove is marked in the offsets, what they add stands in a list behind. So a message that nobody looks at costs no
 * object per header, and sending it on is a few slices joined (design: prototypes measured 2 us saved per request).
 *
 * Values are latin1 text: one character is one byte on the wire. Names are matched without case, and `-` equals `_`
 * (as Kong's PDK does), by {@link sameName}.
 */

/** Bytes that no header may hold: they end it early, make two of it, or have it refused; all controls but the tab. */
const UNSAFE_VALUE = /[^\t\x20-\x7e\x80-\xff]/g;
/** Characters of a token that are no letters and digits. */
const TOKEN_MARKS = "!#$%&'*+-.^_`|~";
/** 1 for the characters of a token, by char code: asked for each name that a plugin writes, so no regular expression. */
const TOKEN = new Uint8Array(128);
for (let c = 0; c < 128; c++) {
  const char = String.fromCharCode(c);
  TOKEN[c] = /[0-9A-Za-z]/.test(char) || TOKEN_MARKS.includes(char) ? 1 : 0;
}

/** Lower-cases ASCII and makes `_` a `-`: index by char code below 256. */
const FOLD = new Uint8Array(256);
for (let c = 0; c < 256; c++) FOLD[c] = c >= 65 && c <= 90 ? c + 32 : c === 95 ? 45 : c;

/** Are two header names the same: without case, `-` equal to `_`? */
export function sameName(a: string, b: string): boolean {
  const n = a.length;
  if (n !== b.length) return false;
  for (let i = 0; i < n; i++)
    if (FOLD[a.charCodeAt(i) & 255] !== FOLD[b.charCodeAt(i) & 255]) return false;
  return true;
}

/** The text of a value as it may stand in a head: what would break the line becomes `%0D`, `%0A`, `%7F`, as in nginx's Lua. */
export function safeValue(value: string): string {
  for (let i = 0; i < value.length; i++) {
    const c = value.charCodeAt(i);
    if (c < 32 ? c !== 9 : c === 127) return value.replace(UNSAFE_VALUE, escapeUnsafe);
  }
  return value;
}

function escapeUnsafe(c: string): string {
  return `%${c.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`;
}

/** Can this be the name of a header? */
export function isHeaderName(name: string): boolean {
  const n = name.length;
  for (let i = 0; i < n; i++) if (TOKEN[name.charCodeAt(i)] !== 1) return false;
  return n > 0;
}

/** Numbers in {@link HeaderBlock.offsets} for each field. */
export const STRIDE = 5;

/** Fields of one head. Reading costs a pass over the offsets; a write marks a field as gone and adds behind. */
export class HeaderBlock {
  /** The head as received, with the empty line that ends it; "" for a message that we make ourselves. */
  text: string;
  /**
   * {@link STRIDE} numbers a field: start and end of its name, start and end of its value as offsets into `text`, and
   * its kind (a number of the scanner's, 0 for a field that nobody treats specially). A field that was removed has -1
   * as the start of its name. The array may be longer than the fields need.
   */
  offsets: Int32Array;
  /** How many fields `offsets` holds. */
  count: number;
  /** Name and value of what was added, alternating; "" as a name marks a removed one. */
  added: string[];
  /**
   * Lines of the gateway's own, ready to be sent behind all others, each with its CR LF. They are put among `added` as
   * soon as somebody looks for a field (log, body_filter), so that the usual answer makes no object for them.
   */
  tail = "";

  constructor(text: string, offsets: Int32Array, count: number) {
    this.text = text;
    this.offsets = offsets;
    this.count = count;
    this.added = NONE;
  }

  /** A block of its own each time, to be written to. */
  static empty(): HeaderBlock {
    return new HeaderBlock("", NO_OFFSETS, 0);
  }

  /** A block of fields that did not arrive in a head of ours (tests, HTTP/2). */
  static from(pairs: Iterable<readonly [string, string]>): HeaderBlock {
    const block = HeaderBlock.empty();
    for (const [name, value] of pairs) block.add(name, value);
    return block;
  }

  /** Index of the field of that name at or after `from`, -1 if there is none. Added fields count on from `count`. */
  find(name: string, from = 0): number {
    if (this.tail !== "") this.#spreadTail();
    const { text, offsets, count, added } = this;
    const n = name.length;
    let f = from;
    next: for (; f < count; f++) {
      const o = f * STRIDE;
      const start = offsets[o]!;
      if (start < 0 || offsets[o + 1]! - start !== n) continue;
      for (let i = 0; i < n; i++) {
        if (FOLD[text.charCodeAt(start + i) & 255] !== FOLD[name.charCodeAt(i) & 255])
          continue next;
      }
      return f;
    }
    for (let a = (f - count) << 1; a < added.length; a += 2, f++)
      if (sameName(added[a]!, name)) return f;
    return -1;
  }

  /** Name of field `f` as it stands on the wire. */
  nameAt(f: number): string {
    if (f >= this.count) return this.added[(f - this.count) << 1]!;
    return this.text.slice(this.offsets[f * STRIDE]!, this.offsets[f * STRIDE + 1]!);
  }

  /** Value of field `f`. */
  valueAt(f: number): string {
    if (f >= this.count) return this.added[((f - this.count) << 1) + 1]!;
    return this.text.slice(this.offsets[f * STRIDE + 2]!, this.offsets[f * STRIDE + 3]!);
  }

  /** Is this the value of field `f`? Most that are not are of another length, and nothing is cut out. */
  valueIs(f: number, value: string): boolean {
    if (f >= this.count) return this.valueAt(f) === value;
    const start = this.offsets[f * STRIDE + 2]!;
    const end = this.offsets[f * STRIDE + 3]!;
    return end - start === value.length && this.text.slice(start, end) === value;
  }

  /** First value of that name, undefined if there is none. */
  get(name: string): string | undefined {
    const f = this.find(name);
    return f < 0 ? undefined : this.valueAt(f);
  }

  /** Also for a field with an empty value. */
  has(name: string): boolean {
    return this.find(name) >= 0;
  }

  /** All values of that name in order; `[]` if there are none. */
  getAll(name: string): string[] {
    const values: string[] = [];
    for (let f = this.find(name); f >= 0; f = this.find(name, f + 1)) values.push(this.valueAt(f));
    return values;
  }

  /** Remove every field of that name. */
  remove(name: string): void {
    for (let f = this.find(name); f >= 0; f = this.find(name, f + 1)) this.removeAt(f);
  }

  /** Indexes of other fields stay what they are. */
  removeAt(f: number): void {
    if (f >= this.count) {
      this.added[(f - this.count) << 1] = "";
    } else {
      this.offsets[f * STRIDE] = -1;
    }
  }

  /** Append a field. A name that is no token is refused by the caller; a value is made safe here. */
  add(name: string, value: string): void {
    this.addSafe(name, safeValue(value));
  }

  /** As {@link add}, for a value that cannot hold a line break: one of our own making. */
  addSafe(name: string, value: string): void {
    if (this.added === NONE) this.added = [];
    this.added.push(name, value);
  }

  /** Replace every field of that name by one field, or one for each value; `[]` removes. */
  set(name: string, value: string | readonly string[]): void {
    this.remove(name);
    if (typeof value === "string") this.add(name, value);
    else for (const one of value) this.add(name, one);
  }

  /** Call for every field in order, with the name as it stands on the wire. */
  forEach(visit: (name: string, value: string) => void): void {
    if (this.tail !== "") this.#spreadTail();
    const { offsets, count, added } = this;
    for (let f = 0; f < count; f++)
      if (offsets[f * STRIDE]! >= 0) visit(this.nameAt(f), this.valueAt(f));
    for (let a = 0; a < added.length; a += 2) if (added[a] !== "") visit(added[a]!, added[a + 1]!);
  }

  /**
   * Lower-case name to value, or to an array of values where a name is repeated.
   *
   * @param max how many fields are looked at; further ones are left out
   */
  toRecord(max: number): Record<string, string | string[]> {
    const record: Record<string, string | string[]> = Object.create(null);
    let left = max;
    this.forEach((name, value) => {
      if (left-- <= 0) return;
      const key = name.toLowerCase();
      const had = record[key];
      if (had === undefined) record[key] = value;
      else if (typeof had === "string") record[key] = [had, value];
      else had.push(value);
    });
    return record;
  }

  #spreadTail(): void {
    const lines = this.tail.split("\r\n");
    this.tail = "";
    for (const line of lines) {
      const colon = line.indexOf(": ");
      if (colon > 0) this.add(line.slice(0, colon), line.slice(colon + 2));
    }
  }

  /** The lines of what was added, each with its CR LF. */
  addedLines(): string {
    const { added } = this;
    let lines = "";
    for (let a = 0; a < added.length; a += 2)
      if (added[a] !== "") lines += `${added[a]}: ${added[a + 1]}\r\n`;
    return lines;
  }

  /**
   * The lines of what was received and neither removed nor dropped, each with its CR LF: as few slices as there are
   * gaps.
   *
   * @param drop by kind of a field: 1 leaves it out
   */
  receivedLines(drop: Uint8Array): string {
    const { text, offsets, count } = this;
    let lines = "";
    let from = -1; // where the run of kept fields began
    let end = 0;
    for (let o = 0, stop = count * STRIDE; o < stop; o += STRIDE) {
      const start = offsets[o]!;
      if (start < 0 || drop[offsets[o + 4]!] === 1) {
        if (from >= 0) lines += text.slice(from, end);
        from = -1;
        continue;
      }
      if (from < 0) from = start;
      end = offsets[o + 3]! + 2;
      // the scanner leaves white space behind a value out of it: then the line ends later than its value
      if (text.charCodeAt(end - 2) !== 13) {
        lines += `${text.slice(from, end - 2)}\r\n`;
        from = -1;
      }
    }
    return from >= 0 ? lines + text.slice(from, end) : lines;
  }
}

const NONE: string[] = [];
const NO_OFFSETS = new Int32Array(0);
