/** Reads the request line: RFC 9112 3, origin, absolute, authority and asterisk form. Results in module variables. */
import { CR, LF, SP, TARGET } from "./chars.ts";
import { INCOMPLETE, INVALID } from "./head-scanner.ts";

/** Offsets in the bytes scanned last; `methodEnd` and `targetEnd` are behind the last byte. */
export let methodStart = 0;
export let methodEnd = 0;
export let targetStart = 0;
export let targetEnd = 0;
/** 0 or 1. */
export let minorVersion = 1;
/** Does the target hold a byte that is not ASCII, or one that a URI must not have? */
export let targetIsOdd = false;

/** HTTP in a version that is not 1.x. */
export const WRONG_VERSION = -505;

/** Methods are capitals, `_` and `-`, as nginx takes them; anything else is a request for another protocol. */
const METHOD = new Uint8Array(256);
for (const c of "ABCDEFGHIJKLMNOPQRSTUVWXYZ_-") METHOD[c.charCodeAt(0)] = 1;
/** Bytes of a method: longer ones belong to nobody. */
const METHOD_BYTES_MAX = 64;
/** Characters that no URI holds unescaped (RFC 3986), beside what is not ASCII. */
const ODD = new Uint8Array(256);
for (const c of '"<>\\^`{|}#') ODD[c.charCodeAt(0)] = 1;
for (let c = 128; c < 256; c++) ODD[c] = 1;

/**
 * @returns offset behind the line, or INCOMPLETE, INVALID or WRONG_VERSION
 */
export function scanRequestLine(b: Uint8Array, i: number, n: number): number {
  const start = i;
  while (i < n && METHOD[b[i]!] === 1) i++;
  if (i - start > METHOD_BYTES_MAX) return INVALID;
  if (i >= n) return INCOMPLETE;
  if (b[i] !== SP || i === start) return INVALID;
  methodStart = start;
  methodEnd = i++;
  targetStart = i;
  let odd = 0;
  while (i < n && TARGET[b[i]!] === 1) odd |= ODD[b[i++]!]!;
  targetIsOdd = odd === 1;
  targetEnd = i;
  if (i >= n) return INCOMPLETE;
  if (i === targetStart || b[i] !== SP) return INVALID;
  return scanVersion(b, i + 1, n);
}

/** "HTTP/1.x" and CR LF. */
function scanVersion(b: Uint8Array, i: number, n: number): number {
  const word = "HTTP/";
  for (let c = 0; c < word.length; c++, i++) {
    if (i >= n) return INCOMPLETE;
    if (b[i] !== word.charCodeAt(c)) return INVALID;
  }
  if (i + 4 >= n) return INCOMPLETE;
  const major = b[i]! - 48;
  const minor = b[i + 2]! - 48;
  if (major < 0 || major > 9 || b[i + 1] !== 46 || minor < 0 || minor > 9) return INVALID;
  if (b[i + 3] !== CR || b[i + 4] !== LF) return INVALID;
  if (major !== 1) return major === 0 ? INVALID : WRONG_VERSION;
  minorVersion = minor === 0 ? 0 : 1;
  return i + 5;
}
