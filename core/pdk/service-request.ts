/**
 * `kong.service.request`: what goes to the Service.
 *
 * Headers are written into the request's own block, so that `kong.request` sees them, as in Kong. A plugin cannot change
 * how a message is framed: Content-Length and Transfer-Encoding are the gateway's, and a Host must be one host.
 *
 * @see reference pdk.json; recorded/plugin-servers (service)
 */
import { PdkError } from "../errors.ts";
import type { Exchange } from "../exchange/exchange.ts";
import { PHASE } from "../phases/phases.ts";
import { escapePath } from "../router/normalize-path.ts";
import { isNil, isTable, stringOr } from "./arguments.ts";
import { encodeBody, exactBodyKind } from "./body-formats.ts";
import { headerName, headerPairs, headerValues } from "./headers.ts";
import type { PdkNode } from "./pdk-node.ts";
import { encodeQuery, unescapeArg } from "./query.ts";
import { getHost } from "./request.ts";
import { noResult } from "./request-body.ts";
import { bytesOf, toWire } from "./text.ts";

const METHODS: ReadonlySet<string> = new Set(
  "GET HEAD PUT POST DELETE OPTIONS MKCOL COPY MOVE PROPFIND PROPPATCH LOCK UNLOCK PATCH TRACE".split(
    " ",
  ),
);
/** A host as a request may name it, with or without a port. */
const HOST = /^(?:\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9\-._~]+)(?::\d{1,5})?$/;

/** The Service's whole answer is awaited before the client gets any of it; said once, it stays. */
export function enableBuffering(x: Exchange): void {
  x.buffered = true;
}

/**
 * To the Service: "http" or "https".
 * @throws {PdkError} for any other
 */
export function setScheme(x: Exchange, _node: PdkNode, scheme: unknown): void {
  const value = stringOr(scheme, "scheme must be a string");
  if (value !== "http" && value !== "https") throw new PdkError(`invalid scheme: ${value}`);
  x.upstream.scheme = value;
}

/**
 * Replaces what Service and Route make of the path; bytes that cannot stand in one are escaped.
 * @throws {PdkError} unless it starts with "/"
 */
export function setPath(x: Exchange, _node: PdkNode, path: unknown): void {
  const value = stringOr(path, "path must be a string");
  if (!value.startsWith("/")) throw new PdkError("path must start with /");
  x.upstream.path = escapePath(toWire(value));
}

/** Controls and spaces would end the request line early; everything else is the plugin's business, as in Kong. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: controls are what it looks for
const BREAKS_REQUEST_LINE = /[\x00-\x20\x7f]/g;

function writeQuery(x: Exchange, wire: string): void {
  const query = wire.replace(
    BREAKS_REQUEST_LINE,
    (c) => `%${c.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`,
  );
  x.changedQuery = query;
  x.upstream.query = query;
  x.upstream.hasQuery = query !== "";
}

/** The query as it stands now, without "?": the client's, or what a plugin made of it. */
function currentQuery(x: Exchange): string {
  return x.changedQuery ?? x.rawQuery;
}

/** Without "?"; "" takes the query away. Only what would end the request line is escaped. */
export function setRawQuery(x: Exchange, _node: PdkNode, query: unknown): void {
  writeQuery(x, toWire(stringOr(query, "query must be a string")));
}

/**
 * To the Service; the Route is not matched again.
 * @throws {PdkError} for a method that nginx has no name for
 */
export function setMethod(x: Exchange, _node: PdkNode, method: unknown): void {
  const value = stringOr(method, "method must be a string");
  if (!METHODS.has(value)) throw new PdkError(`invalid method: ${value}`);
  x.upstreamMethod = value;
}

/**
 * Replaces the query, names in the order of their text.
 * @throws {PdkError} for a list, and for a value that no query can hold
 */
export function setQuery(x: Exchange, _node: PdkNode, args: unknown): void {
  if (!isTable(args)) throw new PdkError("args must be a table");
  if (Array.isArray(args) && args.length > 0) throw new PdkError("arg keys must be strings");
  const query = encodeQuery(args as Record<string, unknown>);
  if (query === undefined) throw new PdkError("invalid value in args");
  writeQuery(x, query);
}

/** All arguments of that name, compared decoded. Those that stay without "=" get one, as in Kong. */
export function clearQueryArg(x: Exchange, _node: PdkNode, name: unknown): void {
  const key = stringOr(name, "query argument name must be a string");
  const query = currentQuery(x);
  if (query === "") return;
  const kept: string[] = [];
  let isChanged = false;
  for (const pair of query.split("&")) {
    const equals = pair.indexOf("=");
    if (unescapeArg(equals < 0 ? pair : pair.slice(0, equals)) === key) isChanged = true;
    else if (pair !== "") kept.push(equals < 0 ? `${pair}=` : pair);
  }
  if (isChanged) writeQuery(x, kept.join("&"));
}

/** Is the name one of the framing headers, which are the gateway's alone? */
function isFraming(lower: string): boolean {
  return lower === "content-length" || lower === "transfer-encoding";
}

const SPECIAL_LENGTHS: readonly number[] = ["host", "content-length", "transfer-encoding"].map(
  (name) => name.length,
);

