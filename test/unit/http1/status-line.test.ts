/** Status lines: a table of good and bad ones, and every place to cut a good one. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { INCOMPLETE, INVALID } from "../../../core/http1/head-scanner.ts";
import * as line from "../../../core/http1/status-line.ts";

const scan = (text: string): number =>
  line.scanStatusLine(Buffer.from(text, "latin1"), 0, text.length);

describe("scanStatusLine", () => {
  for (const [text, status, minor, reason] of [
    ["HTTP/1.1 200 OK\r\n", 200, 1, "OK"],
    ["HTTP/1.0 404 Not Found\r\n", 404, 0, "Not Found"],
    ["HTTP/1.1 299 \r\n", 299, 1, ""],
    ["HTTP/1.1 503\r\n", 503, 1, ""],
    ["HTTP/1.7 200 K\xe4se\r\n", 200, 1, "K\xe4se"],
  ] as const) {
    it(`reads ${JSON.stringify(text)}, and waits wherever it is cut`, () => {
      assert.equal(scan(text), text.length);
      assert.deepEqual([line.status, line.minorVersion, line.reason], [status, minor, reason]);
      for (let cut = 0; cut < text.length; cut++)
        assert.equal(scan(text.slice(0, cut)), INCOMPLETE, `cut at ${cut}`);
    });
  }

  for (const text of [
    "HTTP/2.0 200 OK\r\n",
    "http/1.1 200 OK\r\n",
    "HTTP/1.x 200 OK\r\n",
    "HTTP/1.1  200 OK\r\n",
    "HTTP/1.1 099 OK\r\n",
    "HTTP/1.1 1F0 OK\r\n",
    "HTTP/1.1 200OK\r\n",
    "HTTP/1.1 2000 OK\r\n",
    "HTTP/1.1 200 O\0K\r\n",
    "HTTP/1.1 200 OK\n\r\n",
  ]) {
    it(`refuses ${JSON.stringify(text)}`, () => assert.equal(scan(text), INVALID));
  }
});
