/** Checks of addresses, names, URLs and files of the network's settings. */
import { statSync } from "node:fs";
import { isIP } from "node:net";
import type { Check } from "./given.ts";

const DNS_ORDER = new Set(["LAST", "A", "AAAA", "CNAME", "SRV"]);
const RESOLVER_FAMILY = new Set(["A", "AAAA", "SRV"]);

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true;
}

/** An address, a CIDR block, or `unix:`. */
function isTrustedIp(entry: string): boolean {
  if (entry === "unix:") return true;
  const [ip = "", bits, ...rest] = entry.split("/");
  const family = isIP(ip);
  if (family === 0 || rest.length > 0) return false;
  if (bits === undefined) return true;
  return /^\d{1,3}$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128);
}

/** An address, alone or with a port: `8.8.8.8:53`, `[::1]:53`. */
function isNameserver(entry: string): boolean {
  if (isIP(entry) !== 0) return true;
  const match = /^(?:\[([^\]]+)\]|([\d.]+))(?::(\d{1,5}))?$/.exec(entry);
  return match !== null && isIP(match[1] ?? match[2]!) !== 0 && Number(match[3] ?? 53) <= 65_535;
}

/** Addresses, CIDR blocks, and `unix:` for clients of a Unix socket. */
export const checkTrustedIps: Check = (values, errors) => {
  for (const entry of values.trusted_ips ?? []) {
    if (isTrustedIp(entry)) continue;
    errors.push(
      "trusted_ips must be a comma separated list in the form of IPv4 or IPv6 address or CIDR block " +
        `or 'unix:', got '${entry}'`,
    );
  }
};

/** Of both of Kong's DNS clients: their settings are checked whichever is in force. */
export const checkDns: Check = (values, errors) => {
  for (const name of ["dns_resolver", "resolver_address"] as const) {
    for (const entry of values[name] ?? []) {
      if (isNameserver(entry)) continue;
      errors.push(
        `${name} must be a comma separated list in the form of IPv4/6 or IPv4/6:port, got '${entry}'`,
      );
    }
  }
  for (const name of ["dns_hostsfile", "resolver_hosts_file"] as const) {
    const path = values[name];
    if (path !== null && !isFile(path)) errors.push(`${name}: file does not exist`);
  }
  for (const entry of values.dns_order ?? []) {
    if (!DNS_ORDER.has(entry.toUpperCase())) errors.push(`dns_order: invalid entry '${entry}'`);
  }
  for (const entry of values.resolver_family ?? []) {
    if (!RESOLVER_FAMILY.has(entry)) errors.push(`resolver_family: invalid entry '${entry}'`);
  }
};

/** A URL of http or https with nothing behind its path. */
export const checkProxyServer: Check = (values, errors) => {
  const given = values.proxy_server;
  if (given === null) return;
  const match = /^(?:([a-z0-9][a-z0-9+.-]*):)?(?:\/\/([^/?#;]*))?(.*)$/is.exec(given);
  const [, scheme, host = "", path = ""] = match ?? [];
  if (scheme === undefined) errors.push("proxy_server missing scheme");
  else if (scheme !== "http" && scheme !== "https") {
    errors.push(`proxy_server only supports "http" and "https", got ${scheme}`);
  } else if (host === "") errors.push("proxy_server missing host");
  else if (/[?#;]/.test(path)) {
    errors.push("fragments, query strings or parameters are meaningless in proxy configuration");
  }
};

/** Where the GUI is below its address. */
export const checkAdminGuiPath: Check = (values, errors) => {
  const path = values.admin_gui_path;
  if (path === null) return;
  if (!path.startsWith("/")) errors.push("admin_gui_path must start with a slash ('/')");
  if (/^\/.+\/$/.test(path)) {
    errors.push("admin_gui_path must not end with a slash ('/')");
  }
  if (!/^[\w/-]*$/.test(path)) {
    errors.push(
      "admin_gui_path can only contain letters, digits, hyphens ('-'), underscores ('_'), and slashes ('/')",
    );
  }
  if (path.includes("//")) errors.push("admin_gui_path must not contain continuous slashes ('/')");
};
