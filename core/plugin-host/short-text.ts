/**
 * Text out of a read buffer: short ASCII words that come again and again are made once.
 *
 * Plugins name the same PDK functions and headers in every event. A word found in the cache costs a walk over its
 * bytes; making a new string costs a call out of JavaScript, and its hash is not known when a table is asked for it.
 */
import { textOf } from "../pdk/text.ts";

/** Longest text that is kept, in bytes. */
const CACHED_BYTES_MAX = 48;
/** Places of the cache; a word has one place, and a newer word takes it over. */
const CACHED_WORDS = 2048;

const words: string[] = new Array<string>(CACHED_WORDS).fill("");

/** Text of `b[from..to)`; bytes that are no UTF-8 are kept as pdk/text.ts keeps them. */
export function textAt(b: Buffer, from: number, to: number): string {
  const n = to - from;
  if (n === 0) return "";
  if (n > CACHED_BYTES_MAX) return textOf(b.subarray(from, to));
  let hash = n;
  for (let i = from; i < to; i++) {
    const byte = b[i]!;
    if (byte > 127) return textOf(b.subarray(from, to));
    hash = (Math.imul(hash, 31) + byte) | 0;
  }
  const place = (hash ^ (hash >>> 11)) & (CACHED_WORDS - 1);
  const had = words[place]!;
  if (had.length === n && isSame(had, b, from)) return had;
  const made = b.latin1Slice(from, to);
  words[place] = made;
  return made;
}

function isSame(word: string, b: Buffer, from: number): boolean {
  for (let i = 0; i < word.length; i++) if (word.charCodeAt(i) !== b[from + i]) return false;
  return true;
}
