/** Patterns of Routes: what they match, that they match in linear time, and what is refused. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { isLinear } from "../../../core/router/regex/linear-time.ts";
import { parsePattern } from "../../../core/router/regex/parser.ts";
import { checkPattern, HeaderPattern, PathPattern } from "../../../core/router/regex/pattern.ts";
import { CountingMatcher } from "./counting-matcher.ts";
import { testSeed } from "../../helpers/seed.ts";

const SEED = testSeed("router, patterns");

function bytes(text: string): string {
  return Buffer.from(text, "utf8").toString("latin1");
}

/** What a pattern matches at the start of a path: text and groups, as text; null if nothing. */
function match(source: string, path: string, alphabet: "text" | "bytes" = "text"): unknown {
  const found = new PathPattern(source, alphabet).exec(bytes(path));
  if (found === null) return null;
  const whole = Buffer.from(bytes(path).slice(0, found.length), "latin1").toString();
  return found.captures === null ? whole : [whole, ...found.captures.slice(1)];
}

describe("PathPattern", () => {
  const table: readonly (readonly [string, string, unknown])[] = [
    ["/users/\\d+/profile", "/users/12/profile/x", "/users/12/profile"],
    ["/users/\\d+/profile", "/x/users/12/profile", null],
    ["/a.c", "/abc", "/abc"],
    ["/a.c", "/a\nc", null],
    ["/(a|b)+/(?<n>x?)", "/abba/x", ["/abba/x", "a", "x"]],
    ["/(?:cat|dog)s?", "/dogs", "/dogs"],
    ["/exact$", "/exact", "/exact"],
    ["/exact$", "/exact/", null],
    ["/a{2,3}?", "/aaaa", "/aa"],
    ["/a{2}", "/aaaa", "/aa"],
    ["/a{,2}", "/a{,2}", "/a{,2}"],
    ["/[^/]+/x", "/ab/x", "/ab/x"],
    ["/[]x]", "/]", "/]"],
    ["/[a-c-]", "/-", "/-"],
    ["/[[:alpha:]]+", "/ab1", "/ab"],
    ["/\\x41\\x{42}", "/AB", "/AB"],
    ["/\\w+\\b", "/ab-c", "/ab"],
    ["/[\\w.-]+", "/a.b-c/", "/a.b-c"],
    ["/\\W", "/-", "/-"],
    ["/[\\D]", "/1", null],
    ["/\\.\\*\\+", "/.*+", "/.*+"],
    ["(?i)/AbC", "/aBc", "/aBc"],
    ["/(opt/)?1984/(?P<sub>profile)$", "/1984/profile", ["/1984/profile", undefined, "profile"]],
    ["/(a*)*b", "/aab", ["/aab", "aa"]],
    ["/(?:(a)|b)*", "/ab", ["/ab", "a"]],
    ["/\\Qa.b\\E", "/a.b", "/a.b"],
    ["/(?i:a)B", "/AB", "/AB"],
    ["/\\p{Lu}+", "/ABc", "/AB"],
    ["/.", "/ä", "/ä"],
    ["/\\w+", "/smørre-", "/smørre"],
    ["/ø", "/ø/x", "/ø"],
    ["/[äö]", "/ö", "/ö"],
  ];
  for (const [source, path, expected] of table) {
    it(`${source} on ${JSON.stringify(path)}`, () => {
      assert.deepEqual(match(source, path), expected);
    });
  }

  it("counts bytes, not characters", () => {
    const found = new PathPattern("/(.)x", "text").exec(bytes("/øx/y"));
    assert.deepEqual(found, { length: 4, captures: [bytes("/øx"), bytes("ø")], named: null });
    // PCRE without its UTF mode, as in flavour traditional
    assert.equal(match("/.x", "/øx", "bytes"), null);
    assert.equal(match("/..x", "/øx", "bytes"), "/øx");
  });

  it("names groups, with either engine", () => {
    for (const source of ["/(?<a>x)(?P<b>y)?(z)", "/(?<a>x)(?P<b>y)?(z)\\Q\\E"]) {
      const found = new PathPattern(source, "text").exec("/xz");
      assert.deepEqual({ ...found?.named }, { a: "x" }, source);
    }
  });

  const prefixes: readonly (readonly [string, string])[] = [
    ["/users/\\d+", "/users/"],
    ["/v1\\.0/x", "/v1.0/x"],
    ["/ab?c", "/a"],
    ["/ab+c", "/ab"],
    ["/(foo)bar", "/foobar"],
    ["/(?:cat|car)s", "/ca"],
    ["/a|/b", "/"],
    ["^/a", "/a"],
    ["(?i)/a", ""],
    ["/ø.", bytes("/ø")],
    ["/\\Qa\\E", ""],
  ];
  for (const [source, expected] of prefixes) {
    it(`${source} begins with ${JSON.stringify(expected)}`, () => {
      assert.equal(new PathPattern(source, "text").literalPrefix, expected);
    });
  }
});

