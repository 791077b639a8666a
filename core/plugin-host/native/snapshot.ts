/**
 * An Event, written from the exchange straight into the buffer that leaves: what PDK getters of a plugin server answer
 * from.
 *
 * Each field is what the PDK function of the contract would give now. Nothing is kept: an event that has to wait is
 * written when its turn comes.
 */
import type { Exchange } from "../../exchange/exchange.ts";
import {
  getForwardedHost,
  getForwardedPort,
  getForwardedScheme,
  getHost,
  getMethod,
} from "../../pdk/request.ts";
import { getSource } from "../../pdk/response.ts";
import { toWire } from "../../pdk/text.ts";
import { PHASE } from "../../phases/phases.ts";
import type { AccessList } from "../../config/plugin-access.ts";
import type { EntityNumbers } from "./entities.ts";
import { BODY, ENTITY, FRAME, SOURCE } from "./frame-types.ts";
import { headerLines, responseLines } from "./header-lines.ts";
import { BODY_BYTES_MAX } from "./limits.ts";
import type { OutBuffer } from "./out-buffer.ts";
import { sharedJson, writeShared } from "./shared-json.ts";
import { mayRead, visibleLines } from "./visible.ts";
import { putBytes, putFixed64, putLatin1, putNumber, putVarint, varintBytes } from "./wire.ts";

/** Bytes of the tags, lengths, numbers and addresses of an event, generously. */
const SMALL_FIELDS_BYTES = 1024;
const HAS_REQUEST =
  PHASE.rewrite |
  PHASE.access |
  PHASE.response |
  PHASE.header_filter |
  PHASE.body_filter |
  PHASE.log;
const HAS_RESPONSE = PHASE.response | PHASE.header_filter | PHASE.body_filter | PHASE.log;
const MAY_READ_BODY = PHASE.rewrite | PHASE.access;
const SOURCES = { service: SOURCE.SERVICE, exit: SOURCE.EXIT, error: SOURCE.ERROR } as const;
const INSTANCES_TAG = (2 << 3) | 2;

/** What of an event is not in the exchange. */
export interface EventFrame {
  readonly stream: number;
  /** Bit of the phase. */
  readonly phaseBit: number;
  /** Instances to run, the first `count` of them. */
  readonly instances: readonly number[];
  readonly count: number;
  readonly request: number;
  readonly deadlineMs: number;
  /** Microseconds that it waited before it was sent. */
  readonly queueUs: number;
  /** Does a plugin of it read request bodies? */
  readonly readsBody: boolean;
  /** What the plugin may read; null = all. What it may not is left out. */
  readonly access: AccessList | null;
}

/**
 * Write the frame.
 *
 * @returns bytes of it; the caller may take it back if that is more than the peer accepts
 */
export function writeEvent(
  out: OutBuffer,
  entities: EntityNumbers,
  event: EventFrame,
  x: Exchange,
): number {
  const hasRequest = (event.phaseBit & HAS_REQUEST) !== 0;
  if (hasRequest) entities.reserve(4);
  const route = entities.numberOf(x.route, ENTITY.ROUTE);
  const service = entities.numberOf(x.service, ENTITY.SERVICE);
  const { access } = event;
  const consumer = mayRead(access, "consumer") ? entities.numberOf(x.consumer, ENTITY.CONSUMER) : 0;
  const credential = mayRead(access, "credential")
    ? entities.numberOf(x.credential, ENTITY.CREDENTIAL)
    : 0;
  const headers = hasRequest ? visibleLines(headerLines(x.requestHeaders), access, "headers") : "";
  const hasResponse = (event.phaseBit & HAS_RESPONSE) !== 0;
  const answer = hasResponse ? visibleLines(responseLines(x), access, "response_headers") : "";
  const body = hasRequest ? bodyOf(x, event) : null;
  const answerBody = answerBodyOf(x, event);
  writeShared(x.shared);
  const room =
    SMALL_FIELDS_BYTES +
    event.count * 5 +
    x.target.length +
    (x.changedQuery?.length ?? 0) +
    x.method.length +
    x.upstreamMethod.length +
    (x.authority.length + x.absoluteHost.length) * 8 +
    headers.length * (x.client.trusted || x.requestHeaders.added.length > 0 ? 5 : 1) +
    answer.length +
    sharedJson.text.length * 3 +
    (body?.length ?? 0) +
    (answerBody?.length ?? 0);
  let o = out.begin(event.stream, FRAME.EVENT, room);
  const b = out.bytes;
  o = writeHead(b, o, event);
  if (hasRequest) {
    o = writeRequest(b, o, x, headers, access);
    o = putNumber(b, o, 20, route);
    o = putNumber(b, o, 21, service);
    o = putNumber(b, o, 22, consumer);
    o = putNumber(b, o, 23, credential);
    o = putFixed64(b, o, 24, Math.trunc(x.startedMs));
    o = writeBody(b, o, 25, body, x.requestBody.isPresent);
    if (sharedJson.text !== "") o = putLatin1(b, o, 27, toWire(sharedJson.text));
    if (sharedJson.isPartial) o = putNumber(b, o, 28, 1);
  }
  o = putNumber(b, o, 29, event.queueUs);
  if (hasResponse) o = writeAnswer(b, o, x, answer, answerBody);
  return out.end(o);
}

