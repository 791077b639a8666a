/**
 * The head of a request as it goes to the Service.
 *
 * The client's lines go on as they came, in a few slices; what belongs to the client's connection is left out, and
 * framing, Host and the forwarding headers are written anew. Nothing here changes the exchange, so that a retry and the
 * log see what the client sent.
 *
 * @see shared facts: hop-by-hop and forwarding headers of Kong 3.9 (proxy-behaviour 3)
 */
import { hostOf } from "../exchange/authority.ts";
import type { Exchange } from "../exchange/exchange.ts";
import { AddedLines, flatText } from "../exchange/flat-text.ts";
import { type HeaderBlock, STRIDE, sameName } from "../exchange/header-block.ts";
import { KIND, KINDS } from "../http1/field-kinds.ts";
import type { Peer } from "../balancer/peer.ts";
import type { ProxyOptions } from "./rooms.ts";

/** Kinds of fields that never go on as they came. */
const DROP = new Uint8Array(KINDS);
for (const kind of [
  KIND.host,
  KIND.connection,
  KIND.keepAlive,
  KIND.proxyConnection,
  KIND.proxy,
  KIND.te,
  KIND.transferEncoding,
  KIND.contentLength,
  KIND.upgrade,
  KIND.expect,
  KIND.forwardedFor,
  KIND.forwardedProto,
  KIND.forwardedHost,
  KIND.forwardedPort,
  KIND.forwardedPath,
  KIND.forwardedPrefix,
  KIND.realIp,
  KIND.via,
  KIND.alias,
  KIND.listed,
]) {
  DROP[kind] = 1;
}

/** The same where the request id is ours. */
const DROP_WITH_ID = Uint8Array.from(DROP);
DROP_WITH_ID[KIND.kongRequestId] = 1;

/** The same by name, for fields that plugins wrote; by length and first letter, so that most names are told at a glance. */
const DROP_NAMES = byLengthAndLetter([
  "host",
  "connection",
  "keep-alive",
  "proxy-connection",
  "proxy",
  "te",
  "transfer-encoding",
  "content-length",
  "upgrade",
  "expect",
  "x-forwarded-for",
  "x-forwarded-proto",
  "x-forwarded-host",
  "x-forwarded-port",
  "x-forwarded-path",
  "x-forwarded-prefix",
  "x-real-ip",
  "via",
]);
const REQUEST_ID = "x-kong-request-id";

function byLengthAndLetter(names: readonly string[]): ReadonlyMap<number, readonly string[]> {
  const table = new Map<number, string[]>();
  for (const name of names) {
    const key = (name.length << 8) | name.charCodeAt(0);
    table.set(key, [...(table.get(key) ?? []), name]);
  }
  return table;
}

function isDropped(name: string): boolean {
  const names = DROP_NAMES.get((name.length << 8) | (name.charCodeAt(0) | 32));
  if (names === undefined) return false;
  for (let i = 0; i < names.length; i++) if (sameName(names[i]!, name)) return true;
  return false;
}

// what the pass over the fields found; module variables, used up at once
let forwardedFor = "";
let forwardedProto = "";
let forwardedHost = "";
let forwardedPort = "";
let forwardedPath = "";
let forwardedPrefix = "";
let via = "";
let upgrade = "";
let te = "";
let hasLength = false;

function collect(block: HeaderBlock): void {
  forwardedFor = forwardedProto = forwardedHost = forwardedPort = "";
  forwardedPath = forwardedPrefix = via = upgrade = te = "";
  hasLength = false;
  const { offsets, count, text } = block;
  for (let o = 0, stop = count * STRIDE; o < stop; o += STRIDE) {
    const kind = offsets[o + 4]!;
    if (kind < KIND.te || kind > KIND.via) continue; // a field that a plugin removed counts, too
    if (kind === KIND.contentLength) hasLength = true;
    else take(kind, text.slice(offsets[o + 2]!, offsets[o + 3]!));
  }
}

