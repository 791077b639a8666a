/** Lines that are kept from one message to the next: never one message's in another. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { AddedLines, flatText, NumberLines } from "../../../core/exchange/flat-text.ts";

describe("flatText", () => {
  it("says the same, bytes beyond ASCII included", () => {
    const text = `a${"\xff\x80".repeat(20)}`;
    assert.equal(flatText(text + text), text + text);
  });
});

describe("NumberLines", () => {
  it("writes every number, kept or not, the second time as the first", () => {
    const lines = new NumberLines("X-Kong-Proxy-Latency");
    for (const n of [0, 1, 255, 256, 60_000, 0, 255, 256]) {
      assert.equal(lines.line(n), `X-Kong-Proxy-Latency: ${n}\r\n`);
    }
  });
});

describe("AddedLines", () => {
  const isDropped = (name: string) => name.toLowerCase() === "via";

  it("writes what was added in order, without what is dropped or was removed", () => {
    const lines = new AddedLines(isDropped);
    const added = ["X-One", "1", "", "gone", "Via", "1.1 me", "x-two", "2"];
    for (let time = 0; time < 2; time++) {
      assert.equal(lines.lines(added), "X-One: 1\r\nx-two: 2\r\n");
    }
  });

  it("knows another name and another value at the same place", () => {
    const lines = new AddedLines(isDropped);
    assert.equal(lines.lines(["A", "1"]), "A: 1\r\n");
    assert.equal(lines.lines(["A", "2"]), "A: 2\r\n");
    assert.equal(lines.lines(["VIA", "2"]), "");
    assert.equal(lines.lines(["B", "2"]), "B: 2\r\n");
    assert.equal(lines.lines(["", "2", "A", "3"]), "A: 3\r\n");
  });

  it("writes more fields than it remembers", () => {
    const lines = new AddedLines(isDropped);
    const added = Array.from({ length: 100 }, (_, i) => (i % 2 === 0 ? `N${i}` : `v${i}`));
    const expected = Array.from({ length: 50 }, (_, f) => `N${2 * f}: v${2 * f + 1}\r\n`).join("");
    for (let time = 0; time < 2; time++) assert.equal(lines.lines(added), expected);
  });
});
