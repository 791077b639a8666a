/**
 * Path and Host for the Service, made from the Service, the Route and what it matched. Pure functions.
 *
 * Source of behaviour: reference/proxy-behaviour.md 2.6 with its table, conformance/router/path-handling.json.
 */
import type { Route } from "../entities/route.ts";
import { escapePath } from "./normalize-path.ts";

/** What is needed of a matched request; an Exchange has it all. */
interface MatchedPath {
  /** Normalised path. */
  readonly path: string;
  /** What `strip_path` cuts off; "" if nothing or only the first slash. */
  readonly matchedPrefix: string;
}

/**
 * Path for the Service, escaped as it goes on the wire, without query.
 *
 * @param servicePath `path` of the Service; nothing means `/`
 * @param honoursV1 is `path_handling: v1` heeded? Only in flavour `traditional`
 */
export function upstreamPath(
  matched: MatchedPath,
  route: Pick<Route, "strip_path" | "path_handling">,
  servicePath: string | null | undefined,
  honoursV1 = false,
): string {
  const base = servicePath || "/";
  const { path } = matched;
  const strips = route.strip_path === true;
  if (base === "/" && !strips) return escapePath(path);
  const isV1 = honoursV1 && route.path_handling === "v1";
  if (!strips) return escapePath(isV1 ? base + path.slice(1) : joinKept(base, path));
  const rest = withoutDots(path.slice(Math.max(matched.matchedPrefix.length, 1)));
  return escapePath(isV1 ? concatenate(base, rest) : joinStripped(base, rest, path));
}

/** v0, nothing stripped. The path `/` adds nothing. */
function joinKept(base: string, path: string): string {
  if (base.endsWith("/")) return base + path.slice(1);
  return path === "/" ? base : base + path;
}

/** v0, stripped: one slash at the joint; where nothing is left, one at the end if the request had it. */
function joinStripped(base: string, rest: string, path: string): string {
  const stem = base.endsWith("/") ? base.slice(0, -1) : base;
  if (rest !== "") return rest.startsWith("/") ? stem + rest : `${stem}/${rest}`;
  if (stem === "") return "/";
  const keepsSlash = path.endsWith("/") && (path.length > 1 || base !== stem);
  return keepsSlash ? `${stem}/` : stem;
}

/** v1, stripped: only a double slash at the joint is made one. */
function concatenate(base: string, rest: string): string {
  return base.endsWith("/") && rest.startsWith("/") ? base + rest.slice(1) : base + rest;
}

/** What is left after a match may begin in the middle of a segment, and must not become a dot segment by that. */
function withoutDots(rest: string): string {
  if (rest.charCodeAt(0) !== 46) return rest;
  if (rest === "." || rest === "..") return "";
  if (rest.startsWith("./")) return rest.slice(2);
  return rest.startsWith("../") ? rest.slice(3) : rest;
}

/** Schemes and the port that goes without saying. */
const DEFAULT_PORT: Readonly<Record<string, number>> = {
  http: 80,
  grpc: 80,
  https: 443,
  grpcs: 443,
};

/**
 * Value of Host at the upstream.
 *
 * @param preserved the request's Host as sent where the Route has `preserve_host`, else ""
 * @param hostname name of the target as resolved by the balancer, or the Service's host
 * @param hostHeader `host_header` of the Upstream, "" if there is none; the port is added even if it has one
 */
export function upstreamHost(
  preserved: string,
  hostname: string,
  port: number,
  scheme: string,
  hostHeader = "",
): string {
  if (preserved !== "") return preserved;
  const name = hostHeader === "" ? hostname : hostHeader;
  return DEFAULT_PORT[scheme] === port ? name : `${name}:${port}`;
}
