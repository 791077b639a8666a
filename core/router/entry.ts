/**
 * A Route as the router sees it: one or, where Kong splits by path, several entries, with conditions ready to check.
 *
 * The index answers host and path; what is left to check stands here, cheapest first.
 */
import type { HeaderBlock } from "../exchange/header-block.ts";
import type { Route } from "../entities/route.ts";
import type { Service } from "../entities/service.ts";
import type { AddressSet } from "./address-set.ts";
import type { RequestFacts } from "./facts.ts";
import type { HeaderPattern, PathPattern } from "./regex/pattern.ts";

/** One name in a Route's `headers`. */
export interface HeaderCondition {
  /** Lower case. */
  readonly name: string;
  /** A dash in the name stands for itself and not for `_` (flavour `traditional`). */
  readonly exactDashes: boolean;
  /** Lower case. */
  readonly values: ReadonlySet<string>;
  readonly patterns: readonly HeaderPattern[];
}

/** A Route's `snis`. */
export interface SniCondition {
  readonly names: ReadonlySet<string>;
  /** Without the `*`. */
  readonly suffixes: readonly string[];
  readonly prefixes: readonly string[];
}

/** One of a Route's `hosts`. */
export interface HostPattern {
  /** As written. */
  readonly text: string;
  /** Name, `*.name` or `name.*`. */
  readonly host: string;
  /** "" if none. */
  readonly port: string;
}

/** Category of an entry in flavour `traditional` (./traditional-order.ts). */
export interface Category {
  /** Place in the order in which categories are searched. */
  index: number;
  readonly bits: number;
  /** How many entries it has. */
  size: number;
  /** How many entries have a value, by kind and value. */
  readonly counts: Map<string, number>;
}

export interface EntryParts {
  route: Route;
  service: Service | null;
  hosts: readonly HostPattern[] | null;
  methods: readonly string[] | null;
  headers: readonly HeaderCondition[] | null;
  snis: SniCondition | null;
  sources: AddressSet | null;
  destinations: AddressSet | null;
  /** Plain paths, as bytes; of one length in `traditional_compatible`, one at most in `traditional`. */
  prefixes: readonly string[];
  /** Regex paths, in the order of the Route; an entry has plain paths or these. */
  patterns: readonly PathPattern[];
}

export class Entry {
  readonly route: Route;
  readonly service: Service | null;
  readonly hosts: readonly HostPattern[] | null;
  readonly methods: readonly string[] | null;
  readonly headers: readonly HeaderCondition[] | null;
  readonly snis: SniCondition | null;
  readonly sources: AddressSet | null;
  readonly destinations: AddressSet | null;
  readonly prefixes: readonly string[];
  readonly patterns: readonly PathPattern[];
  /** Nothing is left to check once host and path fit. */
  readonly isUnconditional: boolean;
  /** Whether it fits may depend on facts that a result is not cached by. */
  readonly isUncacheable: boolean;
  /** Smaller is tried earlier. */
  rank = 0;
  category: Category | null = null;

  constructor(parts: EntryParts) {
    this.route = parts.route;
    this.service = parts.service;
    this.hosts = parts.hosts;
    this.methods = parts.methods;
    this.headers = parts.headers;
    this.snis = parts.snis;
    this.sources = parts.sources;
    this.destinations = parts.destinations;
    this.prefixes = parts.prefixes;
    this.patterns = parts.patterns;
    this.isUncacheable =
      parts.headers !== null || parts.sources !== null || parts.destinations !== null;
    this.isUnconditional =
      !this.isUncacheable &&
      parts.methods === null &&
      parts.snis === null &&
      parts.patterns.length === 0;
  }

  /** Do all conditions but host and path hold? */
  fits(facts: RequestFacts): boolean {
    if (this.methods !== null && !this.methods.includes(facts.method)) return false;
    if (this.snis !== null && !sniFits(this.snis, facts)) return false;
    if (this.sources !== null && !this.sources.has(facts.sourceIp, facts.sourcePort)) return false;
    if (
      this.destinations !== null &&
      !this.destinations.has(facts.destinationIp, facts.destinationPort)
    ) {
      return false;
    }
    if (this.headers !== null) {
      for (const condition of this.headers) {
        if (!headerFits(condition, facts.headers)) return false;
      }
    }
    return true;
  }
}

/** A plain request has no server name, and the condition is then left out of account. */
function sniFits(condition: SniCondition, facts: RequestFacts): boolean {
  if (facts.scheme === "http" || facts.scheme === "tcp" || facts.scheme === "udp") return true;
  const { sni } = facts;
  return (
    condition.names.has(sni) ||
    condition.suffixes.some((suffix) => sni.endsWith(suffix)) ||
    condition.prefixes.some((prefix) => sni.startsWith(prefix))
  );
}

/** Any value of a repeated header may be the one that fits. */
function headerFits(condition: HeaderCondition, headers: HeaderBlock): boolean {
  const { name } = condition;
  for (let f = headers.find(name); f >= 0; f = headers.find(name, f + 1)) {
    if (condition.exactDashes && headers.nameAt(f).toLowerCase() !== name) continue;
    const value = lowerAscii(headers.valueAt(f));
    if (condition.values.has(value)) return true;
    for (const pattern of condition.patterns) if (pattern.test(value)) return true;
  }
  return false;
}

/** Lower case for A to Z only: other bytes may be part of UTF-8. */
export function lowerAscii(text: string): string {
  return UPPER.test(text) ? text.replace(UPPERS, lowerLetters) : text;
}
const UPPER = /[A-Z]/;
const UPPERS = /[A-Z]+/g;
function lowerLetters(letters: string): string {
  return letters.toLowerCase();
}
