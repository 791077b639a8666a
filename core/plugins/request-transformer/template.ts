/**
 * Values with `$(...)` in them: `"Bearer $(headers.token or 'none')"`.
 *
 * A template is compiled once, when its configuration is first used; a value without `$(` is plain text and costs
 * nothing. What stands between the parentheses is a Lua expression (../lua-expression). As in Kong, a parenthesis ends
 * where as many were closed as were opened, quotes or not, and a `$(` that is never closed is text.
 */
import type { LuaExpression } from "../lua-expression/operations.ts";
import { compileExpression } from "../lua-expression/parser.ts";
import { LuaSyntaxError, type LuaTable, shownText } from "../lua-expression/values.ts";

/** A template in pieces: plain text and expressions, in order. */
export interface Template {
  readonly source: string;
  readonly pieces: readonly (string | LuaExpression)[];
}

/**
 * Compile a value.
 *
 * @param source in bytes or in text; what it makes is of the same kind
 * @returns the source itself where it holds no expression
 * @throws {LuaSyntaxError}
 */
export function compileTemplate(source: string): string | Template {
  const pieces: (string | LuaExpression)[] = [];
  let from = 0;
  for (let open = source.indexOf("$("); open >= 0; open = source.indexOf("$(", from)) {
    const close = closingParenthesis(source, open + 1);
    if (close < 0) break;
    if (open > from) pieces.push(source.slice(from, open));
    pieces.push(compileExpression(source.slice(open + 2, close), ")"));
    from = close + 1;
  }
  if (pieces.length === 0) return source;
  if (from < source.length) pieces.push(source.slice(from));
  return { source, pieces };
}

/** Index of the parenthesis that closes the one at `open`, -1 if none does. */
function closingParenthesis(source: string, open: number): number {
  let depth = 0;
  for (let i = open; i < source.length; i++) {
    const c = source.charCodeAt(i);
    if (c === 0x28) depth++;
    else if (c === 0x29 && --depth === 0) return i;
  }
  return -1;
}

/**
 * What a template makes in an environment.
 *
 * @throws {LuaError}
 */
export function render(template: Template, environment: LuaTable): string {
  let text = "";
  for (const piece of template.pieces) {
    text += typeof piece === "string" ? piece : shownText(piece(environment));
  }
  return text;
}

/** Kong's message for a template that cannot be compiled, null if it can. */
export function templateProblem(source: string): string | null {
  try {
    compileTemplate(source);
    return null;
  } catch (cause) {
    if (!(cause instanceof LuaSyntaxError)) throw cause;
    return `value '${source}' is not in supported format, error:[string "TMP"]:1: ${cause.message}`;
  }
}
