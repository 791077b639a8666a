/**
 * In which line of a YAML or JSON text a value stands. Made only for a configuration that was refused.
 */
import { EVENT_ID, type Event, getScalarValue, parseEvents } from "js-yaml";
import { DOCUMENT_DEPTH_MAX } from "./declarative-text.ts";

/** Names of members, and positions in lists from 0. */
export type DocumentPath = readonly (string | number)[];

interface Node {
  readonly start: number;
  readonly members: Map<string | number, Node>;
}

class TreeBuilder {
  readonly #text: string;
  readonly #events: readonly Event[];
  #next = 0;

  constructor(text: string) {
    this.#text = text;
    this.#events = parseEvents(text, { maxDepth: DOCUMENT_DEPTH_MAX });
  }

  root(): Node | undefined {
    const first = this.#events[this.#next];
    if (first?.type !== EVENT_ID.DOCUMENT) return undefined;
    this.#next++;
    return this.#node();
  }

  #node(): Node | undefined {
    const event = this.#events[this.#next++];
    if (event === undefined || event.type === EVENT_ID.POP) return undefined;
    const members = new Map<string | number, Node>();
    if (event.type === EVENT_ID.SCALAR) return { start: event.valueStart, members };
    if (event.type === EVENT_ID.ALIAS) return { start: event.anchorStart, members };
    if (event.type === EVENT_ID.DOCUMENT) return undefined;
    if (event.type === EVENT_ID.SEQUENCE) this.#items(members);
    else this.#pairs(members);
    return { start: event.start, members };
  }

  #items(members: Map<string | number, Node>): void {
    for (let index = 0; ; index++) {
      const item = this.#node();
      if (item === undefined) return;
      members.set(index, item);
    }
  }

  #pairs(members: Map<string | number, Node>): void {
    for (;;) {
      const key = this.#events[this.#next];
      const name = key?.type === EVENT_ID.SCALAR ? getScalarValue(this.#text, key) : "";
      const keyNode = this.#node();
      if (keyNode === undefined) return;
      const value = this.#node();
      if (value === undefined) return;
      // a member begins where its name stands
      members.set(name, { start: keyNode.start, members: value.members });
    }
  }
}

/** Parses the text once more, so it costs what a load costs. */
export class LineIndex {
  readonly #text: string;
  readonly #root: Node | undefined;
  #lineStarts: number[] | undefined;

  /** @param text one that could be parsed; lines of another are unknown */
  constructor(text: string) {
    this.#text = text;
    try {
      this.#root = new TreeBuilder(text).root();
    } catch {
      this.#root = undefined;
    }
  }

  /** Line, from 1, of the value at a path or of the nearest table around it; undefined if nothing is known. */
  lineOf(path: DocumentPath): number | undefined {
    if (this.#root === undefined) return undefined;
    let node: Node = this.#root;
    for (const name of path) {
      const next: Node | undefined = node.members.get(name);
      if (next === undefined) break;
      node = next;
    }
    return this.#lineAt(node.start);
  }

  #lineAt(offset: number): number {
    this.#lineStarts ??= lineStartsOf(this.#text);
    let low = 0;
    let high = this.#lineStarts.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#lineStarts[middle]! <= offset) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

function lineStartsOf(text: string): number[] {
  const starts = [0];
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) starts.push(at + 1);
  return starts;
}
