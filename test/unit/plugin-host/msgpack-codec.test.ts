/** MessagePack as the plugin host writes and reads it: Kong's quirks, msgpackr as a second opinion, every cut. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Packr, unpack } from "msgpackr";
import { FRAME_BYTES_MAX } from "../../../core/plugin-host/limits.ts";
import { MessageReader, UnreadableMessage } from "../../../core/plugin-host/msgpack/read.ts";
import { INCOMPLETE, MALFORMED, MessageScanner } from "../../../core/plugin-host/msgpack/scan.ts";
import { stepForm } from "../../../core/plugin-host/msgpack/results.ts";
import {
  packMultiMap,
  packText,
  packValue,
  UnwritableValue,
} from "../../../core/plugin-host/msgpack/write.ts";
import { anyValue, seeded } from "./seeded.ts";

const bytes = (text: string): Buffer => Buffer.from(text, "latin1");
const hex = (text: string): string => bytes(text).toString("hex");

function read(b: Buffer): unknown {
  const reader = new MessageReader();
  reader.reset(b, 0);
  return reader.value();
}

/**
 * A value without what is nothing in Lua: nil in maps and at the end of lists; undefined for nil between others. An
 * empty list inside of another value is an empty table.
 */
function asLua(value: unknown, isInside = false): unknown {
  if (Array.isArray(value)) {
    const list = value.map((one) => (one === null ? undefined : asLua(one, true)));
    while (list.length > 0 && list.at(-1) === undefined) list.pop();
    return isInside && list.length === 0 ? {} : list;
  }
  if (typeof value !== "object" || value === null || Buffer.isBuffer(value)) return value;
  const pairs = Object.entries(value).filter(([, one]) => one !== null);
  return Object.fromEntries(pairs.map(([key, one]) => [key, asLua(one, true)]));
}

/** Bytes in a value as hexadecimal text: they are written as text, which msgpackr reads as UTF-8. */
function withoutBytes(value: unknown): unknown {
  if (Buffer.isBuffer(value)) return value.toString("hex");
  if (Array.isArray(value)) return value.map(withoutBytes);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, withoutBytes(one)]));
}

function scan(b: Buffer): number {
  const scanner = new MessageScanner();
  scanner.reset(0);
  return scanner.scan(b, b.length);
}

describe("writing MessagePack", () => {
  it("writes what Kong's encoder writes", () => {
    const rows: [unknown, string][] = [
      [[0, 1, "plugin.CloseInstance", [3]], "940001b4706c7567696e2e436c6f7365496e7374616e63659103"],
      // bytes are text like any other to Lua; only bodies go as bytes (see below)
      [Buffer.from("ab"), "a26162"],
      [{ got: Buffer.from([0x61, 0xff]) }, "81a3676f74a261ff"],
      [{}, "90"],
      [[], "90"],
      [null, "c0"],
      [undefined, "c0"],
      [3.0, "03"],
      [-1, "ff"],
      [0.5, "cb3fe0000000000000"],
      [2 ** 32, "cf0000000100000000"],
      [{ a: undefined, b: null }, "81a162c0"],
      [[1, null], "9201c0"], // JSON's null
      [[1, undefined, 3], "8201010303"],
      [[undefined], "90"],
    ];
    for (const [value, wanted] of rows) assert.equal(hex(packValue(value)), wanted);
  });

  it("sends bodies, and nothing else, as bytes", () => {
    const body = Buffer.from("ab");
    assert.equal(hex(stepForm("kong.request.get_raw_body").pack(body)), "c4026162");
    assert.equal(hex(stepForm("kong.service.response.get_raw_body").pack("ab")), "c4026162");
    assert.equal(hex(stepForm("kong.ctx.shared.get").pack(body)), "a26162");
  });

  it("never uses str8", () => {
    assert.equal(hex(packText("a".repeat(40))).slice(0, 6), "da0028");
    assert.equal(hex(packText("a".repeat(70_000))).slice(0, 10), "db00011170");
  });

  it("makes every header and argument a list of texts", () => {
    const map = unpack(bytes(packMultiMap({ a: "1", b: ["2", "3"], c: true, d: null })));
    assert.deepEqual(map, { a: ["1"], b: ["2", "3"], c: [] });
    assert.equal(hex(packMultiMap({})), "80");
  });

  it("refuses what contains itself", () => {
    const ring: unknown[] = [];
    ring.push(ring);
    assert.throws(() => packValue(ring), UnwritableValue);
  });
});

