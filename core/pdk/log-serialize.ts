/**
 * `kong.log.serialize`: the entry of a request that log plugins send.
 *
 * Made for each log plugin anew, in the order of Kong's fields; entities as plugins see
 * them are made once. `authorization` and `proxy-authorization` are never told.
 *
 * @see reference pdk.json, _log_entry; recorded/observe/log-serializer
 */
import { jsonOf } from "./lua-json.ts";
import type { Exchange, Try } from "../exchange/exchange.ts";
import { LIST_DEFAULT } from "./arguments.ts";
import { inWorkspace, WORKSPACE_ID, WORKSPACE_NAME, withoutNil } from "./entity-view.ts";
import { headersOf, sentHeaders } from "./headers.ts";
import type { Headers, QueryArgs } from "./kong-api.ts";
import { applyLogValues } from "./log-values.ts";
import type { PdkNode } from "./pdk-node.ts";
import { getHost, getMethod, getQuery } from "./request.ts";
import { getSource } from "./response.ts";
import { toText } from "./text.ts";

const REDACTED = "REDACTED";
const NS_IN_MS = 1e6;

function requestHeaders(x: Exchange): Headers {
  const headers = headersOf(x.requestHeaders, LIST_DEFAULT);
  if (headers.authorization !== undefined) headers.authorization = REDACTED;
  if (headers["proxy-authorization"] !== undefined) headers["proxy-authorization"] = REDACTED;
  return headers;
}

function tryEntry(one: Try): Record<string, unknown> {
  const { balancerStartMs, balancerLatencyMs, ip, port, state, code } = one;
  const entry: Record<string, unknown> = {
    balancer_start: Math.trunc(balancerStartMs),
    balancer_start_ns: Math.round(balancerStartMs * NS_IN_MS),
    balancer_latency: Math.trunc(balancerLatencyMs),
    balancer_latency_ns: Math.round(balancerLatencyMs * NS_IN_MS),
    ip,
    port,
  };
  if (state !== undefined) {
    entry.state = state;
    entry.code = code;
  }
  return entry;
}

/**
 * Status of each try, "502, 200"; "" where the Service was not asked. A number where the response was buffered
 * (recorded).
 */
function upstreamStatus(x: Exchange): string | number {
  if (x.buffered && x.serviceStatus !== 0) return x.serviceStatus;
  const last = String(x.serviceStatus === 0 ? x.status : x.serviceStatus);
  const { tries } = x;
  if (tries === null || tries.length === 0) return x.serviceStatus === 0 ? "" : last;
  return tries.map((one) => (one.code === undefined ? last : String(one.code))).join(", ");
}

function latencies(x: Exchange, node: PdkNode): Record<string, number> {
  const request = Math.max(0, node.now() - x.startedMs);
  const firstByte = x.serviceFirstByteMs;
  if (x.accessEndMs < 0 || firstByte < 0) {
    return { kong: Math.trunc(request), proxy: -1, request: Math.trunc(request), receive: 0 };
  }
  const receive = x.serviceEndMs < 0 ? 0 : Math.max(0, x.serviceEndMs - firstByte);
  return {
    kong: Math.trunc(x.accessEndMs - x.startedMs + receive),
    proxy: Math.trunc(firstByte - x.accessEndMs),
    request: Math.trunc(request),
    receive: Math.trunc(receive),
  };
}

interface LogRequest {
  id: string;
  uri: string;
  url: string;
  querystring: QueryArgs;
  method: string;
  headers: Headers;
  size: number;
  tls?: { version: string; cipher: string; client_verify: string };
}

function requestEntry(x: Exchange, node: PdkNode): LogRequest {
  const uri = toText(x.target);
  const entry: LogRequest = {
    id: x.id,
    uri,
    url: `${x.scheme}://${getHost(x)}:${x.client.advertisedPort}${uri}`,
    querystring: getQuery(x, node, undefined),
    method: getMethod(x),
    headers: requestHeaders(x),
    size: x.requestBytes,
  };
  const { tls } = x.client;
  if (tls !== null) {
    entry.tls = { version: tls.version, cipher: tls.cipher, client_verify: tls.clientVerify };
  }
  return entry;
}

interface LogEntry extends Record<string, unknown> {
  request: LogRequest;
  upstream_uri: string;
  upstream_status: string | number;
  response: { status: number; headers: Headers; size: number };
  /** Milliseconds; `proxy` is the wait for the last try's answer or failure, -1 where the Service was not asked. */
  latencies: Record<string, number>;
  client_ip: string;
  started_at: number;
  source: "upstream" | "kong";
}

/** A new entry at each call; Routes, Services and Consumers in it are frozen and shared between requests. */
export function serialize(x: Exchange, node: PdkNode): LogEntry {
  const { upstream } = x;
  // before access nothing is known of the way to the Service, be there a Route or not (recorded)
  const isPlanned = x.accessStartMs >= 0;
  const query = upstream.query === "" ? "" : `?${upstream.query}`;
  const entry: LogEntry = {
    request: requestEntry(x, node),
    upstream_uri: isPlanned ? toText(`${upstream.path}${query}`) : "",
    upstream_status: upstreamStatus(x),
    response: {
      status: x.status,
      headers: sentHeaders(x, LIST_DEFAULT),
      size: x.bytesSent,
    },
    latencies: latencies(x, node),
    client_ip: x.forwardedIp,
    started_at: Math.trunc(x.startedMs),
    source: getSource(x) === "service" ? "upstream" : "kong",
    workspace: WORKSPACE_ID,
    workspace_name: WORKSPACE_NAME,
  };
  if (isPlanned) {
    entry.tries = (x.tries ?? []).map(tryEntry);
    if (x.route !== null) entry.route = inWorkspace(x.route);
    if (x.service !== null) entry.service = inWorkspace(x.service);
  }
  if (x.consumer !== null) entry.consumer = withoutNil(x.consumer);
  const { credential } = x;
  if (credential !== null) {
    const { id, consumer_id } = credential;
    entry.authenticated_entity = consumer_id === undefined ? { id } : { id, consumer_id };
  }
  if (x.logValues !== null) applyLogValues(x, entry);
  return entry;
}

/** The entry as plugin servers get it: JSON text. */
export function serializeToJson(x: Exchange, node: PdkNode): string {
  return jsonOf(serialize(x, node));
}
