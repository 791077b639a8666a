/** Frames as messages of gRPC and back, held to proto/dragoman/plugin.proto by another library. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, it } from "node:test";
import { loadSync } from "@grpc/proto-loader";
import {
  encodeFrame,
  FrameDecoder,
  frameEnd,
} from "../../../core/plugin-host/grpc/frame-message.ts";
import { OutBuffer } from "../../../core/plugin-host/native/out-buffer.ts";
import { WireCursor } from "../../../core/plugin-host/native/wire.ts";
import { UnreadableProtobuf } from "../../../core/plugin-host/protobuf/wire.ts";
import { seeded } from "./seeded.ts";

interface Frame {
  readonly stream: number;
  readonly type: number;
  readonly message: Buffer;
}

const file = join(import.meta.dirname, "../../../proto/dragoman/plugin.proto");
const service = loadSync(file, { defaults: true })[
  "dragoman.plugin.v1.PluginServer"
] as unknown as {
  Serve: {
    path: string;
    requestDeserialize(bytes: Buffer): Frame;
    responseSerialize(frame: Frame): Buffer;
  };
};
const { requestDeserialize, responseSerialize } = service.Serve;

function frameOf(b: Buffer, size: number): Frame {
  assert.equal(frameEnd(b, 0), size);
  const message = Buffer.from(b.subarray(9, size));
  return { stream: b.readUInt32LE(4), type: b[8]!, message };
}

describe("a frame over gRPC", () => {
  // Goal: both directions agree with the .proto. Method: random frames, many in one buffer, of all sizes of numbers.
  it("is the message Frame, both ways, whatever it carries", () => {
    const chance = seeded("grpc frames");
    const out = new OutBuffer();
    const frames = Array.from({ length: 300 }, (): Frame => {
      const size = chance.below(4) === 0 ? chance.below(40_000) : chance.below(200);
      const message = Buffer.from(Array.from({ length: size }, () => chance.below(256)));
      const stream = chance.below(2 ** chance.below(33));
      return { stream, type: chance.below(256), message };
    });
    for (const { stream, type, message } of frames) out.frame(stream, type, message.latin1Slice());
    const decoder = new FrameDecoder(new WireCursor());
    let at = 0;
    for (const frame of frames) {
      const end = frameEnd(out.bytes, at);
      const theirs = requestDeserialize(encodeFrame(out.bytes, at, end));
      assert.deepEqual({ ...theirs, message: Buffer.from(theirs.message) }, frame);
      const size = decoder.decode(responseSerialize(frame));
      assert.deepEqual(frameOf(decoder.bytes, size), frame);
      at = end;
    }
    assert.equal(at, out.used);
  });

  it("may come with its fields in any order, more of them, and without any", () => {
    const decoder = new FrameDecoder(new WireCursor());
    const read = (hex: string): Frame | null => {
      const size = decoder.decode(Buffer.from(hex, "hex"));
      return size === 0 ? null : frameOf(decoder.bytes, size);
    };
    const done = { stream: 5, type: 11, message: Buffer.from("hi") };
    assert.deepEqual(read("1a026869100b0805"), done);
    assert.deepEqual(read("0801a206016d08051a0178100b1a026869"), done);
    assert.deepEqual(read(""), { stream: 0, type: 0, message: Buffer.alloc(0) });
    assert.equal(read("10800a"), null, "a type above a byte is none of ours");
  });

  it("that is cut off, or has a field of another type, is refused", () => {
    const decoder = new FrameDecoder(new WireCursor());
    for (const hex of ["08", "1a05", "1a0568", "0a0141", "12010b", "1801", "00", "0bff"]) {
      assert.throws(() => decoder.decode(Buffer.from(hex, "hex")), UnreadableProtobuf, hex);
    }
  });
});

describe("the service", () => {
  it("has the path that the gateway calls", () => {
    assert.equal(service.Serve.path, "/dragoman.plugin.v1.PluginServer/Serve");
  });
});
