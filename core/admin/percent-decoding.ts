/**
 * Bytes and texts behind percent-encoding, in paths, queries and forms.
 *
 * A request line holds bytes (a latin1 text here). They are meant to be UTF-8, which is checked only where Kong says so:
 * everywhere else wrong bytes become U+FFFD.
 */

const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const lenient = new TextDecoder("utf-8", { ignoreBOM: true });

/** Bytes of a text with percent-encoding; `+` is a space, a `%` without two digits stands for itself. */
export function percentDecode(encoded: string): Buffer {
  const bytes = encoded
    .replaceAll("+", " ")
    .replace(/%([0-9A-Fa-f]{2})/g, (_, hex: string) =>
      String.fromCharCode(Number.parseInt(hex, 16)),
    );
  return Buffer.from(bytes, "latin1");
}

/** Position, counted from 1, of the first byte that does not belong to UTF-8; 0 if there is none. */
export function invalidUtf8At(bytes: Buffer): number {
  try {
    strict.decode(bytes);
    return 0;
  } catch {
    let end = 0;
    while (end < bytes.length && isWhole(bytes, end)) end += sequenceLength(bytes[end]!);
    return end + 1;
  }
}

function sequenceLength(first: number): number {
  return first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
}

function isWhole(bytes: Buffer, start: number): boolean {
  try {
    strict.decode(bytes.subarray(start, start + sequenceLength(bytes[start]!)));
    return true;
  } catch {
    return false;
  }
}

/** Text of bytes that should be UTF-8. */
export function decodeUtf8(bytes: Buffer): string {
  return lenient.decode(bytes);
}

/** The text of an argument or a segment; wrong bytes become U+FFFD. */
export function decodeText(encoded: string): string {
  if (!/[%+\u0080-\u00ff]/.test(encoded)) return encoded;
  return decodeUtf8(percentDecode(encoded));
}
