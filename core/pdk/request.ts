/**
 * `kong.request`: the request as the client sent it, and as plugins changed its headers since.
 *
 * @see reference pdk.json; recorded/plugin-servers (request)
 */
import type { Exchange } from "../exchange/exchange.ts";
import { normalizePath } from "../router/normalize-path.ts";
import { listMax, stringOr } from "./arguments.ts";
import { headersOf } from "./headers.ts";
import type { Headers, QueryArgs } from "./kong-api.ts";
import { luaToNumber } from "./lua-number.ts";
import type { PdkNode } from "./pdk-node.ts";
import { decodeQuery } from "./query.ts";
import { toText } from "./text.ts";

/** Host of a request that has none (HTTP/1.0), as in Kong. */
const NO_HOST = "kong";
const PORT_MAX = 65_535;
const COOKIE = "cookie";

/** What the client spoke to the listener. */
export function getScheme(x: Exchange): "http" | "https" {
  return x.scheme;
}

/** Text of a host: lower case, without port, user and final dot. */
function hostOf(authority: string): string {
  const at = authority.lastIndexOf("@");
  const host = at < 0 ? authority : authority.slice(at + 1);
  const end = host.charCodeAt(0) === 0x5b ? host.indexOf("]") + 1 : host.indexOf(":");
  const name = end > 0 ? host.slice(0, end) : host;
  return toText(name.endsWith(".") ? name.slice(0, -1) : name).toLowerCase();
}

/** A Host that a plugin wrote counts, as in Kong. */
export function getHost(x: Exchange): string {
  const { requestHeaders } = x;
  const written =
    requestHeaders.added.length === 0 ? -1 : requestHeaders.find("host", requestHeaders.count);
  const received = x.absoluteHost === "" ? x.authority : x.absoluteHost;
  const authority = written < 0 ? received : requestHeaders.valueAt(written);
  return authority === "" ? NO_HOST : hostOf(authority);
}

/** The listener's own port, not that of the Host. */
export function getPort(x: Exchange): number {
  return x.client.localPort;
}

/** First value of a header that counts only from a trusted client; undefined if there is none. */
function trusted(x: Exchange, name: string): string | undefined {
  return x.client.trusted ? x.requestHeaders.get(name) : undefined;
}

/** X-Forwarded-Proto of a trusted peer in lower case, whatever it says (Kong does not check it either). */
export function getForwardedScheme(x: Exchange): string {
  return trusted(x, "x-forwarded-proto")?.toLowerCase() ?? x.scheme;
}

/** What a trusted client names as the host, without user; undefined if it names none. */
function forwardedAuthority(x: Exchange): string | undefined {
  const given = trusted(x, "x-forwarded-host");
  return given?.slice(given.indexOf("@") + 1);
}

/** Up to the first ":", be it an address of IPv6 or not: as Kong reads it. */
export function getForwardedHost(x: Exchange): string {
  const authority = forwardedAuthority(x);
  if (authority === undefined) return getHost(x);
  const colon = authority.indexOf(":");
  return toText(colon < 0 ? authority : authority.slice(0, colon)).toLowerCase();
}

function portOf(text: string | undefined): number | undefined {
  const port = text === undefined ? undefined : luaToNumber(text);
  return Number.isInteger(port) && port! >= 1 && port! <= PORT_MAX ? port : undefined;
}

/**
 * X-Forwarded-Port of a trusted peer, else the port in its X-Forwarded-Host, else the listener's as `port_maps`
 * has it.
 */
export function getForwardedPort(x: Exchange): number {
  const port = portOf(trusted(x, "x-forwarded-port"));
  if (port !== undefined) return port;
  const authority = forwardedAuthority(x);
  const colon = authority?.indexOf(":") ?? -1;
  return (colon < 0 ? undefined : portOf(authority?.slice(colon + 1))) ?? x.client.advertisedPort;
}

/** X-Forwarded-Path of a trusted peer as it stands, else the normalised path. */
export function getForwardedPath(x: Exchange): string {
  const path = trusted(x, "x-forwarded-path");
  return path === undefined ? getPath(x) : toText(path);
}

