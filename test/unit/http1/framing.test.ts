/** How long a body is: one table of what is accepted and what is refused. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { KIND } from "../../../core/http1/field-kinds.ts";
import * as framing from "../../../core/http1/framing.ts";
import { STRIDE, scanFields, scratch } from "../../../core/http1/head-scanner.ts";

function read(lines: string, minor = 1): number {
  const b = Buffer.from(`${lines}\r\n`, "latin1");
  assert.equal(scanFields(b, 0, b.length, true), b.length, "the head itself is good");
  return framing.readFraming(b, b.latin1Slice(0, b.length), minor, true);
}

describe("readFraming", () => {
  const lengths: [string, number, boolean][] = [
    ["", -1, false],
    ["Content-Length: 0\r\n", 0, false],
    ["Content-Length: 42\r\n", 42, false],
    ["Content-Length: 000000000000042\r\n", 42, false],
    ["Transfer-Encoding: chunked\r\n", -1, true],
    ["transfer-encoding: CHUNKED\r\n", -1, true],
    ["Transfer-Encoding:\tchunked \r\n", -1, true],
  ];
  for (const [lines, length, chunked] of lengths) {
    it(`takes ${JSON.stringify(lines)}`, () => {
      assert.equal(read(lines), framing.FRAMING_OK);
      assert.equal(framing.contentLength, length);
      assert.equal(framing.isChunked, chunked);
    });
  }

  const refused: [string, number, number?][] = [
    ["Content-Length: 1\r\nContent-Length: 1\r\n", 400],
    ["Content-Length: 1\r\nContent-Length: 2\r\n", 400],
    ["Content-Length: 1, 1\r\n", 400],
    ["Content-Length: +1\r\n", 400],
    ["Content-Length: -1\r\n", 400],
    ["Content-Length: 0x1\r\n", 400],
    ["Content-Length: 1 1\r\n", 400],
    ["Content-Length: \r\n", 400],
    ["Content-Length: 9999999999999999\r\n", 400],
    ["Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", 400],
    ["Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", 400],
    ["Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", 400],
    ["Transfer-Encoding: chunked\r\n", 400, 0],
    ["Transfer-Encoding: gzip, chunked\r\n", 501],
    ["Transfer-Encoding: identity\r\n", 501],
    ["Transfer-Encoding: chunked,\r\n", 501],
    ["Transfer-Encoding: xchunked\r\n", 501],
    ["Transfer-Encoding: chunked\t\r\n", 501],
    ["Transfer-Encoding: chunked \t \r\n", 501],
    ["Content-Length: 1\t\r\n", 400],
    ["Transfer-Encoding:\r\n", 501],
    ["Host: a\r\nHost: a\r\n", 400],
    ["Authorization: a\r\nAuthorization: b\r\n", 400],
    ["If-Match: a\r\nIf_Match: b\r\n", 400],
  ];
  for (const [lines, status, minor] of refused) {
    it(`refuses ${JSON.stringify(lines)} in HTTP/1.${minor ?? 1}`, () => {
      assert.equal(read(lines, minor ?? 1), status);
    });
  }

  it("says which field must not come again", () => {
    const faults: [string, number][] = [
      ["Host: a\r\nX: 1\r\nHost: b\r\nY: 1\r\n", 2],
      ["Content-Length: 1\r\nContent-Length: 1\r\n", 1],
      ["Authorization: a\r\nAuthorization: b\r\n", 1],
      ["Expect: a\r\nHost: a\r\nExpect: a\r\n", 2],
      ["Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", -1],
      ["Transfer-Encoding: gzip\r\n", -1],
      ["Host: a\r\n", -1],
    ];
    for (const [lines, field] of faults) {
      read(lines);
      assert.equal(framing.faultField, field, lines);
    }
  });

  it("reads the options of Connection and marks the names listed there", () => {
    assert.equal(read("Connection: close, X-Mine, upgrade\r\nX-Mine: 1\r\nX-Other: 2\r\n"), 0);
    assert.equal(framing.wantsClose, true);
    assert.equal(framing.wantsUpgrade, true);
    assert.equal(framing.wantsKeepAlive, false);
    assert.equal(scratch[STRIDE + 4], KIND.listed);
    assert.equal(scratch[2 * STRIDE + 4], KIND.plain);
  });

  it("does not let Connection list framing, Host or forwarding headers away", () => {
    const lines = "Connection: host, content-length, x-forwarded-for\r\n";
    assert.equal(read(`${lines}Host: a\r\nContent-Length: 1\r\nX-Forwarded-For: b\r\n`), 0);
    assert.deepEqual(
      [1, 2, 3].map((f) => scratch[f * STRIDE + 4]),
      [KIND.host, KIND.contentLength, KIND.forwardedFor],
    );
    assert.equal(framing.contentLength, 1);
  });
});
