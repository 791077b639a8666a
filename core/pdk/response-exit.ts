/**
 * `kong.response.exit` and `kong.response.error`: end the plugin with an answer of its own.
 *
 * Both leave the answer in the exchange and throw EXIT. In access the answer waits until the plugins behind were
 * collected; in header_filter status and headers are on their way already, so they are changed at once and the answer
 * gives the body.
 */
import { PdkError } from "../errors.ts";
import type { Answer, Exchange } from "../exchange/exchange.ts";
import { sameName } from "../exchange/header-block.ts";
import { PHASE } from "../phases/phases.ts";
import { isNil, isTable } from "./arguments.ts";
import { hasErrorTemplate } from "./error-types.ts";
import { EXIT } from "./exit.ts";
import { grpcMessage, grpcStatus, isGrpcRequest, isGrpcType } from "./grpc.ts";
import { answerHeaderName, headerPairs } from "./headers.ts";
import { jsonBody, jsonOf } from "./lua-json.ts";
import type { PdkNode } from "./pdk-node.ts";
import { isTransferEncoding, statusCode } from "./response.ts";
import { statusMessage } from "./status-messages.ts";
import { bytesOf, textOf, toWire } from "./text.ts";

/** So must it be written where it is to choose the template of an error; otherwise Accept does, as in Kong. */
const CONTENT_TYPE = "Content-Type";
const JSON_TYPE = "application/json; charset=utf-8";
const EXIT_STATUS_MIN = 100;
const ERROR_STATUS_MIN = 400;

type AnswerHeaders = [string, string | string[]][];

function answerHeaders(x: Exchange, node: PdkNode, headers: unknown): AnswerHeaders {
  if (isNil(headers)) return [];
  if (!isTable(headers)) throw new PdkError("headers must be a nil or table");
  if (Array.isArray(headers) && headers.length > 0)
    throw new PdkError("headers must be a nil or table");
  return headerPairs(headers)
    .map(([name, value]): AnswerHeaders[number] => [answerHeaderName(name), value])
    .filter(([name]) => !isTransferEncoding(x, node, name));
}

/** First value of a header; undefined if it is not there. */
function firstValue(headers: AnswerHeaders, name: string): string | undefined {
  const value = headers.find(([given]) => sameName(given, name))?.[1];
  return Array.isArray(value) ? (value[0] ?? "") : value;
}

/** Leave the answer and end the plugin. The first answer of a request stands. */
function answerWith(x: Exchange, answer: Answer): never {
  x.answer ??= answer;
  if (x.phase === PHASE.header_filter && x.answer === answer) {
    x.status = answer.status;
    x.reason = "";
    for (const [name, value] of answer.headers) x.responseHeaders.set(name, value);
  }
  throw EXIT;
}

function checkUnsent(x: Exchange): void {
  if (x.headersSent) throw new PdkError("headers have already been sent");
}

/** The body of an exit as it is sent; a table as JSON, which `fields` then says. */
function bodyOf(body: unknown, fields: AnswerHeaders): string | Buffer | null {
  if (isNil(body)) return null;
  if (typeof body === "string") return bytesOf(body);
  if (body instanceof Uint8Array) return Buffer.from(body);
  if (!isTable(body)) throw new PdkError("body must be a nil, string or table");
  if (firstValue(fields, CONTENT_TYPE) === undefined) fields.push([CONTENT_TYPE, JSON_TYPE]);
  return jsonBody(body);
}

/**
 * Put status and message of gRPC into the headers; a message is not sent as a body as well.
 *
 * @param isExplicit the answer's own Content-Type says that it is gRPC, not only the request's
 */
function answerGrpc(
  code: number,
  body: unknown,
  fields: AnswerHeaders,
  isExplicit: boolean,
): Answer {
  const [grpcCode, name] = grpcStatus(code);
  if (isExplicit && isTable(body)) throw new PdkError("body of a gRPC answer must be a string");
  const message = isExplicit ? null : grpcMessage(body);
  const headers = fields.filter(([field]) => field.toLowerCase() !== "grpc-message");
  if (firstValue(headers, "grpc-status") === undefined)
    headers.push(["grpc-status", String(grpcCode)]);
  const text = message ?? name;
  if (text !== "") headers.push(["grpc-message", toWire(text)]);
  const bytes = isExplicit ? (bodyOf(body, headers) ?? "") : "";
  return { status: code, body: bytes, headers, source: "exit", template: null };
}

/**
 * `kong.response.exit`. A table is sent as JSON, a string as it is; the Content-Length is the gateway's.
 * @throws EXIT always, after the answer is in `x.answer`; {PdkError} for bad arguments, and where headers were
 *   sent
 */
export function exit(
  x: Exchange,
  node: PdkNode,
  status: unknown,
  body: unknown,
  headers: unknown,
): never {
  checkUnsent(x);
  const code = statusCode(status, EXIT_STATUS_MIN);
  const fields = answerHeaders(x, node, headers);
  // one that a plugin has set before counts, too
  const given = firstValue(fields, CONTENT_TYPE) ?? x.responseHeaders.get(CONTENT_TYPE);
  if (isGrpcType(given) || (given === undefined && isGrpcRequest(x))) {
    answerWith(x, answerGrpc(code, body, fields, isGrpcType(given)));
  }
  const bytes = bodyOf(body, fields);
  answerWith(x, { status: code, body: bytes, headers: fields, source: "exit", template: null });
}

/**
 * `kong.response.error`: the gateway's own error body, in the format of `headers`' Content-Type or of Accept.
 * @throws EXIT always; {PdkError} for bad arguments, where headers were sent, and for a type without a template
 */
export function error(
  x: Exchange,
  node: PdkNode,
  status: unknown,
  message: unknown,
  headers: unknown,
): never {
  checkUnsent(x);
  const code = statusCode(status, ERROR_STATUS_MIN);
  const template = messageOf(message, status as number);
  const fields = answerHeaders(x, node, headers).filter(
    ([name]) => name === CONTENT_TYPE || !sameName(name, CONTENT_TYPE),
  );
  const type = firstValue(fields, CONTENT_TYPE);
  if (type !== undefined && !hasErrorTemplate(type)) {
    throw new PdkError(`no error template for content type ${type}`);
  }
  answerWith(x, { status: code, body: null, headers: fields, source: "exit", template });
}

/**
 * The text that the template shows; a table is its JSON.
 *
 * @param status as given: one with a fraction has no text of its own
 */
function messageOf(message: unknown, status: number): string {
  if (isNil(message)) return statusMessage(status);
  if (typeof message === "string") return message;
  if (message instanceof Uint8Array) return textOf(message);
  if (isTable(message)) return jsonOf(message).replaceAll("/", "\\/"); // as Kong's encoder writes it
  throw new PdkError("message must be a nil, a string or a table");
}
