/**
 * `kong.nginx`: what in Kong comes from nginx. There is no nginx here, so the variables that plugins ask for in practice
 * are answered from the exchange; all others are null, as a variable that nginx does not know.
 */
import type { Exchange } from "../exchange/exchange.ts";
import type { HeaderBlock } from "../exchange/header-block.ts";
import { PHASE } from "../phases/phases.ts";
import { stringOr } from "./arguments.ts";
import type { PdkNode, Statistics } from "./pdk-node.ts";
import {
  getForwardedHost,
  getForwardedPath,
  getForwardedPort,
  getForwardedPrefix,
  getForwardedScheme,
  getHost,
  getRawPath,
} from "./request.ts";
import { toText } from "./text.ts";

const HTTP_PORT = 80;
const HTTPS_PORT = 443;

/** Always "http": plugins of this gateway run for no TCP stream. */
export function getSubsystem(): "http" {
  return "http";
}

/** Of this worker, as nginx's stub_status counts for all of its workers. */
export function getStatistics(_x: Exchange, node: PdkNode): Statistics {
  return node.statistics();
}

/** "TLSv1.3" and the like; null over plain TCP. */
export function getTls1VersionStr(x: Exchange): string | null {
  return x.client.tls?.version ?? null;
}

/** Seconds of the epoch with milliseconds. */
export function reqStartTime(x: Exchange): number {
  return Math.trunc(x.startedMs) / 1000;
}

type Variable = (x: Exchange, node: PdkNode) => string | null;
const optional = (text: string): string | null => (text === "" ? null : toText(text));

/** An empty query is none to nginx (recorded). */
function query(x: Exchange): string | null {
  return optional(x.changedQuery ?? x.rawQuery);
}

/** A variable that is empty until there is a Route. */
function routed(read: (x: Exchange) => string): Variable {
  return (x) => (x.route === null ? "" : read(x));
}

/** Empty until a Target was picked, unless the Route or a plugin says it (recorded). */
function upstreamHost(x: Exchange): string {
  const { hostHeader, host, port, scheme } = x.upstream;
  if (hostHeader !== "") return toText(hostHeader);
  if (x.accessEndMs < 0 || host === "") return "";
  const usual = scheme === "https" || scheme === "grpcs" ? HTTPS_PORT : HTTP_PORT;
  return port === usual ? host : `${host}:${port}`;
}

/** As it goes to the Service: the direct peer joins a list. */
function forwardedFor(x: Exchange): string {
  const list = x.requestHeaders.getAll("x-forwarded-for");
  return list.length === 0 ? x.forwardedIp : toText([...list, x.client.ip].join(", "));
}

function uri(x: Exchange): string {
  return x.path === "" ? getRawPath(x) : toText(x.path);
}

/** Who authenticated by HTTP Basic, whatever became of it; null for nobody. */
function remoteUser(x: Exchange): string | null {
  const match = /^basic +([^ ]+)/i.exec(x.requestHeaders.get("authorization") ?? "");
  const pair = Buffer.from(match?.[1] ?? "", "base64").latin1Slice();
  const colon = pair.indexOf(":");
  return colon <= 0 ? null : toText(pair.slice(0, colon));
}

/** Each try's address; null where there was none yet. */
function upstreamAddress(x: Exchange): string | null {
  const tries = x.tries ?? [];
  return tries.length === 0 ? null : tries.map(({ ip, port }) => `${ip}:${port}`).join(", ");
}

