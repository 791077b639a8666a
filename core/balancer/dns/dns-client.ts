/**
 * Names to addresses, remembered for as long as their records live.
 *
 * What is remembered is an {@link AddressSet}, a frozen view whose identity says whether anything changed: who holds
 * one compares clocks and asks again when it is no longer fresh. Equal questions in flight are one question (so
 * `dns_no_sync` has nothing to switch off). While a set is refreshed the old one serves, for `dns_stale_ttl` at most;
 * a set that cannot be refreshed because servers are silent serves as long.
 */
import { LRUCache } from "lru-cache";
import { DnsFailed, type GatewayError, NameResolutionFailed } from "../../errors.ts";
import type { Logger } from "../../telemetry/log.ts";
import type { QueryType } from "./ask.ts";
import { type DnsSettings, dnsSettings, type ResolverSettings } from "./dns-settings.ts";
import { type HostsEntry, loadHosts } from "./hosts-file.ts";
import { type DnsOrder, Lookup, type LookupResult } from "./lookup.ts";
import type { SrvRecord } from "./records.ts";
import { loadResolverConfig, type ResolverConfig } from "./resolv-conf.ts";

/** One address of a name. */
interface Address {
  readonly ip: string;
  /** From a service record; 0 where the name gives none. */
  readonly port: number;
  /** From a service record, at least 1; -1 where the name gives none. */
  readonly weight: number;
  /** Of a service record, smaller is preferred; 0 else. */
  readonly priority: number;
  /** Target of the service record, "" else. */
  readonly srvName: string;
}

/** What is known of a name. */
export interface AddressSet {
  readonly addresses: readonly Address[];
  /** Why there is no address; null if there is one. */
  readonly error: GatewayError | null;
  /** Which type answered; undefined if none did. */
  readonly type: QueryType | undefined;
  /** Time by `performance.now()` until which it may be used without a thought. */
  readonly freshUntilMs: number;
  /** Time until which it may be used while the answer to a new question is on its way. */
  readonly staleUntilMs: number;
}

/** Names that one name may lead to, one after the other (CNAME, SRV); longer is a loop. */
const DEPTH_MAX = 8;
/** Lookups under way; more are refused, so that a flood of new names costs no more sockets. */
const LOOKUPS_MAX = 512;
const NO_WAY: readonly string[] = [];

/** One for each worker; names are remembered for all Services and Upstreams. Bounded by `dns_cache_size`. */
export class DnsClient {
  readonly #settings: DnsSettings;
  readonly #log: Pick<Logger, "warn">;
  readonly #lookup: Lookup;
  readonly #known = new Map<string, AddressSet>();
  readonly #cache: LRUCache<string, AddressSet>;
  readonly #pending = new Map<string, Promise<AddressSet>>();

  constructor(settings: DnsSettings, config: ResolverConfig, log: Pick<Logger, "warn">) {
    this.#settings = settings;
    this.#log = log;
    this.#lookup = new Lookup(config, settings.dns_order as readonly DnsOrder[]);
    this.#cache = new LRUCache({ max: Math.max(1, settings.dns_cache_size) });
    for (const [name, entry] of loadHosts(settings.dns_hostsfile)) {
      this.#known.set(name, fromHosts(entry));
    }
  }

  /** A client as the settings and the machine's resolv.conf say. */
  static create(
    settings: DnsSettings & Partial<ResolverSettings>,
    log: Pick<Logger, "warn">,
  ): DnsClient {
    const inForce = dnsSettings(settings);
    return new DnsClient(inForce, loadResolverConfig(inForce.dns_resolver), log);
  }

  /**
   * The addresses of a name; at once where they are known, be they fresh or stale.
   *
   * @param name as configured; case does not count
   * @returns never a rejection: a name without addresses has an `error`
   */
  resolve(name: string): AddressSet | Promise<AddressSet> {
    const key = name.toLowerCase();
    const known = this.#known.get(key) ?? this.#cache.get(key);
    const now = performance.now();
    if (known !== undefined && now < known.freshUntilMs) return known;
    let pending = this.#pending.get(key);
    if (pending === undefined) {
      if (this.#pending.size >= LOOKUPS_MAX) return tooMany(key);
      pending = this.#refresh(key, known);
      this.#pending.set(key, pending);
    }
    return known !== undefined && known.error === null && now < known.staleUntilMs
      ? known
      : pending;
  }

  /**
   * A name that another name led to. It joins no lookup under way: two names that lead to each other would wait for
   * each other for ever.
   *
   * @param way the names that led here, in order
   */
  #follow(name: string, way: readonly string[]): AddressSet | Promise<AddressSet> {
    const known = this.#known.get(name) ?? this.#cache.get(name);
    if (known !== undefined && performance.now() < known.freshUntilMs) return known;
    if (way.includes(name) || way.length > DEPTH_MAX) {
      return this.#failed(new DnsFailed(name, "dns client error: 103 recursion detected"));
    }
    return this.#loadAndKeep(name, known, way);
  }

