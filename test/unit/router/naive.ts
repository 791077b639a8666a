/**
 * The rules of both flavours, written down the slow way: every Route looked at for every request.
 *
 * Written from reference/proxy-behaviour.md 2.2 to 2.4 alone and sharing no code with the router, so that the two
 * can be held against each other. Plain paths and regexes of the JavaScript kind only.
 */
import type { Route } from "../../../core/entities/route.ts";

export interface Asked {
  method: string;
  path: string;
  host: string;
  scheme: "http" | "https";
  sni: string;
  port: number;
  /** Lower-case names. */
  headers: Record<string, string[]>;
}

/** What fits: the Route, and how much of the path its own path took. */
export interface NaiveMatch {
  id: string;
  length: number;
}

type Virtual = { route: Route; paths: readonly string[]; id: string };

function pathLength(paths: readonly string[], path: string): number {
  if (paths.length === 0) return 0;
  for (const one of paths) {
    if (one.startsWith("~")) {
      const found = new RegExp(`^(?:${one.slice(1)})`).exec(path);
      if (found !== null) return found[0].length;
    } else if (path.startsWith(one)) {
      return one.length;
    }
  }
  return -1;
}

function methodFits(route: Route, asked: Asked): boolean {
  return (route.methods ?? []).length === 0 || route.methods!.includes(asked.method);
}

function headersFit(route: Route, asked: Asked): boolean {
  return Object.entries(route.headers ?? {}).every(([name, wanted]) =>
    (asked.headers[name.toLowerCase()] ?? []).some((value) =>
      wanted.some((one) => one.toLowerCase() === value.toLowerCase()),
    ),
  );
}

function snisFit(route: Route, asked: Asked): boolean {
  const snis = route.snis ?? [];
  return snis.length === 0 || asked.scheme === "http" || snis.includes(asked.sni);
}

// ---- traditional_compatible

export function naiveCompatible(routes: readonly Route[], asked: Asked): NaiveMatch | null {
  let best: { priority: bigint; id: string; match: NaiveMatch } | null = null;
  for (const virtual of routes.flatMap(splitByLength)) {
    const { route, paths, id } = virtual;
    const length = pathLength(paths, asked.path);
    if (length < 0 || !methodFits(route, asked) || !headersFit(route, asked)) continue;
    if (!snisFit(route, asked) || !compatibleHostFits(route, asked)) continue;
    const priority = compatiblePriority(route, paths);
    const isBetter =
      best === null || priority > best.priority || (priority === best.priority && id > best.id);
    if (isBetter) best = { priority, id, match: { id: route.id, length } };
  }
  return best?.match ?? null;
}

/** Ids of the parts do not matter here: the test's Routes have one kind of path each where they could tie. */
function splitByLength(route: Route): Virtual[] {
  const groups = new Map<string, string[]>();
  for (const path of route.paths ?? []) {
    const kind = path.startsWith("~") ? "regex" : String(path.length);
    groups.set(kind, [...(groups.get(kind) ?? []), path]);
  }
  if (groups.size === 0) return [{ route, paths: [], id: route.id }];
  return [...groups.values()].map((paths) => ({ route, paths, id: route.id }));
}

function compatiblePriority(route: Route, paths: readonly string[]): bigint {
  const kinds = [
    route.methods ?? [],
    route.hosts ?? [],
    Object.keys(route.headers ?? {}),
    route.snis ?? [],
    route.paths ?? [],
  ].filter((list) => list.length > 0).length;
  const isRegex = paths[0]?.startsWith("~") ?? false;
  const wrap = (value: bigint): bigint => BigInt.asIntN(32, value);
  const low =
    wrap(BigInt(kinds) << 29n) |
    wrap(BigInt(Object.keys(route.headers ?? {}).length) << 20n) |
    wrap(BigInt(isRegex ? (route.regex_priority ?? 0) : 0) << 19n) |
    BigInt(isRegex ? 0 : (paths[0]?.length ?? 0));
  const plainOnly = route.hosts?.every((host) => !host.includes("*")) ?? false;
  return BigInt.asUintN(64, wrap(low)) | (plainOnly ? 1n << 60n : 0n) | (isRegex ? 1n << 51n : 0n);
}

function compatibleHostFits(route: Route, asked: Asked): boolean {
  const hosts = route.hosts ?? [];
  const [, name = asked.host, port = String(asked.port)] =
    /^([^:]*)(?::(\d+))?$/.exec(asked.host) ?? [];
  return (
    hosts.length === 0 ||
    hosts.some((pattern) => {
      const [, wanted = pattern, wantedPort] = /^([^:]*)(?::(\d+))?$/.exec(pattern) ?? [];
      if (wantedPort !== undefined && wantedPort !== port) return false;
      if (wanted.startsWith("*")) return name.endsWith(wanted.slice(1));
      return wanted.endsWith("*") ? name.startsWith(wanted.slice(0, -1)) : name === wanted;
    })
  );
}

// ---- traditional

type Weighed = Virtual & {
  bits: number;
  weight: number;
  headers: number;
  priority: number;
  plain: number;
};

export function naiveTraditional(routes: readonly Route[], asked: Asked): NaiveMatch | null {
  const all = routes.flatMap(splitByPath).sort(byTraditionalRules);
  const hits = hitsOf(all, asked);
  if (hits.bits === 0) return null;
  const categories = [...new Set(all.map((one) => one.bits))].sort(
    (a, b) => count(b) - count(a) || b - a,
  );
  const start = Math.max(0, categories.indexOf(hits.bits));
  for (const bits of categories.slice(start)) {
    const members = all.filter((one) => one.bits === bits);
    for (const candidate of [...reduced(members, bits, hits, asked), ...members]) {
      if (traditionalFits(candidate, asked)) {
        return { id: candidate.route.id, length: pathLength(candidate.paths, asked.path) };
      }
    }
  }
  return null;
}

