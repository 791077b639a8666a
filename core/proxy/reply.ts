/**
 * The answer on its way to the client: the Service's, streamed or buffered, or our own.
 *
 * header_filter, body_filter and log run here, in this order, for both kinds. Content-Length is never copied: it is the
 * length we know, or the body goes in chunks; a body_filter that changes the body under an announced length cuts the
 * connection rather than send two framings.
 */
import type { Answer, Exchange } from "../exchange/exchange.ts";
import { HeaderBlock, STRIDE, sameName } from "../exchange/header-block.ts";
import { KIND } from "../http1/field-kinds.ts";
import { fieldCount, takeOffsets } from "../http1/head-scanner.ts";
import type { UpstreamConnection } from "../http1/upstream-connection.ts";
import {
  hasBodyFilter,
  runBodyFilter,
  runHeaderFilter,
  runResponse,
} from "../runloop/run-phase.ts";
import { NO_BODY, UNKNOWN_LENGTH } from "./client-stream.ts";
import { finish } from "./finish.ts";
import { GatheredBytes } from "./gathered-bytes.ts";
import { addOwnHeaders, addServiceHeaders } from "./gateway-headers.ts";
import { Held } from "./held.ts";
import { ownAnswer } from "./own-answer.ts";
import { abortAnswer, endBody, pump, waitForClient, writeService } from "./reply-body.ts";
import type { Transit } from "./transit.ts";

/** Bytes of a Service's body that buffered proxying holds; a longer one is a 502. */
const BUFFERED_BODY_MAX = 128 * 1024 * 1024;

const EMPTY = Buffer.alloc(0);
const DIGITS = /^\d+$/;

// ---- the Service's answer

/** Its head has arrived. */
export function startService(transit: Transit, connection: UpstreamConnection): void {
  const { x } = transit;
  const early = x.responseHeaders;
  const block = new HeaderBlock(connection.head, takeOffsets(), fieldCount);
  // what plugins set early stands beside the Service's; where its answer is buffered, the Service's name wins
  if (!x.buffered) {
    // but for Content-Type, of which nginx has one place: the Service's takes it
    if (early.added.length > 0 && block.has("content-type")) early.remove("content-type");
    block.added = early.added;
  } else {
    early.forEach((name, value) => {
      const first = block.find(name);
      if (first < 0 || first >= block.count) block.add(name, value); // of its own kind there may be several
    });
  }
  x.responseHeaders = block;
  x.status = x.serviceStatus = connection.status;
  x.reason = connection.reason;
  x.serviceHttpVersion = connection.minorVersion === 0 ? "1.0" : "1.1";
  transit.length = connection.bodyLength;
  if (x.method === "HEAD" || isBodyless(x.status)) transit.length = NO_BODY;
  if (x.buffered) {
    keepTrailerField(block);
    transit.collected = new GatheredBytes();
    return;
  }
  sendServiceHead(transit);
}

/** A Trailer field goes on with a buffered answer, as in Kong, though the trailers do not. */
function keepTrailerField(block: HeaderBlock): void {
  const { offsets, count } = block;
  for (let o = 0, stop = count * STRIDE; o < stop; o += STRIDE) {
    if (offsets[o + 4] === KIND.trailer) offsets[o + 4] = 0;
  }
}

function sendServiceHead(transit: Transit): void {
  if (!runHeaderFilter(transit.x, afterHeaderFilter)) transit.held = new Held();
}

function afterHeaderFilter(x: Exchange): void {
  const transit = x.transit as Transit;
  if (transit.isFinished) return;
  const { client, held } = transit;
  if (x.answer !== null) return replaceBody(transit);
  if (x.isCut || held?.isCut === true) return failBeforeHead(transit);
  addServiceHeaders(x, transit.rooms);
  if (held !== null) return sendHeldHead(transit, held);
  const connection = transit.connection!;
  settleLength(transit);
  let hasRoom: boolean;
  if (connection.hasWholeBody && transit.length >= 0 && !hasBodyFilter(x)) {
    const whole = connection.takeWholeBody();
    x.headersSent = true;
    transit.written = whole.end - whole.start;
    x.bodyBytesSent += transit.written;
    hasRoom = client.respond(x, transit.length, whole.b, whole.start, whole.end);
  } else if (connection.hasWholeBody && transit.length !== NO_BODY) {
    const whole = connection.takeWholeBody();
    return respondFiltered(transit, Buffer.from(whole.b.subarray(whole.start, whole.end)));
  } else {
    x.headersSent = true;
    hasRoom = client.respond(x, transit.length, null, 0, 0);
  }
  if (!hasRoom) waitForClient(transit);
}

