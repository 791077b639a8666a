/** Reads what a client gets the strict way: whatever could be read in two ways, or is no part of an answer, is an error. */
import assert from "node:assert/strict";

export interface StrictAnswer {
  readonly status: number;
  /** Lines of the head, without the first. */
  readonly lines: readonly string[];
  readonly body: string;
}

const LINE = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+:[\t\x20-\x7e\x80-\xff]*$/;
const STATUS_LINE = /^HTTP\/1\.1 ([2-5]\d\d)( [\t\x20-\x7e\x80-\xff]*)?$/;

function valuesOf(lines: readonly string[], name: string): string[] {
  const own = lines.filter((line) => line.toLowerCase().startsWith(`${name}:`));
  return own.map((line) => line.slice(name.length + 1).trim());
}

/** Cut a body in chunks out of `text`. @returns the body and where it ends */
function chunked(text: string, from: number): [string, number] {
  let body = "";
  for (let at = from; ; ) {
    const end = text.indexOf("\r\n", at);
    assert.match(text.slice(at, end), /^[0-9a-f]+$/i);
    const size = Number.parseInt(text.slice(at, end), 16);
    at = end + 2 + size;
    assert.equal(text.slice(at, at + 2), "\r\n");
    if (size === 0) return [body, at + 2];
    body += text.slice(end + 2, at);
    at += 2;
  }
}

/**
 * All answers of a connection that was closed behind the last one.
 *
 * @param text what came, as latin1
 * @param methods of the requests, in their order
 */
export function strictAnswers(text: string, methods: readonly string[]): StrictAnswer[] {
  const answers: StrictAnswer[] = [];
  let at = 0;
  for (const method of methods) {
    const head = text.indexOf("\r\n\r\n", at);
    assert.ok(head > 0, `no whole answer: ${JSON.stringify(text.slice(at, at + 300))}`);
    const [first, ...lines] = text.slice(at, head).split("\r\n");
    const status = Number(STATUS_LINE.exec(first!)?.[1]);
    assert.ok(status >= 200, `status line ${JSON.stringify(first)}`);
    for (const line of lines) assert.match(line, LINE);
    const lengths = valuesOf(lines, "content-length");
    const codings = valuesOf(lines, "transfer-encoding");
    assert.ok(lengths.length + codings.length <= 1, `two framings: ${lines.join(" | ")}`);
    for (const length of lengths) assert.match(length, /^\d+$/);
    for (const coding of codings) assert.equal(coding, "chunked");
    at = head + 4;
    let body = "";
    const hasNone = method === "HEAD" || status === 204 || status === 304;
    if (!hasNone && codings.length === 1) [body, at] = chunked(text, at);
    else if (!hasNone) {
      const length = Number(lengths[0] ?? text.length - at); // without a length it goes to the end
      body = text.slice(at, at + length);
      assert.equal(body.length, length, "a body that is shorter than its length");
      at += length;
    }
    answers.push({ status, lines, body });
  }
  assert.equal(text.slice(at), "", "bytes behind the last answer");
  return answers;
}
