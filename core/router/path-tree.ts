/**
 * All paths of all Routes in one radix tree, with a root for each host pattern.
 *
 * The match of a path is a prefix of text, not of segments, so the walk goes byte by byte and every node on the way
 * that holds entries is a match. Nodes are numbers, their facts stand in typed arrays of a size known beforehand:
 * 100,000 paths take about 6 MB and a lookup touches as many nodes as the path has forks, however many Routes there
 * are. Nothing here knows what an entry is.
 */

/** Spreads the key of a child over the hash table (2^32 / golden ratio). */
const HASH_FACTOR = 0x9e3779b1;

export class PathTree<T> {
  readonly #text: Uint8Array;
  #textLength = 0;
  /** Label of the edge into a node: from and to in `#text`. */
  readonly #labelFrom: Int32Array;
  readonly #labelTo: Int32Array;
  /** Open-addressing table from (node, first byte) to child; key 0 is empty. */
  readonly #keys: Uint32Array;
  readonly #children: Int32Array;
  readonly #shift: number;
  #nodes = 0;
  readonly #items: (T[] | undefined)[];

  /** What the last {@link walk} found, shortest first: nodes with items, and how many bytes led there. */
  readonly hitNodes: number[] = [];
  readonly hitDepths: number[] = [];

  /**
   * @param roots how many roots there will be at most
   * @param paths how many paths will be inserted at most
   * @param bytes their length together
   */
  constructor(roots: number, paths: number, bytes: number) {
    const nodes = roots + 2 * paths + 1;
    this.#text = new Uint8Array(bytes);
    this.#labelFrom = new Int32Array(nodes);
    this.#labelTo = new Int32Array(nodes);
    const bits = Math.max(4, Math.ceil(Math.log2(nodes * 2)));
    this.#shift = 32 - bits;
    this.#keys = new Uint32Array(2 ** bits);
    this.#children = new Int32Array(2 ** bits);
    this.#items = new Array<T[] | undefined>(nodes).fill(undefined);
  }

  /** How many nodes there are, roots included. */
  get size(): number {
    return this.#nodes;
  }

  newRoot(): number {
    return this.#nodes++;
  }

  /** Put an item at the end of a path; once, where the same comes twice in a row. */
  add(root: number, path: string, item: T): void {
    const node = this.#nodeAt(root, path);
    const had = this.#items[node];
    if (had === undefined) this.#items[node] = [item];
    else if (had.at(-1) !== item) had.push(item);
  }

  items(node: number): readonly T[] {
    return this.#items[node]!;
  }

  /**
   * Find every node with items that is a prefix of `path`, into {@link hitNodes} and {@link hitDepths}.
   *
   * @returns how many there are
   */
  walk(root: number, path: string): number {
    const { hitNodes, hitDepths } = this;
    const text = this.#text;
    let node = root;
    let at = 0;
    let hits = 0;
    for (;;) {
      if (this.#items[node] !== undefined) {
        hitNodes[hits] = node;
        hitDepths[hits++] = at;
      }
      if (at === path.length) return hits;
      node = this.#child(node, path.charCodeAt(at));
      if (node === 0) return hits;
      const to = this.#labelTo[node]!;
      for (let l = this.#labelFrom[node]!; l < to; l++, at++) {
        if (text[l] !== path.charCodeAt(at)) return hits; // NaN past the end is unequal too
      }
    }
  }

  #nodeAt(root: number, path: string): number {
    let node = root;
    let at = 0;
    while (at < path.length) {
      const slot = this.#slot(node, path.charCodeAt(at));
      const child = this.#children[slot]!;
      if (child === 0) return this.#addLeaf(node, slot, path, at);
      const from = this.#labelFrom[child]!;
      const length = this.#labelTo[child]! - from;
      let same = 1;
      while (same < length && this.#text[from + same] === path.charCodeAt(at + same)) same++;
      at += same;
      node = same === length ? child : this.#split(child, slot, same);
    }
    return node;
  }

  #addLeaf(parent: number, slot: number, path: string, at: number): number {
    const leaf = this.#nodes++;
    this.#labelFrom[leaf] = this.#textLength;
    for (let i = at; i < path.length; i++) this.#text[this.#textLength++] = path.charCodeAt(i);
    this.#labelTo[leaf] = this.#textLength;
    this.#put(slot, parent, path.charCodeAt(at), leaf);
    return leaf;
  }

  /** Put a node in the edge into `child`, `same` bytes from its beginning. */
  #split(child: number, slot: number, same: number): number {
    const middle = this.#nodes++;
    const from = this.#labelFrom[child]!;
    this.#labelFrom[middle] = from;
    this.#labelTo[middle] = from + same;
    this.#labelFrom[child] = from + same;
    this.#children[slot] = middle;
    const byte = this.#text[from + same]!;
    this.#put(this.#slot(middle, byte), middle, byte, child);
    return middle;
  }

  #put(slot: number, parent: number, byte: number, child: number): void {
    this.#keys[slot] = parent * 256 + byte + 1;
    this.#children[slot] = child;
  }

  /** The slot that holds the child, or the empty one where it belongs. */
  #slot(node: number, byte: number): number {
    const keys = this.#keys;
    const key = node * 256 + byte + 1;
    const mask = keys.length - 1;
    let slot = Math.imul(key, HASH_FACTOR) >>> this.#shift;
    while (keys[slot] !== 0 && keys[slot] !== key) slot = (slot + 1) & mask;
    return slot;
  }

  #child(node: number, byte: number): number {
    return this.#children[this.#slot(node, byte)]!;
  }
}