/** As {@link afterHeaderFilter} after a plugin was waited for: what came meanwhile goes with the head. */
function sendHeldHead(transit: Transit, held: Held): void {
  const { x } = transit;
  held.isWaiting = false;
  settleLength(transit);
  if (held.isEnded && transit.length !== NO_BODY && hasBodyFilter(x)) {
    return respondFiltered(transit, Buffer.concat(held.chunks.splice(0)));
  }
  x.headersSent = true;
  const isPlain = transit.length !== NO_BODY && !hasBodyFilter(x);
  const first = isPlain ? held.chunks.shift() : undefined;
  const bytes = first === undefined ? 0 : first.length;
  transit.written += bytes;
  x.bodyBytesSent += bytes;
  const hasRoom = transit.client.respond(x, transit.length, first ?? null, 0, bytes);
  if (hasRoom) pump(transit);
  else transit.client.waitForDrain({ onDrain: () => pump(transit) });
}

/** A plugin answered in header_filter, or could not run: its status, headers and body stand for the Service's. */
function replaceBody(transit: Transit): void {
  const { x, client } = transit;
  transit.dropConnection();
  transit.held = null;
  if (x.answer!.source === "error") x.responseHeaders = HeaderBlock.empty();
  const { body } = x.answer!;
  const isPage = x.answer!.source === "error";
  const out = isPage
    ? (ownAnswer(x, transit.rooms.options) ?? EMPTY)
    : body === null
      ? EMPTY
      : Buffer.from(body);
  addServiceHeaders(x, transit.rooms);
  x.headersSent = true;
  x.bodyBytesSent += out.length;
  client.respond(x, x.method === "HEAD" ? NO_BODY : out.length, out, 0, out.length);
  client.end();
  finish(transit);
}

/** Head and body are here: body_filter sees it whole, and both go out at once with the length that is left. */
function respondFiltered(transit: Transit, body: Buffer): void {
  const { x } = transit;
  x.headersSent = true;
  x.chunk = body;
  x.chunkIsLast = true;
  transit.isFiltered = true;
  if (runBodyFilter(x, afterWholeFilter)) return;
  transit.held ??= new Held();
  transit.held.isWaiting = true;
}

function afterWholeFilter(x: Exchange): void {
  const transit = x.transit as Transit;
  if (transit.isFinished) return;
  const out = x.chunk ?? EMPTY;
  x.chunk = null;
  if (x.isCut) return abortAnswer(transit);
  transit.length = transit.written = out.length;
  x.bodyBytesSent += out.length;
  const hasRoom = transit.client.respond(x, out.length, out, 0, out.length);
  const { held } = transit;
  if (held === null) {
    if (!hasRoom) waitForClient(transit);
    return;
  }
  held.isWaiting = false;
  pump(transit);
}

/** Statuses whose answers have no body, whatever the Service sent. */
function isBodyless(status: number): boolean {
  return status === 204 || status === 304;
}

/** A plugin may have chosen such a status: then what the Service sends is not passed on. */
function dropBody(transit: Transit): void {
  const { x } = transit;
  transit.length = NO_BODY;
  if (x.status === 204 && x.serviceStatus !== 204 && x.answer === null) {
    x.responseHeaders.remove("content-length");
  }
}

/** A plugin may have cleared or changed Content-Length: then only the end of the body tells. */
function settleLength(transit: Transit): void {
  const { x } = transit;
  if (isBodyless(x.status)) dropBody(transit);
  if (transit.length < 0 || !hasBodyFilter(x)) return;
  const announced = x.responseHeaders.get("content-length");
  if (announced !== String(transit.length)) transit.length = UNKNOWN_LENGTH;
}

/** Bytes of the Service's body. @returns false if no more should come before `resume` */
export function receiveService(transit: Transit, b: Buffer, start: number, end: number): boolean {
  if (transit.collected !== null) return collect(transit, b, start, end);
  return writeService(transit, b, start, end);
}

function collect(transit: Transit, b: Buffer, start: number, end: number): boolean {
  const collected = transit.collected!;
  if (collected.size + end - start > BUFFERED_BODY_MAX) {
    transit.dropConnection();
    transit.collected = null;
    transit.rooms.log.error(
      { request_id: transit.x.id, limit: BUFFERED_BODY_MAX },
      "the body of a Service is too long to be buffered",
    );
    failBeforeHead(transit);
    return true;
  }
  collected.add(b, start, end);
  return true;
}

/** Nothing has gone to the client yet: it gets a 502 in place of half an answer. */
function failBeforeHead(transit: Transit): void {
  transit.held = null;
  transit.x.isCut = false;
  transit.x.responseHeaders = HeaderBlock.empty();
  transit.events.onServiceFailed(transit, 502);
}

