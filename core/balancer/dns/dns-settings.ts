/**
 * The settings of name resolution. Kong has two clients with settings of their own, `dns_*` and, with
 * `new_dns_client = on`, `resolver_*`; here one client reads whichever set is in force.
 */

/** Kong's names; times in seconds. */
export interface DnsSettings {
  /** Name servers, "ip[:port]"; empty or null: those of resolv.conf. */
  readonly dns_resolver: readonly string[] | null;
  readonly dns_hostsfile: string;
  readonly dns_order: readonly string[];
  /** Replaces the time to live of all records; null: theirs counts. */
  readonly dns_valid_ttl: number | null;
  readonly dns_stale_ttl: number;
  readonly dns_cache_size: number;
  readonly dns_not_found_ttl: number;
  readonly dns_error_ttl: number;
}

/** The same as the newer of Kong's clients is set up. */
export interface ResolverSettings {
  readonly new_dns_client: boolean;
  readonly resolver_address: readonly string[];
  readonly resolver_hosts_file: string;
  /** Of "A", "AAAA", "SRV". */
  readonly resolver_family: readonly string[];
  readonly resolver_valid_ttl: number | null;
  readonly resolver_stale_ttl: number;
  readonly resolver_lru_cache_size: number;
  /** For names that are not there, too. */
  readonly resolver_error_ttl: number;
}

/** Which of the new client's types are asked for first. */
const FAMILY_ORDER = ["SRV", "A", "AAAA"];

/** The settings that are in force. */
export function dnsSettings(settings: DnsSettings & Partial<ResolverSettings>): DnsSettings {
  if (settings.new_dns_client !== true) return settings;
  const given = settings as ResolverSettings;
  const types = FAMILY_ORDER.filter((type) => given.resolver_family.includes(type));
  return {
    dns_resolver: given.resolver_address,
    dns_hostsfile: given.resolver_hosts_file,
    dns_order: ["LAST", ...types],
    dns_valid_ttl: given.resolver_valid_ttl,
    dns_stale_ttl: given.resolver_stale_ttl,
    dns_cache_size: given.resolver_lru_cache_size,
    dns_not_found_ttl: given.resolver_error_ttl,
    dns_error_ttl: given.resolver_error_ttl,
  };
}
