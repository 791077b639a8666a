/**
 * `kong.response.exit` and `kong.response.error`: end the plugin with an answer of its own.
 *
 * Both leave the answer in the exchange and throw EXIT. In access the answer waits until the plugins behind were
 * collected; in header_filter status and headers are on their way already, so they are changed at once and the answer
 * gives the body.
 */
import { PdkError } from "../errors.ts";
import type { Answer, Exchange } from "../exchange/exchange.ts";
import { PHASE } from "../phases/phases.ts";
import { isNil, isTable, typeName } from "./arguments.ts";
import { jsonOf } from "./body-formats.ts";
import { EXIT } from "./exit.ts";
import { headerPairs } from "./headers.ts";
import type { PdkNode } from "./pdk-node.ts";
import { isTransferEncoding, statusCode } from "./response.ts";
import { statusMessage } from "./status-messages.ts";
import { bytesOf } from "./text.ts";

const JSON_TYPE = "application/json; charset=utf-8";
const EXIT_STATUS_MIN = 100;
const ERROR_STATUS_MIN = 400;

type AnswerHeaders = [string, string | string[]][];

function answerHeaders(x: Exchange, node: PdkNode, headers: unknown): AnswerHeaders {
  if (isNil(headers)) return [];
  if (!isTable(headers)) throw new PdkError("headers must be a nil or table");
  if (Array.isArray(headers) && headers.length > 0)
    throw new PdkError("headers must be a nil or table");
  return headerPairs(headers).filter(([name]) => !isTransferEncoding(x, node, name));
}

function hasHeader(headers: AnswerHeaders, name: string): boolean {
  return headers.some(([given]) => given.toLowerCase().replaceAll("_", "-") === name);
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
  let bytes: string | Buffer | null = null;
  if (isTable(body)) {
    bytes = jsonOf(body);
    if (!hasHeader(fields, "content-type")) fields.push(["Content-Type", JSON_TYPE]);
  } else if (typeof body === "string") {
    bytes = bytesOf(body);
  } else if (body instanceof Uint8Array) {
    bytes = Buffer.from(body);
  } else if (!isNil(body)) {
    throw new PdkError(`body must be a nil, string or table (got ${typeName(body)})`);
  }
  answerWith(x, { status: code, body: bytes, headers: fields, source: "exit", template: null });
}

export function error(
  x: Exchange,
  node: PdkNode,
  status: unknown,
  message: unknown,
  headers: unknown,
): never {
  checkUnsent(x);
  const code = statusCode(status, ERROR_STATUS_MIN);
  if (
    !isNil(message) &&
    typeof message !== "string" &&
    !isTable(message) &&
    !(message instanceof Uint8Array)
  ) {
    throw new PdkError("message must be a nil, a string or a table");
  }
  const template = isNil(message)
    ? statusMessage(code)
    : isTable(message)
      ? jsonOf(message)
      : String(message);
  const fields = answerHeaders(x, node, headers);
  answerWith(x, { status: code, body: null, headers: fields, source: "exit", template });
}
