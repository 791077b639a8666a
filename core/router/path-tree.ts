/**
 * All paths of all Routes in one radix tree, with a root for each host pattern.
 *
 * The match of a path is a prefix of text, not of segments, so the walk goes byte by byte and every node on the way
 * that holds entries is a match. Nodes are numbers, their facts stand in typed arrays of a size known beforehand:
 * 100,000 paths take about 6 MB and a lookup touches as many nodes as the path has forks, however many Routes there
 * are. So do the items: those of a node are linked by numbers, because a list each, nearly always of one, would be two
 * more objects to read on the way of a request and for V8 to trace. Nothing here knows what an entry is.
 */

/** Spreads the key of a child over the hash table (2^32 / golden ratio). */
const HASH_FACTOR = 0x9e3779b1;

/** Numbers for a node: label of the edge into it (from and to in the text), its first and last item. */
const NODE = 4;
const TO = 1;
const FIRST = 2;
const LAST = 3;

/** Filled once, within the sizes it was made for, then only read. Paths are latin1. */
export class PathTree<T> {
  readonly #text: Uint8Array;
  #textLength = 0;
  /** {@link NODE} numbers each, side by side, so that a step touches one cache line of them. */
  readonly #nodes: Int32Array;
  #nodeCount = 0;
  /** Open-addressing table: key of (node, first byte) and child, in turn; key 0 is empty. */
  readonly #slots: Uint32Array;
  readonly #shift: number;
  /** By number; 0 stands for "none". */
  readonly #items: (T | null)[];
  /** Number of the next item of the same node, by number; 0 after the last. */
  readonly #nexts: Int32Array;
  #itemCount = 0;

  /** What the last {@link walk} found, shortest first: number of a node's first item, and how many bytes led there. */
  readonly hitItems: number[] = [];
  readonly hitDepths: number[] = [];

  /**
   * @param roots how many roots there will be at most
   * @param paths how many paths will be inserted at most
   * @param bytes their length together
   * @param items how many items will be added at most
   */
  constructor(roots: number, paths: number, bytes: number, items: number) {
    const nodes = roots + 2 * paths + 1;
    this.#text = new Uint8Array(bytes);
    this.#nodes = new Int32Array(nodes * NODE);
    const bits = Math.max(4, Math.ceil(Math.log2(nodes * 2)));
    this.#shift = 32 - bits;
    this.#slots = new Uint32Array(2 * 2 ** bits);
    this.#items = new Array<T | null>(items + 1).fill(null);
    this.#nexts = new Int32Array(items + 1);
  }

  newRoot(): number {
    return this.#nodeCount++;
  }

  /** Put an item at the end of a path; once, where the same comes twice in a row. */
  add(root: number, path: string, item: T): void {
    const at = this.#nodeAt(root, path) * NODE;
    const nodes = this.#nodes;
    const last = nodes[at + LAST]!;
    if (last !== 0 && this.#items[last] === item) return;
    const added = ++this.#itemCount;
    this.#items[added] = item;
    if (last === 0) nodes[at + FIRST] = added;
    else this.#nexts[last] = added;
    nodes[at + LAST] = added;
  }

  /** An item by its number, which comes from {@link hitItems} or {@link next}. */
  item(number: number): T {
    return this.#items[number]!;
  }

  /** Number of the item after this one at the same path, in the order in which they were added; 0: none. */
  next(number: number): number {
    return this.#nexts[number]!;
  }

  /**
   * Find every node with items that is a prefix of `path`, into {@link hitItems} and {@link hitDepths}.
   *
   * @returns how many there are
   */
  walk(root: number, path: string): number {
    const { hitItems, hitDepths } = this;
    const text = this.#text;
    const nodes = this.#nodes;
    let node = root;
    let at = 0;
    let hits = 0;
    for (;;) {
      const first = nodes[node * NODE + FIRST]!;
      if (first !== 0) {
        hitItems[hits] = first;
        hitDepths[hits++] = at;
      }
      if (at === path.length) return hits;
      node = this.#slots[this.#slot(node, path.charCodeAt(at)) + 1]!;
      if (node === 0) return hits;
      const to = nodes[node * NODE + TO]!;
      for (let l = nodes[node * NODE]!; l < to; l++, at++) {
        if (text[l] !== path.charCodeAt(at)) return hits; // NaN past the end is unequal too
      }
    }
  }

  #nodeAt(root: number, path: string): number {
    const nodes = this.#nodes;
    let node = root;
    let at = 0;
    while (at < path.length) {
      const slot = this.#slot(node, path.charCodeAt(at));
      const child = this.#slots[slot + 1]!;
      if (child === 0) return this.#addLeaf(node, slot, path, at);
      const from = nodes[child * NODE]!;
      const length = nodes[child * NODE + TO]! - from;
      let same = 1;
      while (same < length && this.#text[from + same] === path.charCodeAt(at + same)) same++;
      at += same;
      node = same === length ? child : this.#split(child, slot, same);
    }
    return node;
  }

  #addLeaf(parent: number, slot: number, path: string, at: number): number {
    const leaf = this.#nodeCount++;
    this.#nodes[leaf * NODE] = this.#textLength;
    for (let i = at; i < path.length; i++) this.#text[this.#textLength++] = path.charCodeAt(i);
    this.#nodes[leaf * NODE + TO] = this.#textLength;
    this.#put(slot, parent, path.charCodeAt(at), leaf);
    return leaf;
  }

  /** Put a node in the edge into `child`, `same` bytes from its beginning. */
  #split(child: number, slot: number, same: number): number {
    const nodes = this.#nodes;
    const middle = this.#nodeCount++;
    const from = nodes[child * NODE]!;
    nodes[middle * NODE] = from;
    nodes[middle * NODE + TO] = from + same;
    nodes[child * NODE] = from + same;
    this.#slots[slot + 1] = middle;
    const byte = this.#text[from + same]!;
    this.#put(this.#slot(middle, byte), middle, byte, child);
    return middle;
  }

  #put(slot: number, parent: number, byte: number, child: number): void {
    this.#slots[slot] = parent * 256 + byte + 1;
    this.#slots[slot + 1] = child;
  }

  /** Where in the table the child's key stands, or the empty place where it belongs; the child stands behind it. */
  #slot(node: number, byte: number): number {
    const slots = this.#slots;
    const key = node * 256 + byte + 1;
    const mask = slots.length - 1;
    let slot = (Math.imul(key, HASH_FACTOR) >>> this.#shift) * 2;
    while (slots[slot] !== 0 && slots[slot] !== key) slot = (slot + 2) & mask;
    return slot;
  }
}
