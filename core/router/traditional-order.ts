/**
 * Flavour `traditional`: how a Route is split into entries, and the order in which they are tried.
 *
 * Entries fall into categories by the kinds of attributes they have. A request is tried against the categories from
 * the one that it could match downwards; within a category first against a reduced set (the entries that share the
 * rarest of the values that the request hit), then against all. So the order is not one number for each entry: the
 * reduced set is moved to the front of its category for each request ({@link TraditionalOrder.rankOf}).
 * Source of behaviour: reference/proxy-behaviour.md 2.3 and what was recorded in recorded/proxy/router-traditional.json.
 */
import type { Route } from "../entities/route.ts";
import type { Service } from "../entities/service.ts";
import { type Category, Entry, isEmpty } from "./entry.ts";
import type { RequestFacts } from "./facts.ts";
import type { HostBucket } from "./host-index.ts";
import { type HostParts, splitHostTraditional } from "./host-names.ts";
import { normalizePath, toBytes } from "./normalize-path.ts";
import { PathPattern } from "./regex/pattern.ts";
import { conditionsTraditional, headerCount, isRegexPath } from "./route-parts.ts";
import { UriHits } from "./uri-hits.ts";

/** Kinds of attributes; the number decides among categories with equally many. */
const KIND = {
  host: 0x40,
  header: 0x20,
  uri: 0x10,
  method: 0x08,
  sni: 0x04,
  source: 0x02,
  destination: 0x01,
} as const;

/** Weights within a category. */
const ADDRESS_WITH_PORT = 8; // streams only
const WILDCARD_HOST_WITH_PORT = 4;
const PLAIN_HOSTS_ONLY = 2;
const REGEX_PATH = 1;

/** An entry with what it is ordered by. */
export interface WeighedEntry {
  readonly entry: Entry;
  readonly bits: number;
  readonly weight: number;
  readonly headerCount: number;
  readonly regexPriority: number;
  readonly pathLength: number;
  /** -1 if unknown. */
  readonly createdAt: number;
}

/** For sorting, categories aside: what is tried first comes first. Equals stay in the order of declaration. */
export function compareTraditional(a: WeighedEntry, b: WeighedEntry): number {
  if (a.weight !== b.weight) return b.weight - a.weight;
  if (a.headerCount !== b.headerCount) return b.headerCount - a.headerCount;
  if ((a.weight & REGEX_PATH) !== 0 && a.regexPriority !== b.regexPriority) {
    return b.regexPriority - a.regexPriority;
  }
  if (a.pathLength !== b.pathLength) return b.pathLength - a.pathLength;
  return a.createdAt < 0 || b.createdAt < 0 ? 0 : a.createdAt - b.createdAt;
}

/** Entries of a Route: one for each path. */
export function entriesTraditional(route: Route, service: Service | null): WeighedEntry[] {
  const conditions = conditionsTraditional(route);
  const paths = isEmpty(route.paths) ? [undefined] : route.paths;
  return paths.map((path) => {
    const isRegex = path !== undefined && isRegexPath(path);
    const prefix = path === undefined || isRegex ? undefined : toBytes(path);
    const prefixes = prefix === undefined ? [] : [normalizePath(prefix) ?? prefix];
    const patterns = isRegex ? [new PathPattern(path.slice(1), "bytes")] : [];
    const entry = new Entry(route, service, prefixes, patterns, conditions);
    return {
      entry,
      bits: kindsOf(entry, path !== undefined),
      weight: hostWeight(entry.hosts) + addressWeight(route) + (isRegex ? REGEX_PATH : 0),
      headerCount: headerCount(route),
      regexPriority: route.regex_priority ?? 0,
      pathLength: prefix?.length ?? 0,
      createdAt: route.created_at ?? -1,
    };
  });
}

/** A plain name is compared as written, port and brackets included; a wildcard's port is a condition of its own. */
export function splitPatternTraditional(text: string, into: HostParts): HostParts {
  if (text.includes("*")) return splitHostTraditional(text, into);
  into.host = text;
  into.port = "";
  return into;
}

function hostWeight(hosts: readonly string[] | null): number {
  if (hosts === null) return 0;
  const wildcards = hosts.filter((host) => host.includes("*"));
  if (wildcards.length === 0) return PLAIN_HOSTS_ONLY;
  const parts = { host: "", port: "" };
  const anyPort = wildcards.some((host) => splitHostTraditional(host, parts).port !== "");
  return anyPort ? WILDCARD_HOST_WITH_PORT : 0;
}

