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
import { Entry, isEmpty } from "./entry.ts";
import { isAscii, toBytes } from "./normalize-path.ts";
import { PathPattern } from "./regex/pattern.ts";
import { conditionsCompatible, headerCount, isRegexPath } from "./route-parts.ts";

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
export class RankedEntry {
  readonly entry: Entry;
  /** Ties go to the larger one. */
  readonly id: string;
  /** Upper and lower word of the priority; signed, because that is what V8 keeps in a field without a box. */
  readonly upper: number;
  readonly lower: number;

  constructor(entry: Entry, id: string, upper: number, lower: number) {
    this.entry = entry;
    this.id = id;
    this.upper = upper | 0;
    this.lower = lower | 0;
  }
}

/** For sorting: what is tried first comes first. */
export function compareCompatible(a: RankedEntry, b: RankedEntry): number {
  if (a.upper !== b.upper) return (b.upper >>> 0) - (a.upper >>> 0);
  if (a.lower !== b.lower) return (b.lower >>> 0) - (a.lower >>> 0);
  return a.id < b.id ? 1 : a.id > b.id ? -1 : 0;
}

/** Entries of a Route: one for each length of a plain path and one for all regexes. */
export function entriesCompatible(
  route: Route,
  service: Service | null,
  isStream: boolean,
): RankedEntry[] {
  const conditions = conditionsCompatible(route);
  const groups = groupPaths(route.paths ?? NO_PATHS);
  return groups.map((paths, index) => {
    const isRegex = paths.length > 0 && isRegexPath(paths[0]!);
    const prefixes = isRegex ? NO_PATHS : asBytes(paths);
    const patterns = isRegex ? paths.map(toPattern) : NO_PATTERNS;
    const entry = new Entry(route, service, prefixes, patterns, conditions);
    const length = prefixes.length === 0 ? 0 : prefixes[0]!.length;
    const id = groups.length === 1 ? route.id : splitId(route.id, index + 1);
    const lower = isStream ? streamLower(route) : lowerWord(route, isRegex, length);
    const upper = isStream ? streamUpper(route) : upperWord(route, isRegex, lower);
    return new RankedEntry(entry, id, upper, lower);
  });
}

const NO_PATHS: readonly string[] = [];
const NO_PATTERNS: readonly PathPattern[] = [];

/** The very list of the Route where nothing in it changes: one list less to keep for each of very many. */
function asBytes(paths: readonly string[]): readonly string[] {
  return paths.every(isAscii) ? paths : paths.map(toBytes);
}

function toPattern(path: string): PathPattern {
  return new PathPattern(path.slice(1), "text");
}

/** Paths of one kind together, kinds in order of appearance; one empty group for a Route without paths. */
function groupPaths(paths: readonly string[]): (readonly string[])[] {
  if (paths.length < 2) return [paths];
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

function lowerWord(route: Route, isRegex: boolean, pathLength: number): number {
  const headers = Math.min(headerCount(route), HEADER_COUNT_MAX);
  let kinds = headers > 0 ? 1 : 0;
  if (!isEmpty(route.methods)) kinds++;
  if (!isEmpty(route.hosts)) kinds++;
  if (!isEmpty(route.paths)) kinds++;
  if (!isEmpty(route.snis)) kinds++;
  if (!isEmpty(route.sources)) kinds++;
  if (!isEmpty(route.destinations)) kinds++;
  const regexPriority = isRegex ? (route.regex_priority ?? 0) : 0;
  return (kinds << 29) | (headers << 20) | (regexPriority << 19) | (pathLength & PATH_LENGTH_MASK);
}

function upperWord(route: Route, isRegex: boolean, lower: number): number {
  if (lower < 0) return 0xffffffff; // the sign of the lower word fills the upper one
  const hosts = route.hosts ?? null;
  const plainHostsOnly = hosts?.every(isPlainHost) ?? false;
  return (plainHostsOnly ? PLAIN_HOSTS_ONLY : 0) + (isRegex ? REGEX_PATH : 0);
}

function isPlainHost(host: string): boolean {
  return !host.includes("*");
}

function streamLower(route: Route): number {
  return (addressWeight(route.sources) << 4) | addressWeight(route.destinations);
}

function streamUpper(route: Route): number {
  const both = !isEmpty(route.sources) && !isEmpty(route.destinations);
  return both || !isEmpty(route.snis) ? STREAM_SNI : 0;
}

function addressWeight(entries: readonly AddressMatch[] | null | undefined): number {
  let weight = 0;
  for (const { ip, port } of entries ?? []) {
    if (typeof ip === "string") weight |= ip.includes("/") ? WEIGHT_CIDR : WEIGHT_IP;
    if (typeof port === "number") weight |= WEIGHT_PORT;
  }
  return weight;
}
