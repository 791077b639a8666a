/** The host in a Host header: without its port and a final dot, in lower case, as nginx's `$host`. */

let lastAuthority = "";
let lastHost = "kong";

/** @returns "kong" where there is no Host, which is the server name of Kong's nginx */
export function hostOf(authority: string): string {
  if (authority === lastAuthority) return lastHost;
  lastAuthority = authority;
  const at = authority.endsWith("]") ? -1 : authority.lastIndexOf(":");
  const named = at < 0 ? authority : authority.slice(0, at);
  const host = named.endsWith(".") ? named.slice(0, -1) : named;
  lastHost = host === "" ? "kong" : host.toLowerCase();
  return lastHost;
}
