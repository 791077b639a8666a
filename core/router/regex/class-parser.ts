/**
 * Character classes and escapes: `[...]`, `\d`, `\x41`, `[:alpha:]`, each as JavaScript source and as a mask.
 *
 * What a class means is spelt out, because JavaScript's `\s`, `.` and `\w` are not those of PCRE or of Rust.
 */
import {
  ALL_ASCII,
  type Alphabet,
  HIGH,
  type Mask,
  maskOf,
  maskOfRange,
  PatternError,
} from "./syntax-tree.ts";

/** A part of a class: source for the inside of `[...]`, and its mask. */
export interface ClassPart {
  readonly source: string;
  readonly mask: Mask;
  /** Code point of a single character, else -1. */
  readonly literal: number;
}

const DIGITS = maskOfRange(48, 57);
const LETTERS = maskOfRange(65, 90) | maskOfRange(97, 122);
const WORD = DIGITS | LETTERS | maskOf(95);
const SPACE = maskOfRange(9, 13) | maskOf(32);

/** Body and mask of the named classes; in text their members beyond ASCII count too. */
const PERL: Readonly<Record<Alphabet, Readonly<Record<string, readonly [string, Mask]>>>> = {
  bytes: {
    d: ["0-9", DIGITS],
    w: ["A-Za-z0-9_", WORD],
    s: ["\\t-\\r ", SPACE],
  },
  text: {
    d: ["\\p{Nd}", DIGITS | HIGH],
    w: ["\\p{Alphabetic}\\p{M}\\p{Nd}\\p{Pc}\\p{Join_Control}", WORD | HIGH],
    s: ["\\p{White_Space}", SPACE | HIGH],
  },
};

const POSIX: Readonly<Record<string, readonly [string, Mask]>> = {
  alnum: ["A-Za-z0-9", LETTERS | DIGITS],
  alpha: ["A-Za-z", LETTERS],
  ascii: ["\\x00-\\x7f", ALL_ASCII],
  blank: ["\\t ", maskOf(9) | maskOf(32)],
  cntrl: ["\\x00-\\x1f\\x7f", maskOfRange(0, 31) | maskOf(127)],
  digit: ["0-9", DIGITS],
  graph: ["!-~", maskOfRange(33, 126)],
  lower: ["a-z", maskOfRange(97, 122)],
  print: [" -~", maskOfRange(32, 126)],
  punct: ["!-\\/:-@\\[-`{-~", maskOfRange(33, 126) & ~(LETTERS | DIGITS)],
  space: ["\\t-\\r ", SPACE],
  upper: ["A-Z", maskOfRange(65, 90)],
  word: ["A-Za-z0-9_", WORD],
  xdigit: ["0-9A-Fa-f", DIGITS | maskOfRange(65, 70) | maskOfRange(97, 102)],
};

const CONTROL: Readonly<Record<string, number>> = { t: 9, n: 10, r: 13, f: 12, a: 7, e: 27 };

/** Source of a character, fit for the inside and the outside of a class. */
function sourceOf(code: number): string {
  const char = String.fromCodePoint(code);
  if (/^[A-Za-z0-9_]$/.test(char)) return char;
  if (code <= 0xff) return `\\x${code.toString(16).padStart(2, "0")}`;
  return `\\u{${code.toString(16)}}`;
}

/** A single character, in a class or outside of one. */
export function literalPart(code: number): ClassPart {
  return { source: sourceOf(code), mask: maskOf(code), literal: code };
}

/** Everything but `\n`. */
export const DOT: ClassPart = {
  source: "[^\\n]",
  mask: (ALL_ASCII | HIGH) & ~maskOf(10),
  literal: -1,
};

/** Reads escapes and classes out of a pattern from a place on. */
export class ClassParser {
  readonly #text: string;
  readonly #alphabet: Alphabet;
  /** Where to read on. */
  at = 0;

  constructor(text: string, alphabet: Alphabet) {
    this.#text = text;
    this.#alphabet = alphabet;
  }