/** @returns whether a Host or a header of that kind was dealt with */
function writeSpecial(x: Exchange, node: PdkNode, name: string, value: string | string[]): boolean {
  if (!SPECIAL_LENGTHS.includes(name.length)) return false; // nearly all names, and no text is made to see it
  const lower = folded(name);
  if (lower === "host") {
    setHost(x, typeof value === "string" ? value : (value[0] ?? ""));
    return true;
  }
  if (isFraming(lower)) {
    node.log.warn({ request_id: x.id, header: lower }, "a plugin may not set a framing header");
    return true;
  }
  return false;
}

function setHost(x: Exchange, host: string): void {
  if (!HOST.test(host)) throw new PdkError(`invalid value for header "Host": ${host}`);
  // X-Forwarded-Host is settled when the request was routed, so a Host of the rewrite phase counts for it (recorded)
  if (x.phase !== PHASE.rewrite && x.hostBefore === "") x.hostBefore = getHost(x);
  x.upstream.hostHeader = host;
  x.requestHeaders.set("Host", host);
}

function folded(name: string): string {
  return name.toLowerCase().replaceAll("_", "-");
}

/**
 * Replaces all lines of that name. Host goes to {@link setHost}, framing headers are warned of and not heard.
 * @returns null with a reason for ":authority", else undefined
 * @throws {PdkError} for a name that is no token, a value of another type, a Host that is no host
 */
export function setHeader(
  x: Exchange,
  node: PdkNode,
  header: unknown,
  value: unknown,
): null | undefined {
  if (header === ":authority")
    return noResult(x, "cannot set :authority pseudo-header on non-gRPC");
  const name = headerName(header);
  const values = headerValues(name, value);
  if (!writeSpecial(x, node, name, values)) x.requestHeaders.set(name, values);
  return undefined;
}

/** Behind the lines of that name; a Host replaces. Results and errors as {@link setHeader}. */
export function addHeader(
  x: Exchange,
  node: PdkNode,
  header: unknown,
  value: unknown,
): null | undefined {
  if (header === ":authority")
    return noResult(x, "cannot set :authority pseudo-header on non-gRPC");
  const name = headerName(header);
  const values = headerValues(name, value);
  if (writeSpecial(x, node, name, values)) return undefined;
  if (typeof values === "string") x.requestHeaders.add(name, values);
  else for (const one of values) x.requestHeaders.add(name, one);
  return undefined;
}

/**
 * All lines of that name; framing headers stay.
 * @throws {PdkError} for a name that is no text
 */
export function clearHeader(x: Exchange, node: PdkNode, header: unknown): void {
  const name = stringOr(header, "header must be a string");
  const lower = folded(name);
  if (isFraming(lower)) {
    node.log.warn({ request_id: x.id, header: lower }, "a plugin may not clear a framing header");
  } else {
    x.requestHeaders.remove(name);
  }
}

/** Each as {@link setHeader} does; names and values are checked before the first is written. */
export function setHeaders(x: Exchange, node: PdkNode, headers: unknown): void {
  if (!isTable(headers)) throw new PdkError("headers must be a table");
  if (Array.isArray(headers) && headers.length > 0) headerName(1);
  for (const [name, values] of headerPairs(headers)) {
    if (!writeSpecial(x, node, name, values)) x.requestHeaders.set(name, values);
  }
}

function replaceBody(x: Exchange, body: Buffer): void {
  x.requestBody.replace(body);
  x.requestHeaders.remove("Transfer-Encoding");
  x.requestHeaders.set("Content-Length", String(body.length));
}

/**
 * The body that the Service gets, with its length; what the client still sends is read and dropped.
 * @throws {PdkError} for what is neither text nor bytes
 */
export function setRawBody(x: Exchange, _node: PdkNode, body: unknown): void {
  if (body instanceof Uint8Array) replaceBody(x, Buffer.from(body));
  else replaceBody(x, bytesOf(stringOr(body, "body must be a string")));
}

/**
 * Encoded by `mime`, else by the request's Content-Type, which becomes the one of the new body.
 * @returns null with a reason where neither names a type
 * @throws {PdkError} for a type that is not written exactly as one of ours, and for values that it cannot hold
 */
export function setBody(x: Exchange, _node: PdkNode, args: unknown, mime: unknown): true | null {
  if (!isTable(args)) throw new PdkError("args must be a table");
  const type = isNil(mime)
    ? x.requestHeaders.get("content-type")
    : stringOr(mime, "mime must be a string");
  if (type === undefined) {
    return noResult(
      x,
      "content type was neither explicitly given as an argument or received as a header",
    );
  }
  const kind = exactBodyKind(type);
  if (kind === null) throw new PdkError(`unsupported content type ${type}`);
  const { body, contentType } = encodeBody(kind, type, args as Record<string, unknown>);
  replaceBody(x, body);
  x.requestHeaders.set("Content-Type", toWire(contentType));
  return true;
}

/** Never allowed in a phase that this gateway has: preread and balancer are the stream subsystem's. */
export function changeTls(x: Exchange): null {
  return noResult(x, "TLS to the Service is chosen by its protocol");
}
