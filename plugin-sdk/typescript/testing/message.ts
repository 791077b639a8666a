/** A message of HTTP as the harness keeps it: headers in order, values as text. */

/** Name to value, or to a list where the name is repeated. */
export type HeaderTable = Readonly<Record<string, string | readonly string[]>>;

const folded = (name: string): string => name.toLowerCase().replaceAll("_", "-");

/** Fields in order; a name may come several times. */
export class HeaderList {
  #pairs: [name: string, value: string][] = [];

  constructor(table: HeaderTable = {}) {
    for (const [name, value] of Object.entries(table)) {
      for (const one of Array.isArray(value) ? value : [value]) this.add(name, one);
    }
  }

  /** Behind those of that name that are there. */
  add(name: string, value: string): void {
    this.#pairs.push([name, value]);
  }

  /** All of that name, without case, "-" equal to "_". */
  clear(name: string): void {
    this.#pairs = this.#pairs.filter(([one]) => folded(one) !== folded(name));
  }

  /** In the place of all of that name; a list becomes a field for each. */
  set(name: string, value: unknown): void {
    this.clear(name);
    for (const one of Array.isArray(value) ? value : [value]) this.add(name, String(one));
  }

  /** First value, undefined if there is none; names without case, "-" equal to "_". */
  get(name: string): string | undefined {
    return this.#pairs.find(([one]) => folded(one) === folded(name))?.[1];
  }

  /** In order; `[]` if there is none. */
  getAll(name: string): string[] {
    return this.#pairs.filter(([one]) => folded(one) === folded(name)).map(([, value]) => value);
  }

  /** Lower-case name to value, or to a list where the name is repeated. */
  toTable(): Record<string, string | string[]> {
    const table: Record<string, string | string[]> = {};
    for (const [name, value] of this.#pairs) {
      const key = name.toLowerCase();
      const had = table[key];
      if (had === undefined) table[key] = value;
      else if (Array.isArray(had)) had.push(value);
      else table[key] = [had, value];
    }
    return table;
  }

  /** As they stand on the wire. */
  toLines(): string {
    return this.#pairs.map(([name, value]) => `${name}: ${value}\r\n`).join("");
  }
}

/** A body that a test gives: an object becomes JSON. */
export type TestBody = string | Uint8Array | object | undefined;

/** The bytes of a {@link TestBody}; none for undefined. */
export function bodyOf(body: unknown): Buffer {
  if (body === undefined || body === null) return Buffer.alloc(0);
  if (typeof body === "string") return Buffer.from(body);
  return Buffer.from(body instanceof Uint8Array ? body : JSON.stringify(body));
}