/** Of several lines the first counts. */
function take(kind: number, value: string): void {
  switch (kind) {
    case KIND.forwardedFor:
      if (forwardedFor === "") forwardedFor = `${value}, `;
      break;
    case KIND.forwardedProto:
      forwardedProto ||= value;
      break;
    case KIND.forwardedHost:
      forwardedHost ||= value;
      break;
    case KIND.forwardedPort:
      forwardedPort ||= value;
      break;
    case KIND.forwardedPath:
      forwardedPath ||= value;
      break;
    case KIND.forwardedPrefix:
      forwardedPrefix ||= value;
      break;
    case KIND.via:
      via ||= `${value}, `;
      break;
    case KIND.upgrade:
      upgrade ||= value;
      break;
    case KIND.te:
      te ||= value;
      break;
  }
}

/** Lines of what plugins added, without what is written anew (from what the client sent). */
const addedLines = new AddedLines(isDropped);
const addedLinesWithId = new AddedLines((name) => isDropped(name) || sameName(name, REQUEST_ID));

/** Is this Host what the port's scheme implies? */
function isDefaultPort(scheme: string, port: number): boolean {
  return port === (scheme === "https" || scheme === "grpcs" ? 443 : 80);
}

/** Value of Host at the upstream (proxy-behaviour 2.6). */
export function hostHeader(x: Exchange, peer: Peer): string {
  const { upstream } = x;
  if (upstream.hostHeader !== "") return upstream.hostHeader;
  const name = peer.hostHeader ?? peer.hostname;
  return isDefaultPort(upstream.scheme, peer.port) ? name : `${name}:${peer.port}`;
}

/** The Host that counts for X-Forwarded-Host: as routed, so a plugin's of rewrite, one in the target, else the client's field. */
function hostSeen(x: Exchange): string {
  if (x.hostBefore !== "") return x.hostBefore;
  const { requestHeaders } = x;
  if (requestHeaders.added.length > 0) {
    const written = requestHeaders.find("host", requestHeaders.count);
    if (written >= 0) return requestHeaders.valueAt(written);
  }
  return x.absoluteHost === "" ? x.authority : x.absoluteHost;
}

/** `trailers` among the values of TE, and nothing behind it. */
function wantsTrailers(value: string): boolean {
  return value.split(",").some((part) => part.trim().toLowerCase() === "trailers");
}

// Texts of the request before, which the next one most often has in common: kept when they are made, and made one piece
// (flatText) when they are wanted a second time.

/** From the version to the end of Host. */
let hostLine = "";
let hostLineIsFlat = false;
let lineHost = "";
let linePeer: Peer | null = null;
let lineScheme = "";

function hostLineOf(x: Exchange, peer: Peer): string {
  const { hostHeader: given, scheme } = x.upstream;
  if (given !== lineHost || (given === "" && (peer !== linePeer || scheme !== lineScheme))) {
    lineHost = given;
    linePeer = peer;
    lineScheme = scheme;
    hostLineIsFlat = false;
    hostLine = ` HTTP/1.1\r\nHost: ${hostHeader(x, peer)}\r\n`;
  } else if (!hostLineIsFlat) {
    hostLineIsFlat = true;
    hostLine = flatText(hostLine);
  }
  return hostLine;
}

/** Between two addresses. */
let forwardedLines = "";
let forwardedLinesAreFlat = false;
let linesProto = "";
let linesHost = "";
let linesPort: string | number = 0;

function forwardedLinesOf(proto: string, host: string, port: string | number): string {
  if (port !== linesPort || proto !== linesProto || host !== linesHost) {
    linesProto = proto;
    linesHost = host;
    linesPort = port;
    forwardedLinesAreFlat = false;
    forwardedLines =
      `\r\nX-Forwarded-Proto: ${proto}\r\nX-Forwarded-Host: ${host}\r\n` +
      `X-Forwarded-Port: ${port}\r\nX-Forwarded-Path: `;
  } else if (!forwardedLinesAreFlat) {
    forwardedLinesAreFlat = true;
    forwardedLines = flatText(forwardedLines);
  }
  return forwardedLines;
}

