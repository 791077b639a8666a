/** Request lines: what is taken, what is refused, and that prefixes only ask for more. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { INCOMPLETE, INVALID } from "../../../core/http1/head-scanner.ts";
import * as line from "../../../core/http1/request-line.ts";

const scan = (text: string) => {
  const b = Buffer.from(text, "latin1");
  return line.scanRequestLine(b, 0, b.length);
};

describe("scanRequestLine", () => {
  it("takes method, target and version", () => {
    const text = "PROPFIND /a?b=%20 HTTP/1.0\r\n";
    assert.equal(scan(text), text.length);
    assert.equal(text.slice(line.methodStart, line.methodEnd), "PROPFIND");
    assert.equal(text.slice(line.targetStart, line.targetEnd), "/a?b=%20");
    assert.equal(line.minorVersion, 0);
  });

  it("calls every prefix incomplete", () => {
    const text = "OPTIONS /x HTTP/1.1\r\n";
    for (let cut = 0; cut < text.length; cut++) {
      assert.equal(scan(text.slice(0, cut)), INCOMPLETE, `cut at ${cut}`);
    }
  });

  const refused: [string, number][] = [
    ["get / HTTP/1.1\r\n", INVALID],
    ["G3T / HTTP/1.1\r\n", INVALID],
    [" GET / HTTP/1.1\r\n", INVALID],
    ["GET  / HTTP/1.1\r\n", INVALID],
    ["GET /  HTTP/1.1\r\n", INVALID],
    ["GET /\tHTTP/1.1\r\n", INVALID],
    ["GET / HTTP/1.1 \r\n", INVALID],
    ["GET / HTTP/1.1\n", INCOMPLETE],
    ["GET / HTTP/1.1\nX", INVALID],
    ["GET / http/1.1\r\n", INVALID],
    ["GET / HTTP/1.10\r\n", INVALID],
    ["GET / HTTP/11\r\n\r\n", INVALID],
    ["GET / HTTP/0.9\r\n", INVALID],
    ["GET / HTTP/2.0\r\n", line.WRONG_VERSION],
    ["GET /\x01 HTTP/1.1\r\n", INVALID],
    ["GET /\x7f HTTP/1.1\r\n", INVALID],
    ["GET\r\n", INVALID],
    ["\x16\x03\x01\x02\x00", INVALID],
    [`${"A".repeat(65)} / HTTP/1.1\r\n`, INVALID],
  ];
  for (const [text, code] of refused) {
    it(`answers ${code} to ${JSON.stringify(text.slice(0, 30))}`, () => {
      assert.equal(scan(text), code);
    });
  }

  it("tells targets that hold what no URI holds", () => {
    for (const [target, odd] of [
      ["/a", false],
      ["/\xe4", true],
      ["/a|b", true],
      ["/%7C", false],
      ['/"', true],
    ] as const) {
      scan(`GET ${target} HTTP/1.1\r\n`);
      assert.equal(line.targetIsOdd, odd, target);
    }
  });
});
