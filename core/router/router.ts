/**
 * Request -> Route and Service.
 *
 * One search for both flavours: the host gives at most a handful of roots, the path a walk in the tree below each
 * (./path-tree.ts), and of the entries on the way the one with the smallest rank that fits wins. Ranks are computed
 * when the router is built, by the flavour's rules (./compatible-order.ts, ./traditional-order.ts). The work for a
 * request does not grow with the number of Routes, unless many have the same host and path and differ elsewhere.
 *
 * Expressions (flavour `expressions`) have no place yet: they would be one more kind of entry with a rank.
 */
import { isUtf8 } from "node:buffer";
import type { Exchange } from "../exchange/exchange.ts";
import type { Snapshot } from "../store/snapshot.ts";
import {
  type BuildOptions,
  buildIndex,
  type RouterFlavor,
  type RouterIndex,
} from "./build-index.ts";
import type { Entry } from "./entry.ts";
import { emptyFacts, type RequestFacts } from "./facts.ts";
import type { HostBucket } from "./host-index.ts";
import { splitHostCompatible, splitHostTraditional } from "./host-names.ts";
import { type CachedMatch, MatchCache } from "./match-cache.ts";
import { isAscii, normalizePath } from "./normalize-path.ts";
import type { HostHits } from "./traditional-order.ts";

/** What was found. The object is reused: read it before the next call. */
interface Selection extends CachedMatch {
  readonly entry: Entry;
}

/**
 * Build the router for a snapshot, in slices of about half a millisecond.
 *
 * Routes of disabled Services and, by subsystem, of other protocols are left out; so is a Route with a pattern that
 * does not compile (the schema refuses those), with a call of `options.onSkipped`.
 */
export function* buildRouter(
  snapshot: Snapshot,
  flavor: RouterFlavor,
  options: BuildOptions = {},
): Generator<void, Router> {
  return new Router(yield* buildIndex(snapshot, flavor, options));
}

