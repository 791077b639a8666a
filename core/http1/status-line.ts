/** Reads the status line of an answer: RFC 9112 4. Results in module variables, as in request-line.ts. */
import { CR, LF, VALUE } from "./chars.ts";
import { INCOMPLETE, INVALID } from "./head-scanner.ts";

/** 100 to 999. */
export let status = 0;
/** 0 or 1. */
export let minorVersion = 1;
/** "" where the line has none. */
export let reason = "";

/** What a status line begins with; a digit follows. */
const VERSION = "HTTP/1.";
/** Bytes of the shortest line: "HTTP/1.1 200" and what ends it. */
const LINE_BYTES_MIN = 13;

/** @returns offset behind the line, INCOMPLETE or INVALID */
export function scanStatusLine(b: Buffer, start: number, n: number): number {
  if (n - start < LINE_BYTES_MIN) return INCOMPLETE;
  for (let c = 0; c < VERSION.length; c++) {
    if (b[start + c] !== VERSION.charCodeAt(c)) return INVALID;
  }
  const minor = b[start + 7]! - 48;
  if (minor < 0 || minor > 9 || b[start + 8] !== 32) return INVALID;
  const code = scanStatus(b, start + 9);
  if (code < 0) return INVALID;
  let i = start + 12;
  if (b[i] === 32) i++;
  else if (b[i] !== CR) return INVALID;
  const reasonStart = i;
  while (i < n && VALUE[b[i]!] === 1) i++;
  if (i + 1 >= n) return INCOMPLETE;
  if (b[i] !== CR || b[i + 1] !== LF) return INVALID;
  minorVersion = minor === 0 ? 0 : 1;
  status = code;
  reason = code === 200 && i - reasonStart === 2 ? "OK" : b.latin1Slice(reasonStart, i);
  return i + 2;
}

/** Three digits, the first not 0. */
function scanStatus(b: Buffer, i: number): number {
  const hundreds = b[i]! - 48;
  const tens = b[i + 1]! - 48;
  const ones = b[i + 2]! - 48;
  if (hundreds < 1 || hundreds > 9 || tens < 0 || tens > 9 || ones < 0 || ones > 9) return INVALID;
  return hundreds * 100 + tens * 10 + ones;
}