/**
 * X-Forwarded-Prefix of a trusted peer, else what the Route strips; null where it strips nothing, "" before the
 * router ran.
 */
export function getForwardedPrefix(x: Exchange): string | null {
  const prefix = trusted(x, "x-forwarded-prefix");
  if (prefix !== undefined) return toText(prefix);
  if (x.matchedPrefix !== "") return toText(x.matchedPrefix);
  return x.route === null ? "" : null; // before the router it is an empty variable of nginx (recorded)
}

/** 1, 1.1 or 2. */
export function getHttpVersion(x: Exchange): number {
  return x.httpVersion;
}

/** Does an error page of the gateway stand where an answer should be? Then the request is told as it was received. */
function isUnexpected(x: Exchange): boolean {
  return x.failed || x.answer?.source === "error";
}

/** As it goes to the Service, where a plugin changed it; after a failure as received (Kong's error pages). */
export function getMethod(x: Exchange): string {
  return isUnexpected(x) ? x.method : x.upstreamMethod;
}

/** Normalised, without the query. A path that cannot be normalised is given as received. */
export function getPath(x: Exchange): string {
  const path = x.path === "" ? (normalizePath(x.rawPath) ?? x.rawPath) : x.path;
  return toText(path);
}

/** As received, without the query. */
export function getRawPath(x: Exchange): string {
  return toText(x.rawPath);
}

/** The target of the request line as received; changes of plugins do not show. */
export function getPathWithQuery(x: Exchange): string {
  return toText(x.target);
}

/** The query as it stands now: plugins may have changed it (recorded). */
function query(x: Exchange): string {
  return x.changedQuery ?? x.rawQuery;
}

/** Without "?"; "" for none. What a plugin wrote for the Service shows here, as in Kong. */
export function getRawQuery(x: Exchange): string {
  return toText(query(x));
}

/** First value of the first 100 arguments; true without "=", null where it is not there. */
export function getQueryArg(x: Exchange, node: PdkNode, name: unknown): string | true | null {
  const key = stringOr(name, "query argument name must be a string");
  const value = getQuery(x, node, undefined)[key];
  return (Array.isArray(value) ? value[0] : value) ?? null;
}

/** Decoded arguments. `max` counts arguments, not names (1 to 1000, default 100). */
export function getQuery(x: Exchange, _node: PdkNode, max: unknown): QueryArgs {
  const wire = isUnexpected(x) ? x.rawQuery : query(x);
  return decodeQuery(wire, listMax(max, "max_args"));
}

/**
 * First line of that name, without case and with "_" for "-"; Cookie lines joined by "; ". null where it is not
 * there.
 */
export function getHeader(x: Exchange, _node: PdkNode, name: unknown): string | null {
  const key = typeof name === "string" ? name : stringOr(name, "header name must be a string");
  const value = x.requestHeaders.get(key);
  if (value === undefined) return null;
  // cookies may come in several lines and are one list all the same (recorded)
  if (key.length === COOKIE.length && key.toLowerCase() === COOKIE) {
    return toText(x.requestHeaders.getAll(COOKIE).join("; "));
  }
  return toText(value);
}

/** By lower-case name. `max` counts lines, not names (1 to 1000, default 100). */
export function getHeaders(x: Exchange, _node: PdkNode, max: unknown): Headers {
  return headersOf(x.requestHeaders, listMax(max, "max_headers"));
}

/** Whole milliseconds of the epoch. */
export function getStartTime(x: Exchange): number {
  return Math.trunc(x.startedMs);
}

/**
 * Of the Route's regex path. `unnamed[0]` is the whole match, a group that took no part is null; both empty
 * without a regex.
 */
export function getUriCaptures(x: Exchange): {
  unnamed: (string | null)[];
  named: Record<string, string>;
} {
  const named: Record<string, string> = {};
  for (const [name, value] of Object.entries(x.namedCaptures ?? {})) named[name] = toText(value);
  const unnamed = (x.captures ?? []).map((text) => (text === undefined ? null : toText(text)));
  return { unnamed, named };
}
