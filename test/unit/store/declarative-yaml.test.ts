/** Words of YAML that Kong's parser reads in another way than a parser of YAML 1.2. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { readText } from "../../../core/store/declarative-text.ts";

function readWord(word: string): unknown {
  const read = readText(`a: ${word}\n`, "yaml");
  assert.ok("value" in read, JSON.stringify(read));
  return (read.value as { a: unknown }).a;
}

const WORDS: readonly (readonly [string, unknown])[] = [
  ["80", 80],
  ["-5", -5],
  ["+80", 80],
  ["017", 15],
  ["-017", -15],
  ["08", 8],
  ["0", 0],
  ["1_000", 1000],
  ["0x50", 80],
  ["0b11", 3],
  ["1:30", 90],
  ["1:00:05", 3605],
  ["0o17", "0o17"],
  ["1:99", 159],
  ["0xg", "0xg"],
  ["1.5", 1.5],
  ["1e3", 1000],
  ["3.0.1", "3.0.1"],
  ["127.0.0.1:80", "127.0.0.1:80"],
  ["'80'", "80"],
  ["yes", true],
  ["y", "y"],
  ["2024-01-01", "2024-01-01"],
];

describe("a plain word of YAML", () => {
  for (const [word, value] of WORDS) {
    it(`${word} is ${JSON.stringify(value)}`, () => assert.equal(readWord(word), value));
  }
});

describe("a document of YAML", () => {
  it("is an empty table if it is null, and nothing if it is empty", () => {
    for (const text of ["---\n", "null", "~"]) {
      assert.deepEqual(readText(text, "yaml"), { value: {} }, text);
    }
    assert.deepEqual(readText("", "yaml"), { value: undefined });
  });

  it("names an alias that is not there", () => {
    const message = "2:4: invalid reference: nope";
    assert.deepEqual(readText("a: 1\nb: *nope\n", "yaml"), { error: { message, line: 2 } });
  });
});