describe("reading MessagePack", () => {
  it("reads what msgpackr writes, and writes what msgpackr reads", () => {
    const chance = seeded("msgpack");
    const packr = new Packr({ useRecords: false, variableMapSize: true, int64AsType: "number" });
    for (let n = 0; n < 2000; n++) {
      const value = anyValue(chance, 3);
      const packed = packr.pack(value);
      assert.equal(scan(packed), packed.length);
      assert.deepEqual(read(packed), asLua(value));
      const ours = bytes(packValue(withoutBytes(value)));
      assert.equal(scan(ours), ours.length);
      const back = packr.unpack(ours) as unknown;
      assert.deepEqual(read(ours), asLua(back));
    }
  });

  // Goal: no chunk boundary may change what is found. Method: feed a message a byte at a time.
  it("finds the end of a message wherever the stream is cut", () => {
    const chance = seeded("cuts");
    for (let n = 0; n < 200; n++) {
      const message = bytes(packValue(anyValue(chance, 3)) + packText("next"));
      const end = message.length - 5;
      const scanner = new MessageScanner();
      scanner.reset(0);
      let found = INCOMPLETE;
      for (let have = 0; found === INCOMPLETE; have++) {
        assert.ok(have <= message.length, "the end was missed");
        found = scanner.scan(message, have);
      }
      assert.equal(found, end);
    }
  });

  it("refuses a length over the cap as soon as it is claimed", () => {
    assert.equal(scan(Buffer.from([0xc6, 0xff, 0xff, 0xff, 0xff])), MALFORMED);
    assert.equal(scan(Buffer.from([0xdd, 0xff, 0xff, 0xff, 0xff])), MALFORMED);
    const most = Buffer.alloc(5);
    most[0] = 0xc6;
    most.writeUInt32BE(FRAME_BYTES_MAX - 5, 1);
    assert.equal(scan(most), INCOMPLETE);
    assert.equal(scan(Buffer.from([0xc1])), MALFORMED);
  });

  it("reads random bytes without harm", () => {
    const chance = seeded("garbage");
    for (let n = 0; n < 5000; n++) {
      const garbage = Buffer.from(
        Array.from({ length: chance.below(40) + 1 }, () => chance.below(256)),
      );
      if (scan(garbage) < 0) continue;
      try {
        read(garbage);
      } catch (cause) {
        assert.ok(cause instanceof UnreadableMessage, String(cause));
      }
    }
  });

  // Goal: what the gateway does not know in an argument takes nothing else along. Method: every form of an extension (a Date
  // of JavaScript is one), between two values that have to be found.
  it("takes an extension for nil", () => {
    const forms = [
      "d4ff01",
      "d5ff0102",
      "d6ff01020304",
      "d7ff0102030405060708",
      `d8ff${"00".repeat(16)}`,
      "c703ff010203",
      "c80003ff010203",
      "c900000003ff010203",
    ];
    for (const form of forms) {
      const packed = Buffer.from(`9307${form}a178`, "hex");
      assert.equal(scan(packed), packed.length, form);
      assert.deepEqual(read(packed), [7, undefined, "x"], form);
    }
  });

  // Goal: a dict of Python with whole numbers for keys is what it is in a Lua table.
  it("takes a map of places for a list", () => {
    const rows: [Buffer, unknown][] = [
      [Buffer.from("8202a16201a161", "hex"), ["a", "b"]],
      [Buffer.from("8203a16301a161", "hex"), ["a", undefined, "c"]],
      [Buffer.from("8200a16101a162", "hex"), { 0: "a", 1: "b" }],
      [Buffer.from("8201a161a178a162", "hex"), { 1: "a", x: "b" }],
      [Buffer.from("81a131a161", "hex"), { 1: "a" }],
      [Buffer.from("81cd03e9a161", "hex"), { 1001: "a" }],
    ];
    for (const [b, value] of rows) assert.deepEqual(read(b), value, b.toString("hex"));
  });

  it("keeps a map key that would change the object as an ordinary field", () => {
    const packed = bytes(`\x81${packText("__proto__")}\x81${packText("admin")}\xc3`);
    const value = read(packed) as Record<string, unknown>;
    assert.equal(value.admin, undefined);
    assert.deepEqual(Object.keys(value), ["__proto__"]);
  });

  // Goal: whatever way a server writes a key, it is found; and what is another word stays to be read.
  it("takes a word in whatever length its text is written, and nothing but that word", () => {
    const reader = new MessageReader();
    for (const head of ["\xa4", "\xd9\x04", "\xda\0\x04", "\xdb\0\0\0\x04"]) {
      reader.reset(bytes(`${head}Data\x07`), 0);
      assert.equal(reader.takeWord("Date"), false);
      assert.equal(reader.takeWord("Dat"), false);
      assert.equal(reader.takeWord("Data"), true, hex(head));
      assert.equal(reader.value(), 7);
    }
    for (const other of ["\xc4\x04Data", "\x04Data", "\x91\xa4Data"]) {
      reader.reset(bytes(other), 0);
      assert.equal(reader.takeWord("Data"), false, hex(other));
    }
  });

  it("refuses what is nested too deeply", () => {
    assert.throws(() => read(Buffer.alloc(100, 0x91)), UnreadableMessage);
  });
});
