/**
 * Where a request goes: address, Unix socket, Upstream, or a name for the DNS.
 *
 * Everything here is made for the case that nothing has to be waited for: a map lookup, a turn of the algorithm, and a
 * peer object that exists already. Groups are made when a version of the configuration is first asked for a host, and
 * carried over to the next version where nothing about them has changed, so turns go on where they were.
 */
import type { Target, Upstream } from "../entities/upstream.ts";
import type { Snapshot } from "../store/snapshot.ts";
import type { Logger } from "../telemetry/log.ts";
import { DnsClient } from "./dns/dns-client.ts";
import type { DnsSettings, ResolverSettings } from "./dns/dns-settings.ts";
import { isLiteral, type Peer, PeerTable } from "./peer.ts";
import { type GroupRules, type GroupTarget, PeerGroup } from "./peer-group.ts";
import { parseTarget } from "./target-address.ts";

/** What the balancer reads of a configuration. */
type BalancerSnapshot = Pick<Snapshot, "upstreamsByName" | "targets">;

/** What a balancer is made of; `settings` has the DNS part of the gateway's. */
interface BalancerOptions {
  readonly settings: DnsSettings & Partial<ResolverSettings>;
  readonly log: Logger;
  /** A resolver to use in place of the one that the settings describe. */
  readonly dns?: DnsClient;
}

/** One for each worker, over all versions of the configuration. */
export interface Balancer {
  /**
   * The peer for a try.
   *
   * @param host address (IPv6 with or without brackets), "unix:/path", name of an Upstream, or any other name
   * @param port used where neither a Target nor a service record has its own
   * @param tried peers that this request tried before; `[]` at the first try
   * @throws {GatewayError} at once or as a rejection: NameResolutionFailed (503), NoPeer (503), DnsFailed (500)
   */
  pick(
    host: string,
    port: number,
    snapshot: BalancerSnapshot,
    tried: readonly Peer[],
  ): Peer | Promise<Peer>;
  /** Ask for the names of all Targets, so that the first requests of a new configuration find them. */
  warm(snapshot: BalancerSnapshot): void;
}

/** Hosts remembered with their peers; the oldest makes room. A plugin may name a new one in each request. */
const HOSTS_MAX = 10_000;
const NOT_TRIED: readonly Peer[] = [];

/** An Upstream's group, with what it was made from. */
interface UpstreamGroup {
  readonly upstream: Upstream;
  readonly targets: readonly Target[];
  readonly group: PeerGroup;
}

type UpstreamGroups = Map<string, UpstreamGroup>;

/** Nothing is asked or read before the first {@link Balancer.pick}. */
export function createBalancer(options: BalancerOptions): Balancer {
  return new TheBalancer(options);
}

class TheBalancer implements Balancer {
  readonly #dns: DnsClient;
  readonly #log: Logger;
  readonly #table = new PeerTable();
  /** Address or Unix socket, by host and port. */
  readonly #literals = new Map<string, Map<number, Peer>>();
  /** Plain names, by host and port. */
  readonly #names = new Map<string, Map<number, PeerGroup>>();
  /** By version of the configuration: a request may still hold the one before. */
  readonly #versions = new WeakMap<BalancerSnapshot, UpstreamGroups>();
  #snapshot: BalancerSnapshot | null = null;
  #groups: UpstreamGroups = new Map();

  constructor({ settings, log, dns }: BalancerOptions) {
    this.#log = log.child({ room: "balancer" });
    this.#dns = dns ?? DnsClient.create(settings, this.#log);
  }

  pick(
    host: string,
    port: number,
    snapshot: BalancerSnapshot,
    tried: readonly Peer[],
  ): Peer | Promise<Peer> {
    const literal = this.#literals.get(host)?.get(port);
    if (literal !== undefined) return literal;
    if (snapshot.upstreamsByName.size > 0) {
      const found = this.#groupsOf(snapshot).get(host) ?? this.#groupOf(host, snapshot);
      if (found !== null) return found.group.pick(tried);
    }
    const named = this.#names.get(host)?.get(port);
    if (named !== undefined) return named.pick(tried);
    return this.#firstPick(host, port, tried);
  }

