/** What follows from the values of settings: listeners, limits, plugin servers, ports, default certificates. */
import { join } from "node:path";
import { attempt, type LimitSources, parseLimits } from "./limits.ts";
import { type Listener, parseListeners } from "./listeners.ts";
import { parsePluginServers, unknownSettings } from "./plugin-servers.ts";
import { parsePortMaps } from "./port-maps.ts";
import type { References } from "./resolve-references.ts";
import type { SettingValue } from "./setting.ts";
import { DEFAULT_CERTIFICATES, deriveSimple, parseWorkers, type Settings } from "./settings.ts";
import type { SettingValues } from "./table.ts";

/**
 * @param purpose "check": directives are left to nginx, as Kong does
 * @param errors gets a line for each value from which nothing can follow
 */
export function derive(
  values: SettingValues,
  free: Record<string, string>,
  references: References,
  purpose: "start" | "check",
  errors: string[],
  warnings: string[],
): Settings {
  const directiveErrors: string[] = [];
  const asked = new Set<string>();
  const listeners = deriveListeners(values, errors);
  const settings: Settings = {
    ...values,
    ...deriveSimple(values),
    ...listeners,
    ...defaultCertificates(values, listeners),
    ...clientCertificate(values),
    host_ports: parsePortMaps(values.port_maps, errors),
    pluginservers: parsePluginServers(
      values.pluginserver_names,
      free,
      values.prefix,
      errors,
      asked,
    ),
    limits: deriveLimits(values, free, directiveErrors),
    workers: deriveWorkers(values, directiveErrors),
    free: Object.freeze(free),
    references: Object.freeze(references),
  };
  if (purpose === "start") errors.push(...directiveErrors);
  warnings.push(...unknownSettings(free, asked));
  return settings;
}

type Listeners = Pick<
  Settings,
  | "proxy_listeners"
  | "admin_listeners"
  | "status_listeners"
  | "admin_gui_listeners"
  | "stream_listeners"
  | "cluster_listeners"
>;

function deriveListeners(values: SettingValues, errors: string[]): Listeners {
  const parse = (
    name: "proxy" | "admin" | "status" | "admin_gui" | "stream" | "cluster",
  ): readonly Listener[] =>
    attempt(() => parseListeners(`${name}_listen`, values[`${name}_listen`]), [], errors);
  return {
    proxy_listeners: parse("proxy"),
    admin_listeners: parse("admin"),
    status_listeners: parse("status"),
    admin_gui_listeners: parse("admin_gui"),
    stream_listeners: parse("stream"),
    cluster_listeners: parse("cluster"),
  };
}

/** Where a listener speaks TLS and no certificate is given, the pair that `prepare` generates. */
function defaultCertificates(
  values: SettingValues,
  listeners: Listeners,
): Record<string, readonly string[]> {
  const certificates: Record<string, readonly string[]> = {};
  const add = (name: keyof typeof DEFAULT_CERTIFICATES, on: readonly Listener[]): void => {
    const isGiven = values[name].length > 0 || values[`${name}_key`].length > 0;
    if (isGiven || !on.some((listener) => listener.ssl)) return;
    certificates[name] = [join(values.prefix, DEFAULT_CERTIFICATES[name].cert)];
    certificates[`${name}_key`] = [join(values.prefix, DEFAULT_CERTIFICATES[name].key)];
  };
  add("ssl_cert", listeners.proxy_listeners);
  add("admin_ssl_cert", listeners.admin_listeners);
  add("admin_gui_ssl_cert", listeners.admin_gui_listeners);
  add("status_ssl_cert", listeners.status_listeners);
  return certificates;
}

/** With `client_ssl` and no certificate of its own, the one of the proxy's listeners stands in. */
function clientCertificate(values: SettingValues): Record<string, string> {
  const { client_ssl: isOn, client_ssl_cert: cert, client_ssl_cert_key: key } = values;
  if (!isOn || cert !== null || key !== null) return {};
  const pair = DEFAULT_CERTIFICATES.ssl_cert;
  return {
    client_ssl_cert: join(values.prefix, pair.cert),
    client_ssl_cert_key: join(values.prefix, pair.key),
  };
}

function deriveLimits(
  values: SettingValues & LimitSources,
  free: Readonly<Record<string, string>>,
  errors: string[],
): Settings["limits"] {
  const known = values as unknown as Readonly<Record<string, SettingValue | undefined>>;
  const directive = (name: string): string | undefined => {
    const value = free[name] ?? known[name];
    return typeof value === "string" && value !== "" ? value : undefined;
  };
  return Object.freeze(parseLimits(values, directive, errors));
}

function deriveWorkers(values: SettingValues, errors: string[]): number {
  const text = values.nginx_main_worker_processes;
  const workers = parseWorkers(text);
  if (workers !== undefined) return workers;
  errors.push(`nginx_worker_processes has an invalid value: '${text}' (auto, or a number from 1)`);
  return 1;
}
