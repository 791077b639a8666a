/** The router as the proxy sees it: what match() fills in, what is cached, how it is built, what it costs. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Route } from "../../../core/entities/route.ts";
import { MATCH_CACHE_MAX } from "../../../core/router/match-cache.ts";
import { buildRouter, type Router } from "../../../core/router/router.ts";
import { sortInSlices } from "../../../core/router/sort-in-slices.ts";
import {
  exchange,
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

function routes(...texts: readonly RouteText[]): Route[] {
  return texts.map((text, i) => route({ ...text, created_at: i }, i));
}

/** Index of the Route that takes a request, -1 for none. */
function ask(router: Router, all: readonly Route[], given: Parameters<typeof facts>[0]): number {
  const found = router.select(facts({ method: "GET", path: "/", ...given }));
  return found === null ? -1 : all.indexOf(found.entry.route);
}

describe("match()", () => {
  it("fills in path, Route, Service and the prefix that is cut off", () => {
    const owner = service({ id: "5" });
    const all = routes({ paths: ["/foo"], strip_path: true, service: { id: "5" } });
    const router = routerOf(all, "traditional_compatible", [owner]);
    const x = exchange({ target: "/a/../foo/b%61r?q=/x" });
    assert.equal(router.match(x), true);
    assert.deepEqual([x.path, x.matchedPrefix], ["/foo/bar", "/foo"]);
    assert.equal(x.route, all[0]);
    assert.equal(x.service, owner);
    assert.equal(x.captures, null);
  });

  it("leaves the prefix empty where nothing is cut off", () => {
    const router = routerOf(routes({ paths: ["/"], strip_path: true }, { paths: ["/kept"] }));
    for (const target of ["/x", "/kept/x"]) {
      const x = exchange({ target });
      assert.equal(router.match(x), true);
      assert.equal(x.matchedPrefix, "");
    }
  });

  it("fills in captures, from the cache too", () => {
    const router = routerOf(routes({ paths: ["~/u/(?<user>[^/]+)/(x)?"], strip_path: true }));
    for (let round = 0; round < 3; round++) {
      const x = exchange({ target: "/u/ann/y" });
      assert.equal(router.match(x), true);
      assert.deepEqual(x.captures && [...x.captures], ["/u/ann/", "ann", undefined]);
      assert.deepEqual({ ...x.namedCaptures }, { user: "ann" });
      assert.equal(x.matchedPrefix, "/u/ann/");
    }
  });

  it("tells a path without a Route from a path that is none", () => {
    const router = routerOf(routes({ paths: ["/foo"] }));
    const unknown = exchange({ target: "/bar" });
    assert.equal(router.match(unknown), false);
    assert.equal(unknown.path, "/bar");
    const malformed = exchange({ target: "/foo/%zz" });
    assert.equal(router.match(malformed), false);
    assert.equal(malformed.path, "");
  });

  it("uses the port of the listener and the SNI of the connection", () => {
    const all = routes({ hosts: ["h.test:80"] }, { snis: ["s.test"] });
    const router = routerOf(all);
    const byPort = exchange({ authority: "h.test" });
    assert.equal(router.match(byPort) && byPort.route, all[0]);
    const bySni = exchange({ scheme: "https", sni: "s.test", authority: "x.test" });
    assert.equal(router.match(bySni) && bySni.route, all[1]);
    assert.equal(router.match(exchange({ scheme: "https", sni: "t.test", authority: "x" })), false);
  });
});

describe("headers", () => {
  const all = routes(
    { headers: { "X-Mode": ["Quote"] } },
    { headers: { user_agent: ["~*^curl"] } },
    { headers: { "x-list": ["~*^v\\d$", "Plain"] } },
  );
  const table: readonly (readonly [string, string, number, number])[] = [
    // name and value as sent, Route in traditional_compatible, in traditional
    ["x-mode", "QUOTE", 0, 0],
    ["x_mode", "quote", 0, -1],
    ["x-mode", "quot", -1, -1],
    ["User-Agent", "CURL/8", 1, 1],
    ["X-List", "v7", 2, -1],
    ["X-List", "PLAIN", 2, 2],
  ];
  for (const [name, value, compatible, traditional] of table) {
    it(`${name}: ${value}`, () => {
      const given = { headers: { [name]: value } };
      assert.equal(ask(routerOf(all, "traditional_compatible"), all, given), compatible);
      assert.equal(ask(routerOf(all, "traditional"), all, given), traditional);
    });
  }
  it("any value of a repeated header may be the one", () => {
    for (const flavor of FLAVORS) {
      const given = { headers: { "x-mode": ["other", "quote"] } };
      assert.equal(ask(routerOf(all, flavor), all, given), 0);
    }
  });
});

describe("what is left out", () => {
  it("Routes of disabled Services and of other protocols", () => {
    const off = service({ id: "5", enabled: false });
    const all = routes(
      { paths: ["/off"], service: { id: "5" } },
      { paths: ["/tcp"], protocols: ["tcp"] },
      { paths: ["/"] },
    );
    const router = routerOf(all, "traditional_compatible", [off]);
    assert.equal(ask(router, all, { path: "/off" }), 2);
    assert.equal(ask(router, all, { path: "/tcp" }), 2);
  });
  it("a Route with a pattern that cannot be had, and somebody is told", () => {
    const all = routes({ paths: ["~/a(?=b)"] }, { paths: ["/a"] });
    const skipped: string[] = [];
    const options = { onSkipped: (one: Route) => skipped.push(one.id) };
    const router = finish(buildRouter(snapshot(all), "traditional_compatible", options));
    assert.deepEqual(skipped, [all[0]!.id]);
    assert.equal(ask(router, all, { path: "/ab" }), 1);
  });
  it("paths that are not UTF-8, in traditional_compatible", () => {
    const all = routes({ paths: ["/"] });
    assert.equal(ask(routerOf(all), all, { path: "/\xe4" }), -1);
    assert.equal(ask(routerOf(all), all, { path: "/\xc3\xa4" }), 0);
    assert.equal(ask(routerOf(all, "traditional"), all, { path: "/\xe4" }), 0);
  });
});

