/** Status, headers and body of an answer that comes from the gateway or a plugin: `x.answer` made ready to send. */
import type { Exchange } from "../exchange/exchange.ts";
import { statusMessage } from "../pdk/status-messages.ts";
import {
  errorPage,
  formatForError,
  formatForPage,
  grpcPage,
  plainPage,
  TEMPLATED_STATUSES,
} from "./error-page.ts";
import type { ProxyOptions } from "./rooms.ts";

const EMPTY = Buffer.alloc(0);
/** Statuses that stand for "close, say nothing". */
const SILENT_STATUSES: ReadonlySet<number> = new Set([408, 499]);

/**
 * Sets `x.status` and the headers of `x.answer`.
 *
 * @returns the body, null where the connection is to be closed without an answer
 */
export function ownAnswer(x: Exchange, options: ProxyOptions): Buffer | null {
  const answer = x.answer!;
  const headers = x.responseHeaders;
  x.status = answer.status === 494 ? 400 : answer.status;
  x.reason = "";
  for (const [name, value] of answer.headers) headers.set(name, value);
  if (answer.template !== null) {
    const page = errorPage(formatForError(x), answer.template, x.id, options);
    return pageBody(x, page.contentType, page.body);
  }
  if (answer.body !== null) {
    return typeof answer.body === "string" ? Buffer.from(answer.body) : answer.body;
  }
  if (SILENT_STATUSES.has(answer.status)) return null;
  return standIn(x, options);
}

/** What stands where a plugin gave a status and no body. */
function standIn(x: Exchange, options: ProxyOptions): Buffer {
  const { status } = x.answer!;
  if (TEMPLATED_STATUSES.has(status)) {
    const message = statusMessage(status);
    const format = formatForPage(x, options);
    const page = format === "grpc" ? grpcPage(message) : errorPage(format, message, x.id, options);
    return pageBody(x, page.contentType, page.body);
  }
  const page = plainPage(status);
  return page === null ? EMPTY : pageBody(x, page.contentType, page.body);
}

function pageBody(x: Exchange, contentType: string, body: string): Buffer {
  x.responseHeaders.set("Content-Type", contentType);
  return Buffer.from(body);
}
