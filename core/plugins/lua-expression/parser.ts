/**
 * A Lua expression, compiled into one function of its environment.
 *
 * Has: literals, table constructors, names, fields, indexes, calls, and all operators of Lua 5.1 with their precedence.
 * Has not: function bodies and statements. Names are looked up in the environment, as globals are. Nothing here can
 * reach JavaScript: an environment is a lookup of ours, members of objects are own members only.
 */
import { type Token, tokenize } from "./lexer.ts";
import {
  binary,
  call,
  constant,
  type LuaExpression,
  makeTable,
  member,
  methodCall,
} from "./operations.ts";
import { arithmetic, isTrue, lengthOf, LuaSyntaxError } from "./values.ts";

/** How deep parentheses, tables and operators may nest (Lua's own limit is 200). */
export const NESTING_MAX = 100;
/** Longest source, in characters. */
const SOURCE_LENGTH_MAX = 16_384;

/** Binding power to the left and to the right; `..` and `^` bind to the right. */
const BINARY: Readonly<Record<string, readonly [number, number]>> = {
  or: [1, 1],
  and: [2, 2],
  "<": [3, 3],
  ">": [3, 3],
  "<=": [3, 3],
  ">=": [3, 3],
  "~=": [3, 3],
  "==": [3, 3],
  "..": [5, 4],
  "+": [6, 6],
  "-": [6, 6],
  "*": [7, 7],
  "/": [7, 7],
  "%": [7, 7],
  "^": [10, 9],
};
const UNARY_POWER = 8;

/**
 * Compile one expression.
 *
 * @param closer what the message says was expected where the expression should have ended
 * @throws {LuaSyntaxError}
 */
export function compileExpression(source: string, closer = "<eof>"): LuaExpression {
  if (source.length > SOURCE_LENGTH_MAX) throw new LuaSyntaxError("chunk has too many characters");
  const parser = new Parser(tokenize(source), closer);
  const expression = parser.expression(0);
  parser.expectEnd();
  return expression;
}

class Parser {
  readonly #tokens: readonly Token[];
  readonly #closer: string;
  #at = 0;
  #depth = 0;

  constructor(tokens: readonly Token[], closer: string) {
    this.#tokens = tokens;
    this.#closer = closer;
  }

  get #token(): Token {
    return this.#tokens[this.#at]!;
  }

  #near(): string {
    return this.#token.kind === "end" ? this.#closer : this.#token.text;
  }

  #accept(kind: string): boolean {
    if (this.#token.kind !== kind) return false;
    this.#at++;
    return true;
  }

  #expect(kind: string): Token {
    const token = this.#token;
    if (token.kind !== kind) {
      throw new LuaSyntaxError(
        `${kind === "name" ? "<name>" : `'${kind}'`} expected near '${this.#near()}'`,
      );
    }
    this.#at++;
    return token;
  }

  expectEnd(): void {
    if (this.#token.kind === "end") return;
    throw new LuaSyntaxError(`'${this.#closer}' expected near '${this.#near()}'`);
  }

  /** An expression whose operators bind more strongly than `power`. */
  expression(power: number): LuaExpression {
    if (++this.#depth > NESTING_MAX) throw new LuaSyntaxError("chunk has too many syntax levels");
    let left = this.#unary();
    for (;;) {
      const operator = this.#token.kind;
      const powers = Object.hasOwn(BINARY, operator) ? BINARY[operator] : undefined;
      if (powers === undefined || powers[0] <= power) break;
      this.#at++;
      left = binary(operator, left, this.expression(powers[1]));
    }
    this.#depth--;
    return left;
  }

  #unary(): LuaExpression {
    const operator = this.#token.kind;
    if (operator !== "not" && operator !== "-" && operator !== "#") return this.#suffixed();
    this.#at++;
    const operand = this.expression(UNARY_POWER);
    if (operator === "not") return (env) => !isTrue(operand(env));
    if (operator === "#") return (env) => lengthOf(operand(env));
    return (env) => arithmetic("-", 0, operand(env)) + 0;
  }

  /** A simple expression with what stands behind it: `.name`, `[...]`, `(...)`, `:name(...)`. */
  #suffixed(): LuaExpression {
    const hasSuffix = this.#token.kind === "name" || this.#token.kind === "(";
    let value = this.#simple();
    if (!hasSuffix) return value;
    for (;;) {
      if (this.#accept(".")) value = member(value, constant(this.#expect("name").text));
      else if (this.#accept("[")) {
        value = member(value, this.expression(0));
        this.#expect("]");
      } else if (this.#accept(":")) {
        const name = constant(this.#expect("name").text);
        value = methodCall(value, name, this.#callArguments());
      } else if (["(", "text", "{"].includes(this.#token.kind))
        value = call(value, this.#callArguments());
      else return value;
    }
  }

  #callArguments(): LuaExpression[] {
    if (this.#token.kind === "text") return [constant(this.#expect("text").text)];
    if (this.#token.kind === "{") return [this.#table()];
    this.#expect("(");
    const list: LuaExpression[] = [];
    if (this.#accept(")")) return list;
    do list.push(this.expression(0));
    while (this.#accept(","));
    this.#expect(")");
    return list;
  }

  #simple(): LuaExpression {
    const token = this.#token;
    switch (token.kind) {
      case "(": {
        this.#at++;
        const inner = this.expression(0);
        this.#expect(")");
        return inner;
      }
      case "{":
        return this.#table();
      case "nil":
      case "true":
      case "false":
        this.#at++;
        return constant(token.kind === "nil" ? undefined : token.kind === "true");
      case "number":
        this.#at++;
        return constant(token.value);
      case "text":
        this.#at++;
        return constant(token.text);
      case "name":
        this.#at++;
        return (env) => env.get(token.text);
      case "function":
        throw new LuaSyntaxError("functions are not supported near 'function'");
      default:
        throw new LuaSyntaxError(`unexpected symbol near '${this.#near()}'`);
    }
  }

  /** `{1, 2}` becomes an array, `{a = 1}` an object; both at once an object with the numbers as names. */
  #table(): LuaExpression {
    this.#expect("{");
    const items: LuaExpression[] = [];
    const fields: [LuaExpression, LuaExpression][] = [];
    while (this.#token.kind !== "}") {
      const isNamed = this.#token.kind === "name" && this.#tokens[this.#at + 1]?.kind === "=";
      if (isNamed || this.#token.kind === "[") {
        const key = this.#fieldKey(isNamed);
        this.#expect("=");
        fields.push([key, this.expression(0)]);
      } else items.push(this.expression(0));
      if (!this.#accept(",") && !this.#accept(";")) break;
    }
    this.#expect("}");
    return (env) => makeTable(items, fields, env);
  }

  #fieldKey(isNamed: boolean): LuaExpression {
    if (isNamed) return constant(this.#expect("name").text);
    this.#expect("[");
    const key = this.expression(0);
    this.#expect("]");
    return key;
  }
}
