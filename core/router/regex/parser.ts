/**
 * The syntax that PCRE and Rust's regex have in common, as a tree.
 *
 * Kong's flavours use one each; Routes use what both know. What neither of our engines can have in linear time
 * (look-around, back-references, atomic groups) is an error that says so.
 */
import { type ClassPart, ClassParser, DOT, literalPart } from "./class-parser.ts";
import { type Alphabet, type Node, type Pattern, PatternError } from "./syntax-tree.ts";

/** Groups in groups. */
const DEPTH_MAX = 100;
/** Count in `{n}`, as in RE2. */
const REPEAT_MAX = 1000;
/** Characters of a pattern. */
const LENGTH_MAX = 8192;

/** @throws {PatternError} for what is wrong or not supported */
export function parsePattern(text: string, alphabet: Alphabet): Pattern {
  if (text.length > LENGTH_MAX) throw new PatternError(`longer than ${LENGTH_MAX} characters`);
  return new Parser(text, alphabet).parse();
}

class Parser {
  readonly #text: string;
  readonly #classes: ClassParser;
  #at = 0;
  #depth = 0;
  readonly #names: (string | undefined)[] = [];

  constructor(text: string, alphabet: Alphabet) {
    this.#text = text;
    this.#classes = new ClassParser(text, alphabet);
  }

  parse(): Pattern {
    const ignoresCase = this.#text.startsWith("(?i)");
    if (ignoresCase) this.#at = 4;
    const root = this.#choice();
    if (this.#at < this.#text.length) throw new PatternError("a closing parenthesis too many");
    return { root, names: this.#names, ignoresCase };
  }

  #choice(): Node {
    const options = [this.#sequence()];
    while (this.#text[this.#at] === "|") {
      this.#at++;
      options.push(this.#sequence());
    }
    return options.length === 1 ? options[0]! : { kind: "choice", options };
  }

  #sequence(): Node {
    const items: Node[] = [];
    for (;;) {
      const char = this.#text[this.#at];
      if (char === undefined || char === "|" || char === ")") break;
      items.push(this.#quantified(this.#atom()));
    }
    return items.length === 1 ? items[0]! : { kind: "sequence", items };
  }

  #atom(): Node {
    const char = this.#text[this.#at]!;
    switch (char) {
      case "(":
        return this.#group();
      case "[":
        return this.#fromClass(1, () => this.#classes.bracket());
      case "\\":
        return this.#escape();
      case ".":
        this.#at++;
        return set(DOT);
      case "^":
        return this.#assertion(1, "start");
      case "$":
        return this.#assertion(1, "end");
      case "*":
      case "+":
      case "?":
        throw new PatternError(`nothing to repeat before ${char}`);
      default: {
        const code = this.#text.codePointAt(this.#at)!;
        this.#at += code > 0xffff ? 2 : 1;
        return set(literalPart(code));
      }
    }
  }

  #assertion(length: number, what: "start" | "end" | "word" | "notWord"): Node {
    this.#at += length;
    return { kind: "assertion", what };
  }

  #escape(): Node {
    switch (this.#text[this.#at + 1]) {
      case "b":
        return this.#assertion(2, "word");
      case "B":
        return this.#assertion(2, "notWord");
      case "A":
        return this.#assertion(2, "start");
      case "z":
        return this.#assertion(2, "end");
      default:
        return this.#fromClass(1, () => this.#classes.escape(false));
    }
  }

  /** Let the class parser read from here on, behind so many characters. */
  #fromClass(skip: number, read: () => ClassPart): Node {
    this.#classes.at = this.#at + skip;
    const part = read();
    this.#at = this.#classes.at;
    return set(part);
  }

  #group(): Node {
    if (++this.#depth > DEPTH_MAX) throw new PatternError(`more than ${DEPTH_MAX} groups nested`);
    const captures = this.#openGroup();
    const body = this.#choice();
    if (this.#text[this.#at] !== ")") throw new PatternError("a closing parenthesis is missing");
    this.#at++;
    this.#depth--;
    return { kind: "group", body, captures };
  }

  /** Read what opens a group. @returns whether it captures */
  #openGroup(): boolean {
    const rest = this.#text.slice(this.#at, this.#at + 80);
    if (!rest.startsWith("(?")) {
      this.#at++;
      this.#names.push(undefined);
      return true;
    }
    if (rest.startsWith("(?:")) {
      this.#at += 3;
      return false;
    }
    if (/^\(\?<?[=!]/.test(rest)) throw new PatternError("look-around is not supported");
    if (rest.startsWith("(?>")) throw new PatternError("atomic groups are not supported");
    const named = /^\(\?P?<([A-Za-z_][A-Za-z0-9_]*)>/.exec(rest);
    if (named === null) throw new PatternError(`unknown group ${rest.slice(0, 4)}`, true);
    const name = named[1]!;
    if (this.#names.includes(name)) throw new PatternError(`two groups with the name ${name}`);
    this.#at += named[0].length;
    this.#names.push(name);
    return true;
  }

  #quantified(body: Node): Node {
    const match = QUANTIFIER.exec(this.#text.slice(this.#at, this.#at + 16));
    if (match === null) return body;
    this.#at += match[0].length;
    const next = this.#text[this.#at];
    if (next === "+") throw new PatternError("possessive quantifiers are not supported");
    const isLazy = next === "?";
    if (isLazy) this.#at++;
    if (QUANTIFIER.test(this.#text.slice(this.#at, this.#at + 16))) {
      throw new PatternError("one quantifier behind the other");
    }
    const [min, max] = bounds(match);
    if (max < min) throw new PatternError(`numbers out of order in ${match[0]}`);
    if (min > REPEAT_MAX || (max > REPEAT_MAX && max !== Number.POSITIVE_INFINITY)) {
      throw new PatternError(`more than ${REPEAT_MAX} repetitions`);
    }
    return { kind: "repeat", body, min, max, isLazy };
  }
}

/** `*`, `+`, `?`, `{n}`, `{n,}`, `{n,m}`; any other brace is a character. */
const QUANTIFIER = /^(?:[*+?]|\{(\d{1,5})(?:(,)(\d{0,5}))?\})/;

function bounds(match: RegExpExecArray): [number, number] {
  if (match[0] === "*") return [0, Number.POSITIVE_INFINITY];
  if (match[0] === "+") return [1, Number.POSITIVE_INFINITY];
  if (match[0] === "?") return [0, 1];
  const min = Number(match[1]);
  if (match[2] === undefined) return [min, min];
  return [min, match[3] === "" ? Number.POSITIVE_INFINITY : Number(match[3])];
}

function set(part: ClassPart): Node {
  return { kind: "set", mask: part.mask, source: part.source, literal: part.literal };
}
