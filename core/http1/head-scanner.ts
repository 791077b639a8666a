/**
 * Scans the header lines of a head: one pass that validates and notes offsets, nothing is copied.
 *
 * Strict by design (core/http1/README.md): tokens as names, no white space before the colon, no obs-fold, no control
 * characters, CR LF only. The results live in module variables and one scratch array, because they are used up before
 * the next head is scanned; so no object is made per message.
 */
import { COLON, CR, HTAB, LF, SP, TOKEN, VALUE } from "./chars.ts";
import { requestKind, responseKind } from "./field-kinds.ts";

/** Numbers for each field, as in HeaderBlock: name start and end, value start and end, kind. */
export const STRIDE = 5;
/** More fields than this are refused, whatever the settings say. */
export const FIELDS_MAX = 2000;

/** The head goes on beyond what has arrived. */
export const INCOMPLETE = -1;
/** The bytes break the grammar: the connection cannot be used any further. */
export const INVALID = -2;
/** More than {@link FIELDS_MAX} fields. */
export const TOO_MANY_FIELDS = -3;

/** Offsets of the fields scanned last. */
export const scratch = new Int32Array(STRIDE * FIELDS_MAX);
/** How many fields were scanned last. */
export let fieldCount = 0;

/**
 * Scan header lines of b[i..n) up to and with the empty line.
 *
 * @param isRequest which names are special
 * @returns offset behind the empty line, or INCOMPLETE, INVALID, TOO_MANY_FIELDS
 */
export function scanFields(b: Uint8Array, i: number, n: number, isRequest: boolean): number {
  let f = 0;
  for (;;) {
    if (i >= n) return INCOMPLETE;
    if (b[i] === CR) {
      if (i + 1 >= n) return INCOMPLETE;
      if (b[i + 1] !== LF) return INVALID;
      fieldCount = f / STRIDE;
      return i + 2;
    }
    if (f >= scratch.length) return TOO_MANY_FIELDS;
    const nameStart = i;
    while (i < n && TOKEN[b[i]!] === 1) i++;
    if (i >= n) return INCOMPLETE;
    if (b[i] !== COLON || i === nameStart) return INVALID;
    scratch[f] = nameStart;
    scratch[f + 1] = i;
    scratch[f + 4] = isRequest ? requestKind(b, nameStart, i) : responseKind(b, nameStart, i);
    i++;
    while (i < n && (b[i] === SP || b[i] === HTAB)) i++;
    const valueStart = i;
    while (i < n && VALUE[b[i]!] === 1) i++;
    if (i + 1 >= n) return INCOMPLETE;
    if (b[i] !== CR || b[i + 1] !== LF) return INVALID;
    let valueEnd = i;
    while (valueEnd > valueStart && (b[valueEnd - 1] === SP || b[valueEnd - 1] === HTAB))
      valueEnd--;
    scratch[f + 2] = valueStart;
    scratch[f + 3] = valueEnd;
    f += STRIDE;
    i += 2;
  }
}

/** Arrays for this many fields are kept for reuse; heads with more fields get an array of their own. */
const POOLED_FIELDS = 64;
/** Arrays that wait to be used again. */
const POOL_MAX = 256;
const pool: Int32Array[] = [];

/** A copy of the offsets scanned last. Give it back with {@link releaseOffsets} when the head is done with. */
export function takeOffsets(): Int32Array {
  const used = fieldCount * STRIDE;
  const copy =
    fieldCount <= POOLED_FIELDS
      ? (pool.pop() ?? new Int32Array(POOLED_FIELDS * STRIDE))
      : new Int32Array(used);
  for (let i = 0; i < used; i++) copy[i] = scratch[i]!;
  return copy;
}

/** The head that these offsets belong to will not be looked at again. */
export function releaseOffsets(offsets: Int32Array): void {
  if (offsets.length === POOLED_FIELDS * STRIDE && pool.length < POOL_MAX) pool.push(offsets);
}
