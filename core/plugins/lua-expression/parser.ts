/**
 * A Lua expression, compiled into one function of its environment.
 *
 * Has: literals, table constructors, names, fields, indexes, calls, and all operators of Lua 5.1 with their precedence.
 * Has not: function bodies and statements. Names are looked up in the environment, as globals are. Nothing here can
 * reach JavaScript: an environment is a lookup of ours, members of objects are own members only.
 */
import { type Token, tokenize } from "./lexer.ts";
import {
  arithmetic,
  indexed,
  isEqual,
  isLess,
  isTrue,
  joined,
  LuaError,
  type LuaFunction,
  LuaSyntaxError,
  type LuaTable,
  type LuaValue,
  lengthOf,
  luaType,
} from "./values.ts";

/** An expression, ready to run; throws {@link LuaError}. */
export type LuaExpression = (environment: LuaTable) => LuaValue;

/** How deep parentheses, tables and operators may nest (Lua's own limit is 200). */
export const NESTING_MAX = 100;
/** Longest source, in characters. */
export const SOURCE_LENGTH_MAX = 16_384;

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

function constant(value: LuaValue): LuaExpression {
  return () => value;
}

function member(value: LuaExpression, key: LuaExpression): LuaExpression {
  return (env) => indexed(value(env), key(env));
}

function call(callee: LuaExpression, list: readonly LuaExpression[]): LuaExpression {
  return (env) =>
    apply(
      callee(env),
      list.map((argument) => argument(env)),
    );
}

function methodCall(
  self: LuaExpression,
  name: LuaExpression,
  list: readonly LuaExpression[],
): LuaExpression {
  return (env) => {
    const value = self(env);
    const owner =
      typeof value === "string" ? indexed(env.get("string"), name(env)) : indexed(value, name(env));
    return apply(owner, [value, ...list.map((argument) => argument(env))]);
  };
}

function apply(callee: LuaValue, values: LuaValue[]): LuaValue {
  if (typeof callee !== "function")
    throw new LuaError(`attempt to call a ${luaType(callee)} value`);
  return (callee as LuaFunction)(...values);
}

function makeTable(
  items: readonly LuaExpression[],
  fields: readonly (readonly [LuaExpression, LuaExpression])[],
  env: LuaTable,
): LuaValue {
  const list = items.map((item) => item(env));
  if (fields.length === 0 && list.length > 0) return list;
  const record: Record<string, LuaValue> = Object.create(null);
  list.forEach((item, i) => {
    record[String(i + 1)] = item;
  });
  for (const [key, value] of fields) record[String(key(env))] = value(env);
  return record;
}

function binary(operator: string, a: LuaExpression, b: LuaExpression): LuaExpression {
  switch (operator) {
    case "or":
      return (env) => {
        const left = a(env);
        return isTrue(left) ? left : b(env);
      };
    case "and":
      return (env) => {
        const left = a(env);
        return isTrue(left) ? b(env) : left;
      };
    case "==":
      return (env) => isEqual(a(env), b(env));
    case "~=":
      return (env) => !isEqual(a(env), b(env));
    case "<":
      return (env) => isLess(a(env), b(env), false);
    case ">":
      return (env) => isLess(b(env), a(env), false);
    case "<=":
      return (env) => isLess(a(env), b(env), true);
    case ">=":
      return (env) => isLess(b(env), a(env), true);
    case "..":
      return (env) => joined(a(env), b(env));
    default:
      return (env) => arithmetic(operator, a(env), b(env));
  }
}
