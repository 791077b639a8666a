/**
 * The target of a request line, in the forms that a gateway takes: a path, or a whole URI. Its host counts only where
 * there is no Host field, as in Kong; either way what goes upstream is a path and a Host that is written anew. Results in
 * one object, used up at once.
 */

/** What {@link readTarget} found; `authority` is "" where the target names no host. */
export const target = { path: "/", authority: "" };

const ABSOLUTE =
  /^[a-z]+:\/\/((?:[\w.~%!$&'()*+,;=-]+|\[[0-9a-f:.]+\])(?::\d{0,5})?)(\/[^#]*|\?[^#]*)?$/i;

/** @param isOdd it holds characters that no URI has unescaped @returns 0, or the status to refuse with */
export function readTarget(text: string, method: string, isOdd: boolean): 0 | 400 | 405 {
  target.authority = "";
  target.path = text;
  if (method === "CONNECT") {
    target.path = "/";
    return text.charCodeAt(0) === 47 ? 405 : 400;
  }
  if (method === "TRACE") return 405;
  if (text.charCodeAt(0) === 47) return isOdd && text.includes("#") ? 400 : 0;
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
