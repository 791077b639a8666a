/**
 * Kong's own cases: which Route a request finds, and which path goes to the Service (data/README.md).
 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import type { Route } from "../../../core/entities/route.ts";
import type { Service } from "../../../core/entities/service.ts";
import { escapePath, normalizePath } from "../../../core/router/normalize-path.ts";
import { buildRouter, type Router } from "../../../core/router/router.ts";
import { upstreamPath } from "../../../core/router/upstream-path.ts";
import {
  countingId,
  type Flavor,
  facts,
  finish,
  type RouteText,
  route,
  routerOf,
  service,
  snapshot,
} from "./support.ts";

const FLAVORS: readonly Flavor[] = ["traditional_compatible", "traditional"];

interface PathCase {
  id: string;
  service_path: string;
  route_path: string | null;
  strip_path: boolean;
  path_handling: "v0" | "v1";
  request_path: string;
  expected_path: string;
  flavors: readonly string[];
  regex_path?: string;
}

interface MatchCase {
  id: string;
  flavors: readonly string[];
  subsystem: "http" | "stream";
  routes: string;
  request: {
    method?: string;
    uri?: string;
    host?: string;
    scheme?: string;
    sni?: string;
    src_ip?: string;
    src_port?: number;
    dst_ip?: string;
    dst_port?: number;
    headers?: Record<string, string | string[]>;
  };
  expect: {
    matched: boolean;
    route?: number;
    upstream_uri?: string;
    prefix?: string;
    has_service?: boolean;
    matches?: { uri_captures?: Record<string, string | false> };
    asserted_traditional_compatible?: {
      fields?: { upstream_uri?: string; prefix?: string };
    };
  };
}

function read<T>(name: string): T {
  return JSON.parse(readFileSync(new URL(`data/${name}`, import.meta.url), "utf8")) as T;
}

/** What upstream gets for a path; null if no Route takes it. */
function pathFor(flavor: Flavor, one: Route, path: string, servicePath: string): string | null {
  const normal = normalizePath(path);
  assert.ok(normal !== null, path);
  const router = routerOf([one], flavor);
  const found = router.select(facts({ method: "GET", path: normal, host: "h.test" }));
  if (found === null) return null;
  const strips = found.prefixLength > 1 && one.strip_path === true;
  const matched = {
    path: normal,
    matchedPrefix: strips ? normal.slice(0, found.prefixLength) : "",
  };
  return upstreamPath(matched, one, servicePath, flavor === "traditional");
}

describe("paths for the Service, Kong's table", () => {
  const { cases } = read<{ cases: PathCase[] }>("path-handling.json");
  for (const flavor of FLAVORS) {
    it(`${flavor}: every row, plain and as a regex`, () => {
      let done = 0;
      for (const c of cases.filter((one) => one.flavors.includes(flavor))) {
        for (const path of [c.route_path, c.regex_path]) {
          if (path === undefined) continue;
          const text: RouteText = {
            strip_path: c.strip_path,
            path_handling: c.path_handling,
            ...(path === null ? { hosts: ["h.test"] } : { paths: [path] }),
          };
          const got = pathFor(flavor, route(text), c.request_path, c.service_path);
          assert.equal(got, c.expected_path, `${c.id} ${path} ${JSON.stringify(c)}`);
          done++;
        }
      }
      assert.ok(done > 100, `${done} rows`);
    });
  }
});

describe("matching, Kong's cases", () => {
  const { cases, route_sets } = read<{
    cases: MatchCase[];
    route_sets: Record<string, { route: RouteText; service?: Partial<Service> }[]>;
  }>("matching.json");

  function build(c: MatchCase, flavor: Flavor): Router {
    const services: Service[] = [];
    const routes = route_sets[c.routes]!.map((row, index) => {
      // the id tells the Routes of a set apart, some share one in the data
      const text: RouteText = { id: countingId(index), created_at: index, ...row.route };
      const own = route_sets[c.routes]!.filter((other) => other.route.id === row.route.id);
      if (own.length > 1) text.id === undefined || Object.assign(text, { id: countingId(index) });
      if (row.service === undefined) return route(text, index);
      services.push(service({ ...row.service, id: countingId(index) }));
      return route({ ...text, service: { id: countingId(index) } }, index);
    });
    const subsystem = c.subsystem;
    return finish(buildRouter(snapshot(routes, services), flavor, { subsystem }));
  }

  for (const flavor of FLAVORS) {
    for (const c of cases.filter((one) => one.flavors.includes(flavor))) {
      it(`${flavor} ${c.id}`, () => {
        const { request: q, expect } = c;
        const path = normalizePath(q.uri?.split("?")[0] ?? "/") ?? "";
        const { host: hostHeader, ...headers } = q.headers ?? {};
        const found = build(c, flavor).select(
          facts({
            method: q.method ?? "",
            path,
            host: q.host ?? (typeof hostHeader === "string" ? hostHeader : ""),
            scheme: q.scheme ?? "http",
            sni: q.sni ?? "",
            listenerPort: 80,
            headers,
            sourceIp: q.src_ip ?? "",
            sourcePort: q.src_port ?? -1,
            destinationIp: q.dst_ip ?? "",
            destinationPort: q.dst_port ?? -1,
          }),
        );
        assert.equal(found !== null, expect.matched, JSON.stringify(q));
        if (found === null) return;
        const set = route_sets[c.routes]!;
        const index = set.findIndex(
          (row, i) =>
            row.route.id === found.entry.route.id || countingId(i) === found.entry.route.id,
        );
        assert.equal(index, expect.route);
        const text = found.entry.route;
        const strips = found.prefixLength > 1 && text.strip_path === true;
        const matchedPrefix = strips ? path.slice(0, found.prefixLength) : "";
        const wanted =
          flavor === "traditional"
            ? expect
            : (expect.asserted_traditional_compatible?.fields ?? {});
        if (c.subsystem === "http" && wanted.upstream_uri !== undefined) {
          const got = upstreamPath({ path, matchedPrefix }, text, null, flavor === "traditional");
          assert.equal(got, escapePath(wanted.upstream_uri)); // theirs is escaped later
        }
        if (wanted.prefix !== undefined) assert.equal(matchedPrefix, wanted.prefix);
        const captures = expect.matches?.uri_captures;
        if (flavor === "traditional" && captures !== undefined) checkCaptures(captures, found);
      });
    }
  }
});

function checkCaptures(
  expected: Record<string, string | false>,
  found: {
    captures: readonly (string | undefined)[] | null;
    named: Readonly<Record<string, string>> | null;
  },
): void {
  for (const [name, value] of Object.entries(expected)) {
    const got = /^\d+$/.test(name) ? found.captures?.[Number(name)] : found.named?.[name];
    assert.equal(got, value === false ? undefined : value, `capture ${name}`);
  }
}
