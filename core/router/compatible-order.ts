/**
 * Flavour `traditional_compatible`: how a Route is split into entries, and their order.
 *
 * The order is that of a 64-bit number that Kong 3.9.3 computes with 32-bit shifts in it; what comes out, odd as it
 * is, was recorded (reference/proxy-behaviour.md 2.4) and is what Kong users' Routes are tuned to. Ties go to the
 * larger id; an entry that stands for some of a Route's paths has an id of its own, a UUIDv5.
 */
import { createHash } from "node:crypto";
import type { AddressMatch, Route } from "../entities/route.ts";
import type { Service } from "../entities/service.ts";
import { Entry } from "./entry.ts";
import { splitHostCompatible } from "./host-names.ts";
import { toBytes } from "./normalize-path.ts";
import { PathPattern } from "./regex/pattern.ts";
import {
  addressSet,
  headerNames,
  headersCompatible,
  hostPatterns,
  isEmpty,
  isRegexPath,
  methodsOf,
  sniCondition,
} from "./route-parts.ts";

/** Namespace of the ids of split Routes (a constant of Kong's). */
const SPLIT_NAMESPACE = Buffer.from("7f145bf90dce4f9198ebdebbce4b9f6b", "hex");
const HEADER_COUNT_MAX = 255;
/** Bits of the upper word. */
const PLAIN_HOSTS_ONLY = 2 ** 28;
const REGEX_PATH = 2 ** 19;
const STREAM_SNI = 2 ** 29;
const PATH_LENGTH_MASK = 0x7ffff;
/** Bits of the weight of `sources` or `destinations`. */
const WEIGHT_IP = 8;
const WEIGHT_PORT = 4;
const WEIGHT_CIDR = 1;

/** An entry with what it is ordered by. */
export interface RankedEntry {
  readonly entry: Entry;
  readonly id: string;
  /** Upper and lower word of the priority, unsigned. */
  readonly upper: number;
  readonly lower: number;
}

/** For sorting: what is tried first comes first. */
export function compareCompatible(a: RankedEntry, b: RankedEntry): number {
  if (a.upper !== b.upper) return b.upper - a.upper;
  if (a.lower !== b.lower) return b.lower - a.lower;
  return a.id < b.id ? 1 : a.id > b.id ? -1 : 0;
}

/** Entries of a Route: one for each length of a plain path and one for all regexes. */
export function entriesCompatible(
  route: Route,
  service: Service | null,
  isStream: boolean,
): RankedEntry[] {
  const shared = {
    route,
    service,
    hosts: hostPatterns(route.hosts, splitHostCompatible),
    methods: methodsOf(route),
    headers: headersCompatible(route),
    snis: sniCondition(route, true),
    sources: addressSet(route.sources),
    destinations: addressSet(route.destinations),
  };
  return groupPaths(route.paths ?? []).map((paths, index, groups) => {
    const isRegex = paths.length > 0 && isRegexPath(paths[0]!);
    const bytes = paths.map(toBytes);
    const entry = new Entry({
      ...shared,
      prefixes: isRegex ? [] : bytes,
      patterns: isRegex ? paths.map((path) => new PathPattern(path.slice(1), "text")) : [],
    });
    const length = isRegex || paths.length === 0 ? 0 : bytes[0]!.length;
    const [upper, lower] = isStream ? streamPriority(route) : priority(route, isRegex, length);
    const id = groups.length === 1 ? route.id : splitId(route.id, index + 1);
    return { entry, id, upper, lower };
  });
}

/** Paths of one kind together, kinds in order of appearance; one empty group for a Route without paths. */
function groupPaths(paths: readonly string[]): string[][] {
  if (paths.length < 2) return [[...paths]];
  const groups = new Map<number, string[]>();
  for (const path of paths) {
    const kind = isRegexPath(path) ? 0 : Buffer.byteLength(path);
    const group = groups.get(kind);
    if (group === undefined) groups.set(kind, [path]);
    else group.push(path);
  }
  return [...groups.values()];
}

function splitId(id: string, index: number): string {
  const hash = createHash("sha1").update(SPLIT_NAMESPACE).update(`${id}#${index}`).digest();
  hash[6] = (hash[6]! & 0x0f) | 0x50;
  hash[8] = (hash[8]! & 0x3f) | 0x80;
  return hash.toString("hex", 0, 16).replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}

function priority(route: Route, isRegex: boolean, pathLength: number): [number, number] {
  const headers = Math.min(headerNames(route).length, HEADER_COUNT_MAX);
  let kinds = headers > 0 ? 1 : 0;
  for (const list of [route.methods, route.hosts, route.snis, route.paths]) {
    if (!isEmpty(list)) kinds++;
  }
  for (const list of [route.sources, route.destinations]) if ((list?.length ?? 0) > 0) kinds++;
  const plainHostsOnly = (route.hosts ?? ["*"]).every((host) => !host.includes("*"));
  const regexPriority = isRegex ? (route.regex_priority ?? 0) : 0;
  const lower =
    (kinds << 29) | (headers << 20) | (regexPriority << 19) | (pathLength & PATH_LENGTH_MASK);
  const upper =
    lower < 0
      ? 0xffffffff // the sign fills the upper word, and the bits below are in it already
      : (plainHostsOnly ? PLAIN_HOSTS_ONLY : 0) + (isRegex ? REGEX_PATH : 0);
  return [upper, lower >>> 0];
}

function streamPriority(route: Route): [number, number] {
  const both = (route.sources?.length ?? 0) > 0 && (route.destinations?.length ?? 0) > 0;
  const lower = (addressWeight(route.sources) << 4) | addressWeight(route.destinations);
  return [both || !isEmpty(route.snis) ? STREAM_SNI : 0, lower];
}

function addressWeight(entries: readonly AddressMatch[] | null | undefined): number {
  let weight = 0;
  for (const { ip, port } of entries ?? []) {
    if (typeof ip === "string") weight |= ip.includes("/") ? WEIGHT_CIDR : WEIGHT_IP;
    if (typeof port === "number") weight |= WEIGHT_PORT;
  }
  return weight;
}
