/**
 * The Service's body on its way to the client, chunk by chunk, through body_filter.
 *
 * A chunk goes out in the turn in which it was read, unless a plugin is waited for: then what follows is held (held.ts), the
 * Service's connection is paused, and `pump` goes on when the plugin is done and the client has room.
 */
import type { Exchange } from "../exchange/exchange.ts";
import { shortLivedCopy } from "../http1/young-garbage.ts";
import { hasBodyFilter, runBodyFilter } from "../runloop/run-phase.ts";
import { NO_BODY } from "./client-stream.ts";
import { finish } from "./finish.ts";
import { Held } from "./held.ts";
import type { Transit } from "./transit.ts";

const EMPTY = Buffer.alloc(0);
/** What a body_filter gave was written, and the client has room: the answer of the call under way. */
let hasRoomNow = true;
/** A filter runs inside of {@link filterChunk}: its caller goes on, not the continuation. */
let isFiltering = false;

/** Bytes from the Service. @returns false if no more should come before `resume` */
export function writeService(transit: Transit, b: Buffer, start: number, end: number): boolean {
  if (transit.held !== null) {
    transit.held.chunks.push(shortLivedCopy(b, start, end));
    return false;
  }
  const { x, client } = transit;
  let hasRoom: boolean;
  if (hasBodyFilter(x)) {
    if (transit.isFiltered) return true; // a plugin has put an end to it: the rest is dropped
    hasRoom = filterChunk(transit, shortLivedCopy(b, start, end), false);
    if (transit.held !== null) return false;
  } else if (transit.length === NO_BODY) {
    return true; // a plugin chose a status that has none
  } else {
    x.bodyBytesSent += end - start;
    transit.written += end - start;
    hasRoom = client.write(b, start, end);
  }
  if (!hasRoom) waitForClient(transit);
  return hasRoom;
}

/**
 * The Service's connection, paused by whoever found no room, goes on when the client has taken what was
 * written.
 */
export function waitForClient(transit: Transit): void {
  transit.client.waitForDrain({ onDrain: () => transit.connection?.resume() });
}

/** @returns false if the client should be waited for; where the plugin is, `transit.held` is set */
function filterChunk(transit: Transit, chunk: Buffer, isLast: boolean): boolean {
  const { x } = transit;
  x.chunk = chunk;
  x.chunkIsLast = isLast;
  hasRoomNow = true;
  isFiltering = true;
  const isDone = runBodyFilter(x, isLast ? afterLastChunk : afterChunk);
  isFiltering = false;
  if (isDone) return hasRoomNow;
  if (transit.held === null) transit.held = new Held();
  transit.held.isWaiting = true;
  return true;
}

function afterChunk(x: Exchange): void {
  const transit = x.transit as Transit;
  // a plugin put a whole body in its place: the rest is dropped
  if (x.chunkIsLast) transit.isFiltered = true;
  afterFilter(transit);
}

function afterLastChunk(x: Exchange): void {
  afterFilter(x.transit as Transit);
}

function afterFilter(transit: Transit): void {
  const isLater = !isFiltering;
  if (transit.isFinished) return;
  hasRoomNow = writeFiltered(transit);
  if (!isLater || transit.isFinished) return;
  const held = transit.held!;
  held.isWaiting = false;
  if (hasRoomNow) pump(transit);
  else transit.client.waitForDrain({ onDrain: () => pump(transit) });
}

function writeFiltered(transit: Transit): boolean {
  const { x, client } = transit;
  const out: Buffer | null = x.chunk;
  x.chunk = null;
  if (x.isCut) {
    abortAnswer(transit);
    return true;
  }
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

/** Send what is held, as far as plugins and client let it; then go on with the Service. */
export function pump(transit: Transit): void {
  const { held, x } = transit;
  if (held === null || transit.isFinished) return;
  while (held.chunks.length > 0) {
    const chunk = held.chunks.shift()!;
    let hasRoom = true;
    if (transit.length === NO_BODY) continue;
    if (!hasBodyFilter(x)) {
      x.bodyBytesSent += chunk.length;
      transit.written += chunk.length;
      hasRoom = transit.client.write(chunk, 0, chunk.length);
    } else if (!transit.isFiltered) {
      hasRoom = filterChunk(transit, chunk, false);
      if (transit.isFinished || held.isWaiting) return;
    }
    if (!hasRoom) {
      transit.client.waitForDrain({ onDrain: () => pump(transit) });
      return;
    }
  }
  transit.held = null;
  if (held.isCut) abortAnswer(transit);
  else if (held.isOver) complete(transit);
  else if (held.isEnded) endBody(transit);
  else transit.connection?.resume();
}

/** The Service's body has come to its end: the filters are told, and the answer is complete. */
export function endBody(transit: Transit): void {
  const { held } = transit;
  if (held !== null) {
    held.isEnded = true;
    return;
  }
  if (!transit.isFiltered && hasBodyFilter(transit.x)) {
    transit.isFiltered = true;
    filterChunk(transit, EMPTY, true);
    if (transit.isFinished) return;
    const waited = transit.held as Held | null;
    if (waited !== null) {
      waited.isOver = true;
      return;
    }
  }
  complete(transit);
}

function complete(transit: Transit): void {
  if (transit.length >= 0 && transit.written < transit.length) transit.client.abort();
  else transit.client.end();
  finish(transit);
}

/** The client must not take the answer for complete. */
export function abortAnswer(transit: Transit): void {
  transit.dropConnection();
  transit.client.abort();
  finish(transit);
}
