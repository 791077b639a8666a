/** What the scanner takes for header lines, and that no cut of the bytes changes it. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { KIND } from "../../../core/http1/field-kinds.ts";
import {
  fieldCount,
  INCOMPLETE,
  INVALID,
  releaseOffsets,
  STRIDE,
  scanFields,
  scratch,
  takeOffsets,
} from "../../../core/http1/head-scanner.ts";

const scan = (text: string, isRequest = true) => {
  const b = Buffer.from(text, "latin1");
  return scanFields(b, 0, b.length, isRequest);
};

function fields(text: string): [string, string][] {
  assert.equal(scan(text), text.length);
  return Array.from({ length: fieldCount }, (_, f) => {
    const o = f * STRIDE;
    return [text.slice(scratch[o], scratch[o + 1]), text.slice(scratch[o + 2], scratch[o + 3])];
  });
}

describe("scanFields", () => {
  it("takes names and values without the white space around values", () => {
    assert.deepEqual(fields("A: b\r\nC:\t d e \t\r\nE:\r\n\r\n"), [
      ["A", "b"],
      ["C", "d e"],
      ["E", ""],
    ]);
  });

  // Goal: no chunk boundary may change what is read. Method: every prefix is incomplete, never invalid.
  it("calls every prefix of a good head incomplete", () => {
    const head = "Host: a.test\r\nX-Long: value, with; things\r\nContent-Length: 5\r\n\r\n";
    for (let cut = 0; cut < head.length; cut++) {
      assert.equal(scan(head.slice(0, cut)), INCOMPLETE, `cut at ${cut}`);
    }
  });

  // Goal: looking at four bytes at a time finds what looking at each finds. Method: every byte at every place of a value
  // and of a word, in a buffer that is scanned again and again (words) and in one of its own (bytes).
  it("takes and refuses the same in a buffer that comes again", () => {
    const shared = Buffer.alloc(64, "x");
    for (let shift = 0; shift < 4; shift++) {
      for (let at = 0; at < 9; at++) {
        for (let c = 0; c < 256; c++) {
          const value = Buffer.alloc(9, "v");
          value[at] = c;
          const text = `${"N".repeat(shift + 1)}: ${value.latin1Slice(0, 9)}\r\n\r\n`;
          const expected = scan(text);
          const end = expected < 0 ? 0 : scratch[3];
          const cut = scan(text.slice(0, -5));
          shared.latin1Write(text, 0);
          for (let time = 0; time < 2; time++) {
            const found = scanFields(shared, 0, text.length, true);
            assert.equal(found, expected, `byte ${c} at ${at}, shifted by ${shift}`);
            if (found >= 0) assert.equal(scratch[3], end);
          }
          assert.equal(scanFields(shared, 0, text.length - 5, true), cut);
        }
      }
    }
  });

  const refused: Record<string, string> = {
    "a space before the colon": "A : b\r\n\r\n",
    "no name": ": b\r\n\r\n",
    "no colon": "A\r\n\r\n",
    "a folded line": "A: b\r\n c\r\n\r\n",
    "a bare line feed": "A: b\n\r\n",
    "a bare carriage return": "A: b\rc\r\n\r\n",
    "a NUL in the value": "A: b\0c\r\n\r\n",
    "a control character in the value": "A: b\x01c\r\n\r\n",
    "DEL in the value": "A: b\x7f\r\n\r\n",
    "a letter beyond ASCII in the name": "\xc4: b\r\n\r\n",
    "a bracket in the name": "A(: b\r\n\r\n",
    "a bare line feed at the end": "A: b\r\n\n",
  };
  for (const [what, text] of Object.entries(refused)) {
    it(`refuses ${what}`, () => assert.equal(scan(text), INVALID));
  }

  it("takes obs-text in values, which is only bytes to us", () => {
    assert.deepEqual(fields("A: \xe4\xff\r\n\r\n"), [["A", "\xe4\xff"]]);
  });
});

describe("kinds of fields", () => {
  const kindOf = (name: string, isRequest = true) => {
    assert.ok(scan(`${name}: 1\r\n\r\n`, isRequest) > 0);
    return scratch[4];
  };

  it("are told without case", () => {
    assert.equal(kindOf("cOnTeNt-LeNgTh"), KIND.contentLength);
    assert.equal(kindOf("HOST"), KIND.host);
    assert.equal(kindOf("x-forwarded-FOR"), KIND.forwardedFor);
    assert.equal(kindOf("X-Unknown"), KIND.plain);
  });

  it("make aliases of framing names with underscores, and not of others", () => {
    assert.equal(kindOf("Content_Length"), KIND.alias);
    assert.equal(kindOf("Transfer_Encoding"), KIND.alias);
    assert.equal(kindOf("X_Forwarded_For"), KIND.forwardedFor);
  });

  it("differ between requests and responses", () => {
    assert.equal(kindOf("Server", false), KIND.server);
    assert.equal(kindOf("Server", true), KIND.plain);
    assert.equal(kindOf("Host", false), KIND.plain);
  });

  it("leave out of a response what nginx keeps to itself", () => {
    for (const name of ["X-Pad", "X-Accel-Redirect", "X-Accel-Buffering"]) {
      assert.equal(kindOf(name, false), KIND.listed);
      assert.equal(kindOf(name, true), KIND.plain);
    }
  });
});

describe("takeOffsets", () => {
  it("gives offsets that the next scan leaves alone, also beyond the pooled size", () => {
    const many = Array.from({ length: 100 }, (_, i) => `X-${i}: ${i}\r\n`).join("");
    scan(`${many}\r\n`);
    const big = takeOffsets();
    scan("A: b\r\n\r\n");
    const small = takeOffsets();
    scan("Longer-Name: c\r\n\r\n");
    assert.equal(small[1], 1);
    assert.equal(big[99 * STRIDE + 1]! - big[99 * STRIDE]!, "X-99".length);
    releaseOffsets(small);
    takeOffsets();
    assert.equal(takeOffsets(), small, "a released array is used again");
  });
});
