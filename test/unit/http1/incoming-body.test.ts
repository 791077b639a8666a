/** How far a body has come, by length and by chunks. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { INVALID } from "../../../core/http1/head-scanner.ts";
import { IncomingBody } from "../../../core/http1/incoming-body.ts";

describe("IncomingBody", () => {
  it("cuts a body of known length, and nothing of what follows it", () => {
    const body = new IncomingBody();
    body.begin(5, false);
    const b = Buffer.from("abcdeGET /");
    assert.equal(body.cut(b, 0, 2), 2);
    assert.deepEqual([body.start, body.end, body.isLast, body.announced], [0, 2, false, 3]);
    assert.equal(body.cut(b, 2, b.length), 5);
    assert.deepEqual([body.start, body.end, body.isLast, body.isPending], [2, 5, true, false]);
    assert.equal(body.cutBytes, 5);
  });

  it("takes the framing off chunks, and tells of the last one", () => {
    const body = new IncomingBody();
    body.begin(-1, true);
    const b = Buffer.from("3\r\nabc\r\n0\r\n\r\n");
    let text = "";
    for (let i = 0; i < b.length; ) {
      i = body.cut(b, i, b.length);
      assert.notEqual(i, INVALID);
      text += b.latin1Slice(body.start, body.end);
    }
    assert.deepEqual([text, body.isLast, body.isPending, body.length], ["abc", true, false, -1]);
  });

  it("hands small chunks over together, up to a size, and leaves what follows them alone", () => {
    const sizes = Array.from({ length: 20_000 }, (_, i) => 1 + (i % 60));
    const chunks = sizes.map((size) => `${size.toString(16)}\r\n${"x".repeat(size)}\r\n`).join("");
    const expected = sizes.reduce((sum, size) => sum + size, 0);
    for (const step of [7, 1000, 65_536]) {
      const body = new IncomingBody();
      body.begin(-1, true);
      const b = Buffer.from(`${chunks}0\r\n\r\nGET / HTTP/1.1`);
      let text = "";
      let pieces = 0;
      let i = 0;
      for (let n = Math.min(step, b.length); !body.isLast; n = Math.min(n + step, b.length)) {
        while (i < n && !body.isLast) {
          i = body.cut(b, i, n);
          assert.notEqual(i, INVALID);
          text += b.latin1Slice(body.start, body.end);
          if (body.end > body.start) pieces++;
        }
      }
      assert.equal(text, "x".repeat(expected));
      assert.equal(body.cutBytes, expected);
      assert.equal(b.latin1Slice(i), "GET / HTTP/1.1");
      if (step > 1000) assert.ok(pieces <= 200, `${pieces} pieces`);
    }
  });

  it("keeps the order of bytes where a large chunk follows small ones", () => {
    const body = new IncomingBody();
    body.begin(-1, true);
    const large = Array.from({ length: 5000 }, (_, i) => String.fromCharCode(97 + (i % 26))).join(
      "",
    );
    const b = Buffer.from(`1\r\n1\r\n2\r\n23\r\n1388\r\n${large}\r\n1\r\n4\r\n0\r\n\r\n`);
    let text = "";
    for (let i = 0; i < b.length; ) {
      i = body.cut(b, i, b.length);
      text += b.latin1Slice(body.start, body.end);
    }
    assert.equal(text, `123${large}4`);
  });

  it("says where the framing is broken", () => {
    const body = new IncomingBody();
    body.begin(-1, true);
    assert.equal(body.cut(Buffer.from("x\r\n"), 0, 3), INVALID);
  });

  it("forgets the request before", () => {
    const body = new IncomingBody();
    body.begin(5, false);
    body.cut(Buffer.from("ab"), 0, 2);
    body.begin(-1, false);
    assert.deepEqual(
      [body.length, body.isPending, body.announced, body.cutBytes],
      [0, false, 0, 0],
    );
  });
});
