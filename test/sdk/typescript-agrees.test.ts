/**
 * What the TypeScript SDK answers in place of the gateway is what the gateway would answer.
 *
 * Method: the same random paths, queries and headers go through the SDK's code and through the gateway's own.
 */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { HeaderBlock } from "../../core/exchange/header-block.ts";
import { headersOf } from "../../core/pdk/headers.ts";
import { decodeQuery, encodeQuery } from "../../core/pdk/query.ts";
import { normalizePath } from "../../core/router/normalize-path.ts";
import { Headers } from "../../plugin-sdk/typescript/event/headers.ts";
import { normalPath } from "../../plugin-sdk/typescript/event/path.ts";
import { encodedQuery, queryArg, queryArgs } from "../../plugin-sdk/typescript/event/query.ts";
import { headerMap } from "../../plugin-sdk/typescript/pdk/read-headers.ts";
import { toText } from "../../plugin-sdk/typescript/wire/text.ts";
import { type Random, seededRandom } from "../helpers/seed.ts";

const ROUNDS = 20_000;

function textFrom(random: Random, pieces: readonly string[], most: number): string {
  return Array.from({ length: random.int(most) }, () => random.pick(pieces)).join("");
}

const PATH_PIECES = [
  "/",
  "/",
  "a",
  "b.",
  ".",
  "..",
  "%2F",
  "%2e",
  "%41",
  "%7e",
  "%zz",
  "%",
  "%00",
  "%C3%bc",
  "\xfc",
  "~",
  "-",
  ";",
  "a/b",
];
const QUERY_PIECES = [
  "a",
  "b",
  "=",
  "=",
  "&",
  "&",
  "+",
  "%20",
  "%C3%BC",
  "%ff",
  "%",
  "%4",
  "\xfc",
  "ab",
  "__proto__",
];
const NAMES = ["x-a", "X-A", "x_a", "x-b", "X-Long-Name", "x"];

/** The gateway's table in the SDK's form: values in a list, an empty one for an argument without "=". */
function asLists(table: object): Record<string, unknown[]> {
  const pairs = Object.entries(table).map(([name, value]) => {
    const all = Array.isArray(value) ? value : [value];
    return [name, value === true ? [] : all] as const;
  });
  return Object.fromEntries(pairs) as Record<string, unknown[]>;
}

describe("the SDK agrees with the gateway", () => {
  it("on normal paths", () => {
    const random = seededRandom("normal paths");
    for (let i = 0; i < ROUNDS; i++) {
      const raw = `/${textFrom(random, PATH_PIECES, 8)}`;
      const wanted = normalizePath(raw);
      // what cannot be normalised is answered with 400 before a plugin sees it
      if (wanted !== null) assert.equal(normalPath(raw), wanted, raw);
    }
  });

  it("on arguments of a query", () => {
    const random = seededRandom("queries");
    for (let i = 0; i < ROUNDS; i++) {
      const query = textFrom(random, QUERY_PIECES, 12);
      const max = random.pick([1, 2, 100]);
      const wanted = decodeQuery(query, max);
      assert.equal(JSON.stringify(queryArgs(query, max)), JSON.stringify(asLists(wanted)), query);
      for (const [name, value] of Object.entries(wanted)) {
        assert.equal(queryArg(query, name, max), Array.isArray(value) ? value[0] : value, query);
      }
    }
  });

  it("on the query that it makes of arguments", () => {
    const random = seededRandom("query of arguments");
    const values = [true, false, 1, -2.5, "", "a b", "ü&=", ["a", true, "b"], [], null];
    for (let i = 0; i < ROUNDS / 10; i++) {
      const args: Record<string, unknown> = {};
      for (let n = random.int(5); n > 0; n--) {
        args[textFrom(random, ["a", "b", "ü", " ", "&"], 3)] = random.pick(values);
      }
      assert.equal(encodedQuery(args), encodeQuery(args), JSON.stringify(args));
    }
  });

  it("on headers, whatever is written and read in which order", () => {
    const random = seededRandom("headers");
    for (let i = 0; i < ROUNDS / 4; i++) {
      const pairs = Array.from(
        { length: random.int(5) },
        () => [random.pick(NAMES), `v${random.int(9)}`] as const,
      );
      const ours = new Headers(pairs.map(([name, value]) => `${name}: ${value}\r\n`).join(""));
      const theirs = HeaderBlock.from(pairs);
      for (let n = random.int(8); n > 0; n--) changeBoth(random, ours, theirs);
      assert.equal(
        JSON.stringify(headerMap(ours, 100)),
        JSON.stringify(asLists(headersOf(theirs, 100))),
      );
    }
  });
});

/** One write or one read, on both. */
function changeBoth(random: Random, ours: Headers, theirs: HeaderBlock): void {
  const name = random.pick(NAMES);
  const value = `w${random.int(99)}`;
  switch (random.int(4)) {
    case 0:
      ours.set(name, value);
      theirs.set(name, value);
      return;
    case 1:
      ours.add(name, value);
      theirs.add(name, value);
      return;
    case 2:
      ours.clear(name);
      theirs.remove(name);
      return;
    default:
      assert.equal(ours.get(name), theirs.get(name), name);
      assert.deepEqual(ours.getAll(name), theirs.getAll(name).map(toText), name);
  }
}
