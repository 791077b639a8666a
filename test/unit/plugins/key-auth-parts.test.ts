/** Where key-auth finds a key and what it leaves of a query, against conformance/recorded/auth/key-auth.json. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type BodyFields, DUPLICATE, findKey } from "../../../core/plugins/key-auth/find-key.ts";
import { queryWithout } from "../../../core/plugins/key-auth/hide-key.ts";
import { type HeaderPairs, makeExchange } from "../../helpers/make-exchange.ts";

const PLACES = { names: ["apikey"], inHeader: true, inQuery: true, inBody: true };
const TWO = { ...PLACES, names: ["first", "second"] };

function find(
  places: typeof PLACES,
  headers: HeaderPairs,
  query = "",
  body: BodyFields = null,
): unknown {
  const x = makeExchange("GET", "/", headers);
  x.upstream.query = query;
  const found = findKey(x, places, body);
  return typeof found === "object" ? found.key : found;
}

describe("a key", () => {
  const hundred = Array.from({ length: 100 }, (_, i) => `a${i}=1`).join("&");
  const rows: [what: string, found: unknown, expected: unknown][] = [
    ["in a header", find(PLACES, [["ApiKey", "k"]]), "k"],
    ["in a header before the query", find(PLACES, [["apikey", "k"]], "apikey=q"), "k"],
    [
      "empty in a header is not made good by the query",
      find(PLACES, [["apikey", ""]], "apikey=q"),
      "",
    ],
    [
      "twice in a header",
      find(PLACES, [
        ["apikey", "k"],
        ["APIKEY", "k"],
      ]),
      DUPLICATE,
    ],
    ["in the query", find(PLACES, [], "a=1&apikey=ann+second%20key"), "ann second key"],
    ["in the query beyond ASCII", find(PLACES, [], "apikey=schl%C3%BCssel"), "schlüssel"],
    ["with an escaped name", find(PLACES, [], "api%6Bey=k"), "k"],
    ["twice in the query", find(PLACES, [], "apikey=k&apikey=k"), DUPLICATE],
    ["without a value, then with", find(PLACES, [], "apikey&apikey=k"), DUPLICATE],
    ["without a value", find(PLACES, [], "apikey"), undefined],
    ["in capitals in the query", find(PLACES, [], "APIKEY=k"), undefined],
    ["behind a hundred arguments", find(PLACES, [], `${hundred}&apikey=k`), undefined],
    ["as one of a hundred arguments", find(PLACES, [], `apikey=k&${hundred}`), "k"],
    ["in the body", find(PLACES, [], "", { apikey: "b" }), "b"],
    ["as a list in the body", find(PLACES, [], "", { apikey: ["b"] }), DUPLICATE],
    ["as an object in the body", find(PLACES, [], "", { apikey: { key: "b" } }), DUPLICATE],
    ["as a number in the body", find(PLACES, [], "", { apikey: 42 }), undefined],
    ["as null in the body", find(PLACES, [], "", { apikey: null }), undefined],
    ["in a list at the top", find(PLACES, [], "", [{ apikey: "b" }]), undefined],
    [
      "of a name that JavaScript knows",
      find({ ...PLACES, names: ["constructor"] }, [], "", {}),
      undefined,
    ],
    [
      "in the header only where that is looked at",
      find({ ...PLACES, inHeader: false }, [["apikey", "k"]]),
      undefined,
    ],
    [
      "in the query only where that is looked at",
      find({ ...PLACES, inQuery: false }, [], "apikey=k"),
      undefined,
    ],
    [
      "under the first name, in the query, before the second in a header",
      find(TWO, [["second", "s"]], "first=f"),
      "f",
    ],
    ["under the second name where the first has no value", find(TWO, [], "first&second=s"), "s"],
    [
      "under the second name where the first is empty",
      find(TWO, [
        ["first", ""],
        ["second", "s"],
      ]),
      "",
    ],
    [
      "under the first name, the second twice",
      find(TWO, [
        ["first", "f"],
        ["second", "1"],
        ["second", "2"],
      ]),
      "f",
    ],
    [
      "_ for - in a configured name",
      find({ ...PLACES, names: ["api_key"] }, [["api-key", "k"]]),
      "k",
    ],
    ["not - for _", find({ ...PLACES, names: ["api-key"] }, [["api_key", "k"]]), undefined],
  ];
  for (const [what, found, expected] of rows) {
    it(`is looked for: ${what}`, () => assert.equal(found, expected));
  }
});

describe("a query without its key", () => {
  const rows: [query: string, after: string | null][] = [
    ["c=1&b=2&apikey=k&a=3", "c=1&b=2&a=3"],
    ["c=valu%651&b=value2&api%6B%65%79=k&a=valu%653", "c=value1&b=value2&a=value3"],
    ["a&b=&apikey=k&c=1&c=2&d=%20+x&=y&e=%zz", "a=&b=&c=1&c=2&d=++x&=y&e=%25zz"],
    ["apikey=b&apikey=c&x=1", "x=1"],
    ["apikey=k", ""],
    ["x=%2Bplus%26&apikey", "x=%2Bplus%26"],
    ["a&b=%zz", null],
  ];
  for (const [query, after] of rows) {
    it(`${query} becomes ${after}`, () => assert.equal(queryWithout(query, "apikey"), after));
  }
});
