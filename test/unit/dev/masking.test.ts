/** Credentials in recorded frames, and that frames are as long as before. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Masking } from "../../../core/dev/masking.ts";
import type { RecordedFrame } from "../../../core/dev/recording.ts";
import { ENTITY, FRAME } from "../../../core/plugin-host/native/frame-types.ts";
import { writeShape } from "../../../core/plugin-host/native/shapes.ts";
import { writeValue } from "../../../core/plugin-host/native/values.ts";
import { putLatin1 } from "../../../core/plugin-host/native/wire.ts";

function frame(type: number, message: Buffer, stream = 1): RecordedFrame {
  return { us: 0, link: 1, from: "gateway", stream, type, message };
}

function fields(...list: readonly [number, string][]): Buffer {
  const b = Buffer.alloc(1000);
  let o = 0;
  for (const [field, text] of list) o = putLatin1(b, o, field, text);
  return b.subarray(0, o);
}

function masked(type: number, message: Buffer): string {
  const found = new Masking().mask(frame(type, message));
  assert.equal(found.length, message.length);
  return found.latin1Slice();
}

describe("Masking", () => {
  it("masks headers and query arguments of events by their names", () => {
    const headers = "Host: a\r\nAuthorization: Basic abc\r\nX-Api-Key: k1\r\nAccept: */*\r\n";
    const message = fields(
      [7, "/a?token=t1&b=c"],
      [12, headers],
      [33, "Set-Cookie: s=1\r\nVia: x\r\n"],
    );
    const found = masked(FRAME.EVENT, message);
    assert.match(found, /\/a\?token=\*\*&b=c/);
    assert.match(found, /Host: a\r\nAuthorization: \*{9}\r\nX-Api-Key: \*\*\r\nAccept: \*\/\*\r\n/);
    assert.match(found, /Set-Cookie: \*\*\*\r\nVia: x/);
  });

  it("masks what plugins write", () => {
    const write = fields([2, "authorization"], [3, "Bearer x"]);
    const args = fields([5, writeValue({ "X-Token": "t1", "x-a": "b" })]);
    const found = masked(FRAME.DONE, fields([1, write.latin1Slice()], [1, args.latin1Slice()]));
    assert.doesNotMatch(found, /Bearer|t1/);
    assert.match(found, /x-a/);
  });

  it("masks credentials, and leaves other entities alone", () => {
    const json = JSON.stringify({ key: "k1", consumer: { id: "c1" } });
    const of = (kind: number): string =>
      masked(FRAME.ENTITY, Buffer.from(writeShape("Entity", { number: 1, kind, json }), "latin1"));
    assert.match(of(ENTITY.CREDENTIAL), /\{"key":"\*\*","consumer":\{"id":"\*\*"\}\}/);
    assert.match(of(ENTITY.CONSUMER), /"k1"/);
  });

  it("masks the answer of a vault, and no other", () => {
    const masking = new Masking();
    const result = fields([1, writeValue("s3cret")]);
    const ask = (method: string): string => {
      masking.mask(frame(FRAME.CALL, fields([2, method])));
      return masking.mask(frame(FRAME.RESULT, result)).latin1Slice();
    };
    assert.doesNotMatch(ask("kong.vault.get"), /s3cret/);
    assert.match(ask("kong.client.load_consumer"), /s3cret/);
  });
});
