/**
 * The path as the gateway's router sees it: percent-decoded where that cannot change its meaning, without dot segments and
 * doubled slashes.
 *
 * Kong normalises in one well-defined way (RFC 3986, 6.2.2), so the plugin server need not ask; tests hold this to the
 * gateway's own code.
 */

/** Bytes that stay encoded: decoding them could change where a segment, the query or an argument begins. */
const RESERVED: ReadonlySet<number> = new Set(
  [..."!*'();:@&=+$,/?%#[]"].map((c) => c.charCodeAt(0)),
);
/** A path that is normal already; most are. */
const PLAIN = /^\/(?:[\w~-][\w~.-]*\/)*(?:[\w~-][\w~.-]*)?$/;
const HEX_PAIR = /^[0-9A-Fa-f]{2}$/;

/** @param raw latin1, without query @returns latin1; `raw` itself where it cannot be normalised */
export function normalPath(raw: string): string {
  if (PLAIN.test(raw)) return raw;
  const decoded = raw.includes("%") ? decodedPath(raw) : raw;
  if (decoded === null || !decoded.startsWith("/")) return raw;
  if (!decoded.includes("//") && !decoded.includes("/.")) return decoded;
  return resolved(decoded) ?? raw;
}

/** Escapes of reserved bytes in upper case, all others decoded; null for a bad escape or an encoded NUL. */
function decodedPath(raw: string): string | null {
  const [first = "", ...parts] = raw.split("%");
  let out = first;
  for (const part of parts) {
    const digits = part.slice(0, 2);
    const byte = HEX_PAIR.test(digits) ? Number.parseInt(digits, 16) : 0;
    if (byte === 0) return null;
    out += RESERVED.has(byte) ? `%${digits.toUpperCase()}` : String.fromCharCode(byte);
    out += part.slice(2);
  }
  return out;
}

function resolved(path: string): string | null {
  const kept: string[] = [];
  const segments = path.split("/").slice(1);
  for (const [i, segment] of segments.entries()) {
    if (segment === "..") {
      if (kept.pop() === undefined) return null;
    } else if (segment !== "" && segment !== ".") {
      kept.push(segment);
      continue;
    }
    if (i === segments.length - 1 && kept.length > 0) kept.push(""); // what ended as a folder still does
  }
  return `/${kept.join("/")}`;
}
