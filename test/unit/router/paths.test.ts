/** Paths in and out: normalisation, escaping, what goes to the Service, and the Host that goes with it. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { escapePath, normalizePath } from "../../../core/router/normalize-path.ts";
import { upstreamHost, upstreamPath } from "../../../core/router/upstream-path.ts";
import { testSeed } from "../../helpers/seed.ts";

const SEED = testSeed("router, paths");

describe("normalizePath", () => {
  const table: readonly (readonly [string, string | null])[] = [
    ["/", "/"],
    ["/a/b", "/a/b"],
    ["/foo/a/../bar/x", "/foo/bar/x"],
    ["/foo//bar", "/foo/bar"],
    ["///foo///bar///x", "/foo/bar/x"],
    ["/foo/./bar", "/foo/bar"],
    ["/x/..", "/"],
    ["/foo/x/..", "/foo/"],
    ["/foo/x/.", "/foo/x/"],
    ["/foo/x//", "/foo/x/"],
    ["/.well-known/x", "/.well-known/x"],
    ["/a/..b/...", "/a/..b/..."],
    ["/h%65llo", "/hello"],
    ["/%7Euser/%2D%5F%2E", "/~user/-_."],
    ["/foo/%2e%2E/bar", "/bar"],
    ["/a%2fb%2Fc", "/a%2Fb%2Fc"],
    ["/100%25", "/100%25"],
    ["/a%3fb", "/a%3Fb"],
    ["/%e4%bd%a0", "/\xe4\xbd\xa0"],
    [
      "/%21%24%26%27%28%29%2a%2b%2c%3b%3d%3a%40%5b%5d%23",
      "/%21%24%26%27%28%29%2A%2B%2C%3B%3D%3A%40%5B%5D%23",
    ],
    ["/%22%20", '/" '],
    ["/a%252Fb", "/a%252Fb"],
    // answered with 400
    ["", null],
    ["*", null],
    ["/a%zzb", null],
    ["/a%4", null],
    ["/a%", null],
    ["/a%00b", null],
    ["/../x", null],
    ["/a/../../x", null],
    ["/a/%2e%2e/%2e%2e/x", null],
    ["/a/..%2f..%2f..%2fx", null],
    ["/a/..%2fx", "/a/..%2Fx"],
  ];
  for (const [raw, expected] of table) {
    it(JSON.stringify(raw), () => assert.equal(normalizePath(raw), expected));
  }

  it("returns a path that needs nothing as it is, and normalises once and for all", () => {
    const part = fc.constantFrom("a", "/", ".", "..", "%2e", "%2F", "%41", "%25", "\xe4", "b");
    fc.assert(
      fc.property(fc.array(part, { maxLength: 12 }), (parts) => {
        const once = normalizePath(`/${parts.join("")}`);
        if (once === null) return;
        assert.equal(normalizePath(once), once);
        assert.ok(!once.includes("//") && !/\/\.\.?(\/|$)/.test(once), once);
      }),
      { seed: SEED, numRuns: 2000 },
    );
  });
});

describe("escapePath", () => {
  it("escapes all but reserved and unreserved characters", () => {
    assert.equal(escapePath('/a b/\xe4"<>[]{}|\\^`'), "/a%20b/%E4%22%3C%3E[]%7B%7D%7C%5C%5E%60");
    assert.equal(escapePath("/!#$&'()*+,:;=?@-_.~%2F"), "/!#$&'()*+,:;=?@-_.~%2F");
    assert.equal(escapePath("/\x01\x7f"), "/%01%7F");
  });
});

describe("upstreamPath", () => {
  const stripped = { strip_path: true, path_handling: "v0" } as const;
  it("does not let the rest of a segment become a dot segment", () => {
    const rest = (path: string): string =>
      upstreamPath({ path, matchedPrefix: "/route" }, stripped, "/srv");
    assert.equal(rest("/route../req"), "/srv/req");
    assert.equal(rest("/route./req"), "/srv/req");
    assert.equal(rest("/route.."), "/srv");
    assert.equal(rest("/route..x"), "/srv/..x");
  });
  it("heeds v1 only where told to", () => {
    const route = { strip_path: false, path_handling: "v1" } as const;
    const matched = { path: "/foo", matchedPrefix: "" };
    assert.equal(upstreamPath(matched, route, "/srv", true), "/srvfoo");
    assert.equal(upstreamPath(matched, route, "/srv"), "/srv/foo");
  });
  it("escapes the Service's path too, and takes none for /", () => {
    assert.equal(upstreamPath({ path: "/a", matchedPrefix: "" }, stripped, "/s p"), "/s%20p/a");
    assert.equal(upstreamPath({ path: "/a", matchedPrefix: "" }, stripped, null), "/a");
  });
});

describe("upstreamHost", () => {
  it("is the request's where it is preserved, else the target's with a port that does not go without saying", () => {
    assert.equal(upstreamHost("h.test:8000", "up.test", 80, "http"), "h.test:8000");
    assert.equal(upstreamHost("", "up.test", 80, "http"), "up.test");
    assert.equal(upstreamHost("", "up.test", 443, "grpcs"), "up.test");
    assert.equal(upstreamHost("", "up.test", 443, "http"), "up.test:443");
    assert.equal(upstreamHost("", "up.test", 8080, "https", "h.test"), "h.test:8080");
  });
});
