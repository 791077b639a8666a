/**
 * An HTTP/1.x client: turns each request of a connection into an exchange, and answers into bytes.
 *
 * One object a connection, used for one request after the other. The text of an answer's head is put together here:
 * the Service's lines in a few slices, then ours; framing is written from the length we know and never copied.
 */
import { type ClientFacts, Exchange, nowMs } from "../exchange/exchange.ts";
import { AddedLines, flatText } from "../exchange/flat-text.ts";
import { HeaderBlock } from "../exchange/header-block.ts";
import { KIND, KINDS } from "../http1/field-kinds.ts";
import * as framing from "../http1/framing.ts";
import { fieldCount, takeOffsets } from "../http1/head-scanner.ts";
import type { ProxiedAddress } from "../http1/proxy-protocol.ts";
import * as line from "../http1/request-line.ts";
import type { BodySink, RequestSink } from "../http1/request-sink.ts";
import type { ServerConnection } from "../http1/server-connection.ts";
import type { DrainListener } from "../http1/transport.ts";
import { type ClientStream, NO_BODY, type Tunnel, UNKNOWN_LENGTH } from "../proxy/client-stream.ts";
import { clientGone, handle, handleBad, TRANSIT_EVENTS } from "../proxy/handle.ts";
import { AbsentBody, ClientBody } from "../proxy/request-body.ts";
import type { ProxyRooms } from "../proxy/rooms.ts";
import { Transit } from "../proxy/transit.ts";
import { newRequestId } from "./request-id.ts";
import { statusText } from "./status-text.ts";
import { readTarget, target } from "./target.ts";
import { type UnderWay, underWay } from "./under-way.ts";

/** Kinds of a Service's fields that are not passed on. */
const DROP = new Uint8Array(KINDS);
for (const kind of [
  KIND.connection,
  KIND.keepAlive,
  KIND.proxyConnection,
  KIND.transferEncoding,
  KIND.contentLength,
  KIND.upgrade,
  KIND.trailer,
  KIND.alias,
  KIND.listed,
]) {
  DROP[kind] = 1;
}
/** The same where the answer has no body by its nature: then a length only tells of what is not there. */
const DROP_NO_BODY = Uint8Array.from(DROP);
DROP_NO_BODY[KIND.contentLength] = 0;

/** Below it a status only announces an answer. */
const FINAL_STATUS_MIN = 200;
const OK_LINES = "HTTP/1.1 200 OK\r\nConnection: keep-alive\r\n";
/** Bytes that go out as text together with their head or chunk size; more go as bytes. */
const TEXT_BYTES_MAX = 4096;

/** One for each connection, for its requests one after the other; `attach` comes before the first of them. */
export class Http1Client implements RequestSink, ClientStream, Tunnel {
  readonly #rooms: ProxyRooms;
  readonly #facts: ClientFacts;
  readonly #scheme: "http" | "https";
  readonly #drop: Uint8Array;
  readonly #dropNoBody: Uint8Array;
  #connection!: ServerConnection;
  #x: Exchange | null = null;
  /** The answer under way goes in chunks. */
  #isChunked = false;
  #httpMinor = 1;
  /** The last Host field that was found to be good. */
  #goodHost: string | null = null;

  constructor(rooms: ProxyRooms, facts: ClientFacts) {
    this.#rooms = rooms;
    this.#facts = facts;
    this.#scheme = facts.tls === null ? "http" : "https";
    this.#drop = dropTable(rooms, DROP);
    this.#dropNoBody = dropTable(rooms, DROP_NO_BODY);
  }

  attach(connection: ServerConnection): void {
    this.#connection = connection;
  }

  // ---- requests

  onRequest(connection: ServerConnection): void {
    const { head } = connection;
    const method = head.slice(line.methodStart, line.methodEnd);
    const problem = readTarget(
      head.slice(line.targetStart, line.targetEnd),
      method,
      line.targetIsOdd,
    );
    const host = framing.hostField;
    const headers = new HeaderBlock(head, takeOffsets(), fieldCount);
    const authority = host < 0 ? target.authority : this.#hostOf(headers, host);
    const x = this.#begin(method, target.path, authority, headers);
    x.absoluteHost = target.authority;
    x.requestBytes = head.length + Math.max(0, connection.bodyLength);
    if (problem !== 0 || (host >= 0 && authority !== this.#goodHost)) {
      connection.closeAfter = true;
      handleBad(x, problem === 0 ? 400 : problem);
    } else handle(x);
  }

  /** The Host field: the very string of the request before where it says the same, so that comparing it costs nothing. */
  #hostOf(headers: HeaderBlock, field: number): string {
    const good = this.#goodHost;
    if (good !== null && headers.valueIs(field, good)) return good;
    const host = Buffer.from(headers.valueAt(field), "latin1").latin1Slice(); // a slice would keep the head
    if (AUTHORITY.test(host)) this.#goodHost = host;
    return host;
  }

