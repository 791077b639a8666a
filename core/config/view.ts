/**
 * Settings as they are shown: `configuration` of the Admin API, and what the command line prints at `--vv`.
 *
 * Secrets become asterisks, values from a vault the reference, and shapes are those of Kong's JSON: an empty list is
 * `{}`, what is unset is left out, a listener has a key for each flag.
 */
import { MASK } from "./gather.ts";
import type { Listener } from "./listeners.ts";
import { maskedCommand } from "./masked-command.ts";
import type { SettingValue } from "./setting.ts";
import type { Settings } from "./settings.ts";
import { SETTINGS_BY_NAME } from "./table.ts";

const LISTENERS = ["proxy", "admin", "status", "admin_gui", "stream", "cluster"] as const;

/** What `GET /` of the Admin API shows as `configuration`. */
export function configurationView(settings: Settings): Record<string, unknown> {
  const view: Record<string, unknown> = shownValues(settings);
  for (const name of LISTENERS) {
    const listeners = settings[`${name}_listeners`];
    view[`${name}_listeners`] = orEmptyTable(listeners.map(listenerView));
    if (name === "stream") view.stream_listeners = orEmptyTable(listeners.map(streamView));
    if (name !== "stream" && name !== "cluster") {
      view[`${name}_ssl_enabled`] = listeners.some((listener) => listener.ssl);
    }
  }
  view.host_ports = settings.host_ports;
  view.loaded_plugins = Object.fromEntries(settings.loaded_plugins.map((name) => [name, true]));
  const hasEnv = settings.vaults.includes("bundled") || settings.vaults.includes("env");
  view.loaded_vaults = hasEnv ? { env: true } : {};
  view.kong_env = settings.kong_env;
  view.nginx_pid = settings.nginx_pid;
  return view;
}

/** Settings with names of their own and under free prefixes, in Kong's shapes, without what is unset. */
export function shownValues(settings: Settings): Record<string, unknown> {
  const values = settings as unknown as Readonly<Record<string, SettingValue>>;
  const view: Record<string, unknown> = {};
  for (const [name, text] of Object.entries(settings.free)) {
    view[name] = /^pluginserver_.*_cmd$/.test(name) ? maskedCommand(text) : text;
  }
  for (const [name, setting] of SETTINGS_BY_NAME) {
    const value = values[name] ?? null;
    const isUnset = value === null || (Array.isArray(value) && value.length === 0);
    if (setting.sensitive === true) {
      if (!isUnset) view[name] = MASK;
    } else if (value !== null) {
      view[name] = Array.isArray(value) ? orEmptyTable(value) : value;
    }
  }
  for (const [name, reference] of Object.entries(settings.references)) {
    // Kong shows the level that is in force, because it can change while the gateway runs.
    const isMasked = name === "log_level" || SETTINGS_BY_NAME.get(name)?.sensitive === true;
    if (!isMasked) view[name] = reference;
  }
  return view;
}

/** Lua has one empty table, which its JSON writes as an object. */
function orEmptyTable<T>(list: readonly T[]): readonly T[] | Record<string, never> {
  return list.length === 0 ? {} : list;
}

function listenerView(listener: Listener): Record<string, unknown> {
  const { backlog, ipv6only, so_keepalive: keepalive } = listener;
  const isCustom = keepalive?.includes(":") === true;
  return {
    ip: listener.ip,
    port: listener.port,
    listener: listener.listener,
    ssl: listener.ssl,
    http2: listener.http2,
    proxy_protocol: listener.proxy_protocol,
    deferred: listener.deferred,
    bind: listener.bind,
    reuseport: listener.reuseport,
    [backlog === null ? "backlog=%d+" : `backlog=${backlog}`]: backlog !== null,
    "ipv6only=on": ipv6only === true,
    "ipv6only=off": ipv6only === false,
    "so_keepalive=on": keepalive === "on",
    "so_keepalive=off": keepalive === "off",
    [isCustom ? `so_keepalive=${keepalive}` : "so_keepalive=%w*:%w*:%d*"]: isCustom,
  };
}

function streamView(listener: Listener): Record<string, unknown> {
  const { http2: _http2, deferred: _deferred, ...view } = listenerView(listener);
  return { ...view, udp: listener.udp };
}
