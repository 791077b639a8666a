/** Checks of single values: words of a list, numbers in a range, tokens. */
import { SETTINGS_BY_NAME, type SettingName } from "../table.ts";
import type { Check, GivenValues } from "./given.ts";

const PG_COUNTS = [
  "max_concurrent_queries",
  "semaphore_timeout",
  "keepalive_timeout",
  "pool_size",
  "backlog",
] as const;
/** Numbers that must not be unset: a text that is none is a fault there, and counts as unset elsewhere. */
export const NEEDED_NUMBERS = [
  "pg_max_concurrent_queries",
  "pg_semaphore_timeout",
  "upstream_keepalive_pool_size",
  "upstream_keepalive_max_requests",
  "upstream_keepalive_idle_timeout",
  "worker_state_update_frequency",
  "cluster_data_plane_purge_delay",
  "cluster_max_payload",
  "lua_max_req_headers",
  "lua_max_resp_headers",
  "lua_max_uri_args",
  "lua_max_post_args",
  "tracing_sampling_rate",
  "limit_header_count",
  "limit_start_timeout",
  "limit_worker_silence",
] as const satisfies readonly SettingName[];
const PURGE_DELAY_LEAST_S = 60;
const CLUSTER_PAYLOAD_LEAST = 4_194_304;
const CIPHER_SUITES = new Set(["modern", "intermediate", "old", "fips", "custom"]);
const HEADERS = new Set([
  "server_tokens",
  "latency_tokens",
  "server",
  "via",
  "x-kong-proxy-latency",
  "x-kong-response-latency",
  "x-kong-admin-latency",
  "x-kong-upstream-latency",
  "x-kong-upstream-status",
  "x-kong-request-id",
]);
const HEADERS_UPSTREAM = new Set(["x-kong-request-id"]);
const TRACING_TYPES = new Set([
  "off",
  "all",
  "request",
  "db_query",
  "dns_query",
  "router",
  "http_client",
  "balancer",
  "plugin_rewrite",
  "plugin_access",
  "plugin_header_filter",
]);
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** `<k> has an invalid value: '<v>' (a, b, c)`. */
export const checkWords: Check = (values, errors) => {
  for (const [name, setting] of SETTINGS_BY_NAME) {
    if (setting.oneOf === undefined) continue;
    const value = values[name as SettingName];
    if (value === null && setting.default === null) continue;
    if (typeof value === "string" && setting.oneOf.includes(value)) continue;
    const words = setting.oneOf.join(", ");
    errors.push(`${name} has an invalid value: '${value ?? "nil"}' (${words})`);
  }
  if (values.database === "cassandra") {
    errors.push(
      "Cassandra as a datastore for Kong is not supported in versions 3.4 and above. Please use Postgres.",
    );
  }
  if (values.ssl_cipher_suite !== null && !CIPHER_SUITES.has(values.ssl_cipher_suite)) {
    errors.push(`Undefined cipher suite ${values.ssl_cipher_suite}`);
  }
  if (values.node_id !== null && !UUID.test(values.node_id)) {
    errors.push("node_id must be a valid UUID");
  }
};

/** Bounds that Kong states; a number that is no number was told before. */
export const checkNumbers: Check = (values, errors) => {
  for (const family of ["pg", "pg_ro"] as const) {
    for (const count of PG_COUNTS) checkPgCount(`${family}_${count}`, values, errors);
  }
  for (const what of ["pool_size", "max_requests", "idle_timeout"] as const) {
    atLeast(values, `upstream_keepalive_${what}`, 0, "0", errors);
  }
  atLeast(values, "cluster_data_plane_purge_delay", PURGE_DELAY_LEAST_S, "60", errors);
  atLeast(values, "cluster_max_payload", CLUSTER_PAYLOAD_LEAST, "4194304 (4MB)", errors);
  atLeast(values, "limit_header_count", 1, "1", errors);
  atLeast(values, "limit_start_timeout", 1, "1", errors);
  atLeast(values, "limit_worker_silence", 0, "0", errors);
  for (const what of ["req_headers", "resp_headers", "uri_args", "post_args"] as const) {
    const value = values[`lua_max_${what}`];
    if (value === null || (Number.isInteger(value) && value >= 1 && value <= 1000)) continue;
    errors.push(`lua_max_${what} must be an integer between 1 and 1000`);
  }
  const frequency = values.worker_state_update_frequency;
  if (frequency !== null && frequency <= 0) {
    errors.push("worker_state_update_frequency must be greater than 0");
  }
  const rate = values.tracing_sampling_rate;
  if (rate !== null && (rate < 0 || rate > 1)) {
    errors.push("tracing_sampling_rate must be between 0 and 1");
  }
};

function checkPgCount(
  name: `${"pg" | "pg_ro"}_${(typeof PG_COUNTS)[number]}`,
  values: GivenValues,
  errors: string[],
): void {
  const value = values[name];
  if (value === null) return;
  if (value < 0) errors.push(`${name} must be greater than 0`);
  else if (!Number.isInteger(value)) errors.push(`${name} must be an integer greater than 0`);
}

function atLeast(
  values: GivenValues,
  name: (typeof NEEDED_NUMBERS)[number],
  least: number,
  shown: string,
  errors: string[],
): void {
  const value = values[name];
  if (value !== null && value < least) errors.push(`${name} must be ${shown} or greater`);
}

/** Tokens of `headers`, `headers_upstream` and `tracing_instrumentations`; "off" only counts in small letters. */
export const checkTokens: Check = (values, errors) => {
  for (const entry of values.headers ?? []) {
    if (entry === "off" || HEADERS.has(entry.toLowerCase())) continue;
    errors.push(`headers: invalid entry '${entry}'`);
  }
  for (const entry of values.headers_upstream ?? []) {
    if (entry === "off" || HEADERS_UPSTREAM.has(entry.toLowerCase())) continue;
    errors.push(`headers_upstream: invalid entry '${entry}'`);
  }
  const tracing = values.tracing_instrumentations ?? [];
  for (const type of tracing) {
    if (!TRACING_TYPES.has(type)) errors.push(`invalid tracing type: ${type}`);
  }
  if (tracing.length > 1 && tracing.includes("off")) {
    errors.push("invalid tracing types: off, other types are mutually exclusive");
  }
};
