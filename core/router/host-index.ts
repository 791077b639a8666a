/**
 * Which host patterns fit a request: exact names in a map, wildcards in maps by the length of their fixed part.
 *
 * A lookup costs one map access for the name and one for each distinct length of a wildcard, however many patterns
 * there are. Lengths come from the configuration, so that a Host of 8,000 dots costs no more than any other.
 */

/** All Routes with one host pattern: a root in the tree of paths. */
export interface HostBucket {
  readonly root: number;
  /** The pattern as written in the Route. */
  readonly pattern: string;
  /** Place among the wildcards in the order of Routes; plain ones have -1. */
  readonly wildcardOrder: number;
  /** Rank of its best entry: where a better one is found already, the bucket is passed over. */
  bestRank: number;
}

/** Patterns are added while the router is built, and only read afterwards. */
export class HostIndex {
  readonly #plain = new Map<string, HostBucket>();
  readonly #suffixes = new Map<string, HostBucket>();
  readonly #prefixes = new Map<string, HostBucket>();
  readonly #suffixLengths: number[] = [];
  readonly #prefixLengths: number[] = [];
  /** Are there wildcards, or names with ports? Where not, those lookups are left out. */
  hasWildcards = false;
  hasPorts = false;
  #wildcards = 0;

  get isEmpty(): boolean {
    return this.#plain.size === 0 && !this.hasWildcards;
  }

  /**
   * The bucket of a pattern, made where there is none.
   *
   * @param host the pattern without its port: a name, `*.name` or `name.*`
   * @param port as text, "" where it has none
   * @param pattern as written
   * @param newRoot called for a new bucket
   */
  bucket(host: string, port: string, pattern: string, newRoot: () => number): HostBucket {
    const isSuffix = host.charCodeAt(0) === STAR;
    const isPrefix = !isSuffix && host.charCodeAt(host.length - 1) === STAR;
    const text = isSuffix ? host.slice(1) : isPrefix ? host.slice(0, -1) : host;
    const key = port === "" ? text : `${text}:${port}`;
    const map = isSuffix ? this.#suffixes : isPrefix ? this.#prefixes : this.#plain;
    const had = map.get(key);
    if (had !== undefined) return had;
    if (isSuffix) addOnce(this.#suffixLengths, text.length);
    if (isPrefix) addOnce(this.#prefixLengths, text.length);
    const isWildcard = isSuffix || isPrefix;
    this.hasWildcards ||= isWildcard;
    this.hasPorts ||= port !== "";
    const wildcardOrder = isWildcard ? this.#wildcards++ : -1;
    const bucket = {
      root: newRoot(),
      pattern,
      wildcardOrder,
      bestRank: Number.POSITIVE_INFINITY,
    };
    map.set(key, bucket);
    return bucket;
  }

  /** @param key a name, or `name:port`, in the case of the pattern */
  plain(key: string): HostBucket | undefined {
    return this.#plain.get(key);
  }

  /**
   * Every wildcard that fits, into `found` from `count` on.
   *
   * @param host without port
   * @param port the request's, "" for unknown
   * @param leastBefore characters that a wildcard at the left must stand for, 0 or 1
   * @returns the new count
   */
  wildcards(
    host: string,
    port: string,
    leastBefore: number,
    found: HostBucket[],
    count: number,
  ): number {
    let n = count;
    for (const length of this.#suffixLengths) {
      if (length + leastBefore > host.length) continue;
      n = this.#collect(this.#suffixes, host.slice(host.length - length), port, found, n);
    }
    for (const length of this.#prefixLengths) {
      if (length > host.length) continue;
      n = this.#collect(this.#prefixes, host.slice(0, length), port, found, n);
    }
    return n;
  }

  #collect(
    map: ReadonlyMap<string, HostBucket>,
    text: string,
    port: string,
    found: HostBucket[],
    count: number,
  ): number {
    let n = count;
    const anyPort = map.get(text);
    if (anyPort !== undefined) found[n++] = anyPort;
    if (!this.hasPorts || port === "") return n;
    const thisPort = map.get(`${text}:${port}`);
    if (thisPort !== undefined) found[n++] = thisPort;
    return n;
  }
}

const STAR = 42;

function addOnce(numbers: number[], value: number): void {
  if (!numbers.includes(value)) numbers.push(value);
}
