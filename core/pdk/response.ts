/**
 * `kong.response`: the answer to the client, the Service's or our own, and its body as it passes.
 *
 * Before the Service answered, what plugins write waits in `x.responseHeaders` and is merged into its answer.
 */
import { PdkError } from "../errors.ts";
import type { Exchange } from "../exchange/exchange.ts";
import { HeaderBlock } from "../exchange/header-block.ts";
import { PHASE } from "../phases/phases.ts";
import { isTable, listMax, stringOr } from "./arguments.ts";
import {
  answerHeaderName,
  connectionHeader,
  headerName,
  headerPairs,
  headerValues,
  sentHeaders,
  sentValue,
} from "./headers.ts";
import type { Headers } from "./kong-api.ts";
import type { PdkNode } from "./pdk-node.ts";
import { bytesOf } from "./text.ts";

const STATUS_MIN = 100;
const STATUS_MAX = 599;
/** An empty body is sent as a line break, as in Kong: nginx takes an empty chunk for none. */
const EMPTY_BODY = Buffer.from("\n");

/** Of the answer as it stands, plugins' changes included; 0 before there is one. */
export function getStatus(x: Exchange): number {
  return x.status;
}

/** First value; null where it is not there. */
export function getHeader(x: Exchange, _node: PdkNode, name: unknown): string | null {
  const key = typeof name === "string" ? name : stringOr(name, "header name must be a string");
  const value = x.responseHeaders.get(key);
  if (value === undefined) return isNamed(key, "connection") ? connectionHeader(x) : null;
  if (x.phase === PHASE.response && isNamed(key, "transfer-encoding")) return null; // as sentHeaders has it
  return sentValue(x, value);
}

function isNamed(name: string, lower: string): boolean {
  return name.length === lower.length && name.toLowerCase().replaceAll("_", "-") === lower;
}

/** With Connection and, in log, the length, as nginx shows them. `max` 1 to 1000, default 100. */
export function getHeaders(x: Exchange, _node: PdkNode, max: unknown): Headers {
  return sentHeaders(x, listMax(max, "max_headers"));
}

/** "error" also where the Service was never asked and no plugin answered. */
export function getSource(x: Exchange): "service" | "exit" | "error" {
  if (x.failed) return "error";
  if (x.answer !== null) return x.answer.source;
  return x.serviceStatus !== 0 ? "service" : "error";
}

function checkUnsent(x: Exchange): void {
  if (x.headersSent) throw new PdkError("headers have already been sent");
}

/** @throws {PdkError} unless it is a number in the range; `min` is in the message */
export function statusCode(code: unknown, min: number): number {
  if (typeof code !== "number") throw new PdkError("code must be a number");
  if (!(code >= min && code <= STATUS_MAX)) {
    // NaN, too: no status line can say it
    throw new PdkError(`code must be a number between ${min} and ${STATUS_MAX}`);
  }
  return Math.floor(code);
}

/**
 * The reason phrase goes with the status. A fraction is cut off.
 * @throws {PdkError} for no number from 100 to 599, and where headers were sent
 */
export function setStatus(x: Exchange, _node: PdkNode, status: unknown): void {
  checkUnsent(x);
  x.status = statusCode(status, STATUS_MIN);
  x.reason = "";
}

/**
 * The headers of the answer, to be written to. Where the response is buffered they are the Service's own block until a
 * plugin writes; then they become a copy, so that `kong.service.response` still shows what the Service sent.
 */
export function ownHeaders(x: Exchange): HeaderBlock {
  const block = x.responseHeaders;
  if (block !== x.serviceHeaders) return block;
  const copy = new HeaderBlock(block.text, block.offsets.slice(), block.count);
  for (let a = 0; a < block.added.length; a += 2) {
    if (block.added[a] !== "") copy.add(block.added[a]!, block.added[a + 1]!);
  }
  x.responseHeaders = copy;
  return copy;
}

