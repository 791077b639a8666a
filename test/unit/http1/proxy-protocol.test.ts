/** PROXY protocol: lines and blocks, cut anywhere. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { INCOMPLETE, INVALID } from "../../../core/http1/head-scanner.ts";
import { proxied, readProxyProtocol } from "../../../core/http1/proxy-protocol.ts";

const read = (b: Buffer | string) => {
  const bytes = typeof b === "string" ? Buffer.from(b, "latin1") : b;
  return readProxyProtocol(bytes, bytes.length);
};
const SIGNATURE = "\r\n\r\n\0\r\nQUIT\n";

function block(command: number, family: number, addresses: number[]): Buffer {
  const head = Buffer.from(`${SIGNATURE}\0\0\0\0`, "latin1");
  head[12] = 0x20 | command;
  head[13] = family;
  head.writeUInt16BE(addresses.length, 14);
  return Buffer.concat([head, Buffer.from(addresses)]);
}

describe("readProxyProtocol", () => {
  it("reads lines of version 1", () => {
    const line = "PROXY TCP4 192.168.0.1 127.0.0.1 56324 80\r\n";
    assert.equal(read(`${line}GET /`), line.length);
    assert.deepEqual(proxied, { ip: "192.168.0.1", port: 56324 });
    assert.equal(read("PROXY TCP6 2001:db8::1 ::1 1 443\r\n"), 34);
    assert.deepEqual(proxied, { ip: "2001:db8::1", port: 1 });
    assert.equal(read("PROXY UNKNOWN\r\n"), 15);
    assert.equal(proxied, null);
  });

  it("reads blocks of version 2", () => {
    const four = block(1, 0x11, [10, 0, 0, 7, 127, 0, 0, 1, 0x1f, 0x90, 0, 80]);
    assert.equal(read(four), four.length);
    assert.deepEqual(proxied, { ip: "10.0.0.7", port: 8080 });
    const six = block(1, 0x21, [
      0x20,
      1,
      0xd,
      0xb8,
      ...Array(11).fill(0),
      1,
      ...Array(16).fill(0),
      0,
      9,
      0,
      80,
    ]);
    assert.equal(read(six), six.length);
    assert.deepEqual(proxied, { ip: "2001:db8::1", port: 9 });
    assert.equal(read(block(0, 0, [])), 16, "LOCAL");
    assert.equal(proxied, null);
  });

  it("asks for more at every cut", () => {
    for (const whole of [
      Buffer.from("PROXY TCP4 192.168.0.1 127.0.0.1 56324 80\r\n"),
      block(1, 0x11, [10, 0, 0, 7, 127, 0, 0, 1, 0x1f, 0x90, 0, 80]),
    ]) {
      for (let cut = 0; cut < whole.length; cut++) {
        assert.equal(read(whole.subarray(0, cut)), INCOMPLETE, `cut at ${cut}`);
      }
    }
  });

  for (const text of [
    "GET / HTTP/1.1\r\n",
    "PROXY TCP4 192.168.0.1\r\n",
    "PROXY TCP4 2001:db8::1 ::1 1 443\r\n",
    "PROXY TCP5 1.2.3.4 1.2.3.4 1 2\r\n",
    "PROXY TCP4 1.2.3.4 1.2.3.4 x 2\r\n",
    `PROXY ${"x".repeat(200)}`,
  ]) {
    it(`refuses ${JSON.stringify(text.slice(0, 40))}`, () => assert.equal(read(text), INVALID));
  }
});