describe("checkPattern", () => {
  const refused: readonly (readonly [string, RegExp])[] = [
    ["/(?=a)", /look-around is not supported/],
    ["/(?<!a)b", /look-around is not supported/],
    ["/(a)\\1", /back-references are not supported/],
    ["/(?>a+)b", /atomic groups are not supported/],
    ["/a++", /possessive/],
    ["/(a", /closing parenthesis is missing/],
    ["/a)", /closing parenthesis too many/],
    ["/[a", /ends too early/],
    ["/[b-a]", /range out of order/],
    ["/a**", /one quantifier behind the other/],
    ["*", /nothing to repeat/],
    ["/a{2,1}", /numbers out of order/],
    ["/a{2000}", /1000 repetitions/],
    ["/(?<n>a)(?<n>b)", /two groups/],
    ["/[a&&b]", /operations on classes/],
    ["/\\K", /./],
    ["/(?:(?:a{1,100}){1,100}b?){1,100}a*a*", /too large/],
    [`/${"(".repeat(200)}`, /nested/],
  ];
  for (const [pattern, message] of refused) {
    it(`refuses ${pattern.slice(0, 40)}`, () => assert.match(checkPattern(pattern) ?? "", message));
  }
  for (const pattern of [
    "/",
    "/.*",
    "/(a+)+b",
    "/[/]",
    "/(?i)x",
    "/\\d{3}-\\w*$",
    "/(?<a>.*)/.*/.*",
  ]) {
    it(`takes ${pattern}`, () => assert.equal(checkPattern(pattern), null));
  }
});

describe("a pattern that shows itself at first use only", () => {
  it("matches nothing, and throws nothing", () => {
    // we know \\e, the other engine does not, and this one is not linear
    const pattern = new PathPattern("/a*a*\\e?b", "text");
    assert.equal(pattern.exec("/aab"), null);
    assert.notEqual(checkPattern("/a*a*\\e?b"), null);
    assert.notEqual(checkPattern("x\\e+", "header"), null);
    assert.equal(checkPattern("/x\\e+"), null);
  });
});

describe("HeaderPattern", () => {
  it("is searched for anywhere", () => {
    const pattern = new HeaderPattern("windows|linux|os\\s+x\\s*[\\d\\._]+|solaris|bsd", "text");
    assert.equal(pattern.test("mozilla (macintosh; intel mac os x 10_12)"), true);
    assert.equal(pattern.test("mozilla"), false);
    assert.equal(new HeaderPattern("^v[0-9]+$", "bytes").test("v12"), true);
    assert.equal(new HeaderPattern("^v[0-9]+$", "bytes").test("xv12"), false);
  });
});

