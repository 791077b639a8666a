/** The head of a request as a whole: the status it is refused with, and what is left of a bad one for the log. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { INCOMPLETE } from "../../../core/http1/head-scanner.ts";
import type { EngineLimits } from "../../../core/http1/limits.ts";
import * as reader from "../../../core/http1/request-reader.ts";

const LIMITS = {
  headerBytesMax: 2000,
  headerLineBytesMax: 500,
  requestLineBytesMax: 500,
  headerCountMax: 10,
} as EngineLimits;

function read(text: string): number {
  const b = Buffer.from(text, "latin1");
  return reader.readRequestHead(b, b.length, LIMITS);
}

const LINE = "GET / HTTP/1.1\r\n";

describe("the head of a request", () => {
  it("is good, incomplete, or refused with a status", () => {
    assert.equal(read(`${LINE}Host: a\r\n\r\n`), reader.HEAD_OK);
    assert.equal(read(`${LINE}Host: a\r\n`), INCOMPLETE);
    assert.equal(read("GET / HTTP/3.0\r\nHost: a\r\n\r\n"), 505);
    assert.equal(read(`GET /${"x".repeat(600)} HTTP/1.1\r\nHost: a\r\n\r\n`), 414);
    assert.equal(read(`${LINE}Host: a\r\nX: ${"x".repeat(600)}\r\n\r\n`), 494);
    assert.equal(read(`${LINE}\r\n`), 400);
  });

  it("keeps of a bad one the fields that were read, as nginx does", () => {
    const rows: [fields: string, goodFields: number, length: number][] = [
      // up to the second of what must come once
      ["Host: a\r\nHost: b\r\nConnection: close\r\n", 2, LINE.length + 18],
      ["Host: a\r\nContent-Length: 1\r\nContent-Length: 1\r\nX: 1\r\n", 3, LINE.length + 47],
      // all, where the message is judged as a whole
      ["X: 1\r\nY: 2\r\n", 2, LINE.length + 14],
      ["Host: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n", 3, LINE.length + 58],
    ];
    for (const [fields, goodFields, length] of rows) {
      assert.equal(read(`${LINE}${fields}\r\n`), 400, fields);
      assert.equal(reader.goodFields, goodFields, fields);
      assert.equal(reader.head.length, length, fields);
    }
  });
});
