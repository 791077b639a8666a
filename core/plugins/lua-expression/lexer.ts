/**
 * Words of a Lua expression.
 *
 * Kong lets people write Lua where a value is made for each request: `$(headers.host)` in request-transformer,
 * `custom_fields_by_lua` of the logging plugins. Here is no Lua; what people really write there is an expression, and
 * that much of the language is read by us (parser.ts) and turned into functions. Statements, loops and function bodies
 * are refused when the configuration is checked.
 */

import { LuaSyntaxError } from "./values.ts";

/** A word, number, text or sign. */
export interface Token {
  /** "name", "number", "text", "end", or the operator or keyword itself. */
  kind: string;
  /** As written; the decoded text for "text". */
  text: string;
  value?: number;
}

const KEYWORDS = new Set([
  "and",
  "break",
  "do",
  "else",
  "elseif",
  "end",
  "false",
  "for",
  "function",
  "goto",
  "if",
  "in",
  "local",
  "nil",
  "not",
  "or",
  "repeat",
  "return",
  "then",
  "true",
  "until",
  "while",
]);
const SPACE = /\s+|--\[\[[\s\S]*?\]\]|--[^\n]*/y;
const NAME = /[A-Za-z_][A-Za-z0-9_]*/y;
const NUMBER = /0[xX][0-9A-Fa-f]+|(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?/y;
const LONG_TEXT = /\[(=*)\[\n?([\s\S]*?)\]\1\]/y;
const OPERATOR = /\.\.\.|\.\.|==|~=|<=|>=|::|[-+*/%^#<>=(){}[\];:,.]/y;

function take(pattern: RegExp, source: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(source);
}

/** All words of a source, the last one of kind "end". */
export function tokenize(source: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  while (at < source.length) {
    const space = take(SPACE, source, at);
    if (space !== null) {
      at += space[0].length;
      continue;
    }
    const token = nextToken(source, at);
    tokens.push(token.token);
    at = token.end;
  }
  tokens.push({ kind: "end", text: "<eof>" });
  return tokens;
}

function nextToken(source: string, at: number): { token: Token; end: number } {
  const name = take(NAME, source, at);
  if (name !== null) {
    const text = name[0];
    return { token: { kind: KEYWORDS.has(text) ? text : "name", text }, end: at + text.length };
  }
  const number = take(NUMBER, source, at);
  if (number !== null) {
    const text = number[0];
    return { token: { kind: "number", text, value: Number(text) }, end: at + text.length };
  }
  const long = take(LONG_TEXT, source, at);
  if (long !== null) return { token: { kind: "text", text: long[2]! }, end: at + long[0].length };
  const quote = source[at]!;
  if (quote === '"' || quote === "'") return quoted(source, at, quote);
  const operator = take(OPERATOR, source, at);
  if (operator === null) throw new LuaSyntaxError(`unexpected symbol near '${quote}'`);
  return { token: { kind: operator[0], text: operator[0] }, end: at + operator[0].length };
}

const ESCAPES: Readonly<Record<string, string>> = {
  a: "\x07",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
  "\n": "\n",
};

/** A text in quotes, with Lua's escapes: `\n`, `\065`, `\x41`. */
function quoted(source: string, start: number, quote: string): { token: Token; end: number } {
  let text = "";
  for (let i = start + 1; i < source.length; i++) {
    const c = source[i]!;
    if (c === quote) return { token: { kind: "text", text }, end: i + 1 };
    if (c === "\n") break;
    if (c !== "\\") {
      text += c;
      continue;
    }
    const digits = /^(?:x([0-9A-Fa-f]{2})|(\d{1,3}))/.exec(source.slice(i + 1, i + 4));
    if (digits === null) {
      const escaped = source[++i] ?? "";
      text += ESCAPES[escaped] ?? escaped;
    } else {
      const code = digits[1] === undefined ? Number(digits[2]) : Number.parseInt(digits[1], 16);
      if (code > 255) throw new LuaSyntaxError("escape sequence too large");
      text += String.fromCharCode(code);
      i += digits[0].length;
    }
  }
  throw new LuaSyntaxError(`unfinished string near '${source.slice(start)}'`);
}