  onBadRequest(connection: ServerConnection, status: number): void {
    const { head } = connection;
    const hasTarget = connection.hasLine && head !== "";
    const method = hasTarget ? head.slice(line.methodStart, line.methodEnd) : "GET";
    const path = hasTarget ? head.slice(line.targetStart, line.targetEnd) : "/";
    const good = connection.goodFields;
    const headers = good === 0 ? HeaderBlock.empty() : new HeaderBlock(head, takeOffsets(), good);
    const x = this.#begin(method, path, headers.get("host") ?? "", headers);
    x.requestBytes = head.length;
    handleBad(x, status);
  }

  #begin(method: string, path: string, authority: string, headers: HeaderBlock): Exchange {
    this.#httpMinor = line.minorVersion;
    const body = this.#connection.isBodyPending ? new ClientBody(this) : null;
    const x = new Exchange(
      newRequestId(),
      this.#facts,
      nowMs(),
      method,
      path,
      line.minorVersion === 0 ? 1 : 1.1,
      this.#scheme,
      authority,
      headers,
      body ?? new AbsentBody(),
      HeaderBlock.empty(),
    );
    x.transit = new Transit(x, this, body, this.#rooms, TRANSIT_EVENTS);
    this.#x = x;
    return x;
  }

  onProxied(address: ProxiedAddress | null): void {
    this.#facts.proxied = address;
  }

  closeAfterAnswer(): void {
    this.#connection.closeAfter = true;
  }

  onClientGone(): void {
    const x = this.#x;
    this.#x = null;
    if (x !== null) clientGone(x);
  }

  /** What this client waits for, or null between requests. */
  underWay(epochMs: number): UnderWay | null {
    return this.#x === null ? null : underWay(this.#x, this.#connection.isTunnel, epochMs);
  }

  // ---- the request's body

  get bodyLength(): number {
    return this.#connection.bodyLength;
  }

  get isBodyPending(): boolean {
    return this.#connection.isBodyPending;
  }

  readBody(sink: BodySink): void {
    this.#connection.readBody(sink);
  }

  resumeBody(): void {
    this.#connection.resumeBody();
  }

  // ---- the answer

  respond(x: Exchange, length: number, b: Buffer | null, start: number, end: number): boolean {
    const { transport } = this.#connection;
    this.#isChunked = length === UNKNOWN_LENGTH && this.#httpMinor === 1;
    if (length === UNKNOWN_LENGTH && this.#httpMinor === 0) this.#connection.closeAfter = true;
    const head = this.#head(x, length);
    const size = end - start;
    x.bytesSent += head.length + size;
    if (size === 0 || b === null)
      return transport.writeSoon(head, length !== NO_BODY && length !== 0);
    if (this.#isChunked) {
      transport.writeSoon(head, true);
      return this.#writeChunk(b, start, end);
    }
    if (size <= TEXT_BYTES_MAX) return transport.writeSoon(head + b.latin1Slice(start, end));
    return transport.writeTextAndBytes(head, b, start, end);
  }

  #head(x: Exchange, length: number): string {
    const block = x.responseHeaders;
    const drop = length === NO_BODY ? this.#dropNoBody : this.#drop;
    let text = this.#firstLines(x) + block.receivedLines(drop);
    const { added } = block;
    if (added.length > 0) {
      if (length === NO_BODY) dropUncountable(block);
      text += (length === NO_BODY ? addedLinesNoBody : addedLines).lines(added);
    }
    text += block.tail;
    if (length >= 0) return text + lengthEnd(length);
    return text + (this.#isChunked ? "Transfer-Encoding: chunked\r\n\r\n" : "\r\n");
  }

  /** Status line and Connection; those of a plain 200, which most answers are, stand ready. */
  #firstLines(x: Exchange): string {
    const { closeAfter } = this.#connection;
    if (x.status === 200 && x.reason === "OK" && !closeAfter) return OK_LINES;
    if (x.status < FINAL_STATUS_MIN) this.#checkInterim(x);
    const { status } = x;
    const reason = status === x.serviceStatus && x.reason !== "" ? x.reason : statusText(status);
    const connection =
      status === 101
        ? `Connection: upgrade\r\nUpgrade: ${upgradeOf(x)}\r\n`
        : `Connection: ${closeAfter ? "close" : "keep-alive"}\r\n`;
    return `HTTP/1.1 ${status} ${reason}\r\n${connection}`;
  }

