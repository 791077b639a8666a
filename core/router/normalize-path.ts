/**
 * The path that Routes are matched against: percent-decoded where that cannot change its meaning, without dot
 * segments and doubled slashes. Also the way back: the escaping of a path that goes to the Service.
 *
 * Paths are latin1 strings, one character for each byte as received, so UTF-8 is two or more characters here.
 * Source of behaviour: reference/proxy-behaviour.md 2.1, recorded/proxy/router-*.json ("the path is normalised...").
 */

const SLASH = 47;

/** Bytes that stay encoded: decoding them could change where a segment, the query or an argument begins. */
const RESERVED = byteSet("!*'();:@&=+$,/?%#[]");
/** Bytes that go to the Service as they are; all others become `%XX`. */
const SENT_AS_IS = byteSet(
  "!#$&'()*+,/:;=?@[]-_.~%ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789",
);

/** A byte that must be escaped on the way to the Service. */
const NEEDS_ESCAPE = /[^!#$&'()*+,/:;=?@[\]\-_.~%A-Za-z0-9]/;

const HEX: readonly string[] = Array.from({ length: 256 }, (_, byte) =>
  `%${byte.toString(16).padStart(2, "0")}`.toUpperCase(),
);

/**
 * Normalise a path for matching.
 *
 * @param raw path as received, without query
 * @returns the path; `raw` itself where nothing has to change; null where the request is to be answered with 400: no
 *   slash at the start, a bad escape, an encoded NUL, or dot segments that lead above the root (`%2F` counts as a
 *   slash for this last check only, because that is how a file server behind us would read it)
 */
export function normalizePath(raw: string): string | null {
  if (raw.charCodeAt(0) !== SLASH) return null;
  if (raw.indexOf("%") < 0) {
    return raw.indexOf("//") < 0 && raw.indexOf("/.") < 0 ? raw : resolveSegments(raw);
  }
  const decoded = decodePath(raw);
  if (decoded === null || climbsAboveRoot(decoded)) return null;
  return decoded.indexOf("//") < 0 && decoded.indexOf("/.") < 0
    ? decoded
    : resolveSegments(decoded);
}

/** Escape for the Service what is neither unreserved nor reserved; existing escapes stay. */
export function escapePath(path: string): string {
  if (!NEEDS_ESCAPE.test(path)) return path;
  let out = "";
  let from = 0;
  for (let i = 0; i < path.length; i++) {
    const byte = path.charCodeAt(i) & 255;
    if (SENT_AS_IS[byte] === 1) continue;
    out += path.slice(from, i) + HEX[byte]!;
    from = i + 1;
  }
  return out + path.slice(from);
}

/** Decode what may be decoded, write the other escapes in upper case; null for a bad escape or an encoded NUL. */
function decodePath(raw: string): string | null {
  let out = "";
  let from = 0;
  for (let i = raw.indexOf("%"); i >= 0; i = raw.indexOf("%", i + 3)) {
    const byte = (hexDigit(raw.charCodeAt(i + 1)) << 4) | hexDigit(raw.charCodeAt(i + 2));
    if (byte <= 0) return null; // negative: not two digits
    out += raw.slice(from, i) + (RESERVED[byte] === 1 ? HEX[byte]! : String.fromCharCode(byte));
    from = i + 3;
  }
  return out + raw.slice(from);
}

/** Value of a hexadecimal digit; a large negative number for anything else (NaN past the end included). */
function hexDigit(code: number): number {
  if (code >= 48 && code <= 57) return code - 48;
  const letter = code | 32;
  return letter >= 97 && letter <= 102 ? letter - 87 : -4096;
}

/** Take out empty and dot segments; null if `..` leads above the root. */
function resolveSegments(path: string): string | null {
  const kept: string[] = [];
  const segments = path.split("/");
  const last = segments.length - 1;
  for (let i = 1; i <= last; i++) {
    const segment = segments[i]!;
    if (segment === "..") {
      if (kept.length === 0) return null;
      kept.pop();
    } else if (segment !== "" && segment !== ".") {
      kept.push(segment);
      continue;
    }
    if (i === last && kept.length > 0) kept.push(""); // what ended as a folder still does
  }
  return `/${kept.join("/")}`;
}

function climbsAboveRoot(decoded: string): boolean {
  if (decoded.indexOf("%2F") < 0 || decoded.indexOf("..") < 0) return false;
  return resolveSegments(decoded.replaceAll("%2F", "/")) === null;
}

function byteSet(bytes: string): Uint8Array {
  const set = new Uint8Array(256);
  for (let i = 0; i < bytes.length; i++) set[bytes.charCodeAt(i)] = 1;
  return set;
}

/** Is this byte string free of bytes that ASCII does not have? */
export function isAscii(text: string): boolean {
  return !HIGH_BYTE.test(text);
}
// biome-ignore lint/suspicious/noControlCharactersInRegex: the set is bytes
const HIGH_BYTE = /[^\x00-\x7f]/;

/** Text of the configuration as the bytes that clients send: UTF-8, one character a byte. */
export function toBytes(text: string): string {
  return isAscii(text) ? text : Buffer.from(text, "utf8").toString("latin1");
}
