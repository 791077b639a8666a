/**
 * Flavour `traditional`: the one path of all Routes' paths that a request is said to hit.
 *
 * That is the first regex that matches, in the order of the Routes, or else the longest plain path; whether the Route
 * it belongs to matches is another matter. Regexes are found by the literal text that they begin with.
 */
import { PathTree } from "./path-tree.ts";
import type { PathPattern } from "./regex/pattern.ts";

interface Uri {
  readonly value: string;
  /** Place among the patterns; plain paths have -1. */
  readonly order: number;
  readonly pattern: PathPattern | null;
}

/** Paths put into the tree between two yields. */
const PATHS_PER_SLICE = 256;

/** Add all paths, build, then find. */
export class UriHits {
  readonly #prefixes = new Set<string>();
  readonly #patterns: PathPattern[] = [];
  #tree = new PathTree<Uri>(1, 0, 0, 0);
  #root = 0;

  addPrefix(prefix: string): void {
    this.#prefixes.add(prefix);
  }

  addPattern(pattern: PathPattern): void {
    this.#patterns.push(pattern);
  }

  *build(): Generator<void, void> {
    let bytes = 0;
    for (const prefix of this.#prefixes) bytes += prefix.length;
    for (const pattern of this.#patterns) bytes += pattern.literalPrefix.length;
    const paths = this.#prefixes.size + this.#patterns.length;
    const tree = new PathTree<Uri>(1, paths, bytes, paths);
    this.#tree = tree;
    this.#root = tree.newRoot();
    let done = 0;
    for (const [order, pattern] of this.#patterns.entries()) {
      tree.add(this.#root, pattern.literalPrefix, { value: pattern.source, order, pattern });
      if (++done % PATHS_PER_SLICE === 0) yield;
    }
    for (const value of this.#prefixes) {
      tree.add(this.#root, value, { value, order: -1, pattern: null });
      if (++done % PATHS_PER_SLICE === 0) yield;
    }
    this.#prefixes.clear();
  }

  /** The path that is hit, regexes without their `~`; "" for none. */
  find(path: string): string {
    const tree = this.#tree;
    const hits = tree.walk(this.#root, path);
    let longest = "";
    let first: Uri | null = null;
    for (let h = 0; h < hits; h++) {
      for (let i = tree.hitItems[h]!; i !== 0; i = tree.next(i)) {
        const uri = tree.item(i);
        if (uri.pattern === null) longest = uri.value;
        else if ((first === null || uri.order < first.order) && uri.pattern.exec(path) !== null) {
          first = uri;
        }
      }
    }
    return first?.value ?? longest;
  }
}
