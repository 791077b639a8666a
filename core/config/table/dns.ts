/** Names: both of Kong's DNS clients have settings, and one resolver here reads both. */
import { flag, list, number, optionalNumber, text } from "../setting.ts";

export const DNS = {
  /** Nameservers ip[:port]; default from resolv.conf. */
  dns_resolver: list([]),
  /** Hosts file. */
  dns_hostsfile: text("/etc/hosts"),
  /** Lookup order of LAST,A,AAAA,CNAME,SRV. */
  dns_order: list(["LAST", "SRV", "A", "CNAME"]),
  /** Override record TTL. */
  dns_valid_ttl: optionalNumber(),
  /** Serve stale while refreshing. */
  dns_stale_ttl: number(3600),
  /** Entries. */
  dns_cache_size: number(10000),
  /** Empty/name-error cache seconds. */
  dns_not_found_ttl: number(30),
  /** Error cache seconds. */
  dns_error_ttl: number(1),
  /** Do not coalesce concurrent queries. */
  dns_no_sync: flag(false),
  /** Use new resolver. */
  new_dns_client: flag(false),
  /** Nameservers (new client). */
  resolver_address: list([]),
  /** Hosts file. */
  resolver_hosts_file: text("/etc/hosts"),
  /** Record types A, AAAA, SRV. */
  resolver_family: list(["A", "SRV"]),
  /** Override record TTL. */
  resolver_valid_ttl: optionalNumber(),
  /** Stale period seconds. */
  resolver_stale_ttl: number(3600),
  /** Per worker entries. */
  resolver_lru_cache_size: number(10000),
  /** Shared cache size. */
  resolver_mem_cache_size: text("5m", { inert: true }),
  /** Error cache seconds. */
  resolver_error_ttl: number(1),
} as const;
