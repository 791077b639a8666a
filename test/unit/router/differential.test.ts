/** The index against the rules written down the slow way (naive.ts), on random Routes and requests. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { isDeepStrictEqual } from "node:util";
import fc from "fast-check";
import type { Route } from "../../../core/entities/route.ts";
import { type Asked, naiveCompatible, naiveTraditional, type NaiveMatch } from "./naive.ts";
import { type Flavor, facts, type RouteText, route, routerOf } from "./support.ts";
import { testSeed } from "../../helpers/seed.ts";

const SEED = testSeed("router, index and rules");

const HOSTS = [
  "a.test",
  "b.a.test",
  "*.a.test",
  "*.test",
  "a.*",
  "a.test:81",
  "*.a.test:81",
  "c.org",
];
const PLAIN = ["/", "/a", "/ab", "/a/b", "/a/b/c", "/abc/d", "/b"];
const REGEX = ["~/a", "~/a/\\d+", "~/[ab]+", "~/(a|b)/b", "~/ab$", "~/a/b/.*"];
const HEADERS = ["x-a", "x-b"];

function some<T>(pool: readonly T[], maxLength: number): fc.Arbitrary<T[] | null> {
  return fc.option(fc.uniqueArray(fc.constantFrom(...pool), { minLength: 1, maxLength }), {
    freq: 2,
  });
}

/** A Route with anything. Its paths are of one kind, because the ids of split parts are not the rules' business. */
const routeText: fc.Arbitrary<RouteText> = fc
  .record({
    hosts: some(HOSTS, 3),
    paths: fc.oneof(some(REGEX, 2), some(PLAIN, 1), fc.constantFrom(["/a", "/b"], ["/ab", "/cd"])),
    methods: some(["GET", "POST"], 2),
    headers: fc.option(
      fc.dictionary(fc.constantFrom(...HEADERS), fc.constantFrom(["1"], ["1", "2"]), {
        minKeys: 1,
      }),
      { freq: 1 },
    ),
    snis: some(["s.test", "t.test"], 1),
    regex_priority: fc.constantFrom(0, 0, 1, 5, 1023, 4096, 8192, -1),
  })
  .filter((text) => [text.hosts, text.paths, text.methods, text.headers, text.snis].some(Boolean));

const asked: fc.Arbitrary<Asked> = fc.record({
  method: fc.constantFrom("GET", "POST", "PUT"),
  path: fc.constantFrom("/", "/a", "/ab", "/a/b", "/a/b/c", "/abc/d/e", "/a/12", "/b/b", "/c"),
  host: fc.constantFrom(
    "a.test",
    "b.a.test",
    "x.a.test",
    "a.test:81",
    "x.a.test:81",
    "a.org",
    "c.org",
    "",
  ),
  scheme: fc.constantFrom("http", "https"),
  sni: fc.constantFrom("", "s.test", "t.test"),
  port: fc.constantFrom(80, 81),
  headers: fc.dictionary(
    fc.constantFrom(...HEADERS),
    fc.constantFrom(["1"], ["2"], ["3"], ["3", "1"]),
  ),
});

function checkFlavor(
  flavor: Flavor,
  naive: (routes: readonly Route[], one: Asked) => NaiveMatch | null,
): void {
  let matches = 0;
  fc.assert(
    fc.property(
      fc.array(routeText, { minLength: 1, maxLength: 9 }),
      fc.array(asked, { minLength: 4, maxLength: 12 }),
      (texts, requests) => {
        const routes = texts.map((text, i) => route({ ...text, created_at: 1000 + i }, i));
        const router = routerOf(routes, flavor);
        // each is asked twice: the second answer may come from the cache
        for (const one of [...requests, ...requests]) {
          const want = naive(routes, one);
          const found = router.select(facts({ ...one, listenerPort: one.port }));
          const got =
            found === null ? null : { id: found.entry.route.id, length: found.prefixLength };
          if (isDeepStrictEqual(got, want)) {
            if (want !== null) matches++;
            continue;
          }
          assert.deepEqual(got, want, JSON.stringify({ one, texts }, null, 1));
        }
      },
    ),
    { seed: SEED, numRuns: 200 },
  );
  assert.ok(matches > 300, `only ${matches} requests matched`);
}

describe("the index and the rules agree", () => {
  it("traditional_compatible", () => checkFlavor("traditional_compatible", naiveCompatible));
  it("traditional", () => checkFlavor("traditional", naiveTraditional));
});