  /** A client waits for another answer behind 1xx, and would take the next request's: only an upgrade has one. */
  #checkInterim(x: Exchange): void {
    const { status } = x;
    if (status === 101 && x.serviceStatus === 101 && x.answer === null) return;
    this.#rooms.log.error({ request_id: x.id, status }, "a plugin's status ends no request");
    x.status = 500;
    x.reason = "";
  }

  write(b: Buffer, start: number, end: number): boolean {
    const x = this.#x;
    if (x !== null) x.bytesSent += end - start;
    if (this.#isChunked) return this.#writeChunk(b, start, end);
    return this.#connection.transport.writeBytes(b, start, end);
  }

  #writeChunk(b: Buffer, start: number, end: number): boolean {
    const { transport } = this.#connection;
    const size = `${(end - start).toString(16)}\r\n`;
    if (end - start <= TEXT_BYTES_MAX) {
      return transport.writeSoon(`${size}${b.latin1Slice(start, end)}\r\n`, true);
    }
    const hasRoom = transport.writeTextAndBytes(size, b, start, end);
    return transport.writeSoon("\r\n", true) && hasRoom;
  }

  end(): void {
    if (this.#isChunked) this.#connection.transport.writeSoon("0\r\n\r\n");
    this.#isChunked = false;
    this.#x = null;
    this.#connection.endAnswer();
  }

  abort(): void {
    this.#x = null;
    this.#connection.abort();
  }

  waitForDrain(listener: DrainListener): void {
    this.#connection.waitForDrain(listener);
  }

  // ---- after an upgrade

  get tunnel(): Tunnel | null {
    return this.#httpMinor === 1 ? this : null;
  }

  open(onBytes: (b: Buffer, n: number) => void): void {
    this.#connection.tunnel(onBytes);
  }

  pause(): void {
    this.#connection.transport.pause();
  }

  resume(): void {
    this.#connection.transport.resume();
  }
}

/** Host, with an optional port: not empty, no spaces, no userinfo, no path, no two dots in a row (as nginx). */
const AUTHORITY = /^(?:(?!.*\.\.)[A-Za-z0-9._~%!$&'()*+,;=-]+|\[[0-9A-Fa-f:.]+\])(?::\d{0,5})?$/;

/** Lines that plugins added, without framing; a length may stand where there is no body. */
const addedLines = new AddedLines((name) => isFraming(name, false));
const addedLinesNoBody = new AddedLines((name) => isFraming(name, true));

const DIGITS = /^\d+$/;

/** Of a body that is not sent a plugin may say the length, and nothing else that stands for one. */
function dropUncountable(block: HeaderBlock): void {
  const length = block.get("content-length");
  if (length !== undefined && !DIGITS.test(length)) block.remove("content-length");
}

// the end of the head written last: answers of one Service often have the same length
let keptEnd = "";
let keptEndIsFlat = false;
let keptLength = -1;

function lengthEnd(length: number): string {
  if (length !== keptLength) {
    keptLength = length;
    keptEndIsFlat = false;
    keptEnd = `Content-Length: ${length}\r\n\r\n`;
  } else if (!keptEndIsFlat) {
    keptEndIsFlat = true;
    keptEnd = flatText(keptEnd);
  }
  return keptEnd;
}

function isFraming(name: string, allowsLength: boolean): boolean {
  const lower =
    name.length === 14 || name.length === 17 || name.length === 10 ? name.toLowerCase() : "";
  if (lower === "") return false;
  return (
    lower === "transfer-encoding" ||
    lower === "keep-alive" ||
    (lower === "content-length" && !allowsLength)
  );
}

function upgradeOf(x: Exchange): string {
  return x.responseHeaders.get("upgrade") ?? "websocket";
}

const tables = new WeakMap<ProxyRooms, Map<Uint8Array, Uint8Array>>();

/** `base` and the names that the settings make ours. */
function dropTable(rooms: ProxyRooms, base: Uint8Array): Uint8Array {
  let byBase = tables.get(rooms);
  if (byBase === undefined) {
    byBase = new Map();
    tables.set(rooms, byBase);
  }
  let table = byBase.get(base);
  if (table === undefined) {
    table = Uint8Array.from(base);
    const { options } = rooms;
    if (options.sendsVia) table[KIND.via] = 1;
    if (options.sendsRequestId) table[KIND.kongRequestId] = 1;
    if (options.sendsProxyLatency) table[KIND.kongProxyLatency] = 1;
    if (options.sendsUpstreamLatency) table[KIND.kongUpstreamLatency] = 1;
    byBase.set(base, table);
  }
  return table;
}
