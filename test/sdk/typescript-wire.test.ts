/**
 * The TypeScript SDK's bytes: the golden vectors, both the table and the code that is written by hand for hot messages.
 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import {
  callWrite,
  clearWrite,
  headerWrite,
  statusWrite,
} from "../../plugin-sdk/typescript/event/writes.ts";
import { decode, encode, type Message } from "../../plugin-sdk/typescript/wire/codec.ts";
import { sized, varint, zigzag } from "../../plugin-sdk/typescript/wire/encode.ts";
import { FrameReader, FRAME_BYTES_MAX } from "../../plugin-sdk/typescript/wire/frame-reader.ts";
import { ENUMS, type Field, MESSAGES } from "../../plugin-sdk/typescript/wire/messages.ts";
import { Scan, WireError } from "../../plugin-sdk/typescript/wire/scan.ts";
import { Snapshot } from "../../plugin-sdk/typescript/wire/snapshot.ts";
import { bytesOf, textOf, toText, toWire } from "../../plugin-sdk/typescript/wire/text.ts";
import { decodeValue, encodeValue } from "../../plugin-sdk/typescript/wire/value.ts";

interface Vector {
  readonly type: string;
  readonly shows: string;
  readonly hex: string;
  readonly json: unknown;
}

const file = new URL("../../proto/vectors.json", import.meta.url);
const VECTORS = JSON.parse(readFileSync(file, "utf8")) as Vector[];
const wireOf = ({ hex }: Vector): string => Buffer.from(hex, "hex").latin1Slice();
const hexOf = (wire: string): string => Buffer.from(wire, "latin1").toString("hex");

/** Protobuf's JSON as the codec has it: bytes are Buffers, enums are numbers, 64-bit numbers are numbers. */
function fromJson(type: string, json: unknown): Message {
  const message: Message = {};
  for (const [name, value] of Object.entries(json as object)) {
    const field = MESSAGES.get(type)!.find((one) => one.name === name)!;
    const scalar = (one: unknown): unknown => scalarFromJson(field, one);
    message[name] = field.isRepeated ? (value as unknown[]).map(scalar) : scalar(value);
  }
  return message;
}

function scalarFromJson({ type }: Field, value: unknown): unknown {
  if (type === "bytes") return Buffer.from(String(value), "base64");
  if (type === "fixed64") return BigInt(String(value));
  if (type === "s64") return Number(value);
  if (type in ENUMS) return ENUMS[type]!.indexOf(String(value));
  return MESSAGES.has(type) ? fromJson(type, value) : value;
}

/** The value that a Value message in JSON stands for. */
function plainValue(json: Record<string, unknown>): unknown {
  if ("integer" in json) return Number(json.integer);
  if ("bytes" in json) return Buffer.from(String(json.bytes), "base64");
  if ("list" in json) {
    const { list = [] } = json.list as { list?: Record<string, unknown>[] };
    return list.map(plainValue);
  }
  if ("map" in json) {
    const { entries = [] } = json.map as {
      entries?: { key: string; value: Record<string, unknown> }[];
    };
    return Object.fromEntries(entries.map(({ key, value }) => [key, plainValue(value)]));
  }
  return json.boolean ?? json.number ?? json.text;
}

describe("golden vectors", () => {
  it("are many", () => assert.ok(VECTORS.length > 30));
  for (const vector of VECTORS) {
    it(`${vector.type}: ${vector.shows}`, () => {
      const message = fromJson(vector.type, vector.json);
      assert.deepEqual(decode(vector.type, wireOf(vector)), message);
      assert.equal(hexOf(encode(vector.type, message)), vector.hex);
    });
  }
});

describe("what is encoded and decoded by hand", () => {
  const VALUES = VECTORS.filter(({ type }) => type === "Value");
  for (const vector of VALUES) {
    it(`Value: ${vector.shows}`, () => {
      const value = plainValue(vector.json as Record<string, unknown>);
      assert.deepEqual(decodeValue(wireOf(vector)), value);
      assert.equal(hexOf(encodeValue(value)), vector.hex);
    });
  }

  it("writes", () => {
    const done = VECTORS.filter(({ type }) => type === "Done");
    const headers = [
      ["x-user", "client-42", 1],
      ["x-plan", "gold", 1],
      ["x-served-by", "sidecar", 4],
    ] as const;
    const writes = headers.map(([name, value, op]) => sized("\x0a", headerWrite(op, name, value)));
    assert.ok(done.some(({ hex }) => hex.startsWith(hexOf(writes.join("")))));
    const exit = done.find(({ json }) => (json as { cache_ms?: number }).cache_ms !== undefined)!;
    const args = [403, '{"message":"no"}', { "x-why": "because", "x-n": 0 }];
    const all = [
      statusWrite(418),
      clearWrite(6, "server"),
      "\x08\x08",
      callWrite("kong.response.exit", args),
    ];
    assert.ok(exit.hex.startsWith(hexOf(all.map((one) => sized("\x0a", one)).join(""))));
  });

  for (const vector of VECTORS.filter(({ type }) => type === "Event")) {
    it(`Event: ${vector.shows}`, () => {
      const snapshot = new Snapshot(wireOf(vector)) as unknown as Record<string, unknown> &
        Snapshot;
      const expected = fromJson("Event", vector.json);
      for (const { number, name, type } of MESSAGES.get("Event")!) {
        const value = expected[name];
        const camel = name.replace(/_(.)/g, (_, c: string) => c.toUpperCase());
        if (type === "bytes") assert.deepEqual(snapshot.bytes(number), value ?? Buffer.alloc(0));
        else if (type === "string") assert.equal(snapshot.textOf(number), value ?? "");
        else if (name === "start_ms") assert.equal(snapshot.startMs, Number(value ?? 0));
        else if (type === "bool") assert.equal(snapshot[camel], value ?? false);
        else
          assert.deepEqual(
            snapshot[camel],
            value ??
              (name.endsWith("s") &&
              name !== "status" &&
              name !== "deadline_ms" &&
              name !== "service_status"
                ? []
                : 0),
            name,
          );
      }
    });
  }
});

