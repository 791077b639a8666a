/**
 * Bodies of parts (`multipart/form-data`), as latin1 text of bytes.
 *
 * Parts that nobody touches keep their headers and their bytes. Kong's reader loses its count where a name is repeated,
 * and then removes or keeps the wrong part; here all parts of a name are one value each, and removing a name removes
 * them all.
 */
import type { NamedValues } from "./named-values.ts";

const BOUNDARY = /boundary=(?:"([^"]+)"|([^\s;,]+))/i;
const NAME = /^content-disposition:[^\r\n]*?[;\s]name=(?:"([^"]*)"|([^\s;]+))/im;
const LINE_END = "\r\n";

/** The boundary that a Content-Type tells; null if none. */
export function boundaryOf(contentType: string): string | null {
  const match = BOUNDARY.exec(contentType);
  return match?.[1] ?? match?.[2] ?? null;
}

interface Part {
  readonly name: string;
  /** Lines of its head, without the empty one. */
  readonly head: string;
  readonly content: string;
}

/** Parts of one body, to be changed and written again; reads all of them at once. */
export class Multipart implements NamedValues {
  readonly #boundary: string;
  #parts: Part[];

  constructor(boundary: string, body: string) {
    this.#boundary = boundary;
    this.#parts = readParts(boundary, body);
  }

  /** Content of the first part of that name. */
  get(name: string): string | undefined {
    return this.#parts.find((part) => part.name === name)?.content;
  }

  /** Replace all parts of a name by one, where the first of them stands or at the end. */
  set(name: string, value: unknown): void {
    const part = {
      name,
      head: `Content-Disposition: form-data; name="${name}"`,
      content: String(value),
    };
    const first = this.#parts.findIndex((other) => other.name === name);
    if (first < 0) {
      this.#parts.push(part);
      return;
    }
    this.#parts[first] = part;
    this.#parts = this.#parts.filter((other) => other === part || other.name !== name);
  }

  delete(name: string): void {
    this.#parts = this.#parts.filter((part) => part.name !== name);
  }

  /** By name; parts of one name keep their order. */
  sort(): void {
    this.#parts.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
  }

  /** "" where no part is left. */
  toString(): string {
    if (this.#parts.length === 0) return "";
    let text = "";
    for (const { head, content } of this.#parts) {
      text += `--${this.#boundary}${LINE_END}${head}${LINE_END}${LINE_END}${content}${LINE_END}`;
    }
    return `${text}--${this.#boundary}--${LINE_END}`;
  }
}

/** Parts in order; what stands before the first delimiter or after the last is dropped, as are parts without a name. */
function readParts(boundary: string, body: string): Part[] {
  const delimiter = `--${boundary}`;
  const parts: Part[] = [];
  let from = body.startsWith(delimiter) ? 0 : body.indexOf(LINE_END + delimiter) + 2;
  if (from === 1) return parts;
  for (;;) {
    const start = from + delimiter.length;
    if (body.startsWith("--", start)) return parts;
    const next = body.indexOf(LINE_END + delimiter, start);
    const part = readPart(body.slice(start, next < 0 ? body.length : next));
    if (part !== null) parts.push(part);
    if (next < 0) return parts;
    from = next + LINE_END.length;
  }
}

/** @param text from behind a delimiter to the next one */
function readPart(text: string): Part | null {
  const headEnd = text.indexOf(LINE_END + LINE_END);
  if (headEnd < 0) return null;
  const head = text.slice(text.indexOf(LINE_END) + 2, headEnd);
  const match = NAME.exec(head);
  if (match === null) return null;
  return { name: match[1] ?? match[2] ?? "", head, content: text.slice(headEnd + 4) };
}
