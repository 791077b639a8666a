/**
 * Headers of a message as plugins see them: the lines of the snapshot, and what plugins wrote since.
 *
 * Nothing is cut out of the lines until somebody asks, and writes are only put in their place when somebody reads. Names
 * are matched without case, and `-` equals `_`, as in Kong. Values are latin1 here; the PDK makes text of them.
 */

/** Lower-cases ASCII and makes `_` a `-`: index by char code. */
const FOLD = new Uint8Array(256);
for (let c = 0; c < 256; c++) FOLD[c] = c >= 65 && c <= 90 ? c + 32 : c === 95 ? 45 : c;

const COLON = 58;

/** A name as it is compared. */
function foldedName(name: string): string {
  return name.toLowerCase().replaceAll("_", "-");
}

const SET = 0;
const ADD = 1;
const CLEAR = 2;

/**
 * Of one message and event. Reading does not change what is sent: writes are recorded elsewhere
 * (header-writes.ts).
 */
export class Headers {
  /** "Name: value" and CR LF each. */
  #lines: string;
  /** Writes that no read has needed yet: kind, name, value. */
  #late: (string | number)[] = [];
  /** Folded names that are gone from the lines. */
  #removed: Set<string> | null = null;
  /** Name and value of what was added, alternating. */
  #added: string[] = [];

  constructor(lines: string) {
    this.#lines = lines;
  }

  set(name: string, value: string): void {
    this.#late.push(SET, name, value);
  }

  add(name: string, value: string): void {
    this.#late.push(ADD, name, value);
  }

  clear(name: string): void {
    this.#late.push(CLEAR, name, "");
  }

  /** Begin anew with other lines: what the gateway says now. */
  replace(lines: string): void {
    this.#lines = lines;
    this.#late = [];
    this.#removed = null;
    this.#added = [];
  }

  #catchUp(): void {
    const late = this.#late;
    if (late.length === 0) return;
    for (let i = 0; i < late.length; i += 3) {
      const name = late[i + 1] as string;
      if (late[i] !== ADD) this.#remove(foldedName(name));
      if (late[i] !== CLEAR) this.#added.push(name, late[i + 2] as string);
    }
    this.#late = [];
  }

  #remove(folded: string): void {
    this.#removed ??= new Set();
    this.#removed.add(folded);
    const added = this.#added;
    if (added.length === 0) return;
    const kept: string[] = [];
    for (let a = 0; a < added.length; a += 2) {
      if (foldedName(added[a]!) !== folded) kept.push(added[a]!, added[a + 1]!);
    }
    this.#added = kept;
  }

  /** First value of that name as latin1; undefined if there is none. */
  get(name: string): string | undefined {
    this.#catchUp();
    if (this.#removed === null || !this.#removed.has(foldedName(name))) {
      const value = firstIn(this.#lines, name);
      if (value !== undefined) return value;
    }
    const added = this.#added;
    if (added.length === 0) return undefined;
    const folded = foldedName(name);
    for (let a = 0; a < added.length; a += 2) {
      if (foldedName(added[a]!) === folded) return added[a + 1];
    }
    return undefined;
  }

  /** All values of that name in order, as latin1. */
  getAll(name: string): string[] {
    const folded = foldedName(name);
    const values: string[] = [];
    this.forEach((one, value) => {
      if (foldedName(one) === folded) values.push(value);
    });
    return values;
  }

  /** Every field in order, names as they were written. */
  forEach(visit: (name: string, value: string) => void): void {
    this.#catchUp();
    const lines = this.#lines;
    for (let at = 0; at < lines.length; ) {
      const end = lineEnd(lines, at);
      const colon = lines.indexOf(":", at);
      if (colon > at && colon < end) {
        const name = lines.slice(at, colon);
        if (this.#removed === null || !this.#removed.has(foldedName(name))) {
          visit(name, lines.slice(colon + 2, end));
        }
      }
      at = end + 2;
    }
    const added = this.#added;
    for (let a = 0; a < added.length; a += 2) visit(added[a]!, added[a + 1]!);
  }
}

function lineEnd(lines: string, at: number): number {
  const end = lines.indexOf("\r\n", at);
  return end < 0 ? lines.length : end;
}

function firstIn(lines: string, name: string): string | undefined {
  const n = name.length;
  next: for (let at = 0; at < lines.length; at = lineEnd(lines, at) + 2) {
    if (lines.charCodeAt(at + n) !== COLON) continue;
    for (let i = 0; i < n; i++) {
      if (FOLD[lines.charCodeAt(at + i) & 255] !== FOLD[name.charCodeAt(i) & 255]) continue next;
    }
    return lines.slice(at + n + 2, lineEnd(lines, at));
  }
  return undefined;
}