describe("numbers", () => {
  it("keep every whole number up to 2^53, with either sign", () => {
    for (const n of [
      0,
      1,
      63,
      64,
      127,
      128,
      16383,
      16384,
      2 ** 31,
      2 ** 32,
      2 ** 52,
      2 ** 53 - 1,
    ]) {
      assert.equal(new Scan(varint(n)).varint(), n);
      for (const signed of [n, -n])
        assert.equal(new Scan(zigzag(signed)).zigzag(), signed + 0, String(signed));
    }
  });

  it("that do not end are refused", () => {
    assert.throws(() => new Scan("\xff".repeat(11)).varint(), WireError);
    assert.throws(() => new Scan("\x80").varint(), WireError);
  });
});

describe("text", () => {
  it("comes back as the bytes it was", () => {
    for (const wire of ["plain", "caf\xc3\xa9", "\xe9\xff", "a\xc3", "\xf0\x9f\x98\x80\x80"]) {
      assert.equal(toWire(toText(wire)), wire);
      const bytes = Buffer.from(wire, "latin1");
      assert.deepEqual(bytesOf(textOf(bytes)), bytes);
    }
  });

  it("of a value that is no UTF-8 travels as bytes", () => {
    const value = encodeValue(toText("\xe9"));
    assert.deepEqual(decodeValue(value), Buffer.from([0xe9]));
  });
});

describe("values", () => {
  it("that refer to themselves are refused", () => {
    const loop: unknown[] = [];
    loop.push(loop);
    assert.throws(() => encodeValue(loop), { code: "PDK_ERROR" });
    assert.throws(() => encodeValue(() => 1), { code: "PDK_ERROR" });
  });

  it("may have keys that JavaScript gives a meaning", () => {
    const value = JSON.parse('{"__proto__":{"a":1},"constructor":2}') as object;
    const back = decodeValue(encodeValue(value)) as object;
    assert.equal(JSON.stringify(back), JSON.stringify(value));
    assert.equal(Object.getPrototypeOf(back), Object.prototype);
  });
});

describe("FrameReader", () => {
  function frame(stream: number, type: number, message: string): Buffer {
    const head = Buffer.alloc(9);
    head.writeUInt32LE(message.length + 5, 0);
    head.writeUInt32LE(stream, 4);
    head[8] = type;
    return Buffer.concat([head, Buffer.from(message, "latin1")]);
  }
  function readAll(chunks: readonly Buffer[]): string[] {
    const seen: string[] = [];
    const reader = new FrameReader({
      onFrame: (stream, type, bytes, from, end) =>
        void seen.push(`${stream} ${type} ${bytes.latin1Slice(from, end)}`),
    });
    for (const chunk of chunks) reader.push(chunk);
    return seen;
  }
  const greeting = Buffer.from("DRAGOMAN");

  // Goal: no chunk boundary may change what is read. Method: cut three frames at every byte, and into single bytes.
  it("yields the same frames wherever the stream is cut", () => {
    const stream = Buffer.concat([
      greeting,
      frame(0, 1, ""),
      frame(7, 8, "hello"),
      frame(4294967295, 255, "x".repeat(300)),
    ]);
    const expected = ["0 1 ", "7 8 hello", `4294967295 255 ${"x".repeat(300)}`];
    for (let cut = 0; cut <= stream.length; cut++) {
      assert.deepEqual(
        readAll([stream.subarray(0, cut), stream.subarray(cut)]),
        expected,
        `cut at ${cut}`,
      );
    }
    assert.deepEqual(readAll([...stream].map((byte) => Buffer.of(byte))), expected);
  });

  it("refuses another greeting, and frames that are too long or too short, also in pieces", () => {
    assert.throws(() => readAll([Buffer.from("DRAGONFLY")]), WireError);
    for (const length of [FRAME_BYTES_MAX + 1, 4, 0, 0xffffffff]) {
      const head = Buffer.alloc(12);
      head.writeUInt32LE(length);
      assert.throws(() => readAll([greeting, head]), WireError, String(length));
      assert.throws(
        () => readAll([greeting, ...[...head].map((byte) => Buffer.of(byte))]),
        WireError,
      );
    }
  });
});
