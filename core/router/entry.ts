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

/** What a Route asks of a request beside host and path; shared by its entries. */
export class Conditions {
  readonly methods: readonly string[] | null;
  readonly headers: readonly HeaderCondition[] | null;
  readonly snis: SniCondition | null;
  readonly sources: AddressSet | null;
  readonly destinations: AddressSet | null;
  /** They look at facts that a result is not cached by. */
  readonly areUncacheable: boolean;

  constructor(
    methods: readonly string[] | null,
    headers: readonly HeaderCondition[] | null,
    snis: SniCondition | null,
    sources: AddressSet | null,
    destinations: AddressSet | null,
  ) {
    this.methods = methods;
    this.headers = headers;
    this.snis = snis;
    this.sources = sources;
    this.destinations = destinations;
    this.areUncacheable = headers !== null || sources !== null || destinations !== null;
  }

  /** Do they hold? Cheapest first. */
  hold(facts: RequestFacts): boolean {
    const { methods, snis, sources, destinations, headers } = this;
    if (methods !== null && !methods.includes(facts.method)) return false;
    if (snis !== null && !sniFits(snis, facts)) return false;
    if (sources !== null && !sources.has(facts.sourceIp, facts.sourcePort)) return false;
    if (destinations !== null && !destinations.has(facts.destinationIp, facts.destinationPort)) {
      return false;
    }
    if (headers !== null) {
      for (const header of headers) if (!headerFits(header, facts.headers)) return false;
    }
    return true;
  }
}

/** Small, because there may be 100,000 of them. */
export class Entry {
  readonly route: Route;
  readonly service: Service | null;
  /** As in the Route; null for any. */
  readonly hosts: readonly string[] | null;
  /** Plain paths, as bytes; of one length in `traditional_compatible`, one at most in `traditional`. */
  readonly prefixes: readonly string[];
  /** Regex paths, in the order of the Route; an entry has plain paths or these. */
  readonly patterns: readonly PathPattern[];
  /** null: nothing is left to check once host and path fit. */
  readonly conditions: Conditions | null;
  /** Smaller is tried earlier. */
  rank = 0;
  /** Only in flavour `traditional`. */
  category: Category | null = null;

  constructor(
    route: Route,
    service: Service | null,
    prefixes: readonly string[],
    patterns: readonly PathPattern[],
    conditions: Conditions | null,
  ) {
    this.route = route;
    this.service = service;
    this.hosts = isEmpty(route.hosts) ? null : route.hosts;
    this.prefixes = prefixes;
    this.patterns = patterns;
    this.conditions = conditions;
  }
}

/** Does the field ask for nothing? To Kong an empty list is as good as none. */
export function isEmpty(
  list: readonly unknown[] | null | undefined,
): list is null | undefined | readonly [] {
  return list === undefined || list === null || list.length === 0;
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
