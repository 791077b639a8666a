/**
 * nginx directives that Kong gives a default, and their short names. Further ones are accepted under the same
 * prefixes (namespaces.ts); limits.ts says which of them mean something here.
 */
import { onOff, optionalText, text } from "../setting.ts";

export const DIRECTIVES = {
  /** Worker user group. */
  nginx_user: text("kong kong", { aliasOf: "nginx_main_user", inert: true }),
  /** Worker count. */
  nginx_worker_processes: text("auto", { aliasOf: "nginx_main_worker_processes" }),
  /** Run in background. */
  nginx_daemon: onOff("on", { aliasOf: "nginx_main_daemon" }),
  nginx_main_daemon: text("on"),
  nginx_main_user: text("kong kong", { inert: true }),
  nginx_main_worker_processes: text("auto"),
  nginx_main_worker_rlimit_nofile: text("auto", { inert: true }),
  nginx_events_worker_connections: text("auto", { inert: true }),
  nginx_events_multi_accept: text("on", { inert: true }),
  nginx_http_charset: text("UTF-8"),
  nginx_http_client_max_body_size: text("0"),
  nginx_http_client_body_buffer_size: text("8k"),
  nginx_http_ssl_protocols: optionalText(),
  nginx_http_ssl_prefer_server_ciphers: optionalText(),
  nginx_http_ssl_dhparam: optionalText({ inert: true }),
  nginx_http_ssl_session_tickets: optionalText(),
  nginx_http_ssl_session_timeout: optionalText(),
  nginx_http_ssl_conf_command: optionalText({ inert: true }),
  nginx_http_proxy_ssl_conf_command: optionalText({ inert: true }),
  nginx_http_lua_ssl_conf_command: optionalText({ inert: true }),
  nginx_http_grpc_ssl_conf_command: optionalText({ inert: true }),
  nginx_http_lua_regex_match_limit: text("100000", { inert: true }),
  nginx_http_lua_regex_cache_max_entries: text("8192", { inert: true }),
  nginx_http_keepalive_requests: text("10000"),
  nginx_stream_ssl_conf_command: optionalText({ inert: true }),
  nginx_stream_proxy_ssl_conf_command: optionalText({ inert: true }),
  nginx_stream_lua_ssl_conf_command: optionalText({ inert: true }),
  nginx_stream_ssl_protocols: optionalText({ inert: true }),
  nginx_stream_ssl_prefer_server_ciphers: optionalText({ inert: true }),
  nginx_stream_ssl_dhparam: optionalText({ inert: true }),
  nginx_stream_ssl_session_tickets: optionalText({ inert: true }),
  nginx_stream_ssl_session_timeout: optionalText({ inert: true }),
  nginx_proxy_real_ip_header: text("X-Real-IP"),
  nginx_proxy_real_ip_recursive: text("off"),
  nginx_admin_client_max_body_size: text("10m"),
  nginx_admin_client_body_buffer_size: text("10m"),
  /** Request body memory buffer. */
  client_body_buffer_size: text("8k"),
  /** Header carrying the client IP or proxy_protocol. */
  real_ip_header: text("X-Real-IP", { aliasOf: "nginx_proxy_real_ip_header" }),
  /** On: last untrusted address. */
  real_ip_recursive: onOff("off", { aliasOf: "nginx_proxy_real_ip_recursive" }),
  /** Optional injected nginx directive (nginx default 1k). */
  nginx_http_client_header_buffer_size: optionalText(),
  /** Optional injected nginx directive (nginx default 4 8k). */
  nginx_http_large_client_header_buffers: optionalText(),
} as const;