/** The end of a request without a body and without anything special. */
let plainEnd = "";
let plainEndToken = "";

function plainEndOf(token: string): string {
  if (plainEndToken !== token) {
    plainEndToken = token;
    plainEnd = flatText(`\r\nVia: 1.1 ${token}\r\nConnection: keep-alive\r\n\r\n`);
  }
  return plainEnd;
}

/** What follows the request's own fields, to the empty line. */
function endOf(x: Exchange, options: ProxyOptions, bodyLength: number, hasBody: boolean): string {
  const version = x.httpVersion === 1 ? "1" : String(x.httpVersion);
  const isPlain = via === "" && te === "" && upgrade === "" && x.httpVersion === 1.1;
  if (isPlain && !hasBody && !hasLength) return plainEndOf(options.serverToken);
  const isUpgrade = upgrade !== "" && upgrade.toLowerCase() === "websocket";
  const trailers = te !== "" && wantsTrailers(te) ? "TE: trailers\r\n" : "";
  const connection = isUpgrade
    ? "Connection: keep-alive, Upgrade\r\nUpgrade: websocket\r\n"
    : "Connection: keep-alive\r\n";
  return (
    `\r\nVia: ${via}${version} ${options.serverToken}\r\n${trailers}${connection}` +
    framingLine(bodyLength, hasBody)
  );
}

/**
 * @param bodyLength bytes of the body, -1 where it goes in chunks
 * @param hasBody false: there is none, and an empty length is only written where the client wrote one
 */
export function requestHead(
  x: Exchange,
  options: ProxyOptions,
  peer: Peer,
  bodyLength: number,
  hasBody: boolean,
): string {
  const { requestHeaders } = x;
  collect(requestHeaders);
  const sendsId = options.sendsRequestIdUpstream;
  let text = requestLine(x) + hostLineOf(x, peer);
  text += requestHeaders.receivedLines(sendsId ? DROP_WITH_ID : DROP);
  const { added } = requestHeaders;
  if (added.length > 0) text += (sendsId ? addedLinesWithId : addedLines).lines(added);
  text += `X-Forwarded-For: ${forwarding(x)}\r\nX-Real-IP: ${x.forwardedIp}`;
  if (sendsId) text += `\r\nX-Kong-Request-Id: ${x.id}`;
  return text + endOf(x, options, bodyLength, hasBody);
}

function requestLine({ upstream, upstreamMethod }: Exchange): string {
  const line = `${upstreamMethod} ${upstream.path}`;
  return upstream.hasQuery ? `${line}?${upstream.query}` : line;
}

/** From the value of X-Forwarded-For on: what a trusted peer says, or else what the gateway saw. */
function forwarding(x: Exchange): string {
  const { client } = x;
  const { trusted } = client;
  const proto = trusted && forwardedProto !== "" ? forwardedProto : x.scheme;
  const host = trusted && forwardedHost !== "" ? forwardedHost : hostOf(hostSeen(x));
  const port = trusted && forwardedPort !== "" ? forwardedPort : client.advertisedPort;
  const path = trusted && forwardedPath !== "" ? forwardedPath : x.rawPath;
  const prefix = trusted && forwardedPrefix !== "" ? forwardedPrefix : x.matchedPrefix;
  // as in Kong: the direct peer joins a list, and without one the client that was found behind it stands there
  const peerLine = forwardedFor === "" ? x.forwardedIp : forwardedFor + client.ip;
  const lines = peerLine + forwardedLinesOf(proto, host, port) + path;
  return prefix === "" || prefix === "/" ? lines : `${lines}\r\nX-Forwarded-Prefix: ${prefix}`;
}

/** Content-Length or Transfer-Encoding, and the empty line. */
function framingLine(bodyLength: number, hasBody: boolean): string {
  // an explicit empty length goes on: some applications want one with POST
  if (!hasBody) return hasLength ? "Content-Length: 0\r\n\r\n" : "\r\n";
  return bodyLength < 0
    ? "Transfer-Encoding: chunked\r\n\r\n"
    : `Content-Length: ${bodyLength}\r\n\r\n`;
}
