/** Certificates, keys and TLS versions of the listeners and of connections that the gateway makes. */
import { flag, list, number, onOff, optionalText, text } from "../setting.ts";

export const TLS = {
  /** Proxy certificates (list; several types). */
  ssl_cert: list([]),
  /** Matching keys. */
  ssl_cert_key: list([], { sensitive: true }),
  /** Present a client certificate upstream. */
  client_ssl: flag(false),
  /** That certificate. */
  client_ssl_cert: optionalText(),
  /** Its key. */
  client_ssl_cert_key: optionalText({ sensitive: true }),
  /** Modern|intermediate|old|fips|custom. */
  ssl_cipher_suite: text("intermediate"),
  /** With custom. */
  ssl_ciphers: optionalText(),
  /** TLS versions. */
  ssl_protocols: text("TLSv1.2 TLSv1.3", {
    sets: ["nginx_http_ssl_protocols", "nginx_stream_ssl_protocols"],
  }),
  /** Prefer server cipher order. */
  ssl_prefer_server_ciphers: onOff("on", {
    sets: ["nginx_http_ssl_prefer_server_ciphers", "nginx_stream_ssl_prefer_server_ciphers"],
  }),
  /** File, PEM/base64 or predefined group. */
  ssl_dhparam: optionalText({
    sets: ["nginx_http_ssl_dhparam", "nginx_stream_ssl_dhparam"],
  }),
  /** TLS session tickets. */
  ssl_session_tickets: onOff("on", {
    sets: ["nginx_http_ssl_session_tickets", "nginx_stream_ssl_session_tickets"],
  }),
  /** TLS session lifetime. */
  ssl_session_timeout: text("1d", {
    sets: ["nginx_http_ssl_session_timeout", "nginx_stream_ssl_session_timeout"],
  }),
  /** TLS session cache size. */
  ssl_session_cache_size: text("10m", { inert: true }),
  /** Admin TLS cert. */
  admin_ssl_cert: list([]),
  /** Key. */
  admin_ssl_cert_key: list([], { sensitive: true }),
  /** GUI TLS cert. */
  admin_gui_ssl_cert: list([]),
  /** Key. */
  admin_gui_ssl_cert_key: list([], { sensitive: true }),
  /** Status TLS cert. */
  status_ssl_cert: list([]),
  /** Key. */
  status_ssl_cert_key: list([], { sensitive: true }),
  /** CA bundle: system and/or files/PEM/base64. */
  lua_ssl_trusted_certificate: list(["system"]),
  /** Certificate chain depth. */
  lua_ssl_verify_depth: number(1),
  /** TLS versions of outgoing calls. */
  lua_ssl_protocols: text("TLSv1.2 TLSv1.3", {
    sets: ["nginx_http_lua_ssl_protocols", "nginx_stream_lua_ssl_protocols"],
    inert: true,
  }),
  /** Documented only; unused in OSS. */
  debug_ssl_cert: optionalText({ inert: true }),
  /** Documented only; unused in OSS. */
  debug_ssl_cert_key: optionalText({ inert: true }),
} as const;
