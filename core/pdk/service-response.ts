/** `kong.service.response`: the answer as the Service gave it, before plugins changed it. */
import { PdkError } from "../errors.ts";
import type { Exchange } from "../exchange/exchange.ts";
import { HeaderBlock } from "../exchange/header-block.ts";
import { listMax, stringOr } from "./arguments.ts";
import { bodyKind, decodeBody } from "./body-formats.ts";
import { headersOf } from "./headers.ts";
import type { Headers } from "./kong-api.ts";
import type { PdkNode } from "./pdk-node.ts";
import { bodyType, formMax, noResult } from "./request-body.ts";
import { toText } from "./text.ts";

const NOT_BUFFERED =
  "service body is only available with buffered proxying (see: kong.service.request.enable_buffering function)";
const NO_HEADERS = HeaderBlock.empty();

/**
 * What the Service sent. Where the response is not buffered its block is also the client's: fields that a plugin
 * removed are gone from it, fields that one added stand behind `count` and are left out here.
 */
function serviceHeaders(x: Exchange): HeaderBlock {
  if (x.serviceStatus === 0) return NO_HEADERS;
  const block = x.serviceHeaders ?? x.responseHeaders;
  if (block.added.length === 0) return block;
  return new HeaderBlock(block.text, block.offsets, block.count);
}

/** null where the Service did not answer. */
export function getStatus(x: Exchange): number | null {
  return x.serviceStatus === 0 ? null : x.serviceStatus;
}

/**
 * First value as the Service sent it; null where it is not there, or a plugin removed it from an answer that is
 * not buffered.
 */
export function getHeader(x: Exchange, _node: PdkNode, name: unknown): string | null {
  const value = serviceHeaders(x).get(stringOr(name, "name must be a string"));
  return value === undefined ? null : toText(value);
}

/** By lower-case name; {} where the Service did not answer. `max` 1 to 1000, default 100. */
export function getHeaders(x: Exchange, _node: PdkNode, max: unknown): Headers {
  return headersOf(serviceHeaders(x), listMax(max, "max_headers"));
}

/**
 * Decoded from chunks, not from Content-Encoding. The bytes are the exchange's own: not to be changed.
 * @throws {PdkError} where the response is not buffered
 */
export function getRawBody(x: Exchange): Buffer {
  if (!x.buffered) throw new PdkError(NOT_BUFFERED);
  return x.serviceBody ?? Buffer.alloc(0);
}

/**
 * {@link getRawBody} by its Content-Type, or by `mimetype`; null with a reason where it is none that we read.
 */
export function getBody(
  x: Exchange,
  _node: PdkNode,
  mimetype: unknown,
  maxArgs: unknown,
): Record<string, unknown> | unknown[] | null {
  const body = getRawBody(x);
  x.pdkError = null;
  const type = bodyType(mimetype, serviceHeaders(x).get("content-type"));
  if (type === undefined) return noResult(x, "missing content type");
  const kind = bodyKind(type);
  if (kind === null) return noResult(x, `unsupported content type '${type}'`);
  return decodeBody(x, kind, type, body, formMax(kind, maxArgs));
}
