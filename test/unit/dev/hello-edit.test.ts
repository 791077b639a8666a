/** What a tap changes of a gateway's Hello: one field more, wherever the stream is cut, and nothing else ever. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { HelloEdit } from "../../../core/dev/hello-edit.ts";
import { FRAME } from "../../../core/plugin-host/native/frame-types.ts";
import { writeHello } from "../../../core/plugin-host/native/hello.ts";
import { readShape } from "../../../core/plugin-host/native/shapes.ts";
import { WireCursor } from "../../../core/plugin-host/native/wire.ts";
import { TOOL_FACTS } from "../../../core/dev/plugin-server.ts";

const PREFACE = Buffer.from("DRAGOMAN");

function frame(type: number, message: Buffer): Buffer {
  const head = Buffer.alloc(9);
  head.writeUInt32LE(5 + message.length, 0);
  head[8] = type;
  return Buffer.concat([head, message]);
}

function through(...chunks: Buffer[]): Buffer {
  const edit = new HelloEdit();
  return Buffer.concat(chunks.map((one) => edit.push(one)));
}

function readHello(message: Buffer): Record<string, unknown> {
  const cursor = new WireCursor();
  cursor.set(message, 0, message.length);
  return readShape("Hello", cursor);
}

describe("HelloEdit", () => {
  const hello = Buffer.from(writeHello(TOOL_FACTS), "latin1");
  const rest = frame(FRAME.PING, Buffer.from("12345678"));
  const stream = Buffer.concat([PREFACE, frame(FRAME.HELLO, hello), rest]);

  it("asks for reads, and leaves the rest as it is", () => {
    const out = through(stream);
    const end = out.length - rest.length;
    assert.deepEqual(out.subarray(end), rest);
    assert.equal(out.readUInt32LE(8), end - 12);
    const { wants_reads, ...others } = readHello(out.subarray(17, end));
    assert.equal(wants_reads, true);
    const { wants_reads: before, ...given } = readHello(hello);
    assert.equal(before, false);
    assert.deepEqual(others, given);
  });

  it("gives the same wherever the stream is cut", () => {
    const whole = through(stream);
    for (let cut = 0; cut <= stream.length; cut++) {
      const pieces = through(stream.subarray(0, cut), stream.subarray(cut));
      assert.deepEqual(pieces, whole, `cut at ${cut}`);
    }
  });

  it("passes what is no Hello, or one that is too long", () => {
    const other = Buffer.concat([PREFACE, rest]);
    assert.deepEqual(through(other), other);
    const long = Buffer.concat([PREFACE, frame(FRAME.HELLO, Buffer.alloc(70_000))]);
    assert.deepEqual(through(long.subarray(0, 30), long.subarray(30)), long);
  });
});
