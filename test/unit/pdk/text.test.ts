/** The border between text and bytes. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { bytesOf, textOf, toText, toWire } from "../../../core/pdk/text.ts";
import { testSeed } from "../../helpers/seed.ts";

const SEED = testSeed("text and bytes");

describe("text and bytes", () => {
  it("is UTF-8 where the bytes are", () => {
    const wire = Buffer.from("hé €😀").latin1Slice();
    assert.equal(toText(wire), "hé €😀");
    assert.equal(toWire("hé €😀"), wire);
    assert.equal(toText("plain"), "plain");
  });

  it("keeps a byte that is no UTF-8 among others that are", () => {
    const bytes = Buffer.concat([
      Buffer.from("é"),
      Buffer.of(0xe9, 0xff),
      Buffer.from("€"),
      Buffer.of(0xe2),
    ]);
    const text = textOf(bytes);
    assert.equal(text, "é\udce9\udcff€\udce2");
    assert.deepEqual(bytesOf(text), bytes);
  });

  it("loses no byte on the way there and back", () => {
    const anyBytes = fc.uint8Array({ maxLength: 40 });
    const property = fc.property(anyBytes, (raw) => {
      const bytes = Buffer.from(raw);
      assert.ok(bytesOf(textOf(bytes)).equals(bytes));
      assert.equal(toWire(toText(bytes.latin1Slice())), bytes.latin1Slice());
    });
    fc.assert(property, { seed: SEED, numRuns: 100 });
    const text = fc.property(fc.string({ unit: "binary", maxLength: 40 }), (one) => {
      assert.equal(textOf(bytesOf(one)), one);
    });
    fc.assert(text, { seed: SEED, numRuns: 100 });
  });
});