function writeHead(b: Buffer, from: number, event: EventFrame): number {
  let o = putNumber(b, from, 1, event.phaseBit);
  const { count, instances } = event;
  if (count > 0) {
    let bytes = 0;
    for (let i = 0; i < count; i++) bytes += varintBytes(instances[i]!);
    b[o++] = INSTANCES_TAG;
    o = putVarint(b, o, bytes);
    for (let i = 0; i < count; i++) o = putVarint(b, o, instances[i]!);
  }
  o = putNumber(b, o, 3, event.request);
  return putNumber(b, o, 4, event.deadlineMs);
}

function writeRequest(
  b: Buffer,
  from: number,
  x: Exchange,
  headers: string,
  access: AccessList | null,
): number {
  const { client } = x;
  let o = putLatin1(b, from, 5, x.id);
  o = putLatin1(b, o, 6, getMethod(x));
  o = putLatin1(b, o, 7, mayRead(access, "query") ? targetOf(x) : x.rawPath);
  o = putNumber(b, o, 8, x.httpVersion === 1.1 ? 11 : x.httpVersion === 2 ? 20 : 10);
  o = putLatin1(b, o, 9, x.scheme);
  const host = hostOf(x);
  o = putLatin1(b, o, 10, host);
  o = putNumber(b, o, 11, client.localPort);
  o = putLatin1(b, o, 12, headers);
  o = putLatin1(b, o, 13, client.ip);
  o = putNumber(b, o, 14, client.port);
  o = putLatin1(b, o, 15, x.forwardedIp);
  o = putNumber(b, o, 16, x.forwardedPort ?? 0);
  if (client.trusted) return writeForwarded(b, o, x, host);
  return client.advertisedPort === client.localPort ? o : putNumber(b, o, 19, getForwardedPort(x));
}

/** A text field must be UTF-8, and this one comes from a header. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: the range is ASCII
const ASCII = /^[\x00-\x7f]*$/;

/** Only a trusted client can say something else than its connection does. */
function writeForwarded(b: Buffer, from: number, x: Exchange, host: string): number {
  let o = from;
  const scheme = getForwardedScheme(x);
  if (scheme !== x.scheme && ASCII.test(scheme)) o = putLatin1(b, o, 17, scheme);
  const forwarded = toWire(getForwardedHost(x));
  if (forwarded !== host) o = putLatin1(b, o, 18, forwarded);
  const port = getForwardedPort(x);
  return port === x.client.localPort ? o : putNumber(b, o, 19, port);
}

/** Path as received; the query as it is now, because plugins may have changed it and readers of arguments want that. */
function targetOf(x: Exchange): string {
  const { changedQuery } = x;
  if (changedQuery === null) return x.target;
  return changedQuery === "" ? x.rawPath : `${x.rawPath}?${changedQuery}`;
}

/** Hosts that were asked for last, by authority as received. */
const hosts = new Map<string, string>();
const HOSTS_MAX = 256;

function hostOf(x: Exchange): string {
  const { requestHeaders, authority } = x;
  if (requestHeaders.added.length > 0 || x.absoluteHost !== "") return toWire(getHost(x));
  let host = hosts.get(authority);
  if (host === undefined) {
    host = toWire(getHost(x));
    if (hosts.size >= HOSTS_MAX) hosts.clear();
    hosts.set(authority, host);
  }
  return host;
}

/** The body, where it is here already, small, and somebody wants it. */
function bodyOf(x: Exchange, event: EventFrame): Buffer | null {
  if (!mayRead(event.access, "body")) return null;
  if (!event.readsBody || !x.requestBody.isPresent || (event.phaseBit & MAY_READ_BODY) === 0) {
    return null;
  }
  const body = x.requestBody.read(BODY_BYTES_MAX);
  return Buffer.isBuffer(body) ? body : null;
}

function writeBody(
  b: Buffer,
  o: number,
  field: number,
  body: Buffer | null,
  isPresent: boolean,
): number {
  if (!isPresent) return putNumber(b, o, field, BODY.NONE);
  if (body === null) return o;
  return putBytes(b, putNumber(b, o, field, BODY.HERE), field + 1, body);
}

function answerBodyOf(x: Exchange, { phaseBit, access }: EventFrame): Buffer | null {
  if (!mayRead(access, "response_body")) return null;
  if (phaseBit !== PHASE.response || x.serviceBody === null) return null;
  return x.serviceBody.length <= BODY_BYTES_MAX ? x.serviceBody : null;
}

function writeAnswer(
  b: Buffer,
  from: number,
  x: Exchange,
  headers: string,
  body: Buffer | null,
): number {
  let o = putNumber(b, from, 32, x.status);
  o = putLatin1(b, o, 33, headers);
  o = putNumber(b, o, 34, SOURCES[getSource(x)]);
  o = putNumber(b, o, 35, x.serviceStatus);
  return writeBody(b, o, 36, body, true);
}
