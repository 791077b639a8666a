/**
 * The bounds of traffic as numbers, from the nginx directives that users know them by.
 *
 * A directive of the proxy's server block (`nginx_proxy_*`) counts before one of the http block (`nginx_http_*`), as in
 * nginx; what neither gives has Kong's default, else nginx's.
 */
import { InvalidSetting } from "../errors.ts";
import { parseBuffers, parseCount, parseSize, parseTime } from "./sizes.ts";

/** Bytes and milliseconds; 0 means "none" only where that is said. */
export interface Limits {
  /** A whole request head: number of `large_client_header_buffers` times their size. */
  readonly headerBytesMax: number;
  /** One header field, and the request line: the size of one of those buffers. */
  readonly headerLineBytesMax: number;
  readonly requestLineBytesMax: number;
  /** Header fields of a request (`limit_header_count`, ours). */
  readonly headerCountMax: number;
  /** A request's body (`client_max_body_size`); 0 = no limit. */
  readonly clientBodyBytesMax: number;
  /** A request's body in memory (`client_body_buffer_size`). */
  readonly clientBodyBufferBytes: number;
  /** A body sent to the Admin API (`nginx_admin_client_max_body_size`); 0 = no limit. */
  readonly adminBodyBytesMax: number;
  /** `client_header_timeout`. */
  readonly headerTimeoutMs: number;
  /** `client_body_timeout`, between two reads. */
  readonly bodyTimeoutMs: number;
  /** `keepalive_timeout`, first value; 0 = no keep-alive with clients. */
  readonly keepaliveTimeoutMs: number;
  /** `keepalive_requests`. */
  readonly keepaliveRequestsMax: number;
  /** `send_timeout`, between two writes to a client. */
  readonly sendTimeoutMs: number;
  /** How long a worker that is to end waits for its requests (`worker_shutdown_timeout`); 0 = as long as they take. */
  readonly drainTimeoutMs: number;
  /** 0 = no keep-alive with targets. */
  readonly upstreamKeepalivePoolSize: number;
  /** 0 = no limit. */
  readonly upstreamKeepaliveRequestsMax: number;
  /** 0 = no limit. */
  readonly upstreamKeepaliveIdleTimeoutMs: number;
}

/** Directives that mean something here, without their prefix. */
export const LIMIT_DIRECTIVES: ReadonlySet<string> = new Set([
  "client_max_body_size",
  "client_body_buffer_size",
  "client_header_timeout",
  "client_body_timeout",
  "keepalive_timeout",
  "keepalive_requests",
  "send_timeout",
  "large_client_header_buffers",
  "client_header_buffer_size",
]);

/** The same for the main block: a process' own. */
export const MAIN_DIRECTIVES: ReadonlySet<string> = new Set(["worker_shutdown_timeout"]);
const DRAIN = "nginx_main_worker_shutdown_timeout";

/** nginx's defaults where Kong has none; for draining, where nginx waits for ever, ours. */
const NGINX_DEFAULTS = {
  worker_shutdown_timeout: "60s",
  client_header_timeout: "60s",
  client_body_timeout: "60s",
  keepalive_timeout: "75s",
  send_timeout: "60s",
  large_client_header_buffers: "4 8k",
} as const;

/** The few settings with names of their own that limits come from. */
export interface LimitSources {
  readonly limit_header_count: number;
  readonly upstream_keepalive_pool_size: number;
  readonly upstream_keepalive_max_requests: number;
  /** Seconds. */
  readonly upstream_keepalive_idle_timeout: number;
}

/**
 * @param directive value of an injected directive by full name, defaults included; undefined where unset
 * @param errors gets a line for each value that is none
 */
export function parseLimits(
  sources: LimitSources,
  directive: (name: string) => string | undefined,
  errors: string[],
): Limits {
  const read = <T>(
    name: string,
    parse: (setting: string, text: string) => T,
    fallback: string,
    instead: T,
  ): T => {
    const own = `nginx_proxy_${name}`;
    const isOwn = directive(own) !== undefined;
    const setting = isOwn ? own : `nginx_http_${name}`;
    return attempt(() => parse(setting, directive(setting) ?? fallback), instead, errors);
  };
  const time = (name: Exclude<keyof typeof NGINX_DEFAULTS, "worker_shutdown_timeout">): number =>
    read(
      name,
      (setting, text) => parseTime(setting, text.split(/\s+/)[0]!),
      NGINX_DEFAULTS[name],
      0,
    );
  const headers = read("large_client_header_buffers", parseBuffers, "4 8k", { count: 4, bytes: 1 });
  const admin = "nginx_admin_client_max_body_size";
  return {
    headerBytesMax: headers.count * headers.bytes,
    headerLineBytesMax: headers.bytes,
    requestLineBytesMax: headers.bytes,
    headerCountMax: sources.limit_header_count,
    clientBodyBytesMax: read("client_max_body_size", parseSize, "0", 0),
    clientBodyBufferBytes: read("client_body_buffer_size", parseSize, "8k", 0),
    adminBodyBytesMax: attempt(() => parseSize(admin, directive(admin) ?? "10m"), 0, errors),
    headerTimeoutMs: time("client_header_timeout"),
    bodyTimeoutMs: time("client_body_timeout"),
    keepaliveTimeoutMs: time("keepalive_timeout"),
    keepaliveRequestsMax: read("keepalive_requests", (s, t) => parseCount(s, t, 1), "10000", 1),
    sendTimeoutMs: time("send_timeout"),
    drainTimeoutMs: attempt(
      () => parseTime(DRAIN, directive(DRAIN) ?? NGINX_DEFAULTS.worker_shutdown_timeout),
      0,
      errors,
    ),
    upstreamKeepalivePoolSize: sources.upstream_keepalive_pool_size,
    upstreamKeepaliveRequestsMax: sources.upstream_keepalive_max_requests,
    upstreamKeepaliveIdleTimeoutMs: sources.upstream_keepalive_idle_timeout * 1000,
  };
}

/** What `parse` gives; where that is no setting, `instead`, and its sentence goes to `errors`. */
export function attempt<T>(parse: () => T, instead: T, errors: string[]): T {
  try {
    return parse();
  } catch (cause) {
    if (!(cause instanceof InvalidSetting)) throw cause;
    errors.push(cause.message);
    return instead;
  }
}
