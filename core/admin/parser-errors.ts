/**
 * Requests that the parser of node:http refuses: answered as the API would, where that is what a client of Kong expects.
 *
 * The parser takes neither methods that it does not know nor bytes outside of ASCII in the path; Kong answers the first
 * with 404 or 405, and finds names by the second. Such a request is read once more here, but only its head, and the
 * connection is closed after it.
 */
import { type IncomingMessage, STATUS_CODES } from "node:http";
import { type Answer, page } from "./answer.ts";

/** As node:http hands it to "clientError". */
export type ParserError = Error & { readonly code?: string; readonly rawPacket?: Buffer };
/** What can be answered without a body. */
export type RequestHead = Pick<IncomingMessage, "method" | "url" | "headers">;

const REQUEST_LINE = /^([A-Z][A-Z_-]{0,31}) (\/[!-~\u0080-\u00ff]*) HTTP\/1\.[01]\r?\n/;
/** Methods of whose requests nothing but the head counts. */
const WITHOUT_BODY = new Set(["GET", "HEAD", "DELETE", "OPTIONS"]);

/** The head of a request that was refused for its method or its path; null if it is refused for good. */
export function lenientHead({ code, rawPacket }: ParserError): RequestHead | null {
  if (rawPacket === undefined || (code !== "HPE_INVALID_METHOD" && code !== "HPE_INVALID_URL"))
    return null;
  const text = rawPacket.toString("latin1");
  const [, method, target] = REQUEST_LINE.exec(text) ?? [];
  if (method === undefined || target === undefined || !/\r\nhost:/i.test(text)) return null;
  if (code === "HPE_INVALID_URL" && !WITHOUT_BODY.has(method)) return null;
  const url = target.replace(
    /[\u0080-\u00ff]/g,
    (byte) => `%${byte.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return { method, url, headers: {} };
}

/** What a refused request is answered with, as nginx does. */
export function refusalOf({ code }: ParserError): Answer {
  if (code === "HPE_HEADER_OVERFLOW") return page(494, "Request Header Or Cookie Too Large");
  if (code === "ERR_HTTP_REQUEST_TIMEOUT") return page(408, "Request Time-out");
  return page(400, "Bad Request");
}

/** An answer as the text of its bytes in UTF-8, after which the connection ends. */
export function rawAnswer(answer: Answer, headers: Readonly<Record<string, string>>): string {
  const body = answer.body ?? "";
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  const reason = STATUS_CODES[answer.status] ?? "Error";
  return (
    `HTTP/1.1 ${answer.status} ${reason}\r\nDate: ${new Date().toUTCString()}\r\n${lines.join("")}` +
    `Content-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`
  );
}