const VARIABLES: ReadonlyMap<string, Variable> = new Map<string, Variable>([
  ["args", query],
  ["body_bytes_sent", (x) => String(x.bodyBytesSent)],
  ["bytes_sent", (x) => String(x.bytesSent)],
  ["content_length", (x) => header(x, "content-length")],
  ["content_type", (x) => header(x, "content-type")],
  ["host", (x) => getHost(x)],
  ["document_uri", uri],
  ["hostname", (_x, node) => node.hostname],
  ["https", (x) => (x.scheme === "https" ? "on" : "")],
  ["is_args", (x) => ((x.changedQuery ?? x.rawQuery) === "" ? "" : "?")],
  ["kong_request_id", (x) => x.id],
  ["msec", (_x, node) => (node.now() / 1000).toFixed(3)],
  ["pid", () => String(process.pid)],
  ["query_string", query],
  ["realip_remote_addr", (x) => x.client.ip],
  ["realip_remote_port", (x) => String(x.client.port)],
  ["remote_addr", (x) => x.forwardedIp],
  ["remote_user", remoteUser],
  ["remote_port", (x) => (x.forwardedPort === undefined ? "" : String(x.forwardedPort))],
  ["request", (x) => toText(`${x.method} ${x.target} ${serverProtocol(x)}`)],
  ["request_completion", (x) => (x.phase === PHASE.log && !x.clientGone ? "OK" : "")],
  ["request_id", (x) => x.id],
  ["request_length", (x) => String(x.requestBytes)],
  ["request_method", (x) => x.upstreamMethod],
  ["request_time", (x, node) => ((node.now() - x.startedMs) / 1000).toFixed(3)],
  ["request_uri", (x) => toText(x.target)],
  ["scheme", (x) => x.scheme],
  ["server_addr", (x) => x.client.localIp],
  ["server_name", () => "kong"],
  ["server_port", (x) => String(x.client.localPort)],
  ["server_protocol", (x) => serverProtocol(x)],
  ["ssl_cipher", (x) => x.client.tls?.cipher ?? null],
  ["ssl_client_verify", (x) => x.client.tls?.clientVerify ?? null],
  ["ssl_protocol", (x) => x.client.tls?.version ?? null],
  ["ssl_server_name", (x) => optional(x.client.tls?.sni ?? "")],
  ["status", (x) => (x.status === 0 ? "000" : String(x.status))],
  ["kong_proxy_mode", () => "http"],
  ["proxy_add_x_forwarded_for", forwardedFor],
  ["time_iso8601", (_x, node) => new Date(node.now()).toISOString().replace(/\.\d+Z$/, "+00:00")],
  ["upstream_addr", upstreamAddress],
  ["upstream_connection", (x) => (x.route === null ? "" : "keep-alive")],
  ["upstream_host", upstreamHost],
  ["upstream_scheme", (x) => x.upstream.scheme],
  ["upstream_status", (x) => (x.serviceStatus === 0 ? null : String(x.serviceStatus))],
  ["upstream_te", () => ""],
  ["upstream_upgrade", () => ""],
  ["upstream_uri", (x) => toText(x.upstream.path)],
  ["upstream_x_forwarded_for", routed(forwardedFor)],
  ["upstream_x_forwarded_host", routed(getForwardedHost)],
  ["upstream_x_forwarded_path", routed(getForwardedPath)],
  ["upstream_x_forwarded_port", routed((x) => String(getForwardedPort(x)))],
  ["upstream_x_forwarded_prefix", routed((x) => getForwardedPrefix(x) ?? "")],
  ["upstream_x_forwarded_proto", routed(getForwardedScheme)],
  ["uri", uri],
]);

function serverProtocol(x: Exchange): string {
  return `HTTP/${x.httpVersion.toFixed(1)}`;
}

/** All lines of that name as one (nginx from 1.23 on); null if there is none. */
function lines(block: HeaderBlock, name: string, separator = ", "): string | null {
  const values = block.getAll(name);
  return values.length === 0 ? null : toText(values.join(separator));
}

function header(x: Exchange, name: string): string | null {
  return lines(x.requestHeaders, name, name === "cookie" ? "; " : ", ");
}

/** Variables that are a header or an argument by their name. */
const PREFIXES: ReadonlyArray<readonly [string, (x: Exchange, rest: string) => string | null]> = [
  ["http_", header],
  ["sent_http_", (x, rest) => lines(x.responseHeaders, rest)],
  ["upstream_http_", (x, rest) => lines(x.serviceHeaders ?? x.responseHeaders, rest)],
  ["arg_", argument],
  ["cookie_", cookie],
];

/** As nginx: the first of that name (lower-case), without case, not decoded. */
function argument(x: Exchange, name: string): string | null {
  for (const pair of (x.changedQuery ?? x.rawQuery).split("&")) {
    const equals = pair.indexOf("=");
    if (equals < 0) continue;
    if (pair.slice(0, equals).toLowerCase() === name) {
      return toText(pair.slice(equals + 1));
    }
  }
  return null;
}

function cookie(x: Exchange, name: string): string | null {
  for (const line of x.requestHeaders.getAll("cookie")) {
    for (const pair of line.split(";")) {
      const equals = pair.indexOf("=");
      if (equals >= 0 && pair.slice(0, equals).trim().toLowerCase() === name) {
        return toText(pair.slice(equals + 1).trim());
      }
    }
  }
  return null;
}

/** Names have no case, as in nginx; a number is what a regular expression caught, and here is none. */
export function getVar(x: Exchange, node: PdkNode, name: unknown): string | null {
  if (typeof name === "number") return null;
  const key = stringOr(name, "name must be a string").toLowerCase();
  const variable = VARIABLES.get(key);
  if (variable !== undefined) return variable(x, node);
  for (const [prefix, read] of PREFIXES) {
    if (key.startsWith(prefix)) return read(x, key.slice(prefix.length));
  }
  return null;
}