/** The Service's body is complete. */
export function endService(transit: Transit): void {
  const { x } = transit;
  if (transit.isFinished) return;
  if (x.status === 101) {
    transit.client.tunnel?.end();
    return finish(transit);
  }
  if (transit.collected !== null) {
    x.serviceBody = transit.collected.bytes();
    x.serviceHeaders = x.responseHeaders;
    transit.collected = null;
    runResponse(x, afterResponse);
    return;
  }
  endBody(transit);
}

/** After the response phase: everything is here, and goes out at once. */
function afterResponse(x: Exchange): void {
  const transit = x.transit as Transit;
  if (transit.isFinished) return;
  if (x.answer !== null) return answerOwn(x);
  sendWhole(transit, x.serviceBody!, true);
}

/** The answer broke off: the client must not take it for complete. */
export function cutAnswer(transit: Transit): void {
  if (transit.isFinished) return;
  if (transit.collected !== null) {
    transit.collected = null;
    failBeforeHead(transit);
  } else if (transit.held !== null) transit.held.isCut = true;
  else abortAnswer(transit);
}

// ---- our own answer

/** Send `x.answer`. The Service, if it was asked, is dropped. */
export function answerOwn(x: Exchange): void {
  const transit = x.transit as Transit;
  if (transit.isFinished) return;
  transit.dropConnection();
  const body = ownAnswer(x, transit.rooms.options);
  if (body === null) return abortAnswer(transit); // statuses that stand for "no answer" (408, 499)
  transit.length = x.method === "HEAD" || isBodyless(x.status) ? NO_BODY : body.length;
  const isSaid = x.method === "HEAD" || x.status === 304 || x.answer!.body !== null;
  if (transit.length === NO_BODY && isSaid && givenLength(x.answer) === undefined) {
    x.responseHeaders.set("Content-Length", String(body.length)); // of what is not sent
  }
  sendWhole(transit, body, false);
}

function sendWhole(transit: Transit, body: Buffer, isService: boolean): void {
  transit.whole = body;
  transit.isServiceWhole = isService;
  runHeaderFilter(transit.x, afterWholeHead);
}

function afterWholeHead(x: Exchange): void {
  const transit = x.transit as Transit;
  if (transit.isFinished) return;
  if (transit.isServiceWhole && x.answer !== null) return replaceBody(transit);
  // an answer of ours about a Service that failed tells of the time that it took, too
  if (transit.isServiceWhole || (x.answer !== null && x.accessEndMs >= 0)) {
    addServiceHeaders(x, transit.rooms);
  } else addOwnHeaders(x, transit.rooms);
  if (isBodyless(x.status)) dropBody(transit);
  x.headersSent = true;
  if (!hasBodyFilter(x)) return respondWhole(transit, announcedPart(transit));
  x.chunk = transit.whole;
  x.chunkIsLast = true;
  runBodyFilter(x, afterWholeBody);
}

/**
 * What is sent of an answer that is here whole: a plugin's Content-Length cuts it short, and of a Service's answer that has
 * none only the end tells the length (recorded). One that promises more than there is does not count.
 */
function announcedPart(transit: Transit): Buffer {
  const { x } = transit;
  const whole = transit.whole!;
  if (transit.length === NO_BODY) return whole;
  const announced = transit.isServiceWhole
    ? x.responseHeaders.get("content-length")
    : givenLength(x.answer);
  transit.length = whole.length;
  if (announced === undefined) {
    // a client of HTTP/1.0 is told the length, which is known
    if (transit.isServiceWhole && x.httpVersion !== 1) transit.length = UNKNOWN_LENGTH;
  } else if (DIGITS.test(announced) && Number(announced) < whole.length) {
    transit.length = Number(announced);
    return whole.subarray(0, transit.length);
  }
  return whole;
}

/** Content-Length among the headers that a plugin's own answer came with. */
function givenLength(answer: Answer | null): string | undefined {
  const headers = answer === null ? [] : answer.headers;
  for (const [name, value] of headers) {
    if (sameName(name, "content-length")) return typeof value === "string" ? value : value[0];
  }
  return undefined;
}

function afterWholeBody(x: Exchange): void {
  const transit = x.transit as Transit;
  if (transit.isFinished) return;
  const out = x.chunk ?? EMPTY;
  x.chunk = null;
  if (x.isCut) return abortAnswer(transit);
  if (transit.length !== NO_BODY) transit.length = out.length;
  respondWhole(transit, out);
}

function respondWhole(transit: Transit, body: Buffer): void {
  const { x, client } = transit;
  const out = transit.length === NO_BODY ? EMPTY : body;
  x.bodyBytesSent += out.length;
  client.respond(x, transit.length, out, 0, out.length);
  client.end();
  finish(transit);
}
