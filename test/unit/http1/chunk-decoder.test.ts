/** Chunked bodies: the same data wherever the bytes are cut, and nothing that two readers could take differently. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ChunkDecoder } from "../../../core/http1/chunk-decoder.ts";
import { INVALID } from "../../../core/http1/head-scanner.ts";
import { seededRandom } from "../../helpers/seed.ts";

interface Decoded {
  data: string;
  done: boolean;
  invalid: boolean;
  rest: string;
}

function decode(parts: readonly string[]): Decoded {
  const decoder = new ChunkDecoder();
  let data = "";
  for (const [at, part] of parts.entries()) {
    const b = Buffer.from(part, "latin1");
    let i = 0;
    while (i < b.length) {
      const next = decoder.step(b, i, b.length);
      if (next === INVALID) return { data, done: false, invalid: true, rest: "" };
      data += b.latin1Slice(decoder.dataStart, decoder.dataEnd);
      i = next;
      if (decoder.isDone) {
        const rest = part.slice(i) + parts.slice(at + 1).join("");
        return { data, done: true, invalid: false, rest };
      }
    }
  }
  return { data, done: false, invalid: false, rest: "" };
}

describe("ChunkDecoder", () => {
  const body = '5\r\nhello\r\n0A;name="v a"\r\n0123456789\r\n0\r\nX-Sum: 1\r\nY: 2\r\n\r\nGET /';

  it("takes the framing off and stops behind the last line", () => {
    assert.deepEqual(decode([body]), {
      data: "hello0123456789",
      done: true,
      invalid: false,
      rest: "GET /",
    });
  });

  it("reads the same wherever the stream is cut", () => {
    for (let cut = 1; cut < body.length; cut++) {
      const { data, done, rest } = decode([body.slice(0, cut), body.slice(cut)]);
      assert.deepEqual([data, done, rest], ["hello0123456789", true, "GET /"], `cut at ${cut}`);
    }
    assert.equal(decode([...body]).data, "hello0123456789", "byte by byte");
  });

  const refused = [
    "\r\n",
    ";x\r\n",
    " 5\r\nhello\r\n0\r\n\r\n",
    "5 \r\nhello\r\n0\r\n\r\n",
    "0x5\r\nhello\r\n0\r\n\r\n",
    "-5\r\nhello\r\n",
    "5;\r\nhello\r\n0\r\n\r\n",
    "5\nhello\r\n0\r\n\r\n",
    "5\r\nhello0\r\n\r\n",
    "5\r\nhello\n0\r\n\r\n",
    "5\r\nhelloX\r\n0\r\n\r\n",
    "0\r\n X: 1\r\n\r\n",
    "0\r\nX : 1\r\n\r\n",
    "0\r\nX: \0\r\n\r\n",
    "0\r\n\n",
    "5;a\x01b\r\nhello\r\n0\r\n\r\n",
    `${"1".repeat(13)}\r\n`,
    `5;a=${"x".repeat(2000)}\r\nhello\r\n`,
    `0\r\nX: ${"x".repeat(9000)}\r\n\r\n`,
  ];
  for (const text of refused) {
    it(`refuses ${JSON.stringify(text.slice(0, 40))}`, () => {
      assert.equal(decode([text]).invalid, true);
    });
  }

  it("reads random bodies in random pieces", () => {
    const random = seededRandom("ChunkDecoder");
    for (let round = 0; round < 300; round++) {
      let data = "";
      let wire = "";
      for (let c = random.int(5); c >= 0; c--) {
        const chunk = "x".repeat(1 + random.int(300));
        data += chunk;
        wire += `${chunk.length.toString(16)}\r\n${chunk}\r\n`;
      }
      wire += "0\r\n\r\n";
      const parts: string[] = [];
      for (let i = 0; i < wire.length; ) {
        const size = 1 + random.int(97);
        parts.push(wire.slice(i, i + size));
        i += size;
      }
      assert.deepEqual(decode(parts), { data, done: true, invalid: false, rest: "" });
    }
  });
});