  /** The code point at {@link at}, which is moved behind it. */
  #take(): number {
    const code = this.#text.codePointAt(this.at);
    if (code === undefined) throw new PatternError("ends too early");
    this.at += code > 0xffff ? 2 : 1;
    return code;
  }

  /**
   * An escape, `at` standing behind the backslash.
   *
   * @param isMember is it inside of a class?
   * @returns a part for the inside of a class, or source that stands for itself
   */
  escape(isMember: boolean): ClassPart {
    const code = this.#take();
    const char = String.fromCodePoint(code);
    const lower = char.toLowerCase();
    const perl = PERL[this.#alphabet][lower];
    if (perl !== undefined) {
      if (isMember) return char === lower ? part(perl) : negated(perl);
      const [body, mask] = perl;
      return char === lower
        ? { source: `[${body}]`, mask, literal: -1 }
        : { source: `[^${body}]`, mask: inverse(mask), literal: -1 };
    }
    if (CONTROL[char] !== undefined) return literalPart(CONTROL[char]);
    if (char === "x") return literalPart(this.#hexadecimal());
    if (char === "p" || char === "P") return this.#property(char);
    if (/^[1-9k]$/.test(char)) throw new PatternError("back-references are not supported");
    if (/^[A-Za-z0]$/.test(char)) throw new PatternError(`unknown escape \\${char}`, true);
    return literalPart(code);
  }

  #hexadecimal(): number {
    const match = /^(?:([0-9A-Fa-f]{2})|\{([0-9A-Fa-f]{1,6})\})/.exec(this.#text.slice(this.at));
    if (match === null) throw new PatternError("\\x needs hexadecimal digits");
    this.at += match[0].length;
    const code = Number.parseInt(match[1] ?? match[2]!, 16);
    if (code > (this.#alphabet === "bytes" ? 0xff : 0x10ffff)) {
      throw new PatternError(`no such character: \\${match[0]}`);
    }
    return code;
  }

  /** General categories only; what else there is is left to the other engine. */
  #property(letter: string): ClassPart {
    const match = /^(?:([A-Z])|\{([A-Z][a-z]?)\})/.exec(this.#text.slice(this.at));
    if (match === null || this.#alphabet === "bytes") throw new PatternError("\\p", true);
    this.at += match[0].length;
    const source = `\\${letter}{${match[1] ?? match[2]}}`;
    try {
      new RegExp(source, "u");
    } catch {
      throw new PatternError(`unknown character class ${source}`);
    }
    return { source, mask: ALL_ASCII | HIGH, literal: -1 };
  }

  /** A class, `at` standing behind the bracket. */
  bracket(): ClassPart {
    const isNegated = this.#text[this.at] === "^";
    if (isNegated) this.at++;
    let source = "";
    let mask: Mask = 0n;
    for (let first = true; first || this.#text[this.at] !== "]"; first = false) {
      const item = this.#item();
      source += item.source;
      mask |= item.mask;
    }
    this.at++;
    return {
      source: `[${isNegated ? "^" : ""}${source}]`,
      mask: isNegated ? inverse(mask) : mask,
      literal: -1,
    };
  }

  /** A member of a class, or a range of them. */
  #item(): ClassPart {
    const from = this.#member();
    if (from.literal < 0 || this.#text[this.at] !== "-") return from;
    if (this.#text[this.at + 1] === "]" || this.at + 1 >= this.#text.length) return from;
    this.at++;
    const to = this.#member();
    if (to.literal < from.literal) throw new PatternError("a range out of order in a class");
    return {
      source: `${from.source}-${to.source}`,
      mask: maskOfRange(from.literal, to.literal),
      literal: -1,
    };
  }

  #member(): ClassPart {
    const code = this.#take();
    if (code === BACKSLASH) {
      if (this.#text[this.at] !== "b") return this.escape(true);
      this.at++;
      return literalPart(8);
    }
    if (code === OPEN && this.#text[this.at] === ":") return this.#posix();
    const twice = this.#text.charCodeAt(this.at) === code;
    if (twice && (code === AND || code === TILDE)) {
      throw new PatternError("operations on classes are not supported");
    }
    return literalPart(code);
  }

  #posix(): ClassPart {
    const match = /^:(\^?)([a-z]+):\]/.exec(this.#text.slice(this.at));
    if (match === null) return literalPart(OPEN);
    const found = POSIX[match[2]!];
    if (found === undefined) throw new PatternError(`unknown class [:${match[2]}:]`);
    if (match[1] !== "") throw new PatternError("[:^", true);
    this.at += match[0].length;
    return part(found);
  }
}

const BACKSLASH = 92;
const OPEN = 91;
const AND = 38;
const TILDE = 126;

function part([source, mask]: readonly [string, Mask]): ClassPart {
  return { source, mask, literal: -1 };
}

/** All that is not in a set; beyond ASCII a set may hold some and not others, so its inverse may too. */
function inverse(mask: Mask): Mask {
  return (ALL_ASCII & ~mask) | HIGH;
}

/** `\D`, `\W`, `\S` in a class. */
function negated([source, mask]: readonly [string, Mask]): ClassPart {
  return { source: complement(source), mask: inverse(mask), literal: -1 };
}

/** Inside of a class for all that `source` is not. */
function complement(source: string): string {
  const known: Readonly<Record<string, string>> = {
    "0-9": "\\x00-\\/:-\\xff",
    "A-Za-z0-9_": "\\x00-\\/:-@\\[-\\^`{-\\xff",
    "\\t-\\r ": "\\x00-\\x08\\x0e-\\x1f!-\\xff",
    "\\p{Nd}": "\\P{Nd}",
    "\\p{White_Space}": "\\P{White_Space}",
  };
  const found = known[source];
  if (found === undefined) throw new PatternError("\\W", true); // several properties: not one class
  return found;
}
