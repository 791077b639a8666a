/**
 * Prefixes of settings whose names are not known beforehand: injected nginx directives, plugin servers, vaults.
 *
 * `nginx_http_client_max_body_size` is the directive `client_max_body_size` in nginx' http block. Whatever stands behind
 * such a prefix is accepted, from the file and from the environment.
 */

/** Namespaces of injected nginx directives. */
const DIRECTIVE_PREFIXES = [
  "nginx_main_",
  "nginx_events_",
  "nginx_http_",
  "nginx_upstream_",
  "nginx_proxy_",
  "nginx_location_",
  "nginx_status_",
  "nginx_admin_",
  "nginx_stream_",
  "nginx_supstream_",
  "nginx_sproxy_",
  "nginx_wasm_",
] as const;

/** In lower case, as all names of settings. */
export const PLUGIN_SERVER_PREFIX = "pluginserver_";
const VAULT_PREFIX = "vault_";

/** Is this a name that settings may have though no table lists it? */
export function isFreeName(name: string): boolean {
  return (
    name.startsWith(PLUGIN_SERVER_PREFIX) || name.startsWith(VAULT_PREFIX) || isDirective(name)
  );
}

/** Is it an nginx directive by its prefix? Whether nginx has it is not known. */
export function isDirective(name: string): boolean {
  return DIRECTIVE_PREFIXES.some(
    (prefix) => name.startsWith(prefix) && name.length > prefix.length,
  );
}
