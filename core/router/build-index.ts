/**
 * From the Routes of a snapshot to the index that a router searches, a slice at a time.
 *
 * Three passes: entries and their order, sorting, insertion in order of rank (so that every list of entries in the
 * tree is sorted without another look). Sizes are counted first, because the tree does not grow.
 */
import type { Route } from "../entities/route.ts";
import type { Service } from "../entities/service.ts";
import type { Snapshot } from "../store/snapshot.ts";
import { compareCompatible, entriesCompatible, type RankedEntry } from "./compatible-order.ts";
import type { Entry } from "./entry.ts";
import { type HostBucket, HostIndex } from "./host-index.ts";
import { type HostParts, splitHostCompatible } from "./host-names.ts";
import type { LooksAt } from "./match-cache.ts";
import { PathTree } from "./path-tree.ts";
import { PatternError } from "./regex/syntax-tree.ts";
import { sortInSlices } from "./sort-in-slices.ts";
import {
  compareTraditional,
  entriesTraditional,
  splitPatternTraditional,
  TraditionalOrder,
  type WeighedEntry,
} from "./traditional-order.ts";

/** Values of `router_flavor` that there is a router for. */
export type RouterFlavor = "traditional_compatible" | "traditional";

/** What a router is built from beside a snapshot. */
export interface BuildOptions {
  /** "stream" takes the Routes for tcp, tls, udp and tls_passthrough; default "http". */
  readonly subsystem?: "http" | "stream";
  /** Told of a Route that cannot be had (its pattern does not compile). */
  readonly onSkipped?: (route: Route, cause: PatternError) => void;
}

/** What a {@link Router} looks things up in; never changes once it is built. */
export interface RouterIndex {
  readonly tree: PathTree<Entry>;
  readonly hosts: HostIndex;
  /** For Routes without hosts. */
  readonly anyHost: HostBucket;
  /** Only in flavour `traditional`. */
  readonly order: TraditionalOrder | null;
  readonly looksAt: LooksAt;
  /** A path that is not UTF-8 matches nothing. */
  readonly needsUtf8: boolean;
  /** Is a match dearer than a look into the cache? */
  readonly isDear: boolean;
}

const STREAM_PROTOCOLS: ReadonlySet<string> = new Set(["tcp", "udp", "tls", "tls_passthrough"]);
/** Paths (once for each host) that are handled between two yields. */
const UNITS_PER_SLICE = 128;
/** Ranks given out between two yields. */
const RANKS_PER_SLICE = 4096;

/** A yield after each slice of about half a millisecond; the caller decides when to go on. */
export function* buildIndex(
  snapshot: Snapshot,
  flavor: RouterFlavor,
  options: BuildOptions,
): Generator<void, RouterIndex> {
  if (flavor === "traditional") {
    const weighed = yield* collect(snapshot, options, entriesTraditional);
    const sorted = yield* sortInSlices(weighed, compareTraditional);
    const order = new TraditionalOrder();
    const byOrder = sorted.map(({ entry }) => entry);
    return yield* insert(byOrder, yield* order.build(sorted), order);
  }
  const isStream = options.subsystem === "stream";
  const ranked = yield* collect(snapshot, options, (route, service) =>
    entriesCompatible(route, service, isStream),
  );
  const sorted = yield* sortInSlices(ranked, compareCompatible);
  const entries: Entry[] = [];
  for (const { entry } of sorted) {
    entry.rank = entries.length;
    if (entries.push(entry) % RANKS_PER_SLICE === 0) yield;
  }
  return yield* insert(entries, entries, null);
}

function* collect<T extends RankedEntry | WeighedEntry>(
  snapshot: Snapshot,
  options: BuildOptions,
  entriesOf: (route: Route, service: Service | null) => T[],
): Generator<void, T[]> {
  const wantsStream = options.subsystem === "stream";
  const all: T[] = [];
  let units = 0;
  for (const route of snapshot.routes.values()) {
    if (units++ % UNITS_PER_SLICE === 0) yield;
    const service = route.service ? (snapshot.services.get(route.service.id) ?? null) : null;
    if (service !== null && service.enabled === false) continue;
    if (STREAM_PROTOCOLS.has(route.protocols?.[0] ?? "http") !== wantsStream) continue;
    try {
      const entries = entriesOf(route, service);
      for (const entry of entries) all.push(entry);
      units += entries.length;
    } catch (cause) {
      if (!(cause instanceof PatternError)) throw cause;
      options.onSkipped?.(route, cause);
    }
  }
  return all;
}

