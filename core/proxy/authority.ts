/** The host in a Host header: without its port, in lower case, as nginx's `$host`. */

let lastAuthority = "";
let lastHost = "kong";

/** @returns "kong" where there is no Host, as Kong's server name is */
export function hostOf(authority: string): string {
  if (authority === lastAuthority) return lastHost;
  lastAuthority = authority;
  const at = authority.endsWith("]") ? -1 : authority.lastIndexOf(":");
  const host = at < 0 ? authority : authority.slice(0, at);
  lastHost = host === "" ? "kong" : host.toLowerCase();
  return lastHost;
}
