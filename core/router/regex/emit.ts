/** A pattern's tree as JavaScript source, the literal text that it begins with, and its size. */
import type { Node, Pattern } from "./syntax-tree.ts";

/** Source of an equal RegExp, to be compiled with the flags of the pattern's alphabet. */
export function toSource(node: Node): string {
  switch (node.kind) {
    case "set":
      return node.source;
    case "assertion":
      return { start: "^", end: "$", word: "\\b", notWord: "\\B" }[node.what];
    case "group":
      return `${node.captures ? "(" : "(?:"}${toSource(node.body)})`;
    case "choice":
      return node.options.map(toSource).join("|");
    case "sequence":
      return node.items.map((item) => inner(item)).join("");
    default:
      return `${inner(node.body)}${quantifier(node.min, node.max)}${node.isLazy ? "?" : ""}`;
  }
}

function inner(node: Node): string {
  const needsGroup = node.kind === "choice" || node.kind === "sequence";
  return needsGroup ? `(?:${toSource(node)})` : toSource(node);
}

function quantifier(min: number, max: number): string {
  if (max !== Number.POSITIVE_INFINITY) return min === max ? `{${min}}` : `{${min},${max}}`;
  return min === 0 ? "*" : min === 1 ? "+" : `{${min},}`;
}

/**
 * The text that every match begins with; "" if there is none, or it cannot be told.
 *
 * @returns characters of the pattern's alphabet
 */
export function literalPrefix(pattern: Pattern): string {
  return pattern.ignoresCase ? "" : prefixOf(pattern.root).text;
}

/** The text that matches of the node begin with, and whether that is all of the node. */
function prefixOf(node: Node): { text: string; isWhole: boolean } {
  switch (node.kind) {
    case "set":
      return node.literal < 0
        ? { text: "", isWhole: false }
        : { text: String.fromCodePoint(node.literal), isWhole: true };
    case "assertion":
      return { text: "", isWhole: node.what === "start" };
    case "group":
      return prefixOf(node.body);
    case "choice":
      return { text: commonPrefix(node.options.map((one) => prefixOf(one).text)), isWhole: false };
    case "repeat":
      return { text: node.min > 0 ? prefixOf(node.body).text : "", isWhole: false };
    default: {
      let text = "";
      for (const item of node.items) {
        const part = prefixOf(item);
        text += part.text;
        if (!part.isWhole) return { text, isWhole: false };
      }
      return { text, isWhole: true };
    }
  }
}

function commonPrefix(texts: readonly string[]): string {
  let common = texts[0]!;
  for (const text of texts) {
    let same = 0;
    while (same < common.length && common[same] === text[same]) same++;
    common = common.slice(0, same);
  }
  return common;
}

/** How many states an automaton for the node has, roughly: counted repetitions are as many copies. */
export function sizeOf(node: Node): number {
  switch (node.kind) {
    case "group":
      return sizeOf(node.body) + 1;
    case "choice":
      return node.options.reduce((sum, option) => sum + sizeOf(option) + 1, 0);
    case "sequence":
      return node.items.reduce((sum, item) => sum + sizeOf(item), 0);
    case "repeat":
      return (
        sizeOf(node.body) * Math.max(1, Number.isFinite(node.max) ? node.max : node.min + 1) + 1
      );
    default:
      return 1;
  }
}
