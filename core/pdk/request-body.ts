/**
 * `kong.request.get_raw_body` and `get_body`: the request's body, once it has arrived.
 *
 * A body that fits `client_body_buffer_size` is handed out; a longer one only where the plugin allows it, as in Kong,
 * which has it in a file by then. The result is at hand where the body is, else a promise.
 */
import { PdkError } from "../errors.ts";
import { BODY_TOO_LARGE, type Exchange } from "../exchange/exchange.ts";
import { isTruthy, LIST_DEFAULT, listMax, stringOr } from "./arguments.ts";
import { type BodyKind, bodyKind, decodeBody } from "./body-formats.ts";
import { luaNumber } from "./lua-number.ts";
import type { PdkNode } from "./pdk-node.ts";

/** Longest body that is held for a plugin, whatever size it allows, in bytes. */
const RAW_BODY_BYTES_MAX = 512 * 1024 * 1024;
const DID_NOT_FIT =
  "request body did not fit into client body buffer, consider raising 'client_body_buffer_size'";

type RawBody = Buffer | null | Promise<Buffer | null>;

/** Keep why there is no result: Kong's second one. */
export function noResult(x: Exchange, reason: string): null {
  x.pdkError = reason;
  return null;
}

/** @param allowed bytes beyond the buffer that are taken; undefined or negative: none, 0: any, NaN: not a number */
function readBody(x: Exchange, node: PdkNode, allowed: number | undefined): RawBody {
  x.pdkError = null;
  const max = Math.max(bytesBeyond(allowed ?? -1), node.clientBodyBufferBytes);
  const read = x.requestBody.read(max);
  if (read === BODY_TOO_LARGE) return tooLarge(x, allowed);
  if (read instanceof Promise) {
    return read.then((late) => (late === BODY_TOO_LARGE ? tooLarge(x, allowed) : late));
  }
  return read;
}

/** Bytes that `max_allowed_file_size` stands for. */
function bytesBeyond(allowed: number): number {
  return allowed > 0 && allowed < RAW_BODY_BYTES_MAX
    ? allowed
    : allowed >= 0
      ? RAW_BODY_BYTES_MAX
      : 0;
}

function tooLarge(x: Exchange, allowed: number | undefined): null {
  if (allowed === undefined || allowed < 0) return noResult(x, DID_NOT_FIT);
  if (Number.isNaN(allowed)) throw new PdkError("max_allowed_file_size must be a number");
  const max = bytesBeyond(allowed);
  const length = x.requestHeaders.get("content-length") ?? "more";
  return noResult(x, `request body file too big: ${length} > ${max}`);
}

/**
 * An empty Buffer where there is no body; null with a reason for one that is too long. The bytes are the
 * exchange's own: not to be changed.
 * @param maxFileSize bytes beyond `client_body_buffer_size`, 0: any up to {@link RAW_BODY_BYTES_MAX}; nil: none
 */
export function getRawBody(x: Exchange, node: PdkNode, maxFileSize: unknown): RawBody {
  return readBody(x, node, allowedSize(maxFileSize));
}

/** NaN for what is no number: Kong compares it only where a body is longer than the buffer. */
function allowedSize(value: unknown): number | undefined {
  if (!isTruthy(value)) return undefined;
  return typeof value === "number" ? value : Number.NaN;
}

/**
 * The type that a body is to be read as: the one that the plugin names, or the message's own.
 *
 * @returns undefined where there is none
 * @throws {PdkError} for one that is no text; a number is its text, as in Lua
 */
export function bodyType(mimetype: unknown, own: string | undefined): string | undefined {
  if (!isTruthy(mimetype)) return own;
  if (typeof mimetype === "number") return luaNumber(mimetype);
  return stringOr(mimetype, "mimetype must be a string");
}

/** How many arguments of a form are looked at; for other kinds the argument does not count. */
export function formMax(kind: BodyKind, maxArgs: unknown): number {
  return kind === "form" ? listMax(maxArgs, "max_args") : LIST_DEFAULT;
}

type Parsed = Record<string, unknown> | unknown[] | null;

/**
 * The body's values by its type, or by `mimetype`; null with a reason where there is no type, it is none of
 * ours, the body is too long or not what the type says.
 * @throws {PdkError} for arguments of the wrong type; `maxArgs` is looked at for forms alone
 */
export function getBody(
  x: Exchange,
  node: PdkNode,
  mimetype: unknown,
  maxArgs: unknown,
  maxFileSize: unknown,
): Parsed | Promise<Parsed> {
  x.pdkError = null;
  const type = bodyType(mimetype, x.requestHeaders.get("content-type"));
  if (type === undefined) return noResult(x, "missing content type");
  const kind = bodyKind(type);
  if (kind === null) return noResult(x, `unsupported content type '${type}'`);
  const max = formMax(kind, maxArgs);
  // a form is never read from a file (recorded)
  const read = readBody(x, node, kind === "form" ? undefined : allowedSize(maxFileSize));
  const parse = (body: Buffer | null): Parsed =>
    body === null ? null : decodeBody(x, kind, type, body, max);
  return read instanceof Promise ? read.then(parse) : parse(read);
}
