/**
 * The answer on its way to the client: the Service's, streamed or buffered, or our own.
 *
 * header_filter, body_filter and log run here, in this order, for both kinds. Content-Length is never copied: it is the
 * length we know, or the body goes in chunks; a body_filter that changes the body under an announced length cuts the
 * connection rather than send two framings.
 */
import type { Exchange } from "../exchange/exchange.ts";
import { HeaderBlock } from "../exchange/header-block.ts";
import { fieldCount, releaseOffsets, takeOffsets } from "../http1/head-scanner.ts";
import type { UpstreamConnection } from "../http1/upstream-connection.ts";
import {
  hasBodyFilter,
  runBodyFilter,
  runHeaderFilter,
  runLog,
  runResponse,
} from "../runloop/run-phase.ts";
import { NO_BODY, UNKNOWN_LENGTH } from "./client-stream.ts";
import { addOwnHeaders, addServiceHeaders } from "./gateway-headers.ts";
import { ownAnswer } from "./own-answer.ts";
import type { Transit } from "./transit.ts";

/** Bytes of a Service's body that buffered proxying holds; a longer one is a 502. */
export const BUFFERED_BODY_MAX = 128 * 1024 * 1024;

const EMPTY = Buffer.alloc(0);

// ---- the Service's answer

/** Its head has arrived. */
export function startService(transit: Transit, connection: UpstreamConnection): void {
  const { x } = transit;
  const early = x.responseHeaders;
  const block = new HeaderBlock(connection.head, takeOffsets(), fieldCount);
  // what plugins set early stands beside the Service's; where its answer is buffered, the Service's name wins
  if (!x.buffered) block.added = early.added;
  else {
    early.forEach((name, value) => {
      if (!block.has(name)) block.add(name, value);
    });
  }
  x.responseHeaders = block;
  x.status = x.serviceStatus = connection.status;
  x.reason = connection.reason;
  x.serviceHttpVersion = connection.minorVersion === 0 ? "1.0" : "1.1";
  transit.length = connection.bodyLength;
  const hasNoBody = x.method === "HEAD" || x.status === 204 || x.status === 304;
  if (hasNoBody) transit.length = NO_BODY;
  if (x.buffered) {
    transit.collected = [];
    return;
  }
  sendServiceHead(transit, connection);
}

function sendServiceHead(transit: Transit, connection: UpstreamConnection): void {
  const { x, client } = transit;
  runHeaderFilter(x);
  if (x.answer !== null) return replaceBody(transit);
  addServiceHeaders(x, transit.rooms);
  settleLength(transit);
  x.headersSent = true;
  let hasRoom: boolean;
  if (connection.hasWholeBody && transit.length >= 0 && !hasBodyFilter(x)) {
    const whole = connection.takeWholeBody();
    transit.written = whole.end - whole.start;
    x.bodyBytesSent += transit.written;
    hasRoom = client.respond(x, transit.length, whole.b, whole.start, whole.end);
  } else if (connection.hasWholeBody && transit.length !== NO_BODY) {
    hasRoom = respondFiltered(transit, connection);
  } else hasRoom = client.respond(x, transit.length, null, 0, 0);
  if (!hasRoom) waitForClient(transit);
}

/** A plugin answered in header_filter: status and headers are set already, its body stands for the Service's. */
function replaceBody(transit: Transit): void {
  const { x, client } = transit;
  transit.dropConnection();
  addServiceHeaders(x, transit.rooms);
  const { body } = x.answer!;
  const out = body === null ? EMPTY : Buffer.from(body);
  x.headersSent = true;
  x.bodyBytesSent += out.length;
  client.respond(x, x.method === "HEAD" ? NO_BODY : out.length, out, 0, out.length);
  client.end();
  finish(transit);
}

/** Head and body came together: body_filter sees it whole, and both go out at once with the length that is left. */
function respondFiltered(transit: Transit, connection: UpstreamConnection): boolean {
  const { x, client } = transit;
  const whole = connection.takeWholeBody();
  x.chunk = Buffer.from(whole.b.subarray(whole.start, whole.end));
  x.chunkIsLast = true;
  runBodyFilter(x);
  const out = x.chunk ?? EMPTY;
  x.chunk = null;
  transit.isFiltered = true;
  transit.length = transit.written = out.length;
  x.bodyBytesSent += out.length;
  return client.respond(x, out.length, out, 0, out.length);
}

/** A plugin may have cleared or changed Content-Length: then only the end of the body tells. */
function settleLength(transit: Transit): void {
  const { x } = transit;
  if (transit.length < 0 || !hasBodyFilter(x)) return;
  const announced = x.responseHeaders.get("content-length");
  if (announced !== String(transit.length)) transit.length = UNKNOWN_LENGTH;
}

export function writeService(transit: Transit, b: Buffer, start: number, end: number): boolean {
  if (transit.collected !== null) return collect(transit, b, start, end);
  const { x, client } = transit;
  let hasRoom: boolean;
  if (hasBodyFilter(x))
    hasRoom = writeFiltered(transit, Buffer.from(b.subarray(start, end)), false);
  else {
    x.bodyBytesSent += end - start;
    transit.written += end - start;
    hasRoom = client.write(b, start, end);
  }
  if (!hasRoom) waitForClient(transit);
  return hasRoom;
}

