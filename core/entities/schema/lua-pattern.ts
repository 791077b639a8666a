/**
 * Lua patterns as regular expressions of JavaScript.
 *
 * Schemas hold Lua patterns (`match`, `match_none`, ...). They are translated once, when a schema is compiled. A pattern
 * that has no equal (`%b`, `%f`, position captures) is refused then, not when a value comes.
 * Letters are ASCII letters, as in the C locale that Kong runs in.
 */

const CLASSES: Readonly<Record<string, string>> = {
  a: "A-Za-z",
  c: "\\x00-\\x1f\\x7f",
  d: "0-9",
  l: "a-z",
  p: "!-\\/:-@\\[-`{-~",
  s: " \\t-\\r",
  u: "A-Z",
  w: "0-9A-Za-z",
  x: "0-9A-Fa-f",
  z: "\\x00",
};

const SPECIAL = /[\\^$.*+?()[\]{}|/-]/;

function literal(char: string): string {
  return SPECIAL.test(char) ? `\\${char}` : char;
}

/** `%a`, `%.`; inside of a set without the brackets. */
function escapeOf(char: string, pattern: string, inSet: boolean): string {
  const lower = char.toLowerCase();
  const members = CLASSES[lower];
  if (members === undefined) {
    if (/[A-Za-z0-9]/.test(char))
      throw new SyntaxError(`unsupported %${char} in pattern ${pattern}`);
    return literal(char);
  }
  if (char === lower) return inSet ? members : `[${members}]`;
  if (inSet) throw new SyntaxError(`unsupported %${char} in a set of pattern ${pattern}`);
  return `[^${members}]`;
}

/** Reads a set from its "[" on; returns its translation and the offset behind its "]". */
function translateSet(pattern: string, from: number): [string, number] {
  let at = from + 1;
  let out = "[";
  if (pattern[at] === "^") {
    out += "^";
    at++;
  }
  const first = at;
  for (; at < pattern.length; at++) {
    const char = pattern[at]!;
    if (char === "]" && at > first) return [`${out}]`, at + 1];
    if (char === "%") out += escapeOf(pattern[++at] ?? "", pattern, true);
    else if (pattern[at + 1] === "-" && pattern[at + 2] !== undefined && pattern[at + 2] !== "]") {
      out += `${literal(char)}-${literal(pattern[at + 2]!)}`;
      at += 2;
    } else out += literal(char);
  }
  throw new SyntaxError(`missing ] in pattern ${pattern}`);
}

/** Reads one thing that may be repeated; returns its translation and the offset behind it. */
function translateItem(pattern: string, at: number): [string, number] {
  const char = pattern[at]!;
  if (char === "[") return translateSet(pattern, at);
  if (char === "%") return [escapeOf(pattern[at + 1] ?? "", pattern, false), at + 2];
  return [char === "." ? "[\\s\\S]" : literal(char), at + 1];
}

const QUANTIFIERS: Readonly<Record<string, string>> = { "*": "*", "+": "+", "?": "?", "-": "*?" };

/**
 * @param pattern a Lua pattern
 * @returns an expression that finds what `string.find` would
 * @throws {SyntaxError} if it cannot be had
 */
export function luaPattern(pattern: string): RegExp {
  let at = pattern.startsWith("^") ? 1 : 0;
  let out = pattern.slice(0, at);
  while (at < pattern.length) {
    const char = pattern[at]!;
    if (char === "(" || char === ")" || (char === "$" && at === pattern.length - 1)) {
      out += char;
      at++;
      continue;
    }
    const [item, behind] = translateItem(pattern, at);
    // a sign of repetition counts only right behind such a thing; a second one is a letter
    const quantifier = QUANTIFIERS[pattern[behind] ?? ""];
    out += item + (quantifier ?? "");
    at = quantifier === undefined ? behind : behind + 1;
  }
  return new RegExp(out);
}