function addressWeight({ sources, destinations }: Route): number {
  const both = [...(sources ?? []), ...(destinations ?? [])].some(
    ({ ip, port }) => typeof ip === "string" && typeof port === "number",
  );
  return both ? ADDRESS_WITH_PORT : 0;
}

function kindsOf(entry: Entry, hasPath: boolean): number {
  const { conditions } = entry;
  const hostAndPath = (entry.hosts === null ? 0 : KIND.host) | (hasPath ? KIND.uri : 0);
  if (conditions === null) return hostAndPath;
  return (
    hostAndPath |
    (conditions.headers === null ? 0 : KIND.header) |
    (conditions.methods === null ? 0 : KIND.method) |
    (conditions.snis === null ? 0 : KIND.sni) |
    (conditions.sources === null ? 0 : KIND.source) |
    (conditions.destinations === null ? 0 : KIND.destination)
  );
}

/** What a request's host hit. */
export interface HostHits {
  /** Host header as sent. */
  raw: string;
  /** Some Route has this very name, with or without port. */
  isPlain: boolean;
  /** Otherwise: the first wildcard that fits. */
  wildcard: HostBucket | null;
}

/** Built once; then `prepare`, and `rankOf` for the same request. */
export class TraditionalOrder {
  /** In the order in which they are searched. */
  readonly #categories: Category[] = [];
  readonly #indexByBits = new Map<number, number>();
  /** Names of headers that Routes look at, in the order of the Routes. */
  readonly #headers: string[] = [];
  readonly #methods = new Set<string>();
  readonly #snis = new Set<string>();
  readonly #uris = new UriHits();
  #hasAddresses = false;
  // what the present request hit
  #start = 0;
  #hostValue = "";
  #headerName = "";
  #uriValue = "";
  #facts: RequestFacts | null = null;
  /** Counts requests; wraps around harmlessly. */
  #request = 0;
  /** For each category: the value that its reduced set shares, and the request it was chosen for. */
  readonly #reducers: string[] = [];
  readonly #reducedFor: number[] = [];

  /** Take in all entries, in order; ranks are set afterwards. A generator, because there may be many. */
  *build(weighed: readonly WeighedEntry[]): Generator<void, Entry[]> {
    const groups = new Map<number, Entry[]>();
    for (const [i, { entry, bits }] of weighed.entries()) {
      const group = groups.get(bits);
      if (group === undefined) groups.set(bits, [entry]);
      else group.push(entry);
      this.#index(entry);
      if (i % ENTRIES_PER_SLICE === 0) yield;
    }
    yield* this.#uris.build();
    const order = [...groups.keys()].sort((a, b) => kindCount(b) - kindCount(a) || b - a);
    const ranked: Entry[] = [];
    for (const bits of order) yield* this.#addCategory(bits, groups.get(bits)!, ranked);
    return ranked;
  }

  #index(entry: Entry): void {
    for (const prefix of entry.prefixes) this.#uris.addPrefix(prefix);
    for (const pattern of entry.patterns) this.#uris.addPattern(pattern);
    const { conditions } = entry;
    if (conditions === null) return;
    for (const { name } of conditions.headers ?? []) {
      if (!this.#headers.includes(name)) this.#headers.push(name);
    }
    for (const method of conditions.methods ?? []) this.#methods.add(method);
    for (const sni of conditions.snis?.names ?? []) this.#snis.add(sni);
    this.#hasAddresses ||= conditions.sources !== null || conditions.destinations !== null;
  }

