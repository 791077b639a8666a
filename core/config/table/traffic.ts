/** The request's way: routing, headers, errors, connections to targets, tracing. */
import { choice, flag, list, number, optionalText, text } from "../setting.ts";

export const TRAFFIC = {
  /** File overriding the HTML error template. */
  error_template_html: optionalText(),
  /** Same for JSON. */
  error_template_json: optionalText(),
  /** Same for XML. */
  error_template_xml: optionalText(),
  /** Same for plain text. */
  error_template_plain: optionalText(),
  /** Bytes. */
  worker_events_max_payload: number(65535, { inert: true }),
  /** Response headers to add (see proxy-behaviour 3) or off. */
  headers: list(["server_tokens", "latency_tokens", "x-kong-request-id"]),
  /** X-kong-request-id or off. */
  headers_upstream: list(["x-kong-request-id"]),
  /** Proxies whose forwarded headers are trusted (IPs, CIDRs, unix:). */
  trusted_ips: list([]),
  /** Error format without Accept and Content-Type. */
  error_default_type: choice("text/plain", [
    "application/json",
    "application/xml",
    "text/html",
    "text/plain",
  ]),
  /** 0 disables. */
  upstream_keepalive_pool_size: number(512),
  /** 0 unlimited. */
  upstream_keepalive_max_requests: number(10000),
  /** Seconds, 0 no limit. */
  upstream_keepalive_idle_timeout: number(60),
  /** Honour Kong-Debug request header. */
  allow_debug_header: flag(false),
  /** Eventual | strict (deprecated). */
  worker_consistency: choice("eventual", ["strict", "eventual"]),
  /** Seconds between rebuild checks, > 0. */
  worker_state_update_frequency: number(5),
  /** Route matching implementation. */
  router_flavor: choice("traditional_compatible", [
    "traditional",
    "traditional_compatible",
    "expressions",
  ]),
  /** Deprecated alias. */
  opentelemetry_tracing: list(["off"], {
    aliasOf: "tracing_instrumentations",
    deprecated: "tracing_instrumentations",
  }),
  /** Deprecated alias. */
  opentelemetry_tracing_sampling_rate: number(0.01, {
    aliasOf: "tracing_sampling_rate",
    deprecated: "tracing_sampling_rate",
  }),
  /** Off, all, request, db_query, dns_query, router, http_client, balancer, plugin_rewrite, plugin_access, plugin_header_filter. */
  tracing_instrumentations: list(["off"]),
  /** 0..1. */
  tracing_sampling_rate: number(0.01),
  /** Timing debug via X-Kong-Request-Debug headers. */
  request_debug: flag(true),
  /** Token; default random in prefix. */
  request_debug_token: text(""),
  /** Old name. */
  router_consistency: optionalText({ deprecated: "worker_consistency", inert: true }),
} as const;
