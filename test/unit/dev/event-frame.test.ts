/** What the tools read of an event, and that fields which they do not know are stepped over. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { readEvent } from "../../../core/dev/event-frame.ts";
import { putLatin1, putNumber, WireCursor } from "../../../core/plugin-host/native/wire.ts";

describe("readEvent", () => {
  it("finds its fields among others", () => {
    const b = Buffer.alloc(200);
    let o = putNumber(b, 0, 1, 0x20);
    o = putNumber(b, o, 3, 300);
    o = putLatin1(b, o, 5, "an-id");
    o = putLatin1(b, o, 6, "GET");
    o = putLatin1(b, o, 7, "/?a=b");
    o = putLatin1(b, o, 12, "Host: a\r\nAccept: *\r\n");
    o = putNumber(b, o, 29, 250);
    o = putNumber(b, o, 32, 404);
    const { phase, id, method, target, queueUs, status } = readEvent(b, 0, o);
    assert.deepEqual(
      { phase, id, method, target, queueUs, status },
      { phase: "access", id: "an-id", method: "GET", target: "/?a=b", queueUs: 250, status: 404 },
    );
  });

  it("steps over bytes of any length", () => {
    for (const length of [1, 5, 127, 128, 300]) {
      const b = Buffer.alloc(400);
      const end = putNumber(b, putLatin1(b, 0, 60, "x".repeat(length)), 61, 7);
      const cursor = new WireCursor();
      cursor.set(b, 0, end);
      cursor.skip(cursor.tag());
      const tag = cursor.tag();
      assert.equal(tag >>> 3, 61);
      assert.equal(cursor.number(tag), 7);
    }
  });
});
