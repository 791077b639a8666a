/**
 * Header lines as an event carries them: "Name: value" and CR LF each, in order, values without white space around.
 *
 * A head that nobody changed is one slice of what was received; only where a field was removed, or stands on its line in
 * another way, are there several.
 */
import type { Exchange } from "../../exchange/exchange.ts";
import { type HeaderBlock, STRIDE, sameName } from "../../exchange/header-block.ts";
import { connectionHeader } from "../../pdk/headers.ts";
import { PHASE } from "../../phases/phases.ts";

const CR = 13;
const SPACE = 32;
/** Name that no added field has. */
const NONE_LEFT_OUT = "";

/** One character a byte. */
export function headerLines(block: HeaderBlock): string {
  return receivedLines(block) + addedLines(block, NONE_LEFT_OUT) + block.tail;
}

function receivedLines(block: HeaderBlock): string {
  const { text, offsets, count } = block;
  let lines = "";
  let from = -1; // where the run of lines began that go as they came
  let end = 0;
  for (let o = 0, stop = count * STRIDE; o < stop; o += STRIDE) {
    const start = offsets[o]!;
    const nameEnd = offsets[o + 1]!;
    const valueStart = offsets[o + 2]!;
    const valueEnd = offsets[o + 3]!;
    const isPlain =
      start >= 0 &&
      valueStart === nameEnd + 2 &&
      text.charCodeAt(nameEnd + 1) === SPACE &&
      text.charCodeAt(valueEnd) === CR;
    if (from >= 0 && (!isPlain || start !== end)) {
      lines += text.slice(from, end);
      from = -1;
    }
    if (isPlain) {
      if (from < 0) from = start;
      end = valueEnd + 2;
    } else if (start >= 0) {
      lines += `${text.slice(start, nameEnd)}: ${text.slice(valueStart, valueEnd)}\r\n`;
    }
  }
  return from < 0 ? lines : lines + text.slice(from, end);
}

function addedLines(block: HeaderBlock, leftOut: string): string {
  const { added } = block;
  let lines = "";
  for (let a = 0; a < added.length; a += 2) {
    const name = added[a]!;
    if (name === "" || (leftOut !== NONE_LEFT_OUT && sameName(name, leftOut))) continue;
    lines += `${name}: ${added[a + 1]}\r\n`;
  }
  return lines;
}

/** The answer's, as kong.response.get_headers shows them: with nginx's own Connection, without a Date of ours. */
export function responseLines(x: Exchange): string {
  const block = x.responseHeaders;
  const date = block.find("date"); // also turns `tail` into fields
  const isOurs = date >= block.count;
  let lines = receivedLines(block) + addedLines(block, isOurs ? "date" : NONE_LEFT_OUT);
  if (!block.has("connection")) lines += `connection: ${connectionHeader(x)}\r\n`;
  if (x.phase === PHASE.log && x.serviceStatus === 0 && !block.has("content-length")) {
    lines += `content-length: ${x.bodyBytesSent}\r\n`;
  }
  return lines;
}
