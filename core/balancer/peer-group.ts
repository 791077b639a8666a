/**
 * Targets by address or by name, and the peers that they are at present.
 *
 * An Upstream is a group of its Targets; a Service whose host is a plain name is a group of one. The difference is
 * told by {@link GroupRules}. Names are asked for again when their records have lived, by the request that notices;
 * only where nothing usable is known does a request wait.
 */
import { type GatewayError, NoPeer } from "../errors.ts";
import type { Algorithm, WeightedPeer } from "./algorithm.ts";
import type { AddressSet, DnsClient } from "./dns/dns-client.ts";
import { isLiteral, type Peer, type PeerTable } from "./peer.ts";
import { RoundRobin } from "./round-robin.ts";

/** A Target taken apart. */
export interface GroupTarget {
  readonly host: string;
  readonly port: number;
  readonly weight: number;
}

/** In what an Upstream and a plain name differ. */
export interface GroupRules {
  /** For messages: name of the Upstream or the host. */
  readonly name: string;
  readonly hostHeader: string | null;
  /** Host is the target of the service record, not the name that has it. */
  readonly useSrvName: boolean;
  /** Only service records of the lowest priority count (a plain name); else all (an Upstream, as in Kong). */
  readonly lowestPriorityOnly: boolean;
  /** Without a peer the failed lookup is the error (a plain name), not the group. */
  readonly tellsLookupError: boolean;
  /** Where records are past their stale time: use the old peers until the new are there (an Upstream)? */
  readonly servesWhileAsking: boolean;
}

/** A set that is served stale is looked at again after this long. */
const STALE_LOOK_MS = 500;

/** One for each Upstream or host of a configuration; remembers whose turn it is. */
export class PeerGroup {
  readonly #rules: GroupRules;
  readonly #targets: readonly GroupTarget[];
  readonly #dns: DnsClient;
  readonly #table: PeerTable;
  /** By index of target; null for an address, and for a name before its first lookup. */
  readonly #sets: (AddressSet | null)[];
  #algorithm: Algorithm | null = null;
  /** Time by `performance.now()` from which a name has to be asked for again. */
  #askAtMs = 0;
  /** May what is known be used for once more while names are asked for? */
  #usableUntilMs = 0;
  #asking: Promise<void> | null = null;
  /** What requests get while there is no peer; one object, because there may be many requests. */
  #error: GatewayError;

  constructor(
    rules: GroupRules,
    targets: readonly GroupTarget[],
    dns: DnsClient,
    table: PeerTable,
  ) {
    this.#rules = rules;
    this.#targets = targets;
    this.#dns = dns;
    this.#table = table;
    this.#sets = targets.map(() => null);
    this.#error = new NoPeer(rules.name);
    if (targets.every(({ host }) => isLiteral(host))) this.#build();
  }

  /**
   * The peer for the next try.
   *
   * @throws {GatewayError} at once or as a rejection, where the group has no peer
   */
  pick(tried: readonly Peer[]): Peer | Promise<Peer> {
    if (this.#askAtMs !== Number.POSITIVE_INFINITY) {
      const now = performance.now();
      if (now >= this.#askAtMs) {
        const asking = this.#ask();
        if (asking !== null && now >= this.#usableUntilMs) {
          return asking.then(() => this.#pickNow(tried));
        }
      }
    }
    return this.#pickNow(tried);
  }

  #pickNow(tried: readonly Peer[]): Peer {
    const peer = this.#algorithm?.pick(tried);
    if (peer === null || peer === undefined) throw this.#error;
    return peer;
  }

  /** Ask for the names that are due. Null where all answers were there at once; what was asked is in force then. */
  #ask(): Promise<void> | null {
    if (this.#asking !== null) return this.#asking;
    const waits: Promise<void>[] = [];
    const now = performance.now();
    let isChanged = this.#algorithm === null;
    for (const [i, { host }] of this.#targets.entries()) {
      const old = this.#sets[i]!;
      if (isLiteral(host) || (old !== null && now < old.freshUntilMs)) continue;
      const set = this.#dns.resolve(host);
      if (set instanceof Promise) {
        waits.push(
          set.then((late) => {
            this.#sets[i] = late;
          }),
        );
      } else if (set !== old) {
        this.#sets[i] = set;
        isChanged = true;
      }
    }
    if (waits.length === 0) {
      if (isChanged) this.#build();
      else this.#askAtMs = now + STALE_LOOK_MS;
      return null;
    }
    this.#asking = Promise.all(waits).then(() => {
      this.#asking = null;
      this.#build();
    });
    return this.#asking;
  }

  #build(): void {
    const weighted: WeightedPeer[] = [];
    let askAtMs = Number.POSITIVE_INFINITY;
    let lookupError: GatewayError | null = null;
    for (const [i, target] of this.#targets.entries()) {
      const set = this.#sets[i]!;
      if (set === null) {
        const peer = this.#table.ofLiteral(target.host, target.port, this.#rules.hostHeader);
        weighted.push({ peer, weight: target.weight });
        continue;
      }
      lookupError ??= set.error;
      askAtMs = Math.min(askAtMs, set.freshUntilMs);
      this.#addAddresses(weighted, target, set);
    }
    this.#algorithm = new RoundRobin(weighted);
    this.#schedule(
      askAtMs,
      weighted.some(({ weight }) => weight > 0),
    );
    const { name, tellsLookupError } = this.#rules;
    this.#error =
      (tellsLookupError ? lookupError : null) ?? new NoPeer(name, { cause: lookupError });
  }

  /** When to ask again, and how long what is known may serve meanwhile. */
  #schedule(askAtMs: number, hasPeers: boolean): void {
    const now = performance.now();
    const sets = this.#sets.filter((set) => set !== null);
    const staleUntilMs = Math.min(...sets.map((set) => set.staleUntilMs));
    const mustAskEachTime = staleUntilMs <= now; // a time to live of 0
    // a set that is stale already is being refreshed by the client: look again soon, not at each request
    this.#askAtMs = askAtMs <= now && !mustAskEachTime ? now + STALE_LOOK_MS : askAtMs;
    const servesOld = this.#rules.servesWhileAsking && hasPeers && !mustAskEachTime;
    this.#usableUntilMs = servesOld ? Number.POSITIVE_INFINITY : staleUntilMs;
  }

  #addAddresses(weighted: WeightedPeer[], target: GroupTarget, set: AddressSet): void {
    const { lowestPriorityOnly, useSrvName, hostHeader } = this.#rules;
    const priority = Math.min(...set.addresses.map((address) => address.priority));
    for (const address of set.addresses) {
      if (lowestPriorityOnly && address.priority !== priority) continue;
      const hostname = useSrvName && address.srvName !== "" ? address.srvName : target.host;
      const port = address.port === 0 ? target.port : address.port;
      const peer = this.#table.get(address.ip, port, hostname, hostHeader);
      // records of a Target that gets nothing get nothing
      const own = address.weight < 0 ? target.weight : address.weight;
      weighted.push({ peer, weight: target.weight === 0 ? 0 : own });
    }
  }
}
