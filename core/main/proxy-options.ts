/** From the settings to what the request path reads. */
import { readFileSync } from "node:fs";
import { BlockList, isIP } from "node:net";
import type { Settings } from "../config/settings.ts";
import type { ProxyOptions } from "../proxy/rooms.ts";
import { upstreamTlsDefaults } from "./tls-settings.ts";
import { SERVER_TOKEN } from "./version.ts";

/** Addresses and networks as a test; an entry that is neither was refused with the settings. */
function trustTest(entries: readonly string[]): (ip: string) => boolean {
  if (entries.length === 0) return () => false;
  const list = new BlockList();
  let unix = false;
  for (const entry of entries) {
    const [address = "", bits] = entry.split("/");
    if (address === "unix:") unix = true;
    const family = isIP(address) === 6 ? "ipv6" : "ipv4";
    if (isIP(address) === 0) continue;
    if (bits === undefined) list.addAddress(address, family);
    else list.addSubnet(address, Number(bits), family);
  }
  return (ip) => {
    const version = isIP(ip);
    return version === 0 ? unix && ip === "unix:" : list.check(ip, version === 6 ? "ipv6" : "ipv4");
  };
}

const TEMPLATES = ["json", "html", "xml", "plain"] as const;

/** Templates that replace ours; a file that is missing is not an error, as in Kong. */
function readTemplates(settings: Settings): ProxyOptions["errorTemplates"] {
  const templates: Partial<Record<(typeof TEMPLATES)[number], string>> = {};
  for (const format of TEMPLATES) {
    const path = settings[`error_template_${format}`];
    if (path === null) continue;
    try {
      templates[format] = readFileSync(path, "utf8");
    } catch {
      // ours stands in
    }
  }
  return templates;
}

/** Frozen. Files of templates are read now, and not again until a reload. */
export function proxyOptions(settings: Settings): ProxyOptions {
  const headers = settings.enabled_headers;
  const { limits } = settings;
  return Object.freeze({
    serverToken: SERVER_TOKEN,
    sendsVia: headers.has("via"),
    sendsServer: headers.has("server"),
    sendsProxyLatency: headers.has("x-kong-proxy-latency"),
    sendsUpstreamLatency: headers.has("x-kong-upstream-latency"),
    sendsResponseLatency: headers.has("x-kong-response-latency"),
    sendsUpstreamStatus: headers.has("x-kong-upstream-status"),
    sendsRequestId: headers.has("x-kong-request-id"),
    sendsRequestIdUpstream: settings.enabled_headers_upstream.has("x-kong-request-id"),
    sendsDebugHeaders: settings.allow_debug_header,
    realIpHeader: settings.trusted_ips.length === 0 ? "" : settings.real_ip_header,
    realIpRecursive: settings.real_ip_recursive === "on",
    isTrusted: trustTest(settings.trusted_ips),
    clientBodyBytesMax: limits.clientBodyBytesMax,
    clientBodyBufferBytes: limits.clientBodyBufferBytes,
    errorDefaultType: settings.error_default_type,
    errorTemplates: readTemplates(settings),
    honoursV1: settings.router_flavor === "traditional",
    upstreamTls: upstreamTlsDefaults(settings),
    charset: settings.nginx_http_charset === "off" ? "" : settings.nginx_http_charset,
  });
}
