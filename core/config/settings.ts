/**
 * The settings as the gateway uses them: frozen, with Kong's names and typed values, and what follows from them.
 *
 * A name from the tables is a plain property: `settings.trusted_ips`. null = unset; a list that is unset is empty.
 * Whoever shows settings to anybody uses view.ts, because secrets stand here as they are.
 */
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { expandPlugins } from "./bundled-plugins.ts";
import type { Limits } from "./limits.ts";
import type { Listener } from "./listeners.ts";
import type { PluginServerSettings } from "./plugin-servers.ts";
import type { SettingValues } from "./table.ts";

/**
 * All settings, checked, frozen: what is in the table under Kong's names, and what is derived from
 * it. Times and sizes are as their settings have them; those in {@link Limits} are milliseconds and
 * bytes.
 */
export interface Settings extends SettingValues {
  /** `[]` = off. */
  readonly proxy_listeners: readonly Listener[];
  readonly admin_listeners: readonly Listener[];
  readonly status_listeners: readonly Listener[];
  readonly admin_gui_listeners: readonly Listener[];
  readonly stream_listeners: readonly Listener[];
  readonly cluster_listeners: readonly Listener[];
  /** Listening port to the port that clients know, from `port_maps`. */
  readonly host_ports: Readonly<Record<number, number>>;
  /** Names of the plugins that `plugins` enables, `bundled` expanded; whether they exist is not known here. */
  readonly loaded_plugins: readonly string[];
  readonly pluginservers: readonly PluginServerSettings[];
  /** Lower-case names of the response headers that `headers` asks for, tokens expanded. */
  readonly enabled_headers: ReadonlySet<string>;
  readonly enabled_headers_upstream: ReadonlySet<string>;
  readonly limits: Limits;
  /** Number of workers; `auto` is resolved. */
  readonly workers: number;
  /** Settings under a free prefix: injected directives, plugin servers, vaults. */
  readonly free: Readonly<Record<string, string>>;
  /** Settings whose value came from a vault: the reference, or those of a list's entries (null where there is none). */
  readonly references: Readonly<Record<string, string | readonly (string | null)[]>>;
  /** Path of the file with the running settings. */
  readonly kong_env: string;
  /** Path of the file with the primary's process id. */
  readonly nginx_pid: string;
}

/** Where things are in a prefix, relative to it. */
const PREFIX_FILES = {
  kong_env: ".kong_env",
  nginx_pid: "pids/nginx.pid",
  logs: "logs",
  ssl: "ssl",
} as const;

/** Path of the running settings in a prefix. */
export function kongEnvPath(prefix: string): string {
  return join(prefix, PREFIX_FILES.kong_env);
}

/** @param prefix absolute */
export function pidFilePath(prefix: string): string {
  return join(prefix, PREFIX_FILES.nginx_pid);
}

/** The pairs that are generated where TLS is on and no certificate is given; relative to the prefix. */
export const DEFAULT_CERTIFICATES = {
  ssl_cert: { cert: "ssl/kong-default.crt", key: "ssl/kong-default.key" },
  admin_ssl_cert: { cert: "ssl/admin-kong-default.crt", key: "ssl/admin-kong-default.key" },
  admin_gui_ssl_cert: {
    cert: "ssl/admin-gui-kong-default.crt",
    key: "ssl/admin-gui-kong-default.key",
  },
  status_ssl_cert: { cert: "ssl/status-kong-default.crt", key: "ssl/status-kong-default.key" },
} as const;

const LATENCY_HEADERS = [
  "x-kong-proxy-latency",
  "x-kong-response-latency",
  "x-kong-admin-latency",
  "x-kong-upstream-latency",
];

/** `off` only counts as the first entry. */
function expandHeaders(tokens: readonly string[]): ReadonlySet<string> {
  const names = new Set<string>();
  if (tokens[0] === "off") return names;
  for (const token of tokens) {
    const name = token.toLowerCase();
    if (name === "server_tokens") names.add("server").add("via");
    else if (name === "latency_tokens") for (const latency of LATENCY_HEADERS) names.add(latency);
    else if (name !== "off") names.add(name);
  }
  return names;
}

/** @returns the number, or undefined if it is none */
export function parseWorkers(text: string): number | undefined {
  if (text === "auto") return availableParallelism();
  return /^[1-9]\d{0,3}$/.test(text) ? Number(text) : undefined;
}

/** What follows from values alone and cannot fail. */
export function deriveSimple(
  values: SettingValues,
): Pick<
  Settings,
  "loaded_plugins" | "enabled_headers" | "enabled_headers_upstream" | "kong_env" | "nginx_pid"
> {
  return {
    loaded_plugins: expandPlugins(values.plugins),
    enabled_headers: expandHeaders(values.headers),
    enabled_headers_upstream: expandHeaders(values.headers_upstream),
    kong_env: kongEnvPath(values.prefix),
    nginx_pid: pidFilePath(values.prefix),
  };
}