function collect(transit: Transit, b: Buffer, start: number, end: number): boolean {
  transit.collectedBytes += end - start;
  if (transit.collectedBytes > BUFFERED_BODY_MAX) {
    transit.dropConnection();
    transit.collected = null;
    transit.rooms.log.error(
      { request_id: transit.x.id, limit: BUFFERED_BODY_MAX },
      "the body of a Service is too long to be buffered",
    );
    transit.x.responseHeaders = HeaderBlock.empty();
    transit.events.onServiceFailed(transit, 502);
    return true;
  }
  transit.collected!.push(Buffer.from(b.subarray(start, end)));
  return true;
}

/** @returns false if the client should be waited for */
function writeFiltered(transit: Transit, chunk: Buffer, isLast: boolean): boolean {
  const { x, client } = transit;
  x.chunk = chunk;
  x.chunkIsLast = isLast;
  runBodyFilter(x);
  const out: Buffer | null = x.chunk;
  x.chunk = null;
  const endsHere = !isLast && x.chunkIsLast; // a plugin put a whole body in its place: the rest is dropped
  if (endsHere) transit.isFiltered = true;
  if (out === null || out.length === 0 || transit.length === NO_BODY) return true;
  transit.written += out.length;
  if (transit.length >= 0 && transit.written > transit.length) {
    transit.rooms.log.error(
      { request_id: x.id, announced: transit.length },
      "a body_filter made a body longer than its Content-Length",
    );
    client.abort();
    return true;
  }
  x.bodyBytesSent += out.length;
  return client.write(out, 0, out.length);
}

function waitForClient(transit: Transit): void {
  transit.client.waitForDrain({ onDrain: () => transit.connection?.resume() });
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
    x.serviceBody = Buffer.concat(transit.collected);
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
  const body = x.serviceBody!;
  if (transit.length !== NO_BODY) transit.length = body.length;
  sendWhole(transit, body, true);
}

function endBody(transit: Transit): void {
  if (!transit.isFiltered && hasBodyFilter(transit.x)) writeFiltered(transit, EMPTY, true);
  if (transit.length >= 0 && transit.written < transit.length) transit.client.abort();
  else transit.client.end();
  finish(transit);
}

/** The answer broke off: the client must not take it for complete. */
export function cutAnswer(transit: Transit): void {
  if (transit.isFinished) return;
  if (transit.collected !== null) {
    transit.collected = null;
    transit.x.responseHeaders = HeaderBlock.empty();
    transit.events.onServiceFailed(transit, 502);
    return;
  }
  transit.client.abort();
  finish(transit);
}

// ---- our own answer

/** Send `x.answer`. The Service, if it was asked, is dropped. */
export function answerOwn(x: Exchange): void {
  const transit = x.transit as Transit;
  if (transit.isFinished) return;
  transit.dropConnection();
  const body = ownAnswer(x, transit.rooms.options);
  if (body === null) {
    transit.client.abort(); // statuses that stand for "no answer" (408, 499)
    finish(transit);
    return;
  }
  const hasNoBody = x.method === "HEAD" || x.status === 204 || x.status === 304;
  transit.length = hasNoBody ? NO_BODY : body.length;
  if (hasNoBody && (x.method === "HEAD" || x.status === 304 || body.length > 0)) {
    x.responseHeaders.set("Content-Length", String(body.length)); // of what is not sent
  }
  sendWhole(transit, body, false);
}

function sendWhole(transit: Transit, body: Buffer, isService: boolean): void {
  const { x, client, rooms } = transit;
  runHeaderFilter(x);
  // an answer of ours about a Service that failed tells of the time that it took, too
  if (isService || (x.answer !== null && x.accessEndMs >= 0)) addServiceHeaders(x, transit.rooms);
  else addOwnHeaders(x, rooms);
  x.headersSent = true;
  let out: Buffer = body;
  if (hasBodyFilter(x)) {
    x.chunk = body;
    x.chunkIsLast = true;
    runBodyFilter(x);
    out = x.chunk ?? EMPTY;
    x.chunk = null;
    if (transit.length !== NO_BODY) transit.length = out.length;
  }
  if (transit.length === NO_BODY) out = EMPTY;
  x.bodyBytesSent += out.length;
  client.respond(x, transit.length, out, 0, out.length);
  client.end();
  finish(transit);
}

// ---- the end

/** After the answer, or what there was of it: log phase, access log, metrics. Once for each request. */
export function finish(transit: Transit): void {
  if (transit.isFinished) return;
  transit.isFinished = true;
  const { x, rooms } = transit;
  const pending = runLog(x);
  rooms.onFinished(x);
  if (pending !== undefined) return; // its headers are looked at later: their offsets stay theirs
  releaseOffsets(x.requestHeaders.offsets);
  if (x.responseHeaders.count > 0) releaseOffsets(x.responseHeaders.offsets);
}
