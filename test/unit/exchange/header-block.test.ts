/** HeaderBlock: reading, changing and writing headers without making objects of them. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  HeaderBlock,
  isHeaderName,
  safeValue,
  sameName,
} from "../../../core/exchange/header-block.ts";
import { KINDS } from "../../../core/http1/field-kinds.ts";
import { fieldCount, scanFields, takeOffsets } from "../../../core/http1/head-scanner.ts";

const NOTHING = new Uint8Array(KINDS);

function block(lines: string): HeaderBlock {
  const b = Buffer.from(`${lines}\r\n`, "latin1");
  assert.equal(scanFields(b, 0, b.length, true), b.length);
  return new HeaderBlock(b.latin1Slice(0, b.length), takeOffsets(), fieldCount);
}

const all = (headers: HeaderBlock) => {
  const pairs: [string, string][] = [];
  headers.forEach((name, value) => {
    pairs.push([name, value]);
  });
  return pairs;
};

describe("HeaderBlock", () => {
  it("finds names without case, with _ for -", () => {
    const headers = block("X-Client-Id: 1\r\nx_client_id: 2\r\n");
    assert.equal(headers.get("x-client-ID"), "1");
    assert.deepEqual(headers.getAll("X_Client_Id"), ["1", "2"]);
    assert.equal(headers.get("x-client"), undefined);
  });

  it("compares a value in its place", () => {
    const headers = block("A: 1 \r\nB:\r\nC: 12\r\n");
    headers.add("D", "4");
    const is = (f: number, value: string) => headers.valueIs(f, value);
    assert.deepEqual([is(0, "1"), is(1, ""), is(2, "12"), is(3, "4")], [true, true, true, true]);
    assert.deepEqual(
      [is(0, "1 "), is(1, "C"), is(2, "1"), is(3, "")],
      [false, false, false, false],
    );
  });

  it("sets, adds and removes beside what was received", () => {
    const headers = block("A: 1\r\nB: 2\r\nA: 3\r\n");
    headers.set("a", "4");
    headers.add("C", "5");
    headers.add("c", "6");
    headers.remove("b");
    assert.deepEqual(all(headers), [
      ["a", "4"],
      ["C", "5"],
      ["c", "6"],
    ]);
    headers.remove("c");
    assert.equal(headers.has("C"), false);
    headers.set("d", ["7", "8"]);
    assert.deepEqual({ ...headers.toRecord(100) }, { a: "4", d: ["7", "8"] });
    assert.deepEqual(Object.keys(headers.toRecord(1)), ["a"]);
  });

  it("writes what was kept in as few pieces as there are gaps, values trimmed", () => {
    const headers = block("A: 1\r\nB: 2  \r\nC: 3\r\nD: 4\r\n");
    assert.equal(headers.receivedLines(NOTHING), "A: 1\r\nB: 2\r\nC: 3\r\nD: 4\r\n");
    headers.remove("c");
    assert.equal(headers.receivedLines(NOTHING), "A: 1\r\nB: 2\r\nD: 4\r\n");
    assert.equal(headers.addedLines(), "");
    assert.equal(HeaderBlock.empty().receivedLines(NOTHING), "");
  });

  it("shows the lines of its tail as fields once somebody looks", () => {
    const headers = block("A: 1\r\n");
    headers.tail = "Via: 1.1 x\r\nServer: y\r\n";
    assert.equal(headers.get("via"), "1.1 x");
    assert.equal(headers.tail, "");
    assert.equal(headers.addedLines(), "Via: 1.1 x\r\nServer: y\r\n");
  });

  it("keeps line breaks out of values that plugins write", () => {
    const headers = HeaderBlock.empty();
    headers.add("A", "x\r\nSet-Cookie: y\0\x01\x7f\t");
    assert.equal(headers.addedLines(), "A: x%0D%0ASet-Cookie: y%00%01%7F\t\r\n");
    assert.equal(safeValue("plain"), "plain");
  });

  it("knows names", () => {
    assert.equal(sameName("X-a_B", "x_A-b"), true);
    assert.equal(sameName("ab", "abc"), false);
    assert.equal(isHeaderName("x-y!"), true);
    for (const bad of ["", "a b", "a:b", "ä", "a\r\n"]) assert.equal(isHeaderName(bad), false, bad);
    for (let c = 0; c < 0x200; c++) {
      const char = String.fromCharCode(c);
      assert.equal(isHeaderName(`x${char}`), /[!#$%&'*+\-.^_`|~0-9A-Za-z]/.test(char), `code ${c}`);
    }
  });
});
