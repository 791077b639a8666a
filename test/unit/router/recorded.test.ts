/**
 * What a real Kong 3.9 answered, as far as the router decides it: found or not, path and prefix for the Service.
 *
 * The recordings are played without sockets: Routes and Services of a group are given the ids that Kong generates,
 * a step becomes facts, and what arrived upstream is compared. The whole gateway plays them again elsewhere.
 */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, it } from "node:test";
import type { Route } from "../../../core/entities/route.ts";
import type { Service } from "../../../core/entities/service.ts";
import { normalizePath } from "../../../core/router/normalize-path.ts";
import type { Router } from "../../../core/router/router.ts";
import { upstreamPath } from "../../../core/router/upstream-path.ts";
import {
  type Flavor,
  facts,
  headerBlock,
  type RouteText,
  route,
  routerOf,
  service,
} from "./support.ts";

const FOLDER = resolve(import.meta.dirname, "../../../../shared/conformance/recorded/proxy");

/** Steps whose recorded answer is not the router's doing, or a fault of Kong's that is not imitated. */
const EXCEPT: Readonly<Record<string, string>> = {
  "router-traditional / wildcard host at default port 80 / no port over TLS":
    "Kong's cache leaves out the scheme: the answer of the step before",
};

const PORTS: Readonly<Record<string, string>> = {
  "port.proxy": "8000",
  "port.proxy_ssl": "8443",
  "port.upstream": "9000",
  upstream: "127.0.0.1:9000",
};

interface Step {
  name: string;
  to?: string;
  path?: string;
  method?: string;
  headers?: [string, string][];
  raw?: string;
  tls?: boolean;
  sni?: string;
  only?: string[];
}
interface Answered {
  status?: number;
  upstream?: { target?: string; headers?: Record<string, string> }[];
}
type ServiceText = Partial<Service> & { url?: string; routes?: RouteText[] };
interface Group {
  name: string;
  only?: string[];
  settings?: Record<string, string>;
  config?: { services?: ServiceText[]; routes?: RouteText[] };
  steps: Step[];
}

const ROOT = "fd02801f-0957-4a15-a55a-c8d9606f30b5";

function uuid5(namespace: string, name: string): string {
  const bytes = Buffer.from(namespace.replaceAll("-", ""), "hex");
  const hash = createHash("sha1").update(bytes).update(name).digest();
  hash[6] = (hash[6]! & 0x0f) | 0x50;
  hash[8] = (hash[8]! & 0x3f) | 0x80;
  return hash.toString("hex", 0, 16).replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}

function generatedId(entity: string, name: string): string {
  return uuid5(uuid5(ROOT, entity), name);
}

/** Put ports and the like in the place of `${...}`. */
function fill<T>(value: T): T {
  const text = JSON.stringify(value).replace(/\$\{([^}]+)\}/g, (_, name: string) =>
    name.startsWith("repeat:") ? "x" : (PORTS[name] ?? "0"),
  );
  return JSON.parse(text) as T;
}

function entities(group: Group): { routes: Route[]; services: Service[] } {
  const config = fill(group.config ?? {});
  const routes: Route[] = [];
  const services: Service[] = [];
  const add = (text: RouteText, owner: string | null): void => {
    const id = generatedId("routes", String(text.name));
    const owned = owner === null ? {} : { service: { id: owner } };
    routes.push(route({ id, strip_path: true, ...owned, ...text }));
  };
  for (const { url, routes: own, ...text } of config.services ?? []) {
    const id = text.id ?? generatedId("services", String(text.name));
    const parsed = url === undefined ? {} : { path: url.replace(/^https?:\/\/[^/]*/, "") || null };
    services.push(service({ ...parsed, ...text, id }));
    for (const one of own ?? []) add(one, id);
  }
  for (const one of config.routes ?? []) add(one, null);
  return { routes, services };
}

/** Method, target, headers and version of a step; null where it is no single request to the proxy. */
function requestOf(step: Step): { method: string; target: string; headers: string[][] } | null {
  if (step.to !== undefined && step.to !== "proxy") return null;
  if (step.raw === undefined) {
    const headers = step.headers ?? [];
    if (step.path === undefined) return null;
    const named = headers.some(([name]) => name.toLowerCase() === "host");
    return {
      method: step.method ?? "GET",
      target: step.path,
      headers: named ? headers : [["Host", "127.0.0.1:8000"], ...headers],
    };
  }
  const match = /^([A-Z]+) (\/\S*) HTTP\/1\.[01]\r\n((?:.+\r\n)*)\r\n$/.exec(step.raw);
  if (match === null) return null;
  const lines = match[3]!.split("\r\n").filter((line) => line !== "");
  return {
    method: match[1]!,
    target: match[2]!,
    headers: lines.map((line) => [
      line.slice(0, line.indexOf(":")),
      line.slice(line.indexOf(":") + 1).trim(),
    ]),
  };
}