/** Transfer-Encoding is ours alone: a plugin that names it is warned and not heard. */
export function isTransferEncoding(x: Exchange, node: PdkNode, name: string): boolean {
  if (!isNamed(name, "transfer-encoding")) return false;
  node.log.warn({ request_id: x.id }, "manually setting Transfer-Encoding. Ignored.");
  return true;
}

/**
 * Replaces all lines of that name; a list becomes a line each, an empty one removes them.
 * @throws {PdkError} for a name that is no token or a value of another type, and where headers were sent
 */
export function setHeader(x: Exchange, node: PdkNode, header: unknown, value: unknown): void {
  checkUnsent(x);
  const name = answerHeaderName(header);
  const values = headerValues(name, value);
  if (!isTransferEncoding(x, node, name)) ownHeaders(x).set(name, values);
}

/** Behind the lines of that name. Throws as {@link setHeader}. */
export function addHeader(x: Exchange, node: PdkNode, header: unknown, value: unknown): void {
  checkUnsent(x);
  const name = answerHeaderName(header);
  const values = headerValues(name, value);
  if (isTransferEncoding(x, node, name)) return;
  if (typeof values === "string") ownHeaders(x).add(name, values);
  else for (const one of values) ownHeaders(x).add(name, one);
}

/** All lines of that name. @throws {PdkError} for a name that is no text, and where headers were sent */
export function clearHeader(x: Exchange, _node: PdkNode, header: unknown): void {
  checkUnsent(x);
  ownHeaders(x).remove(stringOr(header, "header name must be a string"));
}

/** Each as {@link setHeader} does. All are checked before the first is written. */
export function setHeaders(x: Exchange, node: PdkNode, headers: unknown): void {
  checkUnsent(x);
  if (!isTable(headers)) throw new PdkError("headers must be a table");
  if (Array.isArray(headers) && headers.length > 0) headerName(1);
  for (const [given, values] of headerPairs(headers)) {
    const name = answerHeaderName(given);
    if (!isTransferEncoding(x, node, name)) ownHeaders(x).set(name, values);
  }
}

/** Hold the chunk back; at the last one all that was held becomes the chunk. */
export function getRawBody(x: Exchange): Buffer | null {
  const { chunk } = x;
  if (chunk !== null && chunk.length > 0) {
    if (x.heldChunks === null) x.heldChunks = [chunk];
    else x.heldChunks.push(chunk);
  }
  if (!x.chunkIsLast) {
    x.chunk = null;
    return null;
  }
  const held = x.heldChunks;
  x.heldChunks = null;
  const whole =
    held === null ? Buffer.alloc(0) : held.length === 1 ? held[0]! : Buffer.concat(held);
  x.chunk = whole;
  return whole;
}

/**
 * The body from here on; the Service's chunks that follow are dropped. An empty one is sent as a line break.
 * @param body text, or bytes that must not change until they are sent
 * @throws {PdkError} for anything else
 */
export function setRawBody(x: Exchange, _node: PdkNode, body: unknown): void {
  const bytes = chunkBytes(body);
  x.heldChunks = null;
  x.chunk = bytes.length === 0 ? EMPTY_BODY : bytes;
  x.chunkIsLast = true;
}

function chunkBytes(body: unknown): Buffer {
  if (body instanceof Uint8Array) {
    return Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  }
  return bytesOf(stringOr(body, "body must be a string"));
}

/** The chunk that passes, plugins' changes included; null where an earlier plugin holds it back. */
export function getChunk(x: Exchange): Buffer | null {
  return x.chunk;
}

/** Also true in the call after {@link setRawBody}: nothing follows then. */
export function isLastChunk(x: Exchange): boolean {
  return x.chunkIsLast;
}

/**
 * In place of the chunk that passes; nil sends nothing of it. The bytes must not change until they are sent.
 */
export function setChunk(x: Exchange, _node: PdkNode, bytes: unknown): void {
  x.chunk = bytes === null || bytes === undefined ? null : chunkBytes(bytes);
}
