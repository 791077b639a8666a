/**
 * What an endpoint answers with, before it becomes bytes: status, headers beyond the common ones, body.
 *
 * Bodies of the Admin API are JSON objects; HTML pages stand for the answers that Kong leaves to its web server.
 */

/** Ready to be sent; one object may answer many requests. */
export interface Answer {
  readonly status: number;
  /** Beyond the common headers, names in the case they are sent in. */
  readonly headers: Readonly<Record<string, string>>;
  /** null: no body, and no Content-Type. */
  readonly body: string | null;
}

const JSON_TYPE: Readonly<Record<string, string>> = {
  "Content-Type": "application/json; charset=utf-8",
};

/** A JSON body. */
export function json(status: number, body: unknown): Answer {
  return { status, headers: JSON_TYPE, body: JSON.stringify(body) };
}

/** `{"message": text}`. */
export function message(status: number, text: string): Answer {
  return json(status, { message: text });
}

/** A body that is not JSON. */
export function text(status: number, body: string, type = "text/plain; charset=UTF-8"): Answer {
  return { status, headers: { "Content-Type": type }, body };
}

/** An answer without a body. */
export function empty(status: number, headers: Readonly<Record<string, string>> = {}): Answer {
  return { status, headers, body: null };
}

/** A page for people, where Kong's web server answers by itself: 413, 415... */
export function page(status: number, reason: string): Answer {
  const title = `${status} ${reason}`;
  const html =
    `<html>\r\n<head><title>${title}</title></head>\r\n<body>\r\n` +
    `<center><h1>${title}</h1></center>\r\n</body>\r\n</html>\r\n`;
  return text(status, html, "text/html; charset=UTF-8");
}

/** For an unknown path, and for an entity that the path names and nobody has. */
export const NOT_FOUND = message(404, "Not found");
/** For a known path. */
export const METHOD_NOT_ALLOWED = message(405, "Method not allowed");
/** For a fault of our own, which is in the log. */
export const UNEXPECTED = message(500, "An unexpected error occurred");
/** Also where there was nothing to remove. */
export const NO_CONTENT = empty(204);