  async #refresh(name: string, old: AddressSet | undefined): Promise<AddressSet> {
    try {
      return await this.#loadAndKeep(name, old, NO_WAY);
    } finally {
      this.#pending.delete(name);
    }
  }

  async #loadAndKeep(
    name: string,
    old: AddressSet | undefined,
    way: readonly string[],
  ): Promise<AddressSet> {
    let set: AddressSet;
    try {
      set = await this.#load(name, old?.type, [...way, name]);
    } catch (cause) {
      set = this.#failed(new DnsFailed(name, (cause as Error).message, { cause }));
    }
    if (set.error !== null) this.#log.warn({ host: name, error: set.error }, "name not resolved");
    if (set.error instanceof DnsFailed && old?.error === null) {
      // servers are silent or broken, which says nothing about the name: the old addresses are the best guess
      if (set.freshUntilMs < old.staleUntilMs) set = { ...old, freshUntilMs: set.freshUntilMs };
    }
    this.#cache.set(name, set);
    return set;
  }

  async #load(
    name: string,
    lastType: QueryType | undefined,
    way: readonly string[],
  ): Promise<AddressSet> {
    const result: LookupResult = await this.#lookup.records(name, lastType);
    if (result instanceof Error) return this.#failed(result);
    if (result.type === "CNAME") {
      const target = await this.#follow(result.target, way);
      if (target.error !== null) return this.#failed(target.error);
      return this.#found("CNAME", target.addresses, result.ttl, target.freshUntilMs);
    }
    if (result.type === "SRV") return this.#loadServices(result.services, result.ttl, way);
    const addresses = result.ips.map((ip) => ({
      ip,
      port: 0,
      weight: -1,
      priority: 0,
      srvName: "",
    }));
    return this.#found(result.type, addresses, result.ttl, Number.POSITIVE_INFINITY);
  }

  /** Addresses of all targets of service records; a target without any is passed over. */
  async #loadServices(
    services: readonly SrvRecord[],
    ttl: number,
    way: readonly string[],
  ): Promise<AddressSet> {
    const addresses: Address[] = [];
    let freshUntilMs = Number.POSITIVE_INFINITY;
    let failure: GatewayError | null = null;
    const targets = [...new Set(services.map(({ target }) => target))];
    const found = await Promise.all(targets.map((target) => this.#follow(target, way)));
    const sets = new Map(targets.map((target, i) => [target, found[i]!]));
    for (const { target, port, weight, priority } of services) {
      const set = sets.get(target)!;
      failure ??= set.error;
      freshUntilMs = Math.min(freshUntilMs, set.freshUntilMs);
      for (const { ip } of set.addresses) {
        addresses.push({ ip, port, weight: Math.max(1, weight), priority, srvName: target });
      }
    }
    if (addresses.length === 0 && failure !== null) return this.#failed(failure);
    return this.#found("SRV", addresses, ttl, freshUntilMs);
  }

  #found(
    type: QueryType,
    addresses: readonly Address[],
    ttl: number,
    notAfterMs: number,
  ): AddressSet {
    const seconds = this.#settings.dns_valid_ttl ?? ttl;
    const freshUntilMs = Math.min(performance.now() + seconds * 1000, notAfterMs);
    const staleUntilMs =
      seconds === 0 ? freshUntilMs : freshUntilMs + this.#settings.dns_stale_ttl * 1000;
    return { addresses, error: null, type, freshUntilMs, staleUntilMs };
  }

  #failed(error: GatewayError): AddressSet {
    const { dns_not_found_ttl, dns_error_ttl } = this.#settings;
    const seconds = error instanceof NameResolutionFailed ? dns_not_found_ttl : dns_error_ttl;
    return failedSet(error, performance.now() + seconds * 1000);
  }
}

function failedSet(error: GatewayError, freshUntilMs: number): AddressSet {
  return { addresses: [], error, type: undefined, freshUntilMs, staleUntilMs: freshUntilMs };
}

function tooMany(name: string): AddressSet {
  return failedSet(new DnsFailed(name, "dns client error: too many lookups under way"), 0);
}

function fromHosts(entry: HostsEntry): AddressSet {
  const ip = entry.v4 || entry.v6;
  return {
    addresses: [{ ip, port: 0, weight: -1, priority: 0, srvName: "" }],
    error: null,
    type: entry.v4 ? "A" : "AAAA",
    freshUntilMs: Number.POSITIVE_INFINITY,
    staleUntilMs: Number.POSITIVE_INFINITY,
  };
}
