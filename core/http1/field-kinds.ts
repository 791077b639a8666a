/**
 * The kinds of header fields that a proxy treats specially, and how a name is told to be one.
 *
 * A kind is a small number kept beside the offsets of each field, so that later passes over a head look at one number
 * and not at a name. Names are compared by length first and then without case, `_` equal to `-`: a program behind the
 * gateway may fold them together, so `Content_Length` must not get by as an unknown name.
 */
import { FOLD } from "./chars.ts";

/** Numbers of the fields that mean something to the gateway; all others are `plain`. */
export const KIND = {
  plain: 0,
  host: 1,
  connection: 2,
  keepAlive: 3,
  proxyConnection: 4,
  proxy: 5,
  te: 6,
  trailer: 7,
  transferEncoding: 8,
  contentLength: 9,
  upgrade: 10,
  expect: 11,
  forwardedFor: 12,
  forwardedProto: 13,
  forwardedHost: 14,
  forwardedPort: 15,
  forwardedPath: 16,
  forwardedPrefix: 17,
  realIp: 18,
  via: 19,
  kongRequestId: 20,
  server: 21,
  date: 22,
  contentType: 23,
  kongProxyLatency: 24,
  /** May stand once only in a request (nginx answers 400 otherwise); see {@link isSingle}. */
  single: 25,
  /** An underscored name that reads as a framing name: never passed on. */
  alias: 26,
  /** Named in `Connection`: for the next hop only. */
  listed: 27,
  kongUpstreamLatency: 28,
} as const;

/** How many kinds there are: the length of a table by kind. */
export const KINDS = 29;

type Entry = readonly [name: Uint8Array, kind: number];
const bytes = (text: string) => Uint8Array.from(text, (c) => c.charCodeAt(0));

/** The special names of a request or of an answer. */
interface KindTable {
  /** 1 where a name of that length (times 32) and first letter (its lower five bits) is among them: few others get by. */
  readonly hints: Uint8Array;
  readonly byLength: readonly (readonly Entry[] | undefined)[];
}

/** Longer names are all plain. */
const NAME_BYTES_MAX = 31;

function table(kinds: Readonly<Record<string, number>>): KindTable {
  const byLength: Entry[][] = [];
  const hints = new Uint8Array((NAME_BYTES_MAX + 1) << 5);
  for (const [name, kind] of Object.entries(kinds)) {
    const entries = byLength[name.length] ?? [];
    entries.push([bytes(name), kind]);
    byLength[name.length] = entries;
    hints[(name.length << 5) | (name.charCodeAt(0) & 31)] = 1;
  }
  return { hints, byLength: Array.from(byLength) };
}

/** Of a request's fields. */
export const REQUEST_KINDS = table({
  te: KIND.te,
  via: KIND.via,
  host: KIND.host,
  proxy: KIND.proxy,
  expect: KIND.expect,
  upgrade: KIND.upgrade,
  trailer: KIND.trailer,
  "if-match": KIND.single,
  "if-range": KIND.single,
  "x-real-ip": KIND.realIp,
  connection: KIND.connection,
  "keep-alive": KIND.keepAlive,
  authorization: KIND.single,
  "if-none-match": KIND.single,
  "content-range": KIND.single,
  "content-length": KIND.contentLength,
  "x-forwarded-for": KIND.forwardedFor,
  "proxy-connection": KIND.proxyConnection,
  "x-forwarded-host": KIND.forwardedHost,
  "x-forwarded-port": KIND.forwardedPort,
  "x-forwarded-path": KIND.forwardedPath,
  "transfer-encoding": KIND.transferEncoding,
  "if-modified-since": KIND.single,
  "x-forwarded-proto": KIND.forwardedProto,
  "x-kong-request-id": KIND.kongRequestId,
  "x-forwarded-prefix": KIND.forwardedPrefix,
});

/** Of an answer's fields. A name may be special here and plain in a request. */
export const RESPONSE_KINDS = table({
  via: KIND.via,
  date: KIND.date,
  server: KIND.server,
  upgrade: KIND.upgrade,
  trailer: KIND.trailer,
  connection: KIND.connection,
  "keep-alive": KIND.keepAlive,
  "content-type": KIND.contentType,
  "content-length": KIND.contentLength,
  "proxy-connection": KIND.proxyConnection,
  "transfer-encoding": KIND.transferEncoding,
  "x-kong-request-id": KIND.kongRequestId,
  "x-kong-proxy-latency": KIND.kongProxyLatency,
  "x-kong-upstream-latency": KIND.kongUpstreamLatency,
  // what nginx never passes on: padding, and instructions of the upstream to it
  "x-pad": KIND.listed,
  "x-accel-charset": KIND.listed,
  "x-accel-expires": KIND.listed,
  "x-accel-redirect": KIND.listed,
  "x-accel-buffering": KIND.listed,
  "x-accel-limit-rate": KIND.listed,
});

/** Kind of the name at b[start..end). */
export function kindOf(names: KindTable, b: Uint8Array, start: number, end: number): number {
  const length = end - start;
  if (length > NAME_BYTES_MAX || names.hints[(length << 5) | (b[start]! & 31)] === 0) {
    return KIND.plain;
  }
  return kindAmong(names.byLength[length]!, b, start, end);
}

function kindAmong(entries: readonly Entry[], b: Uint8Array, start: number, end: number): number {
  const first = FOLD[b[start]!]!;
  for (let e = 0; e < entries.length; e++) {
    const name = entries[e]![0];
    if (name[0] === first && equalsFolded(b, start, name))
      return spelledKind(entries[e]![1], b, start, end);
  }
  return KIND.plain;
}

function equalsFolded(b: Uint8Array, start: number, name: Uint8Array): boolean {
  for (let i = 1; i < name.length; i++) if (FOLD[b[start + i]!] !== name[i]) return false;
  return true;
}

/** Framing names are meant only where they are written with dashes; with `_` they are aliases. */
function spelledKind(kind: number, b: Uint8Array, start: number, end: number): number {
  if (kind === KIND.contentLength || kind === KIND.transferEncoding || kind === KIND.keepAlive) {
    for (let i = start; i < end; i++) if (b[i] === 95) return KIND.alias;
  }
  return kind;
}