  warm(snapshot: BalancerSnapshot): void {
    for (const name of snapshot.upstreamsByName.keys()) {
      try {
        const first = this.#groupOf(name, snapshot)?.group.pick(NOT_TRIED);
        if (first instanceof Promise) first.catch(() => {}); // the request that needs it gets the error
      } catch {
        // likewise: an Upstream without Targets is an error only for a request
      }
    }
  }

  #firstPick(host: string, port: number, tried: readonly Peer[]): Peer | Promise<Peer> {
    if (isLiteral(host)) {
      const peer = this.#table.ofLiteral(host, port, null);
      remember(this.#literals, host, port, peer);
      return peer;
    }
    const group = new PeerGroup(
      {
        name: host,
        hostHeader: null,
        useSrvName: false,
        lowestPriorityOnly: true,
        tellsLookupError: true,
        servesWhileAsking: false,
      },
      [{ host, port, weight: 1 }],
      this.#dns,
      this.#table,
    );
    remember(this.#names, host, port, group);
    return group.pick(tried);
  }

  #groupsOf(snapshot: BalancerSnapshot): UpstreamGroups {
    if (snapshot === this.#snapshot) return this.#groups;
    let groups = this.#versions.get(snapshot);
    if (groups !== undefined) return groups;
    groups = this.#carriedOver(snapshot);
    this.#versions.set(snapshot, groups);
    this.#snapshot = snapshot;
    this.#groups = groups;
    return groups;
  }

  /** The groups of the version before that are the same in this one. */
  #carriedOver(snapshot: BalancerSnapshot): UpstreamGroups {
    const groups: UpstreamGroups = new Map();
    for (const [name, old] of this.#groups) {
      const upstream = snapshot.upstreamsByName.get(name);
      if (upstream === undefined || upstream.id !== old.upstream.id) continue;
      const targets = snapshot.targets.get(upstream.id) ?? [];
      if (isSameUpstream(upstream, old.upstream) && isSameTargets(targets, old.targets)) {
        groups.set(name, { upstream, targets, group: old.group });
      }
    }
    return groups;
  }

  /** The group of an Upstream, made if need be; null where no Upstream has that name. */
  #groupOf(name: string, snapshot: BalancerSnapshot): UpstreamGroup | null {
    const groups = this.#groupsOf(snapshot);
    const known = groups.get(name);
    if (known !== undefined) return known;
    const upstream = snapshot.upstreamsByName.get(name);
    if (upstream === undefined) return null;
    const { algorithm } = upstream;
    if (algorithm !== "round-robin") {
      this.#log.warn({ upstream: name, algorithm }, "algorithm not there yet, round-robin is used");
    }
    const targets = snapshot.targets.get(upstream.id) ?? [];
    const group = new PeerGroup(
      rulesOf(upstream),
      targets.map(groupTarget),
      this.#dns,
      this.#table,
    );
    const made = { upstream, targets, group };
    groups.set(name, made);
    return made;
  }
}

function rulesOf(upstream: Upstream): GroupRules {
  return {
    name: upstream.name,
    hostHeader: upstream.host_header ?? null,
    useSrvName: upstream.use_srv_name === true,
    lowestPriorityOnly: false,
    tellsLookupError: false,
    servesWhileAsking: true,
  };
}

function groupTarget({ target, weight }: Target): GroupTarget {
  return { ...parseTarget(target), weight };
}

function isSameUpstream(a: Upstream, b: Upstream): boolean {
  return (
    a === b ||
    (a.host_header === b.host_header &&
      a.use_srv_name === b.use_srv_name &&
      a.algorithm === b.algorithm)
  );
}

function isSameTargets(a: readonly Target[], b: readonly Target[]): boolean {
  return (
    a === b ||
    (a.length === b.length &&
      a.every(({ target, weight }, i) => target === b[i]!.target && weight === b[i]!.weight))
  );
}

function remember<T>(map: Map<string, Map<number, T>>, host: string, port: number, value: T): void {
  let ports = map.get(host);
  if (ports === undefined) {
    if (map.size >= HOSTS_MAX) map.delete(map.keys().next().value!);
    ports = new Map();
    map.set(host, ports);
  }
  ports.set(port, value);
}
