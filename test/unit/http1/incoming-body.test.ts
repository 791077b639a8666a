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
