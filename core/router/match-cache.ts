/**
 * Results of earlier matches, positive and negative, for Routes that are dear to match (regexes).
 *
 * Two generations of at most half the limit each: a new one begins when the younger is full, and the older is
 * forgotten. So nothing is moved on a hit, and a hit allocates nothing. Only facts that Routes look at are compared;
 * results that depend on anything else (headers, addresses) are not put in.
 */
import type { Entry } from "./entry.ts";
import type { RequestFacts } from "./facts.ts";

/** Results kept at most, as in Kong; a path with several (by host, method...) keeps at most {@link CHAIN_MAX}. */
export const MATCH_CACHE_MAX = 5000;
const CHAIN_MAX = 8;
/** Longer paths are not kept: 5,000 of them would be the memory of the worker. */
const PATH_LENGTH_MAX = 1024;

/** Which facts Routes look at, beside the path. */
export interface LooksAt {
  host: boolean;
  method: boolean;
  /** SNI, and the scheme with it. */
  sni: boolean;
  /** The port of the listener, or the scheme in its place. */
  port: boolean;
}

/** A result; `entry` is null where nothing matched. */
export interface CachedMatch {
  readonly entry: Entry | null;
  readonly prefixLength: number;
  readonly captures: readonly (string | undefined)[] | null;
  readonly named: Readonly<Record<string, string>> | null;
}

interface Line extends CachedMatch {
  readonly host: string;
  readonly method: string;
  readonly sni: string;
  readonly scheme: string;
  readonly port: number;
  readonly next: Line | null;
}

/** One for each router, so a new configuration begins with an empty one. */
export class MatchCache {
  readonly #looksAt: LooksAt;
  #young = new Map<string, Line>();
  #old = new Map<string, Line>();
  #youngCount = 0;

  constructor(looksAt: LooksAt) {
    this.#looksAt = looksAt;
  }

  get(facts: RequestFacts): CachedMatch | null {
    return (
      this.#find(this.#young.get(facts.path), facts) ?? this.#find(this.#old.get(facts.path), facts)
    );
  }

  set(facts: RequestFacts, match: CachedMatch): void {
    if (facts.path.length > PATH_LENGTH_MAX) return;
    if (this.#youngCount >= MATCH_CACHE_MAX / 2) {
      this.#old = this.#young;
      this.#young = new Map();
      this.#youngCount = 0;
    }
    const had = this.#young.get(facts.path);
    const next = chainLength(had) < CHAIN_MAX ? (had ?? null) : null;
    // a slice would hold the whole head of its request in memory: the strings kept are copies
    this.#young.set(copyOf(facts.path), {
      entry: match.entry,
      prefixLength: match.prefixLength,
      captures: match.captures?.map((text) => (text === undefined ? text : copyOf(text))) ?? null,
      named: match.named === null ? null : copyValues(match.named),
      host: copyOf(facts.host),
      method: copyOf(facts.method),
      sni: facts.sni,
      scheme: facts.scheme,
      port: facts.listenerPort,
      next,
    });
    this.#youngCount++;
  }

  #find(first: Line | null | undefined, facts: RequestFacts): CachedMatch | null {
    const { host, method, sni, port } = this.#looksAt;
    for (let line = first; line !== undefined && line !== null; line = line.next) {
      if (host && line.host !== facts.host) continue;
      if (method && line.method !== facts.method) continue;
      if ((sni || port) && line.scheme !== facts.scheme) continue;
      if (sni && line.sni !== facts.sni) continue;
      if (port && line.port !== facts.listenerPort) continue;
      return line;
    }
    return null;
  }
}

function chainLength(first: Line | undefined): number {
  let length = 0;
  for (let line: Line | null = first ?? null; line !== null; line = line.next) length++;
  return length;
}

/** A string of its own, not a view of a longer one. */
function copyOf(text: string): string {
  return Buffer.from(text, "latin1").toString("latin1");
}

function copyValues(named: Readonly<Record<string, string>>): Record<string, string> {
  const copy: Record<string, string> = Object.create(null);
  for (const [name, value] of Object.entries(named)) copy[name] = copyOf(value);
  return copy;
}
