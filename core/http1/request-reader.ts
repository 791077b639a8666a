/**
 * Reads the head of a request, within the limits: line, fields, framing. Results in module variables here and in the
 * scanners; they are used up before the next head is read.
 */
import * as framing from "./framing.ts";
import { fieldCount, INCOMPLETE, INVALID, STRIDE, scanFields, scratch } from "./head-scanner.ts";
import type { EngineLimits } from "./limits.ts";
import * as line from "./request-line.ts";

/** Head as latin1 text, offsets as in the scanner. */
export let head = "";
/** Where it begins: empty lines before it are passed over. */
export let headStart = 0;
/** Offset behind its empty line. */
export let headEnd = 0;
/** Was there a request line (in a bad head)? */
export let hasLine = false;
/** How many fields of a bad head may be looked at: those that were read when it turned out to be bad. */
export let goodFields = 0;

/** What {@link readRequestHead} gives for a good head. */
export const HEAD_OK = 0;
/** Status of nginx for a head that is too large. */
const HEAD_TOO_LARGE = 494;

/** @returns HEAD_OK, INCOMPLETE, or the status to refuse with */
export function readRequestHead(b: Buffer, n: number, limits: EngineLimits): number {
  // an empty line before a request line is left over from a client's last body (RFC 9112 2.2)
  let start = 0;
  while (start + 1 < n && b[start] === 13 && b[start + 1] === 10) start += 2;
  headStart = start;
  hasLine = false;
  goodFields = 0;
  const lineEnd = line.scanRequestLine(b, start, n);
  if (lineEnd < 0) return badLine(n - start, lineEnd, limits);
  hasLine = true;
  if (lineEnd - start > limits.requestLineBytesMax) return 414;
  const end = scanFields(b, lineEnd, n, true);
  if (end < 0) return badFields(b, n, end, limits);
  headEnd = end;
  head = b.latin1Slice(0, end);
  if (end - lineEnd > limits.headerLineBytesMax && isTooLong(end - lineEnd, limits)) {
    return HEAD_TOO_LARGE;
  }
  if (fieldCount > limits.headerCountMax) return HEAD_TOO_LARGE;
  const framed = framing.readFraming(b, head, line.minorVersion, true);
  if (framed !== framing.FRAMING_OK) return badFraming(framed);
  return framing.hostField < 0 && line.minorVersion === 1 ? badFraming(400) : HEAD_OK;
}

/** The log tells of all fields, or of those up to the one that must not come again, and of their length (recorded). */
function badFraming(status: number): number {
  const fault = framing.faultField;
  goodFields = fault < 0 ? fieldCount : fault + 1;
  if (fault >= 0) head = head.slice(0, scratch[fault * STRIDE + 3]! + 2);
  return status;
}

function badLine(bytes: number, code: number, limits: EngineLimits): number {
  head = "";
  if (code === INCOMPLETE) return bytes <= limits.requestLineBytesMax ? INCOMPLETE : 414;
  return code === line.WRONG_VERSION ? 505 : 400;
}

function badFields(b: Buffer, n: number, code: number, limits: EngineLimits): number {
  const max = limits.headerBytesMax + limits.requestLineBytesMax;
  if (code === INCOMPLETE && n <= max) return INCOMPLETE;
  head = b.latin1Slice(0, Math.min(n, limits.requestLineBytesMax));
  return code === INVALID ? 400 : HEAD_TOO_LARGE;
}

/** Are all lines together too long, or one by itself? */
function isTooLong(bytes: number, limits: EngineLimits): boolean {
  if (bytes > limits.headerBytesMax) return true;
  const max = limits.headerLineBytesMax;
  for (let o = 0, stop = fieldCount * STRIDE; o < stop; o += STRIDE) {
    if (scratch[o + 3]! - scratch[o]! > max) {
      goodFields = o / STRIDE;
      return true;
    }
  }
  return false;
}
