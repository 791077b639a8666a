/**
 * `kong.nginx`: what in Kong comes from nginx. There is no nginx here, so the variables that plugins ask for in practice
 * are answered from the exchange; all others are null, as a variable that nginx does not know.
 */
import type { Exchange } from "../exchange/exchange.ts";
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

export function getSubsystem(): "http" {
  return "http";
}

export function getStatistics(_x: Exchange, node: PdkNode): Statistics {
  return node.statistics();
}

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
  if (x.route === null) return "";
  const list = x.requestHeaders.getAll("x-forwarded-for");
  return list.length === 0 ? x.forwardedIp : toText([...list, x.client.ip].join(", "));
}

const VARIABLES: ReadonlyMap<string, Variable> = new Map<string, Variable>([
  ["args", query],
  ["body_bytes_sent", (x) => String(x.bodyBytesSent)],
  ["bytes_sent", (x) => String(x.bytesSent)],
  ["content_length", (x) => header(x, "content-length")],
  ["content_type", (x) => header(x, "content-type")],
  ["host", (x) => getHost(x)],
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
  ["remote_port", (x) => (x.forwardedPort === undefined ? "" : String(x.forwardedPort))],
  ["request", (x) => toText(`${x.method} ${x.target} ${serverProtocol(x)}`)],
  ["request_id", (x) => x.id],
  ["request_length", (x) => String(x.requestBytes)],
  ["request_method", (x) => x.upstreamMethod],
  ["request_time", (x, node) => ((node.now() - x.startedMs) / 1000).toFixed(3)],
  ["request_uri", (x) => toText(x.target)],
  ["scheme", (x) => x.scheme],
  ["server_addr", (x) => x.client.localIp],
  ["server_port", (x) => String(x.client.localPort)],
  ["server_protocol", (x) => serverProtocol(x)],
  ["ssl_cipher", (x) => x.client.tls?.cipher ?? null],
  ["ssl_client_verify", (x) => x.client.tls?.clientVerify ?? null],
  ["ssl_protocol", (x) => x.client.tls?.version ?? null],
  ["ssl_server_name", (x) => optional(x.client.tls?.sni ?? "")],
  ["status", (x) => (x.status === 0 ? "000" : String(x.status))],
  ["kong_proxy_mode", () => "http"],
  ["upstream_connection", (x) => (x.route === null ? "" : "keep-alive")],
  ["upstream_host", upstreamHost],
  ["upstream_scheme", (x) => x.upstream.scheme],
  ["upstream_status", (x) => (x.serviceStatus === 0 ? null : String(x.serviceStatus))],
  ["upstream_te", () => ""],
  ["upstream_upgrade", () => ""],
  ["upstream_uri", (x) => toText(x.upstream.path)],
  ["upstream_x_forwarded_for", forwardedFor],
  ["upstream_x_forwarded_host", routed(getForwardedHost)],
  ["upstream_x_forwarded_path", routed(getForwardedPath)],
  ["upstream_x_forwarded_port", routed((x) => String(getForwardedPort(x)))],
  ["upstream_x_forwarded_prefix", routed((x) => getForwardedPrefix(x) ?? "")],
  ["upstream_x_forwarded_proto", routed(getForwardedScheme)],
  ["uri", (x) => (x.path === "" ? getRawPath(x) : toText(x.path))],
]);

function serverProtocol(x: Exchange): string {
  return `HTTP/${x.httpVersion.toFixed(1)}`;
}

function header(x: Exchange, name: string): string | null {
  const value = x.requestHeaders.get(name);
  return value === undefined ? null : toText(value);
}

/** Variables that are a header or an argument by their name. */
const PREFIXES: ReadonlyArray<readonly [string, (x: Exchange, rest: string) => string | null]> = [
  ["http_", header],
  ["sent_http_", (x, rest) => optionalHeader(x.responseHeaders.get(rest))],
  [
    "upstream_http_",
    (x, rest) => optionalHeader((x.serviceHeaders ?? x.responseHeaders).get(rest)),
  ],
  ["arg_", argument],
  ["cookie_", cookie],
];

function optionalHeader(value: string | undefined): string | null {
  return value === undefined ? null : toText(value);
}

/** As nginx: the first of that name, without case, not decoded. */
function argument(x: Exchange, name: string): string | null {
  for (const pair of (x.changedQuery ?? x.rawQuery).split("&")) {
    const equals = pair.indexOf("=");
    if (equals < 0) continue;
    if (pair.slice(0, equals).toLowerCase() === name.toLowerCase()) {
      return toText(pair.slice(equals + 1));
    }
  }
  return null;
}

function cookie(x: Exchange, name: string): string | null {
  for (const line of x.requestHeaders.getAll("cookie")) {
    for (const pair of line.split(";")) {
      const equals = pair.indexOf("=");
      if (equals >= 0 && pair.slice(0, equals).trim() === name) {
        return toText(pair.slice(equals + 1).trim());
      }
    }
  }
  return null;
}

export function getVar(x: Exchange, node: PdkNode, name: unknown): string | null {
  const key = stringOr(name, "name must be a string");
  const variable = VARIABLES.get(key);
  if (variable !== undefined) return variable(x, node);
  for (const [prefix, read] of PREFIXES) {
    if (key.startsWith(prefix)) return read(x, key.slice(prefix.length));
  }
  return null;
}
