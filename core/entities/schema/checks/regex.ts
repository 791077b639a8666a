/**
 * Whether a text is a regular expression in the language of PCRE, and what PCRE2 says if it is not.
 *
 * Only the faults that people make are told apart: parentheses, brackets, quantifiers with nothing before them, names of
 * groups, a trailing backslash. Whether an expression can be matched in linear time is the router's question.
 */

/** What is wrong and where, as PCRE2 words it. */
interface RegexFault {
  readonly reason: string;
  /** Offset where the rest is shown; undefined at the end of the text. */
  readonly at: number | undefined;
}

const QUANTIFIER = /^(?:[*+?]|\{(?:[0-9]+(?:,[0-9]*)?|,[0-9]+)\})/;
const POSIX_CLASS = /^\[[:.=][^\]]*[:.=]\]/;
const GROUP_OPENING =
  /^\(\?(?:[:=!>|]|<[=!]|#[^)]*|[a-zA-Z^-]*[:)]|P?<|'|P[=>]|R\)|[+-]?[0-9]+\)|&|\()/;

class Scanner {
  readonly text: string;
  at = 0;
  depth = 0;
  /** Whether something that can be repeated stands right before. */
  repeatable = false;

  constructor(text: string) {
    this.text = text;
  }

  run(): RegexFault | undefined {
    while (this.at < this.text.length) {
      const fault = this.#step();
      if (fault !== undefined) return fault;
    }
    return this.depth > 0 ? { reason: "missing closing parenthesis", at: undefined } : undefined;
  }

  #step(): RegexFault | undefined {
    const char = this.text[this.at]!;
    switch (char) {
      case "\\":
        return this.#escape();
      case "[":
        return this.#class();
      case "(":
        return this.#open();
      case ")":
        if (this.depth === 0) return { reason: "unmatched closing parenthesis", at: this.at };
        this.depth--;
        return this.#pass(1, true);
      case "|":
      case "^":
        return this.#pass(1, false);
      default:
        return this.#quantifierOrChar();
    }
  }

  #pass(length: number, repeatable: boolean): undefined {
    this.at += length;
    this.repeatable = repeatable;
    return undefined;
  }

  #quantifierOrChar(): RegexFault | undefined {
    if (!"*+?{".includes(this.text[this.at]!)) return this.#pass(1, true);
    const quantifier = QUANTIFIER.exec(this.text.slice(this.at))?.[0];
    if (quantifier === undefined) return this.#pass(1, true);
    if (!this.repeatable) {
      return { reason: "quantifier does not follow a repeatable item", at: this.at + 1 };
    }
    const [low, high] = quantifier.startsWith("{") ? quantifier.slice(1, -1).split(",") : [];
    if (Number(low) > 65535 || Number(high) > 65535) {
      return { reason: "number too big in {} quantifier", at: this.at + quantifier.length - 1 };
    }
    if (high !== undefined && high !== "" && Number(low) > Number(high)) {
      return { reason: "numbers out of order in {} quantifier", at: this.at + quantifier.length };
    }
    const mode = this.text[this.at + quantifier.length];
    return this.#pass(quantifier.length + (mode === "?" || mode === "+" ? 1 : 0), false);
  }

  #escape(): RegexFault | undefined {
    if (this.at + 1 >= this.text.length) {
      return { reason: "\\ at end of pattern", at: undefined };
    }
    return this.#pass(2, true);
  }

  #class(): RegexFault | undefined {
    let at = this.at + 1;
    if (this.text[at] === "^") at++;
    if (this.text[at] === "]") at++;
    for (; at < this.text.length && this.text[at] !== "]"; at++) {
      if (this.text[at] === "\\") at++;
      else if (this.text[at] === "[") {
        at += Math.max((POSIX_CLASS.exec(this.text.slice(at))?.[0].length ?? 1) - 1, 0);
      } else if (this.#isBadRange(at)) {
        return { reason: "range out of order in character class", at: at + 3 };
      }
    }
    if (at >= this.text.length) {
      return { reason: "missing terminating ] for character class", at: undefined };
    }
    return this.#pass(at + 1 - this.at, true);
  }

  #isBadRange(at: number): boolean {
    const end = this.text[at + 2];
    if (this.text[at + 1] !== "-" || end === undefined || "]\\[".includes(end)) return false;
    return this.text[at]! > end;
  }

  #open(): RegexFault | undefined {
    const rest = this.text.slice(this.at);
    if (rest.startsWith("(*")) return this.#pass(rest.indexOf(")") + 1 || rest.length, false);
    if (!rest.startsWith("(?")) {
      this.depth++;
      return this.#pass(1, false);
    }
    const opening = GROUP_OPENING.exec(rest)?.[0];
    if (opening === undefined) {
      return { reason: "unrecognized character after (? or (?-", at: this.at + 2 };
    }
    if (opening.endsWith("<") || opening.endsWith("'")) return this.#name(opening);
    if (opening.startsWith("(?#")) return this.#pass(opening.length + 1, this.repeatable);
    if (!opening.endsWith(")")) this.depth++;
    return this.#pass(opening.length, false);
  }

  #name(opening: string): RegexFault | undefined {
    const from = this.at + opening.length;
    const closing = opening.endsWith("'") ? "'" : ">";
    const name = /^\w*/.exec(this.text.slice(from))![0];
    if (/^[0-9]/.test(name)) {
      return { reason: "subpattern name must start with a non-digit", at: from };
    }
    if (name === "") return { reason: "subpattern name expected", at: from };
    if (this.text[from + name.length] !== closing) {
      return {
        reason: "syntax error in subpattern name (missing terminator?)",
        at: from + name.length,
      };
    }
    this.depth++;
    return this.#pass(opening.length + name.length + 1, false);
  }
}

/** @returns undefined if the expression is good */
export function regexError(regex: string): string | undefined {
  const fault = new Scanner(regex).run();
  if (fault === undefined) return undefined;
  const where = fault.at === undefined ? "" : ` at "${regex.slice(fault.at)}"`;
  return `pcre2_compile() failed: ${fault.reason} in "${regex}"${where}`;
}