/**
 * @param byOrder all entries in the order that counts among wildcard hosts
 * @param byRank the same entries in order of rank
 */
function* insert(
  byOrder: readonly Entry[],
  byRank: readonly Entry[],
  order: TraditionalOrder | null,
): Generator<void, RouterIndex> {
  const { roots, paths, bytes, items } = yield* measure(byRank);
  const tree = new PathTree<Entry>(roots, paths, bytes, items);
  const hosts = new HostIndex();
  const newRoot = (): number => tree.newRoot();
  const anyHost: HostBucket = {
    root: newRoot(),
    pattern: "",
    wildcardOrder: -1,
    bestRank: Number.POSITIVE_INFINITY,
  };
  const split = order === null ? splitHostCompatible : splitPatternTraditional;
  const parts: HostParts = { host: "", port: "" };
  const bucketOf = (pattern: string): HostBucket => {
    const { host, port } = split(pattern, parts);
    return hosts.bucket(host, port, pattern, newRoot);
  };
  let units = 0;
  for (const entry of byOrder) {
    for (const pattern of entry.hosts ?? NO_HOSTS) bucketOf(pattern);
    units += entry.hosts?.length ?? 0;
    if (units < UNITS_PER_SLICE) continue;
    units = 0;
    yield;
  }
  const looksAt = { host: false, method: false, sni: false, port: false };
  let isDear = false;
  for (const entry of byRank) {
    look(entry, looksAt);
    isDear ||= entry.patterns.length > 0;
    if (entry.hosts === null) insertPaths(tree, anyHost, entry);
    for (const pattern of entry.hosts ?? NO_HOSTS) insertPaths(tree, bucketOf(pattern), entry);
    const ways = 1 + entry.prefixes.length + entry.patterns.length;
    units += ways * Math.max(1, entry.hosts?.length ?? 0);
    if (units < UNITS_PER_SLICE) continue;
    units = 0;
    yield;
  }
  looksAt.port = hosts.hasPorts || (order !== null && looksAt.host);
  return { tree, hosts, anyHost, order, looksAt, needsUtf8: order === null && paths > 0, isDear };
}

const NO_HOSTS: readonly string[] = [];

function* measure(
  entries: readonly Entry[],
): Generator<void, { roots: number; paths: number; bytes: number; items: number }> {
  let roots = 1;
  let paths = 0;
  let items = 0;
  let bytes = 0;
  for (const [i, entry] of entries.entries()) {
    const hosts = entry.hosts?.length ?? 1;
    roots += entry.hosts?.length ?? 0;
    const ways = entry.prefixes.length + entry.patterns.length;
    paths += hosts * ways;
    items += hosts * Math.max(1, ways);
    for (const prefix of entry.prefixes) bytes += hosts * prefix.length;
    for (const pattern of entry.patterns) bytes += hosts * pattern.literalPrefix.length;
    if (i % UNITS_PER_SLICE === 0) yield;
  }
  return { roots, paths, bytes, items };
}

/** Entries come in order of rank, so the first of a bucket is its best. */
function insertPaths(tree: PathTree<Entry>, bucket: HostBucket, entry: Entry): void {
  const rank = entry.rank - (entry.category?.size ?? 0);
  if (rank < bucket.bestRank) bucket.bestRank = rank;
  for (const prefix of entry.prefixes) tree.add(bucket.root, prefix, entry);
  for (const pattern of entry.patterns) tree.add(bucket.root, pattern.literalPrefix, entry);
  if (entry.prefixes.length + entry.patterns.length === 0) tree.add(bucket.root, "", entry);
}

function look(entry: Entry, looksAt: LooksAt): void {
  looksAt.host ||= entry.hosts !== null;
  looksAt.method ||= entry.conditions !== null && entry.conditions.methods !== null;
  looksAt.sni ||= entry.conditions !== null && entry.conditions.snis !== null;
}
