/** Status, headers and body of an answer that comes from the gateway or a plugin: `x.answer` made ready to send. */
import type { Answer, Exchange } from "../exchange/exchange.ts";
import { sameName } from "../exchange/header-block.ts";
import { errorFormatOf } from "../pdk/error-types.ts";
import { grpcStatus, isGrpcRequest, isGrpcType } from "../pdk/grpc.ts";
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
import type { Transit } from "./transit.ts";

const EMPTY = Buffer.alloc(0);
/** Statuses that stand for "close, say nothing". */
const SILENT_STATUSES: ReadonlySet<number> = new Set([408, 499]);
/** Statuses after whose page nginx closes the connection: what follows in it may not be what the client meant. */
const CLOSING_STATUSES: ReadonlySet<number> = new Set([400, 413, 414, 500, 501]);

/**
 * Sets `x.status` and the headers of `x.answer`.
 *
 * @returns the body, null where the connection is to be closed without an answer
 */
export function ownAnswer(x: Exchange, options: ProxyOptions): Buffer | null {
  const answer = x.answer!;
  const headers = x.responseHeaders;
  x.status = answer.status;
  x.reason = "";
  for (const [name, value] of answer.headers) headers.set(name, value);
  if (SILENT_STATUSES.has(answer.status)) return null;
  if (answer.template !== null) return errorBody(x, answer, answer.template, options);
  if (answer.body !== null) {
    return typeof answer.body === "string" ? Buffer.from(answer.body) : answer.body;
  }
  return standIn(x, options);
}

/** An error in the format of the Content-Type that comes with it, which stays as it is; else in one that the client accepts. */
function errorBody(x: Exchange, answer: Answer, message: string, options: ProxyOptions): Buffer {
  const given = answer.headers.find(([name]) => sameName(name, "content-type"))?.[1];
  const type = typeof given === "object" ? given[0] : given;
  if (type === undefined ? isGrpcRequest(x) : isGrpcType(type)) {
    const [code, name] = grpcStatus(answer.status);
    x.responseHeaders.set("grpc-status", String(code));
    x.responseHeaders.set("grpc-message", name);
    return pageBody(x, "application/grpc", "");
  }
  const format = type === undefined ? null : errorFormatOf(type);
  const page = errorPage(format ?? formatForError(x), message, x.id, options);
  return pageBody(x, type ?? page.contentType, page.body);
}

/** What stands where a plugin gave a status and no body. */
function standIn(x: Exchange, options: ProxyOptions): Buffer {
  const { status } = x.answer!;
  if (CLOSING_STATUSES.has(status)) (x.transit as Transit).client.closeAfterAnswer();
  if (status === 494) x.status = 400; // nginx's own name for a head that is too large
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
