/**
 * The body of an answer that the gateway gives itself, in the format that the client accepts.
 *
 * Two producers, as in Kong: `kong.response.error` (no Accept: JSON) and the pages that stand for a status without a
 * body (no Accept: `error_default_type`). Shapes and texts: proxy-behaviour 4.
 */
import type { Exchange } from "../exchange/exchange.ts";
import { ERROR_TYPES, type ErrorFormat } from "../pdk/error-types.ts";
import type { ProxyOptions } from "./rooms.ts";

const CONTENT_TYPES: Readonly<Record<ErrorFormat, string>> = {
  json: "application/json; charset=utf-8",
  html: "text/html; charset=utf-8",
  xml: "application/xml; charset=utf-8",
  plain: "text/plain; charset=utf-8",
  grpc: "application/grpc",
};

const FORMATS: Readonly<Record<string, ErrorFormat>> = {
  ...ERROR_TYPES,
  "text/*": "plain",
  "application/*": "json",
  "*/*": "json",
};

/** `type;q=0.5` parts of an Accept field that are looked at. */
const ACCEPT_PARTS_MAX = 32;

/**
 * The known format with the highest q; null where `accept` names nothing.
 *
 * @param variants do `application/grpc+proto` and the like count as gRPC?
 */
function acceptedFormat(accept: string, variants: boolean): ErrorFormat | null {
  let best: ErrorFormat | null = null;
  let bestQ = 0;
  let sawAny = false;
  for (const part of accept.split(",", ACCEPT_PARTS_MAX)) {
    const [type = "", ...parameters] = part.split(";");
    const name = type.trim().toLowerCase();
    if (name === "") continue;
    sawAny = true;
    const q = quality(parameters);
    const format =
      FORMATS[name] ?? (variants && name.startsWith("application/grpc") ? "grpc" : "json");
    if (q > bestQ) {
      bestQ = q;
      best = format;
    }
  }
  return sawAny ? (best ?? "json") : null;
}

function quality(parameters: readonly string[]): number {
  for (const parameter of parameters) {
    const [name = "", value = ""] = parameter.split("=");
    if (name.trim().toLowerCase() !== "q") continue;
    const q = Number(value.trim());
    return Number.isFinite(q) ? q : 1;
  }
  return 1;
}

interface ErrorPage {
  readonly contentType: string;
  readonly body: string;
}

/** Format of `kong.response.error`: all Accept fields are read, JSON where there is none. */
export function formatForError(x: Exchange): ErrorFormat {
  return acceptedFormat(x.requestHeaders.getAll("accept").join(","), false) ?? "json";
}

/** Format of a page in place of a missing body: the first Accept, then Content-Type, then the setting. */
export function formatForPage(x: Exchange, options: ProxyOptions): ErrorFormat {
  const fallback = FORMATS[options.errorDefaultType] ?? "plain";
  const wanted = x.requestHeaders.get("accept") ?? x.requestHeaders.get("content-type");
  if (wanted === undefined) return fallback;
  return acceptedFormat(wanted, true) ?? "json";
}

const HTML_ESCAPES: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;" };
const escapeMarkup = (text: string) => text.replace(/[&<>]/g, (c) => HTML_ESCAPES[c]!);

/** The page of a status for a client that speaks gRPC over HTTP/1: JSON without a request id. */
export function grpcPage(message: string): ErrorPage {
  return { contentType: CONTENT_TYPES.json, body: `{"message":${JSON.stringify(message)}}` };
}

/** An error page of that format. */
export function errorPage(
  format: ErrorFormat,
  message: string,
  requestId: string,
  options: ProxyOptions,
): ErrorPage {
  const contentType = CONTENT_TYPES[format];
  if (format === "grpc") return { contentType: "", body: "" };
  const template = options.errorTemplates[format];
  if (template !== undefined) {
    const values = [message, requestId];
    return { contentType, body: template.replace(/%s/g, () => values.shift() ?? "%s") };
  }
  return { contentType, body: BODIES[format](message, requestId) };
}

const BODIES: Readonly<
  Record<Exclude<ErrorFormat, "grpc">, (message: string, id: string) => string>
> = {
  json: (message, id) =>
    `{\n  "message":${JSON.stringify(message)},\n  "request_id":${JSON.stringify(id)}\n}`,
  plain: (message, id) => `${message}\nrequest_id: ${id}\n`,
  xml: (message, id) =>
    `<?xml version="1.0" encoding="UTF-8"?>\n<error>\n  <message>${escapeMarkup(message)}</message>\n` +
    `  <requestid>${id}</requestid>\n</error>\n`,
  html: (message, id) =>
    `<!doctype html>\n<html>\n  <head>\n    <meta charset="utf-8">\n    <title>Error</title>\n  </head>\n` +
    `  <body>\n    <h1>Error</h1>\n    <p>${escapeMarkup(message)}.</p>\n    <p>request_id: ${id}</p>\n  </body>\n</html>\n`,
};

/** Reason phrases that nginx's own pages show. */
const REASONS: Readonly<Record<number, string>> = {
  301: "Moved Permanently",
  302: "Found",
  303: "See Other",
  307: "Temporary Redirect",
  308: "Permanent Redirect",
  401: "Authorization Required",
  402: "Payment Required",
  403: "Forbidden",
  406: "Not Acceptable",
  409: "Conflict",
  410: "Gone",
  415: "Unsupported Media Type",
  416: "Requested Range Not Satisfiable",
  421: "Misdirected Request",
  429: "Too Many Requests",
  501: "Not Implemented",
  505: "HTTP Version Not Supported",
  507: "Insufficient Storage",
};

/** The short page that nginx puts where there is no body and no template; null for statuses without one. */
export function plainPage(status: number): ErrorPage | null {
  const reason = REASONS[status];
  if (reason === undefined) return null;
  const title = `${status} ${reason}`;
  return {
    contentType: status === 301 || status === 302 ? "text/html" : "text/html; charset=UTF-8",
    body:
      `<html>\r\n<head><title>${title}</title></head>\r\n<body>\r\n<center><h1>${title}</h1></center>\r\n` +
      "</body>\r\n</html>\r\n",
  };
}

/** Statuses whose missing body becomes an error page from the templates. */
export const TEMPLATED_STATUSES: ReadonlySet<number> = new Set([
  400, 404, 405, 408, 411, 412, 413, 414, 417, 494, 500, 502, 503, 504,
]);
