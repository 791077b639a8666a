/** Checks of paths, and what a normal path is. */
import { regexError } from "./regex.ts";

/** The characters of RFC 3986 that may stand in a path. */
const PATH_CHARACTERS = /^[0-9A-Za-z._~:@!$&'()*+,;=%/-]*$/;
const BAD_ESCAPE = /%(?![0-9A-Fa-f]{2})[\s\S]{0,2}/;
/** Paths without dots at the start of a segment and without escapes are normal. */
const PLAIN_PATH = /^(?:\/[0-9A-Za-z_~-][0-9A-Za-z._~-]*)*\/?$/;
/** Stay escaped in a normal path, with capital letters. */
const RESERVED = "!#$%&'()*+,/:;=?@[]";

function badEscape(path: string): string | undefined {
  const found = BAD_ESCAPE.exec(path);
  return found === null ? undefined : `invalid url-encoded value: '${found[0]}'`;
}

/** A path of a Service. */
export function pathError(path: string): string | undefined {
  if (!PATH_CHARACTERS.test(path)) {
    return `invalid path: '${path}' (characters outside of the reserved list of RFC 3986 found)`;
  }
  return badEscape(path);
}

function decodeUnreserved(path: string): string {
  return path.replace(/(?:%[0-9A-Fa-f]{2})+/g, (run) => {
    const bytes: number[] = [];
    for (const byte of Buffer.from(run.replaceAll("%", ""), "hex")) {
      const char = String.fromCharCode(byte);
      if (RESERVED.includes(char)) {
        bytes.push(...Buffer.from(`%${byte.toString(16).toUpperCase().padStart(2, "0")}`));
      } else bytes.push(byte);
    }
    return Buffer.from(bytes).toString("utf8");
  });
}

/**
 * The normal form of a path, as the router sees it: escapes of characters that mean nothing special are read, dot
 * segments are gone.
 *
 * @param path begins with "/" and has no bad escape
 */
export function normalizePath(path: string): string {
  const decoded = path.includes("%") ? decodeUnreserved(path) : path;
  if (!decoded.includes("/.")) return decoded;
  const segments: string[] = [];
  const given = decoded.slice(1).split("/");
  given.forEach((segment, index) => {
    const isLast = index === given.length - 1;
    if (segment === "..") segments.pop();
    if (segment !== "." && segment !== "..") segments.push(segment);
    else if (isLast) segments.push("");
  });
  return `/${segments.join("/")}`;
}

/** A path of a Route: a prefix that begins with "/", or a regular expression that begins with "~/". */
export function routerPathError(path: string): string | undefined {
  if (PLAIN_PATH.test(path)) return undefined;
  if (path.startsWith("~")) {
    const regex = path.slice(1);
    const error = regexError(regex);
    return error === undefined ? undefined : `invalid regex: '${regex}' (PCRE returned: ${error})`;
  }
  const badOne = badEscape(path);
  if (badOne !== undefined) return badOne;
  const normal = normalizePath(path);
  return normal === path ? undefined : `non-normalized path, consider use '${normal}' instead`;
}