function count(bits: number): number {
  return bits.toString(2).replaceAll("0", "").length;
}

function splitByPath(route: Route): Weighed[] {
  const paths = (route.paths ?? []).length === 0 ? [[]] : route.paths!.map((path) => [path]);
  const hosts = route.hosts ?? [];
  const wild = hosts.filter((host) => host.includes("*"));
  const names = Object.keys(route.headers ?? {});
  return paths.map((one) => {
    const isRegex = one[0]?.startsWith("~") ?? false;
    const withPort = wild.some((host) => /:\d+$/.test(host)) ? 4 : 0;
    const plainOnly = hosts.length > 0 && wild.length === 0 ? 2 : 0;
    return {
      route,
      paths: one,
      id: route.id,
      bits:
        (hosts.length > 0 ? 64 : 0) +
        (names.length > 0 ? 32 : 0) +
        (one.length > 0 ? 16 : 0) +
        ((route.methods ?? []).length > 0 ? 8 : 0) +
        ((route.snis ?? []).length > 0 ? 4 : 0),
      weight: withPort + plainOnly + (isRegex ? 1 : 0),
      headers: names.length,
      priority: isRegex ? (route.regex_priority ?? 0) : 0,
      plain: isRegex ? 0 : (one[0]?.length ?? 0),
    };
  });
}

function byTraditionalRules(a: Weighed, b: Weighed): number {
  return (
    b.weight - a.weight ||
    b.headers - a.headers ||
    b.priority - a.priority ||
    b.plain - a.plain ||
    a.route.created_at! - b.route.created_at!
  );
}

interface Hits {
  bits: number;
  host: string;
  header: string;
  uri: string;
}

function hitsOf(all: readonly Weighed[], asked: Asked): Hits {
  const hosts = all.flatMap((one) => one.route.hosts ?? []);
  const { bare, full } = hostForms(asked);
  const isPlain = hosts.includes(bare) || hosts.includes(full);
  const wildcard = isPlain ? undefined : hosts.find((host) => wildcardFits(host, bare, full));
  const header = all
    .flatMap((one) => Object.keys(one.route.headers ?? {}))
    .find((name) => asked.headers[name.toLowerCase()] !== undefined);
  const paths = all.flatMap((one) => one.paths);
  const regex = paths.find((path) => path.startsWith("~") && pathLength([path], asked.path) >= 0);
  const longest = paths
    .filter((path) => !path.startsWith("~") && asked.path.startsWith(path))
    .sort((a, b) => b.length - a.length)[0];
  const uri = regex?.slice(1) ?? longest ?? "";
  const methods = all.flatMap((one) => one.route.methods ?? []);
  const snis = all.flatMap((one) => one.route.snis ?? []);
  return {
    bits:
      (isPlain || wildcard !== undefined ? 64 : 0) +
      (header !== undefined ? 32 : 0) +
      (uri !== "" ? 16 : 0) +
      (methods.includes(asked.method) ? 8 : 0) +
      (snis.includes(asked.sni) ? 4 : 0),
    host: wildcard ?? asked.host,
    header: header ?? "",
    uri,
  };
}

function hostForms(asked: Asked): { bare: string; full: string } {
  const bare = asked.host.replace(/:\d+$/, "");
  const full = bare === asked.host ? `${bare}:${asked.scheme === "https" ? 443 : 80}` : asked.host;
  return { bare, full };
}

function wildcardFits(pattern: string, bare: string, full: string): boolean {
  if (!pattern.includes("*")) return false;
  const [, wanted = "", port] = /^(.*?)(?::(\d+))?$/.exec(pattern)!;
  if (port !== undefined && !full.endsWith(`:${port}`)) return false;
  if (wanted.startsWith("*")) {
    return bare.endsWith(wanted.slice(1)) && bare.length >= wanted.length;
  }
  return bare.startsWith(wanted.slice(0, -1));
}

/** The smallest of the sets that share a value that was hit; a header's set goes before. */
function reduced(members: Weighed[], bits: number, hits: Hits, asked: Asked): Weighed[] {
  const sets: Weighed[][] = [];
  const add = (kind: number, has: (one: Weighed) => boolean): void => {
    const set = (bits & kind) === 0 ? [] : members.filter(has);
    if (set.length > 0) sets.push(set);
  };
  add(64, (one) => one.route.hosts!.includes(hits.host));
  if ((bits & 32) !== 0) {
    const byHeader = members.filter((one) => Object.keys(one.route.headers!).includes(hits.header));
    if (byHeader.length > 0) return byHeader;
  }
  add(16, (one) => one.paths[0]!.replace(/^~/, "") === hits.uri);
  add(8, (one) => one.route.methods!.includes(asked.method));
  add(4, (one) => one.route.snis!.includes(asked.sni));
  return sets.sort((a, b) => a.length - b.length)[0] ?? [];
}

function traditionalFits(one: Weighed, asked: Asked): boolean {
  const { route } = one;
  const { bare, full } = hostForms(asked);
  const hosts = route.hosts ?? [];
  const hostFits =
    hosts.length === 0 ||
    hosts.some((host) => host === asked.host || host === bare || wildcardFits(host, bare, full));
  return (
    hostFits &&
    pathLength(one.paths, asked.path) >= 0 &&
    methodFits(route, asked) &&
    headersFit(route, asked) &&
    snisFit(route, asked)
  );
}
