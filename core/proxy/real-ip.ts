/**
 * The client's address behind trusted proxies, as nginx's real-ip module finds it: from `real_ip_header`, its last
 * entry, or with `real_ip_recursive` the last one that is not trusted itself.
 */
import { isIP } from "node:net";
import type { Exchange } from "../exchange/exchange.ts";
import type { HeaderBlock } from "../exchange/header-block.ts";
import type { ProxyOptions } from "./rooms.ts";

/** Entries of the header that are looked at. */
const ENTRIES_MAX = 100;

/**
 * Fills in `x.forwardedIp` and `x.forwardedPort`; leaves them where the header says nothing. Only for a peer in
 * `trusted_ips`.
 */
export function resolveRealIp(x: Exchange, options: ProxyOptions): void {
  if (options.realIpHeader === "") return;
  if (options.realIpHeader === "proxy_protocol") {
    const { proxied } = x.client;
    if (proxied === null) return;
    x.forwardedIp = proxied.ip;
    x.forwardedPort = proxied.port;
    return;
  }
  const name = options.realIpHeader.toLowerCase();
  const values = valuesOf(x.requestHeaders, name);
  if (values.length === 0) return;
  // only X-Forwarded-For is a list over several lines; of other headers the first line counts
  const isList = name === "x-forwarded-for";
  const entries = (isList ? values.join(",") : values[0]!).split(",").slice(-ENTRIES_MAX);
  for (let i = entries.length - 1; i >= 0; i--) {
    const [ip, port] = parseEntry(entries[i]!.trim());
    if (ip === "") return;
    x.forwardedIp = ip;
    x.forwardedPort = port;
    if (!options.realIpRecursive || !options.isTrusted(ip)) return;
  }
}

/** Values of the fields of exactly this name: one with `_` may have come past the proxy that we trust. */
function valuesOf(block: HeaderBlock, name: string): string[] {
  const values: string[] = [];
  for (let f = 0; f < block.count; f++) {
    if (block.nameAt(f).toLowerCase() === name) values.push(block.valueAt(f));
  }
  return values;
}

/** "1.2.3.4", "1.2.3.4:80", "[::1]:80" or "::1"; "" if it is no address. */
function parseEntry(entry: string): [string, number | undefined] {
  if (isIP(entry) !== 0) return [entry, undefined];
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([\d.]+))(?::(\d{1,5}))?$/.exec(entry);
  const ip = match?.[1] ?? match?.[2] ?? "";
  if (isIP(ip) === 0) return ["", undefined];
  return [ip, match?.[3] === undefined ? undefined : Number(match[3])];
}