/** What the upstream would have seen: null if no Route, "400" for a bad path, else target and prefix. */
function play(router: Router, step: Step): string | null {
  const request = requestOf(fill(step))!;
  const [rawPath = "", ...query] = request.target.split("?");
  const path = normalizePath(rawPath);
  if (path === null) return "400";
  const host = request.headers.find(([name]) => name!.toLowerCase() === "host")?.[1] ?? "";
  const record: Record<string, string[]> = {};
  for (const [name, value] of request.headers) {
    record[name!] = [...(record[name!] ?? []), value!];
  }
  const found = router.select({
    ...facts({ method: request.method, path, host, sni: step.sni ?? "" }),
    scheme: step.tls === true ? "https" : "http",
    listenerPort: Number(PORTS[step.tls === true ? "port.proxy_ssl" : "port.proxy"]),
    headers: headerBlock(record),
  });
  if (found === null) return null;
  const strips = found.prefixLength > 1 && found.entry.route.strip_path === true;
  const matchedPrefix = strips ? path.slice(0, found.prefixLength) : "";
  const target = upstreamPath(
    { path, matchedPrefix },
    found.entry.route,
    found.entry.service?.path,
    router.honoursV1,
  );
  const suffix = query.length > 0 ? `?${query.join("?")}` : "";
  return `${target}${suffix} ${matchedPrefix}`;
}

/** @param prefixKnown was the header with the prefix recorded? */
function expected(answer: Answered, prefixKnown: boolean): string | null | undefined {
  if (answer.status === 404) return null;
  if (answer.status === 400) return "400";
  const seen = answer.upstream?.[0];
  if (seen?.target === undefined) return undefined;
  return prefixKnown
    ? `${seen.target} ${seen.headers?.["x-forwarded-prefix"] ?? ""}`
    : `${seen.target} *`;
}

/** Play every step of a file that the router can answer. @returns how many there were */
function playFile(name: string, defaultFlavor: Flavor): number {
  const text = (suffix: string): string => readFileSync(join(FOLDER, `${name}${suffix}`), "utf8");
  const file = JSON.parse(text(".json")) as Pick<Group, "settings" | "only"> & {
    groups: Group[];
  };
  const answers = JSON.parse(text(".answers.json")) as Record<string, Record<string, Answered>>;
  let played = 0;
  const wrong: string[] = [];
  for (const group of file.groups) {
    const flavor = { ...file.settings, ...group.settings }.router_flavor ?? defaultFlavor;
    if (flavor !== "traditional" && flavor !== "traditional_compatible") continue;
    const { routes, services } = entities(group);
    const router = routerOf(routes, flavor, services);
    for (const step of group.steps) {
      const answer = answers[group.name]?.[step.name];
      const kept = step.only ?? group.only ?? file.only;
      const prefixKnown = kept?.includes("upstream.headers.x-forwarded-prefix") ?? true;
      const want = answer === undefined ? undefined : expected(answer, prefixKnown);
      const id = `${name} / ${group.name} / ${step.name}`;
      if (want === undefined || requestOf(step) === null || EXCEPT[id] !== undefined) continue;
      const result = play(router, step);
      const got = prefixKnown ? result : (result?.replace(/ .*$/, " *") ?? null);
      // a 400 may come from the engine, which sees more than the path
      if (want !== "400" && got !== want) wrong.push(`${id}: ${got} instead of ${want}`);
      played++;
    }
  }
  assert.deepEqual(wrong, []);
  return played;
}

describe("recorded answers of Kong", { skip: existsSync(FOLDER) ? false : "no recordings" }, () => {
  const files: readonly [string, number][] = [
    ["router-traditional-compatible", 150],
    ["router-traditional", 150],
    ["rewriting-traditional-compatible", 100],
    ["rewriting-traditional", 200],
    ["protocols", 20],
    ["service-urls", 5],
    ["debug-header", 3],
  ];
  for (const [name, atLeast] of files) {
    it(name, () => {
      const played = playFile(name, "traditional_compatible");
      assert.ok(played >= atLeast, `only ${played} steps`);
    });
  }
});