describe("the cache", () => {
  for (const flavor of FLAVORS) {
    it(`${flavor}: does not answer for another host, method, server name or header`, () => {
      const all = routes(
        { paths: ["~/\\w+"], hosts: ["a.test"] },
        { paths: ["~/\\w+"], methods: ["POST"] },
        { paths: ["~/\\w+"], snis: ["s.test"], protocols: ["https"] },
        { paths: ["~/\\w+"], headers: { "x-v": ["1"] } },
      );
      const router = routerOf(all, flavor);
      for (let round = 0; round < 3; round++) {
        const base = { path: "/x", host: "b.test", scheme: "https" };
        assert.equal(ask(router, all, base), -1);
        assert.equal(ask(router, all, { ...base, host: "a.test" }), 0);
        assert.equal(ask(router, all, { ...base, method: "POST" }), 1);
        assert.equal(ask(router, all, { ...base, sni: "s.test" }), 2);
        assert.equal(ask(router, all, { ...base, headers: { "x-v": "1" } }), 3);
        assert.equal(ask(router, all, { ...base, headers: { "x-v": "2" } }), -1);
      }
    });
  }

  it("saves the second search, for no Route too", () => {
    const all = routes({ paths: ["~/a\\d+"] }, { paths: ["~/a\\w+x"] });
    const router = routerOf(all);
    for (const path of ["/a1", "/ab"]) {
      ask(router, all, { path });
      const before = router.entriesVisited;
      ask(router, all, { path });
      assert.equal(router.entriesVisited, before, path);
    }
  });

  it("forgets", () => {
    const all = routes({ paths: ["~/\\d+"] });
    const router = routerOf(all);
    for (let i = 0; i <= MATCH_CACHE_MAX; i++) ask(router, all, { path: `/${i}` });
    const before = router.entriesVisited;
    ask(router, all, { path: "/0" });
    assert.equal(router.entriesVisited, before + 1);
    ask(router, all, { path: `/${MATCH_CACHE_MAX}` });
    assert.equal(router.entriesVisited, before + 1);
  });
});

describe("building", () => {
  it("yields often, and serves nothing half", () => {
    const all = Array.from({ length: 5000 }, (_, i) => route({ paths: [`/r${i}`] }, i));
    const steps = buildRouter(snapshot(all), "traditional_compatible");
    let slices = 0;
    let router: Router | undefined;
    for (let step = steps.next(); router === undefined; step = steps.next(), slices++) {
      if (step.done) router = step.value;
    }
    assert.ok(slices > 5000 / 64, `${slices} slices`);
    assert.equal(ask(router, all, { path: "/r4321/x" }), 4321);
  });

  it("sorts like Array.prototype.sort", () => {
    const numbers = Array.from({ length: 5000 }, (_, i) => ({ key: (i * 7919) % 613, i }));
    const sorted = finish(sortInSlices(numbers, (a, b) => a.key - b.key));
    assert.deepEqual(
      sorted,
      numbers.toSorted((a, b) => a.key - b.key),
    );
  });
});

// Goal: the work for a request does not grow with the number of Routes. Method: count the entries looked at, no clock.
describe("cost of a request over 20,000 Routes", () => {
  const COUNT = 20_000;
  const kinds: readonly (readonly [string, (i: number) => RouteText, (i: number) => object])[] = [
    ["paths", (i) => ({ paths: [`/p${i}/`] }), (i) => ({ path: `/p${i}/x` })],
    ["hosts", (i) => ({ hosts: [`h${i}.test`] }), (i) => ({ host: `h${i}.test` })],
    ["wildcard hosts", (i) => ({ hosts: [`*.h${i}.test`] }), (i) => ({ host: `x.h${i}.test` })],
    [
      "hosts with one path",
      (i) => ({ hosts: [`h${i}.test`], paths: ["/"] }),
      (i) => ({ host: `h${i}.test` }),
    ],
    ["regexes", (i) => ({ paths: [`~/r${i}/\\d+$`] }), (i) => ({ path: `/r${i}/7` })],
  ];
  for (const flavor of FLAVORS) {
    for (const [name, text, asked] of kinds) {
      it(`${flavor}, ${name}`, () => {
        const all = Array.from({ length: COUNT }, (_, i) => route(text(i), i));
        const router = routerOf(all, flavor);
        const before = router.entriesVisited;
        let requests = 0;
        for (let i = 0; i < COUNT; i += 997) {
          assert.equal(ask(router, all, asked(i)), i);
          requests++;
        }
        const each = (router.entriesVisited - before) / requests;
        assert.ok(each <= 5, `${each} entries looked at for a request`);
      });
    }
  }
  it("a Host of many dots costs no more than any other", () => {
    const all = routes({ hosts: ["*.a.test"] }, { hosts: ["a.*"] });
    const router = routerOf(all);
    assert.equal(ask(router, all, { host: `${"x.".repeat(4000)}a.test` }), 0);
    assert.ok(router.entriesVisited <= 2);
  });
});
