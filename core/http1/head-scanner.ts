/**
 * Scans the header lines of a head: one pass that validates and notes offsets, nothing is copied.
 *
 * Strict by design (core/http1/README.md): tokens as names, no white space before the colon, no obs-fold, no control
 * characters, CR LF only. The results live in module variables and one scratch array, because they are used up before
 * the next head is scanned; so no object is made per message.
 */
import { COLON, CR, DEL, HTAB, LF, SP, TOKEN } from "./chars.ts";
import { kindOf, REQUEST_KINDS, RESPONSE_KINDS } from "./field-kinds.ts";

/** Numbers for each field, as in HeaderBlock: name start and end, value start and end, kind. */
export const STRIDE = 5;
/** More fields than this are refused, whatever the settings say. */
const FIELDS_MAX = 2000;

/** The head goes on beyond what has arrived. */
export const INCOMPLETE = -1;
/** The bytes break the grammar: the connection cannot be used any further. */
export const INVALID = -2;
/** More than {@link FIELDS_MAX} fields. */
const TOO_MANY_FIELDS = -3;

/** Arrays for this many fields are kept for reuse; a head with more fields gets a longer one. */
const POOLED_FIELDS = 64;
/** Arrays that wait to be used again. */
const POOL_MAX = 256;
const pool: Int32Array[] = [];
const newOffsets = (): Int32Array => new Int32Array(POOLED_FIELDS * STRIDE);

/** Offsets of the fields scanned last, until the next scan or {@link takeOffsets}. */
export let scratch: Int32Array = newOffsets();
/** How many fields were scanned last. */
export let fieldCount = 0;

/**
 * Scan header lines of b[i..n) up to and with the empty line.
 *
 * @param isRequest which names are special
 * @returns offset behind the empty line, or INCOMPLETE, INVALID, TOO_MANY_FIELDS
 */
export function scanFields(b: Uint8Array, i: number, n: number, isRequest: boolean): number {
  const kinds = isRequest ? REQUEST_KINDS : RESPONSE_KINDS;
  lookAt(b);
  let f = 0;
  for (;;) {
    if (i >= n) return INCOMPLETE;
    if (b[i] === CR) {
      if (i + 1 >= n) return INCOMPLETE;
      if (b[i + 1] !== LF) return INVALID;
      fieldCount = f / STRIDE;
      return i + 2;
    }
    if (f === scratch.length && !grow()) return TOO_MANY_FIELDS;
    const nameStart = i;
    while (i < n && TOKEN[b[i]!] === 1) i++;
    if (i >= n) return INCOMPLETE;
    if (b[i] !== COLON || i === nameStart) return INVALID;
    scratch[f] = nameStart;
    scratch[f + 1] = i;
    scratch[f + 4] = kindOf(kinds, b, nameStart, i);
    i++;
    while (i < n && (b[i] === SP || b[i] === HTAB)) i++;
    const valueStart = i;
    i = valueEndFrom(b, i, n);
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

/** The buffer of the scan before, and its bytes four by four once it has come a second time; null before. */
let lastBuffer: Uint8Array | null = null;
let words: Int32Array | null = null;

/**
 * Plain text sockets all read into one buffer, which is looked at four bytes at a time. Others come once each, and a
 * second view of them would cost more than it wins.
 */
function lookAt(b: Uint8Array): void {
  if (b !== lastBuffer) {
    lastBuffer = b;
    words = null;
  } else if (words === null && (b.byteOffset & 3) === 0) {
    words = new Int32Array(b.buffer, b.byteOffset, b.length >> 2);
  }
}

/** Where what VALUE allows ends, by comparing: the most of a head is values. */
function valueEndFrom(b: Uint8Array, i: number, n: number): number {
  const four = words;
  if (four !== null) {
    const aligned = (i + 3) & ~3;
    while (i < aligned && i < n && isValueByte(b[i]!)) i++;
    if (i === aligned) {
      // a byte below 32 or one that is 127 sets its highest bit in `odd`; one after such a byte may, too
      for (const stop = n >> 2; i >> 2 < stop; i += 4) {
        const word = four[i >> 2]!;
        const flipped = word ^ 0x7f7f7f7f;
        const odd = ((word - 0x20202020) & ~word) | ((flipped - 0x01010101) & ~flipped);
        if ((odd & 0x80808080) !== 0) break;
      }
    }
  }
  while (i < n && isValueByte(b[i]!)) i++; // a tab, what does not fill a word, and where it ends
  return i;
}

function isValueByte(c: number): boolean {
  return c < SP ? c === HTAB : c !== DEL;
}

/** Make room for more fields. @returns false if there are {@link FIELDS_MAX} already */
function grow(): boolean {
  const fields = scratch.length / STRIDE;
  if (fields >= FIELDS_MAX) return false;
  const longer = new Int32Array(Math.min(fields * 4, FIELDS_MAX) * STRIDE);
  longer.set(scratch);
  scratch = longer;
  return true;
}

/**
 * The offsets scanned last, for as long as somebody looks at that head; the next scan gets another array. Give them back
 * with {@link releaseOffsets}.
 */
export function takeOffsets(): Int32Array {
  const taken = scratch;
  scratch = pool.pop() ?? newOffsets();
  return taken;
}

/** The head that these offsets belong to will not be looked at again. */
export function releaseOffsets(offsets: Int32Array): void {
  if (offsets.length === POOLED_FIELDS * STRIDE && pool.length < POOL_MAX) pool.push(offsets);
}