describe("linear time", () => {
  const linear = [
    "/users/\\d+/profile",
    "/a/.*/b",
    "/([a-z]+/)*x",
    "/(?:cat|dog)s?",
    "/.*",
    "/a*b*c*$",
  ];
  const notLinear = [
    "/a*a*b",
    "/.*x.*y",
    "/(a|a)*b",
    "/(a*)*b",
    "/(?:a|ab)(?:c|bcd)(?:d*)*",
    "/.*x[a-z]*$",
  ];
  const judge = (text: string): boolean => isLinear(parsePattern(text, "text"), true);
  it("is seen where it is, and not where it is not", () => {
    for (const text of linear) assert.equal(judge(text), true, text);
    for (const text of notLinear) assert.equal(judge(text), false, text);
  });

  it("a search with a loop is not taken for linear", () => {
    assert.equal(isLinear(parsePattern("a+b", "text"), false), false);
    assert.equal(isLinear(parsePattern("^a+b", "text"), false), true);
    assert.equal(isLinear(parsePattern("ab|cd", "text"), false), true);
  });

  // Goal: no pattern that runs on the backtracking engine can be made slow. Method: count the steps of a backtracking
  // matcher on texts made to fail late, once and at four times the length; linear is four times, quadratic sixteen.
  it("holds for random patterns", () => {
    const texts = (n: number): string[] => [
      "a".repeat(n),
      "ab".repeat(n / 2),
      "aab".repeat(n / 3),
      `${"a".repeat(n - 1)}c`,
      `${"b".repeat(n / 2)}${"a".repeat(n / 2)}`,
      `${"ab".repeat(n / 2)}c`,
      `${"ba".repeat(n / 2)}b`,
    ];
    let judgedLinear = 0;
    let shownSlow = 0;
    fc.assert(
      fc.property(patternText(), (text) => {
        const pattern = parsePattern(text, "text");
        const claim = isLinear(pattern, true);
        if (claim) judgedLinear++;
        for (let t = 0; t < texts(60).length; t++) {
          const short = new CountingMatcher(texts(60)[t]!);
          const long = new CountingMatcher(texts(240)[t]!);
          const done = short.match(pattern) !== null && long.match(pattern) !== null;
          const isSlow = !done || long.steps > 8 * short.steps + 4000;
          if (isSlow) shownSlow++;
          assert.ok(
            !(claim && isSlow),
            `${text}: ${short.steps} and ${long.steps} steps, text ${t}`,
          );
          if (isSlow) break;
        }
      }),
      { seed: SEED, numRuns: 100 },
    );
    // both kinds have to turn up, or the test shows nothing
    assert.ok(judgedLinear > 10 && shownSlow > 5, `${judgedLinear} linear, ${shownSlow} slow`);
  });

  it("both engines find the same", () => {
    const text = fc.string({ unit: fc.constantFrom("a", "b", "c"), maxLength: 12 });
    fc.assert(
      fc.property(patternText(), text, (source, path) => {
        // syntax that only the other engine knows, and that matches nothing by itself
        const native = new PathPattern(source, "text").exec(path);
        const other = new PathPattern(
          `${source.includes("|") ? `(?:${source})` : source}\\Q\\E`,
          "text",
        );
        assert.deepEqual(
          native?.length ?? -1,
          other.exec(path)?.length ?? -1,
          `${source} on ${path}`,
        );
      }),
      { seed: SEED, numRuns: 300 },
    );
  });
});

/** Patterns over a and b that are quick to go wrong: a few loops in a row, some in groups. */
function patternText(): fc.Arbitrary<string> {
  const quantifier = fc.constantFrom("", "", "*", "+", "?", "*?", "{1,3}");
  const atom = fc.constantFrom("a", "b", "[ab]", ".", "c");
  const simple = fc.tuple(atom, quantifier).map((parts) => parts.join(""));
  const row = fc.array(simple, { minLength: 1, maxLength: 3 }).map((parts) => parts.join(""));
  const group = fc
    .tuple(fc.array(row, { minLength: 1, maxLength: 2 }), quantifier)
    .map(([options, times]) => `(?:${options.join("|")})${times}`);
  const items = fc.array(fc.oneof(simple, group), { minLength: 1, maxLength: 5 });
  return fc.tuple(items, fc.constantFrom("", "$", "c")).map(([all, end]) => all.join("") + end);
}
