/**
 * Text that goes into many messages, kept so that it is cheap to put into one more.
 *
 * A string that was put together is a tree of its pieces, and whoever writes it walks the tree each time. So what stands
 * the same in one message after the other (addresses, names, numbers of milliseconds) is kept as one piece.
 */

/** The same text as one piece, of its own and no view of a longer one. Latin1. */
export function flatText(text: string): string {
  return Buffer.from(text, "latin1").latin1Slice();
}

/** Milliseconds for which a line is kept; longer times are rare. */
const KEPT_MS_MAX = 255;

/** Lines `name: N` for small numbers N, made at first use. */
export class NumberLines {
  readonly #start: string;
  readonly #lines: (string | undefined)[] = new Array<undefined>(KEPT_MS_MAX + 1).fill(undefined);

  constructor(name: string) {
    this.#start = `${name}: `;
  }

  /** @param n a whole number, not negative */
  line(n: number): string {
    if (n > KEPT_MS_MAX) return `${this.#start}${n}\r\n`;
    let line = this.#lines[n];
    if (line === undefined) {
      line = flatText(`${this.#start}${n}\r\n`);
      this.#lines[n] = line;
    }
    return line;
  }
}

/** Added fields of a message whose names are remembered; further ones cost a little more. */
const NAMES_KEPT = 16;

/**
 * The lines of fields that were added to a message.
 *
 * The same plugins add the same names in the same order, so what is known of the name at a place is asked once.
 */
export class AddedLines {
  readonly #isDropped: (name: string) => boolean;
  readonly #names: string[] = [];
  /** `name: `, or "" for a name that is left out. */
  readonly #starts: string[] = [];

  /** @param isDropped is a field of that name left out? Must always say the same of a name */
  constructor(isDropped: (name: string) => boolean) {
    this.#isDropped = isDropped;
  }

  /** @param added names and values as in HeaderBlock; "" is no name */
  lines(added: readonly string[]): string {
    let lines = "";
    for (let a = 0; a < added.length; a += 2) {
      const name = added[a]!;
      if (name === "") continue;
      const start = this.#names[a] === name ? this.#starts[a]! : this.#startOf(name, a);
      if (start !== "") lines += `${start}${added[a + 1]!}\r\n`;
    }
    return lines;
  }

  #startOf(name: string, at: number): string {
    const start = this.#isDropped(name) ? "" : flatText(`${name}: `);
    if (at < NAMES_KEPT * 2) {
      while (this.#names.length <= at) {
        this.#names.push("");
        this.#starts.push("");
      }
      this.#names[at] = name;
      this.#starts[at] = start;
    }
    return start;
  }
}
