/**
 * The head of a request as it goes to the Service.
 *
 * The client's lines go on as they came, in a few slices; what belongs to the client's connection is left out, and
 * framing, Host and the forwarding headers are written anew. Nothing here changes the exchange, so that a retry and the
 * log see what the client sent.
 *
 * @see shared facts: hop-by-hop and forwarding headers of Kong 3.9 (proxy-behaviour 3)
 */
import type { Exchange } from "../exchange/exchange.ts";
import { type HeaderBlock, STRIDE } from "../exchange/header-block.ts";
import { KIND, KINDS } from "../http1/field-kinds.ts";
import { hostOf } from "./authority.ts";
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

/** The same by name, for fields that plugins wrote. */
const DROP_NAMES: ReadonlySet<string> = new Set([
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

function collect(block: HeaderBlock): void {
  forwardedFor = forwardedProto = forwardedHost = forwardedPort = "";
  forwardedPath = forwardedPrefix = via = upgrade = te = "";
  const { offsets, count, text } = block;
  for (let o = 0, stop = count * STRIDE; o < stop; o += STRIDE) {
    const kind = offsets[o + 4]!;
    if (kind < KIND.te || kind > KIND.via) continue; // a field that a plugin removed counts, too
    take(kind, text.slice(offsets[o + 2]!, offsets[o + 3]!));
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
function addedLines(block: HeaderBlock, sendsId: boolean): string {
  const { added } = block;
  let lines = "";
  for (let a = 0; a < added.length; a += 2) {
    const name = added[a]!;
    if (name === "") continue;
    const lower = name.toLowerCase().replaceAll("_", "-");
    if (sendsId && lower === REQUEST_ID) continue;
    if (!DROP_NAMES.has(lower)) lines += `${name}: ${added[a + 1]}\r\n`;
  }
  return lines;
}

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

/** The Host that counts for X-Forwarded-Host: a plugin's, a target's of absolute form, else the client's field. */
function hostSeen(x: Exchange): string {
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

/**
 * @param bodyLength bytes of the body, -1 where it goes in chunks, 0 for an empty one
 * @param hasBody false: there is no framing to write at all
 */
export function requestHead(
  x: Exchange,
  options: ProxyOptions,
  peer: Peer,
  bodyLength: number,
  hasBody: boolean,
): string {
  const { upstream, requestHeaders, client } = x;
  collect(requestHeaders);
  const sendsId = options.sendsRequestIdUpstream;
  const added = requestHeaders.added.length === 0 ? "" : addedLines(requestHeaders, sendsId);
  const trusted = client.trusted;
  const query = upstream.hasQuery ? `?${upstream.query}` : "";
  const proto = trusted && forwardedProto !== "" ? forwardedProto : x.scheme;
  const host = trusted && forwardedHost !== "" ? forwardedHost : hostOf(hostSeen(x));
  const port = trusted && forwardedPort !== "" ? forwardedPort : client.advertisedPort;
  const path = trusted && forwardedPath !== "" ? forwardedPath : x.rawPath;
  const isUpgrade = upgrade.toLowerCase() === "websocket";
  let text =
    `${x.upstreamMethod} ${upstream.path}${query} HTTP/1.1\r\nHost: ${hostHeader(x, peer)}\r\n` +
    requestHeaders.receivedLines(sendsId ? DROP_WITH_ID : DROP) +
    added +
    `X-Forwarded-For: ${forwardedFor}${client.ip}\r\nX-Forwarded-Proto: ${proto}\r\n` +
    `X-Forwarded-Host: ${host}\r\nX-Forwarded-Port: ${port}\r\nX-Forwarded-Path: ${path}\r\n`;
  const prefix = trusted && forwardedPrefix !== "" ? forwardedPrefix : x.matchedPrefix;
  if (prefix !== "" && prefix !== "/") text += `X-Forwarded-Prefix: ${prefix}\r\n`;
  text += `X-Real-IP: ${x.forwardedIp}\r\n`;
  if (sendsId) text += `X-Kong-Request-Id: ${x.id}\r\n`;
  text += `Via: ${via}${x.httpVersion === 1 ? "1" : x.httpVersion} ${options.serverToken}\r\n`;
  if (te !== "" && wantsTrailers(te)) text += "TE: trailers\r\n";
  text += isUpgrade
    ? "Connection: keep-alive, Upgrade\r\nUpgrade: websocket\r\n"
    : "Connection: keep-alive\r\n";
  if (!hasBody) return `${text}\r\n`;
  return bodyLength < 0
    ? `${text}Transfer-Encoding: chunked\r\n\r\n`
    : `${text}Content-Length: ${bodyLength}\r\n\r\n`;
}