  *#addCategory(bits: number, entries: readonly Entry[], ranked: Entry[]): Generator<void, void> {
    const category = {
      index: this.#categories.length,
      bits,
      size: entries.length,
      counts: new Map<string, number>(),
    };
    this.#indexByBits.set(bits, category.index);
    this.#categories.push(category);
    this.#reducers.push("");
    this.#reducedFor.push(-1);
    // a category takes twice its size in ranks: the lower half is for those in the reduced set
    const base = ranked.length * 2 + category.size;
    for (const [i, entry] of entries.entries()) {
      entry.category = category;
      entry.rank = base + i;
      ranked.push(entry);
      for (const value of reducibleValues(entry)) {
        category.counts.set(value, (category.counts.get(value) ?? 0) + 1);
      }
      if (i % ENTRIES_PER_SLICE === 0) yield;
    }
  }

  /** Does a Route look at a header that the request has? Such a request's result is not cached. */
  looksAtHeaders(facts: RequestFacts): boolean {
    return this.#headers.some((name) => facts.headers.has(name));
  }

  /**
   * Find out what a request could match, before its candidates are tried.
   *
   * @returns false: it hits nothing at all and matches no Route
   */
  prepare(facts: RequestFacts, host: HostHits): boolean {
    this.#facts = facts;
    this.#request = (this.#request + 1) | 0;
    this.#hostValue = host.wildcard?.pattern ?? host.raw;
    this.#headerName = this.#headers.find((name) => facts.headers.has(name)) ?? "";
    this.#uriValue = this.#uris.find(facts.path);
    let bits = 0;
    if (host.isPlain || host.wildcard !== null) bits |= KIND.host;
    if (this.#headerName !== "") bits |= KIND.header;
    if (this.#uriValue !== "") bits |= KIND.uri;
    if (this.#methods.has(facts.method)) bits |= KIND.method;
    if (this.#snis.has(facts.sni)) bits |= KIND.sni;
    if (bits === 0 && !this.#hasAddresses) return false;
    this.#start = this.#indexByBits.get(bits) ?? 0;
    return true;
  }

  /** Rank for the request at hand: infinite above the category where its search begins. */
  rankOf(entry: Entry): number {
    const category = entry.category!;
    if (category.index < this.#start) return Number.POSITIVE_INFINITY;
    const { index } = category;
    if (this.#reducedFor[index] !== this.#request) {
      this.#reducedFor[index] = this.#request;
      this.#reducers[index] = this.#reduce(category);
    }
    return hasValue(entry, this.#reducers[index]!) ? entry.rank - category.size : entry.rank;
  }

  /** The rarest value in the category that the request hit; a header comes before rarity. "" if there is none. */
  #reduce(category: Category): string {
    const { bits, counts } = category;
    let best = "";
    let fewest = Number.POSITIVE_INFINITY;
    const consider = (value: string): void => {
      const count = counts.get(value);
      if (count !== undefined && count < fewest) {
        fewest = count;
        best = value;
      }
    };
    if ((bits & KIND.host) !== 0) consider(`h${this.#hostValue}`);
    const byHeader = `n${this.#headerName}`;
    if ((bits & KIND.header) !== 0 && counts.has(byHeader)) return byHeader;
    if ((bits & KIND.uri) !== 0) consider(`u${this.#uriValue}`);
    if ((bits & KIND.method) !== 0) consider(`m${this.#facts!.method}`);
    if ((bits & KIND.sni) !== 0) consider(`s${this.#facts!.sni}`);
    return best;
  }
}

/** Entries taken in between two yields. */
const ENTRIES_PER_SLICE = 128;

function kindCount(bits: number): number {
  let count = 0;
  for (let left = bits; left !== 0; left &= left - 1) count++;
  return count;
}

/** Values by which a set can be reduced, each with a letter for its kind in front. */
function reducibleValues(entry: Entry): string[] {
  const { conditions } = entry;
  const values: string[] = [];
  for (const host of entry.hosts ?? []) values.push(`h${host}`);
  for (const prefix of entry.prefixes) values.push(`u${prefix}`);
  for (const { source } of entry.patterns) values.push(`u${source}`);
  for (const { name } of conditions?.headers ?? []) values.push(`n${name}`);
  for (const method of conditions?.methods ?? []) values.push(`m${method}`);
  for (const sni of conditions?.snis?.names ?? []) values.push(`s${sni}`);
  return values;
}

function hasValue(entry: Entry, value: string): boolean {
  if (value === "") return false;
  const { conditions } = entry;
  const text = value.slice(1);
  switch (value.charAt(0)) {
    case "h":
      return entry.hosts?.includes(text) ?? false;
    case "u":
      return entry.prefixes[0] === text || entry.patterns[0]?.source === text;
    case "n":
      return conditions?.headers?.some((header) => header.name === text) ?? false;
    case "m":
      return conditions?.methods?.includes(text) ?? false;
    default:
      return conditions?.snis?.names.has(text) ?? false;
  }
}