/** One for each configuration and worker. What it finds is in objects that it uses again. */
export class Router {
  readonly #index: RouterIndex;
  readonly #cache: MatchCache | null;
  readonly #facts = emptyFacts();
  readonly #buckets: HostBucket[] = [];
  readonly #hostParts = { host: "", port: "" };
  readonly #hostHits: HostHits = { raw: "", isPlain: false, wildcard: null };
  readonly #found: {
    entry: Entry | null;
    prefixLength: number;
    captures: CachedMatch["captures"];
    named: CachedMatch["named"];
  } = { entry: null, prefixLength: 0, captures: null, named: null };
  #cacheable = true;
  /** Is `path_handling: v1` heeded? Only flavour `traditional` does. */
  readonly honoursV1: boolean;
  /** Entries looked at since the router was built: what its cost grows with. */
  entriesVisited = 0;

  constructor(index: RouterIndex) {
    this.#index = index;
    this.honoursV1 = index.order !== null;
    this.#cache = index.isDear ? new MatchCache(index.looksAt) : null;
  }

  /**
   * Find the Route of a request and fill in `path`, `route`, `service`, `matchedPrefix`, `captures`, `namedCaptures`.
   *
   * @returns false: no Route (404); or, if `x.path` is still "", a path that has to be answered with 400
   */
  match(x: Exchange): boolean {
    const path = normalizePath(x.rawPath);
    if (path === null) return false;
    x.path = path;
    const facts = this.#facts;
    facts.method = x.method;
    facts.path = path;
    facts.host = x.authority;
    facts.scheme = x.scheme;
    facts.sni = x.client.tls === null ? "" : x.client.tls.sni;
    facts.listenerPort = x.client.advertisedPort;
    facts.headers = x.requestHeaders;
    const selection = this.select(facts);
    if (selection === null) return false;
    const { entry, prefixLength } = selection;
    x.route = entry.route;
    x.service = entry.service;
    // a match of "/" strips nothing that the join of paths would not put back
    const strips = prefixLength > 1 && entry.route.strip_path === true;
    x.matchedPrefix = strips ? path.slice(0, prefixLength) : "";
    x.captures = selection.captures;
    x.namedCaptures = selection.named;
    return true;
  }

  /** As {@link match}, from plain facts; the result is valid until the next call. */
  select(facts: RequestFacts): Selection | null {
    const cache = this.#cache;
    if (cache === null) return this.#search(facts);
    const bypass = this.#index.order?.looksAtHeaders(facts) ?? false;
    const cached = bypass ? null : cache.get(facts);
    if (cached !== null) return cached.entry === null ? null : (cached as Selection);
    const found = this.#search(facts);
    if (!bypass && this.#cacheable) cache.set(facts, this.#found);
    return found;
  }

  #search(facts: RequestFacts): Selection | null {
    const found = this.#found;
    found.entry = null;
    found.captures = null;
    found.named = null;
    found.prefixLength = 0;
    this.#cacheable = true;
    const { path } = facts;
    if (this.#index.needsUtf8 && !isAscii(path) && !isUtf8(Buffer.from(path, "latin1")))
      return null;
    const buckets =
      this.#index.order === null ? this.#compatibleHosts(facts) : this.#traditionalHosts(facts);
    let best = Number.POSITIVE_INFINITY;
    for (let b = 0; b < buckets; b++) best = this.#searchBucket(this.#buckets[b]!, facts, best);
    return found.entry === null ? null : (found as Selection);
  }

  /** @returns how many buckets are in `#buckets`; the one for any host comes last */
  #compatibleHosts(facts: RequestFacts): number {
    const { hosts, anyHost } = this.#index;
    const found = this.#buckets;
    let count = 0;
    if (!hosts.isEmpty) {
      const { host, port: written } = splitHostCompatible(facts.host, this.#hostParts);
      const named = hosts.plain(host);
      if (named !== undefined) found[count++] = named;
      const port = hosts.hasPorts ? written || String(facts.listenerPort) : "";
      const ported = hosts.hasPorts ? hosts.plain(`${host}:${port}`) : undefined;
      if (ported !== undefined) found[count++] = ported;
      if (hosts.hasWildcards) count = hosts.wildcards(host, port, 0, found, count);
    }
    found[count++] = anyHost;
    return count;
  }

  /** @returns how many buckets are in `#buckets`; 0 if the request hits nothing that Routes look at */
  #traditionalHosts(facts: RequestFacts): number {
    const { hosts, anyHost, order } = this.#index;
    const found = this.#buckets;
    const hits = this.#hostHits;
    hits.raw = facts.host;
    hits.isPlain = false;
    hits.wildcard = null;
    let count = 0;
    if (!hosts.isEmpty && facts.host !== "") {
      const { host, port: written } = splitHostTraditional(facts.host, this.#hostParts);
      const port = written || (facts.scheme === "https" ? "443" : "80");
      const asSent = hosts.plain(facts.host);
      if (asSent !== undefined) found[count++] = asSent;
      const bare = host === facts.host ? undefined : hosts.plain(host);
      if (bare !== undefined) found[count++] = bare;
      const withPort = written === "" ? `${facts.host}:${port}` : facts.host;
      hits.isPlain = hosts.plain(host) !== undefined || hosts.plain(withPort) !== undefined;
      if (hosts.hasWildcards) {
        const from = count;
        count = hosts.wildcards(host, port, 1, found, count);
        if (!hits.isPlain) hits.wildcard = firstWildcard(found, from, count);
      }
    }
    found[count++] = anyHost;
    return order!.prepare(facts, hits) ? count : 0;
  }

  /** Search below one host pattern, the longest paths first. @returns the best rank so far */
  #searchBucket(bucket: HostBucket, facts: RequestFacts, bestSoFar: number): number {
    const { tree, order } = this.#index;
    if (bucket.bestRank >= bestSoFar) return bestSoFar;
    let best = bestSoFar;
    for (let h = tree.walk(bucket.root, facts.path) - 1; h >= 0; h--) {
      for (let i = tree.hitItems[h]!; i !== 0; i = tree.next(i)) {
        const entry = tree.item(i);
        this.entriesVisited++;
        if (order === null ? entry.rank >= best : entry.rank - entry.category!.size >= best) break;
        const rank = order === null ? entry.rank : order.rankOf(entry);
        if (rank >= best || !this.#accept(entry, facts, tree.hitDepths[h]!)) continue;
        best = rank;
        if (order === null) break;
      }
    }
    return best;
  }

  /** If the entry fits, it is what was found. */
  #accept(entry: Entry, facts: RequestFacts, depth: number): boolean {
    const { conditions } = entry;
    if (conditions !== null) {
      if (conditions.areUncacheable) this.#cacheable = false;
      if (!conditions.hold(facts)) return false;
    }
    const found = this.#found;
    if (entry.patterns.length === 0) {
      found.entry = entry;
      found.prefixLength = depth;
      found.captures = null;
      found.named = null;
      return true;
    }
    for (const pattern of entry.patterns) {
      const match = pattern.exec(facts.path);
      if (match === null) continue;
      found.entry = entry;
      found.prefixLength = match.length;
      found.captures = match.captures;
      found.named = match.named;
      return true;
    }
    return false;
  }
}

function firstWildcard(found: readonly HostBucket[], from: number, to: number): HostBucket | null {
  let first: HostBucket | null = null;
  for (let b = from; b < to; b++) {
    const bucket = found[b]!;
    if (first === null || bucket.wildcardOrder < first.wildcardOrder) first = bucket;
  }
  return first;
}
