/** A body that is collected costs about its size, however small the pieces are that it comes in. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { GatheredBytes } from "../../../core/proxy/gathered-bytes.ts";
import { seededRandom } from "../../helpers/seed.ts";

describe("GatheredBytes", () => {
  it("gives back what was added, in one piece or in several", () => {
    const random = seededRandom("gathered-bytes");
    for (let round = 0; round < 50; round++) {
      const [whole, pieces] = [new GatheredBytes(), new GatheredBytes()];
      const expected: Buffer[] = [];
      for (let i = 0; i < 30; i++) {
        const length = random.int(random.int(4) === 0 ? 40_000 : 300);
        const b = Buffer.alloc(length + 2, i + 1);
        expected.push(b.subarray(1, length + 1));
        whole.add(b, 1, length + 1);
        pieces.add(b, 1, length + 1);
        b.fill(0, 0, 1).fill(0, length + 1);
        if (i % 10 === 9) assert.equal(whole.bytes().length, whole.size);
      }
      const text = Buffer.concat(expected);
      assert.ok(whole.bytes().equals(text));
      assert.ok(Buffer.concat(pieces.take()).equals(text));
      assert.equal(pieces.size, 0);
      assert.deepEqual(pieces.take(), []);
    }
  });

  it("takes a copy: the buffer it came in is used again", () => {
    const gathered = new GatheredBytes();
    const b = Buffer.from("abcdef");
    gathered.add(b, 0, 3);
    gathered.add(b, 3, 6);
    b.fill(0);
    assert.equal(gathered.bytes().toString(), "abcdef");
  });

  it("keeps pieces of one byte in few blocks", () => {
    const gathered = new GatheredBytes();
    const b = Buffer.from("x");
    for (let i = 0; i < 1_000_000; i++) gathered.add(b, 0, 1);
    const pieces = gathered.take();
    assert.ok(pieces.length < 100, String(pieces.length));
    assert.equal(Buffer.concat(pieces).length, 1_000_000);
  });
});
