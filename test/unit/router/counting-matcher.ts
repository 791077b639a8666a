/**
 * A backtracking matcher over a pattern's tree that counts its steps: what a RegExp engine does, in slow motion.
 *
 * It shows whether a pattern that the analysis calls linear is linear. Texts are ASCII.
 */
import type { Node, Pattern } from "../../../core/router/regex/syntax-tree.ts";

/** Steps after which it gives up: far beyond anything linear in the tests' texts. */
const STEPS_MAX = 30_000;

type Next = (at: number) => boolean;

export class CountingMatcher {
  steps = 0;
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  /** Try at the start of the text. @returns whether it matched; null if it gave up */
  match(pattern: Pattern): boolean | null {
    try {
      return this.#node(pattern.root, 0, () => true);
    } catch (cause) {
      if (cause === GAVE_UP) return null;
      throw cause;
    }
  }

  #node(node: Node, at: number, next: Next): boolean {
    if (++this.steps > STEPS_MAX) throw GAVE_UP;
    switch (node.kind) {
      case "set": {
        const code = this.#text.charCodeAt(at);
        return at < this.#text.length && ((node.mask >> BigInt(code)) & 1n) === 1n && next(at + 1);
      }
      case "assertion":
        return this.#holds(node.what, at) && next(at);
      case "group":
        return this.#node(node.body, at, next);
      case "choice":
        return node.options.some((option) => this.#node(option, at, next));
      case "sequence":
        return this.#sequence(node.items, 0, at, next);
      default:
        return this.#repeat(node, 0, at, next);
    }
  }

  #sequence(items: readonly Node[], index: number, at: number, next: Next): boolean {
    if (index === items.length) return next(at);
    return this.#node(items[index]!, at, (to) => this.#sequence(items, index + 1, to, next));
  }

  #repeat(node: Extract<Node, { kind: "repeat" }>, round: number, at: number, next: Next): boolean {
    const again = (): boolean =>
      round < node.max &&
      this.#node(node.body, at, (to) => {
        if (to === at && round >= node.min) return false; // a round that takes nothing
        return this.#repeat(node, round + 1, to, next);
      });
    const leave = (): boolean => round >= node.min && next(at);
    return node.isLazy ? leave() || again() : again() || leave();
  }

  #holds(what: string, at: number): boolean {
    if (what === "start") return at === 0;
    if (what === "end") return at === this.#text.length;
    const isWord = (index: number): boolean => /\w/.test(this.#text.charAt(index));
    return (isWord(at - 1) !== isWord(at)) === (what === "word");
  }
}

const GAVE_UP = Symbol("too many steps");
