/**
 * The target of a request line, in the forms that a gateway takes: a path, or a whole URI whose host counts instead of
 * the Host field (RFC 9112 3.2.2). Results in one object, used up at once.
 */

export const target = { path: "/", authority: "" };

const ABSOLUTE = /^https?:\/\/([^/?#@]+)(\/[^#]*|\?[^#]*)?$/i;

/** @returns 0, or the status to refuse with */
export function readTarget(text: string, method: string): 0 | 400 | 405 {
  target.authority = "";
  target.path = text;
  if (method === "CONNECT") {
    target.path = "/";
    return 405;
  }
  if (text.charCodeAt(0) === 47) return text.includes("#") ? 400 : 0;
  const match = ABSOLUTE.exec(text);
  if (match === null) {
    target.path = "/";
    return 400;
  }
  const path = match[2] ?? "/";
  target.authority = match[1]!;
  target.path = path.startsWith("?") ? `/${path}` : path;
  return 0;
}
