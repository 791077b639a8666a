/**
 * The headers that the gateway itself puts on an answer: latencies, Via, Server, request id, Date. They are lines behind all others (`HeaderBlock.tail`), so that the usual answer makes no object for them.
 */
import { type Exchange, nowMs } from "../exchange/exchange.ts";
import { flatText, NumberLines } from "../exchange/flat-text.ts";
import { type HeaderBlock, safeValue, sameName, STRIDE } from "../exchange/header-block.ts";
import { KIND } from "../http1/field-kinds.ts";
import { settleType } from "./content-type.ts";
import type { ProxyRooms } from "./rooms.ts";

/** Milliseconds as Kong writes them: whole numbers. */
const ms = (from: number, to: number) => Math.max(0, Math.floor(to - from));

// what the pass over the Service's fields found; used up at once
let viaAt = -1;
let contentTypeAt = -1;
/** The Service's type where a plugin took it away, usually to write another. */
let goneTypeAt = -1;
let hasServer = false;
let hasDate = false;

function readKinds(block: HeaderBlock): void {
  viaAt = contentTypeAt = goneTypeAt = -1;
  hasServer = hasDate = false;
  const { offsets, count } = block;
  for (let f = 0, o = 0; f < count; f++, o += STRIDE) {
    const kind = offsets[o + 4]!;
    if (kind < KIND.via) continue;
    if (offsets[o]! < 0) {
      if (kind === KIND.contentType && goneTypeAt < 0) goneTypeAt = f;
      continue;
    }
    if (kind === KIND.via && viaAt < 0) viaAt = f;
    else if (kind === KIND.server) hasServer = true;
    else if (kind === KIND.date) hasDate = true;
    else if (kind === KIND.contentType) {
      if (contentTypeAt < 0) contentTypeAt = f;
      else block.removeAt(f); // of two types the first counts
    }
  }
}

/** What plugins wrote: a type of theirs counts, a Via does not, as in Kong. */
function readAdded(block: HeaderBlock, removesVia: boolean): void {
  const written = block.find("content-type", block.count);
  if (written >= 0) contentTypeAt = written;
  if (!removesVia) return;
  for (let f = block.find("via", block.count); f >= 0; f = block.find("via", f + 1)) {
    block.removeAt(f);
  }
}

/** Headers that an answer of the Service gets, as lines behind its own. */
export function addServiceHeaders(x: Exchange, rooms: ProxyRooms): void {
  const { options } = rooms;
  const block = x.responseHeaders;
  readKinds(block);
  if (block.added.length > 0) readAdded(block, options.sendsVia);
  if (contentTypeAt >= 0) settleType(x, contentTypeAt, goneTypeAt, options.charset);
  let lines = hasDate ? "" : dateLine();
  if (options.sendsDebugHeaders) lines += debugLines(x);
  if (options.sendsUpstreamStatus) lines += upstreamStatusLine(x);
  if (options.sendsUpstreamLatency) {
    const end = x.serviceFirstByteMs < 0 ? nowMs() : x.serviceFirstByteMs;
    lines += UPSTREAM_LATENCY.line(ms(x.accessEndMs, end));
  }
  if (options.sendsProxyLatency) lines += PROXY_LATENCY.line(ms(x.startedMs, x.accessEndMs));
  if (options.sendsVia) lines += viaLine(block, options.serverToken);
  if (options.sendsServer && !hasServer && !hasAdded(block, "server")) {
    lines += `Server: ${options.serverToken}\r\n`;
  }
  if (options.sendsRequestId) lines += `X-Kong-Request-Id: ${x.id}\r\n`;
  if (block.added.length > 0) removeOurs(block, lines);
  block.tail = lines;
}

const UPSTREAM_LATENCY = new NumberLines("X-Kong-Upstream-Latency");
const PROXY_LATENCY = new NumberLines("X-Kong-Proxy-Latency");

let plainVia = "";
let plainViaToken = "";

function viaLine(block: HeaderBlock, token: string): string {
  // a plugin's are gone
  if (viaAt >= 0) return `Via: ${block.getAll("via").join(", ")}, 1.1 ${token}\r\n`;
  if (plainViaToken !== token) {
    plainViaToken = token;
    plainVia = flatText(`Via: 1.1 ${token}\r\n`);
  }
  return plainVia;
}

/** What the Service answered, or the page that stands for its silence; in place of what it says of a status itself. */
function upstreamStatusLine(x: Exchange): string {
  x.responseHeaders.remove("x-kong-upstream-status");
  return `X-Kong-Upstream-Status: ${x.serviceStatus === 0 ? x.status : x.serviceStatus}\r\n`;
}

/** Names of ours that a plugin wrote: ours replace them, as in Kong. */
function removeOurs(block: HeaderBlock, lines: string): void {
  const { added } = block;
  for (let a = 0; a < added.length; a += 2) {
    const name = added[a]!;
    if (name.length < OUR_NAME_MIN || (name.charCodeAt(2) | 32) !== 107) continue; // "x-k..."
    const ours = OUR_NAMES.find((one) => sameName(one, name));
    if (ours !== undefined && lines.includes(`${ours}: `)) added[a] = "";
  }
}

/** Length of the shortest of {@link OUR_NAMES}. */
const OUR_NAME_MIN = 17;
const OUR_NAMES = [
  "X-Kong-Upstream-Status",
  "X-Kong-Upstream-Latency",
  "X-Kong-Proxy-Latency",
  "X-Kong-Response-Latency",
  "X-Kong-Request-Id",
];

/** Which Route and Service it was, for a request that asks with `Kong-Debug` (any value). */
function debugLines(x: Exchange): string {
  if (!x.requestHeaders.has("kong-debug")) return "";
  let lines = "";
  for (const [what, entity] of [
    ["Route", x.route],
    ["Service", x.service],
  ] as const) {
    if (entity === null) continue;
    lines += `Kong-${what}-Id: ${entity.id}\r\n`;
    const { name } = entity as { name?: string | null };
    if (typeof name === "string") lines += `Kong-${what}-Name: ${safeValue(name)}\r\n`;
  }
  return lines;
}

function hasAdded(block: HeaderBlock, name: string): boolean {
  return block.added.length > 0 && block.find(name, block.count) >= 0;
}

/** Headers that an answer of our own gets. */
export function addOwnHeaders(x: Exchange, rooms: ProxyRooms): void {
  const { options } = rooms;
  const block = x.responseHeaders;
  const typeAt = block.find("content-type");
  if (typeAt >= 0) settleType(x, typeAt, -1, options.charset);
  let lines = block.has("date") ? "" : dateLine();
  if (options.sendsDebugHeaders) lines += debugLines(x);
  if (options.sendsResponseLatency) {
    lines += `X-Kong-Response-Latency: ${ms(x.startedMs, nowMs())}\r\n`;
  }
  block.remove("server"); // who answers is the gateway, whatever a plugin says
  if (options.sendsServer) lines += `Server: ${options.serverToken}\r\n`;
  if (options.sendsRequestId) lines += `X-Kong-Request-Id: ${x.id}\r\n`;
  if (block.added.length > 0) removeOurs(block, lines);
  block.tail = lines;
}

let dateSecond = 0;
let dateText = "";

/** A Date line, made once a second. */
function dateLine(): string {
  const second = Math.floor(Date.now() / 1000);
  if (second !== dateSecond) {
    dateSecond = second;
    dateText = `Date: ${new Date(second * 1000).toUTCString()}\r\n`;
  }
  return dateText;
}
