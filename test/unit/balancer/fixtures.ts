/** What the balancer's tests are made of: settings, snapshots, and a log that remembers. */
import { type Balancer, createBalancer } from "../../../core/balancer/balancer.ts";
import { DnsClient } from "../../../core/balancer/dns/dns-client.ts";
import type { DnsSettings } from "../../../core/balancer/dns/dns-settings.ts";
import { parseNameServer, parseResolvConf } from "../../../core/balancer/dns/resolv-conf.ts";
import type { Upstream } from "../../../core/entities/upstream.ts";
import { type Row, type Snapshot, SnapshotBuilder } from "../../../core/store/snapshot.ts";
import type { Logger } from "../../../core/telemetry/log.ts";

export const SETTINGS: DnsSettings = {
  dns_resolver: null,
  dns_hostsfile: "/nonexistent",
  dns_order: ["LAST", "SRV", "A", "CNAME"],
  dns_valid_ttl: null,
  dns_stale_ttl: 3600,
  dns_cache_size: 100,
  dns_not_found_ttl: 30,
  dns_error_ttl: 1,
};

export function quietLog(lines: string[] = []): Logger {
  const write = (first: unknown, message?: string): void => {
    lines.push(message ?? String(first));
  };
  const log = {
    ...Object.fromEntries(
      ["debug", "info", "notice", "warn", "error", "crit", "alert", "emerg"].map((l) => [l, write]),
    ),
    child: () => log,
    isLevelEnabled: () => true,
  } as unknown as Logger;
  return log;
}

/** What a name server may take on a busy machine, and what it gets where it is to say nothing; in milliseconds. */
const PATIENT_MS = 30_000;
export const HASTY_MS = 150;

/** A client of one stub. */
export function dnsClient(
  address: string | readonly string[],
  settings: Partial<DnsSettings> = {},
  resolvConf = "options attempts:2",
  timeoutMs = PATIENT_MS,
): DnsClient {
  const servers = [address].flat().map(parseNameServer);
  const config = { ...parseResolvConf(resolvConf), servers, timeoutMs };
  return new DnsClient({ ...SETTINGS, ...settings }, config, quietLog());
}

export function balancerOf(dns: DnsClient): Balancer {
  return createBalancer({ settings: SETTINGS, log: quietLog(), dns });
}

/** A snapshot of Upstreams: name to Targets with weights, and further fields. */
export function snapshotOf(
  upstreams: Record<string, readonly (readonly [string, number?])[]>,
  fields: Partial<Upstream> = {},
): Snapshot {
  const builder = new SnapshotBuilder();
  for (const [name, targets] of Object.entries(upstreams)) {
    const upstream = { id: `id-${name}`, name, algorithm: "round-robin", slots: 10_000, ...fields };
    builder.add("upstreams", [upstream as unknown as Row]);
    const rows = targets.map(([target, weight = 100], i) => ({
      id: `${name}-${i}`,
      target,
      weight,
      upstream: { id: upstream.id },
    }));
    builder.add("targets", rows as unknown as Row[]);
  }
  return builder.build("0".repeat(32), 1);
}
