/** The hand-written codec of the native protocol against its contract, read with buf and protobuf-es, and its vectors. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { before, describe, it } from "node:test";
import {
  createFileRegistry,
  type DescMessage,
  type FileRegistry,
  fromBinary,
  fromJson,
  type JsonValue,
  toBinary,
  toJson,
} from "@bufbuild/protobuf";
import { FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import { PHASE } from "../../../core/phases/phases.ts";
import { EntityNumbers } from "../../../core/plugin-host/native/entities.ts";
import * as numbers from "../../../core/plugin-host/native/frame-types.ts";
import { OutBuffer } from "../../../core/plugin-host/native/out-buffer.ts";
import { readShape, SHAPES, writeShape } from "../../../core/plugin-host/native/shapes.ts";
import { writeEvent } from "../../../core/plugin-host/native/snapshot.ts";
import { readValue, writeValue } from "../../../core/plugin-host/native/values.ts";
import { WireCursor } from "../../../core/plugin-host/native/wire.ts";
import {
  call,
  chunkDone,
  done,
  readCall,
  readChunkDone,
  readDone,
  writes,
} from "../../../core/plugin-host/native/writes.ts";
import { UnreadableProtobuf } from "../../../core/plugin-host/protobuf/wire.ts";
import { makeExchange } from "../../helpers/make-exchange.ts";
import { anyValue, seeded } from "./seeded.ts";

const root = join(import.meta.dirname, "../../..");
const PACKAGE = "dragoman.plugin.v1";

interface Vector {
  readonly type: string;
  readonly shows: string;
  readonly hex: string;
  readonly json: JsonValue;
}

const vectors = JSON.parse(readFileSync(join(root, "proto/vectors.json"), "utf8")) as Vector[];
const bytes = (text: string): Buffer => Buffer.from(text, "latin1");
const ofType = (type: string): Vector[] => vectors.filter((one) => one.type === type);

let registry: FileRegistry;
before(() => {
  const buf = join(root, "node_modules/.bin/buf");
  const set = execFileSync(buf, ["build", join(root, "proto"), "-o", "-#format=binpb"], {
    cwd: root,
  });
  registry = createFileRegistry(fromBinary(FileDescriptorSetSchema, set));
});

function messageOf(name: string): DescMessage {
  const full = name === "CachePart" || name === "StatusRange" ? name : name;
  const found = registry.getMessage(`${PACKAGE}.${full}`);
  assert.ok(found, `the contract has no ${name}`);
  return found;
}

function cursorOn(b: Buffer): WireCursor {
  const cursor = new WireCursor();
  cursor.set(b, 0, b.length);
  return cursor;
}

/** Numbers of an enum of the contract by name, without the one for "unknown". */
function enumOf(name: string): Record<string, number> {
  const desc = registry.getEnum(`${PACKAGE}.${name}`);
  assert.ok(desc, `the contract has no ${name}`);
  return Object.fromEntries(desc.values.map((one) => [one.name, one.number]));
}

describe("numbers", () => {
  it("are those of the contract", () => {
    const without = (given: Record<string, number>, ...names: string[]): object =>
      Object.fromEntries(Object.entries(given).filter(([name]) => !names.includes(name)));
    assert.deepEqual(numbers.FRAME, without(enumOf("FrameType"), "FRAME_UNKNOWN"));
    assert.deepEqual(numbers.CANCEL, without(enumOf("Cancel.Reason"), "REASON_UNKNOWN"));
    assert.deepEqual(numbers.OP, enumOf("Write.Op"));
    assert.deepEqual(numbers.ENTITY, without(enumOf("Entity.Kind"), "KIND_UNKNOWN"));
    assert.deepEqual(numbers.CACHE_PART, without(enumOf("CachePart.Kind"), "KIND_UNKNOWN"));
    const bodies = Object.entries(numbers.BODY).map(([name, n]) => [`BODY_${name}`, n]);
    assert.deepEqual(Object.fromEntries(bodies), enumOf("Event.Body"));
    const { NONE, ...sources } = numbers.SOURCE;
    assert.deepEqual({ SOURCE_NONE: NONE, ...sources }, enumOf("Event.Source"));
    for (const [name, bit] of Object.entries(enumOf("Phase"))) {
      if (bit === 0) continue;
      const ours = name.toLowerCase().replace("log_phase", "log") as keyof typeof PHASE;
      assert.equal(PHASE[ours], bit, name);
    }
  });
});

// Goal: what is kept in git of the contract is the contract's. Made anew by scripts/make-vectors.mjs.
it("is what the Python SDK carries as a descriptor set", () => {
  const kept = readFileSync(join(root, "plugin-sdk/python/src/dragoman_plugin/plugin.binpb"));
  const set = createFileRegistry(fromBinary(FileDescriptorSetSchema, kept));
  for (const desc of registry) {
    if (desc.kind !== "message" || !desc.typeName.startsWith(PACKAGE)) continue;
    const fields = (one: DescMessage): unknown[] =>
      one.fields.map(({ number, name, fieldKind, scalar }) => [number, name, fieldKind, scalar]);
    const message = set.getMessage(desc.typeName);
    assert.ok(message !== undefined, desc.typeName);
    assert.deepEqual(fields(message), fields(desc), desc.typeName);
  }
});

describe("rare messages", () => {
  it("have the fields of the contract", () => {
    for (const [name, fields] of SHAPES) {
      const desc = messageOf(name);
      const ours = fields.map((one) => [one.number, one.name, one.isRepeated]);
      const theirs = desc.fields.map((one) => [one.number, one.name, one.fieldKind === "list"]);
      assert.deepEqual(ours, theirs, name);
      for (const field of fields) {
        const isChoice = desc.fields.find((one) => one.number === field.number)?.oneof;
        assert.equal(field.isChoice, isChoice !== undefined, `${name}.${field.name}`);
      }
    }
  });

  it("are read and written as the vectors say", () => {
    let compared = 0;
    for (const { type, shows, hex, json } of vectors) {
      if (!SHAPES.has(type)) continue;
      const desc = messageOf(type);
      const read = readShape(type, cursorOn(Buffer.from(hex, "hex")));
      // written again they are the same bytes: nothing was lost, nothing is there that was not sent
      const again = bytes(writeShape(type, textual(read)));
      assert.equal(again.toString("hex"), hex, `${type}, ${shows}`);
      assert.deepEqual(toJson(desc, fromBinary(desc, again), { useProtoFieldName: true }), json);
      compared++;
    }
    assert.ok(compared >= 12, `${compared} vectors`);
  });
});

/** Bytes as text, as they are given to the writer. */
function textual(value: unknown): Record<string, unknown> {
  const change = (one: unknown): unknown => {
    if (Buffer.isBuffer(one)) return one.utf8Slice();
    if (Array.isArray(one)) return one.map(change);
    if (typeof one !== "object" || one === null) return one;
    return Object.fromEntries(Object.entries(one).map(([key, inner]) => [key, change(inner)]));
  };
  return change(value) as Record<string, unknown>;
}

describe("answers of a plugin server", () => {
  /** The writes as the contract's JSON. */
  function asJson(): unknown[] {
    return Array.from({ length: writes.count }, (_, i) => {
      const json: Record<string, unknown> = {};
      const op = Object.entries(numbers.OP).find(([, n]) => n === writes.op(i))![0];
      if (op !== "CALL") json.op = op;
      if (writes.name(i) !== "") json.name = Buffer.from(writes.name(i)).toString("base64");
      const value = writes.wireValue(i);
      if (value !== "") json.value = bytes(value).toString("base64");
      if (writes.number(i) !== 0) json.number = writes.number(i);
      const args = writes.args(i).map(valueJson);
      if (args.length > 0) json.args = args;
      return json;
    });
  }

  function valueJson(value: unknown): JsonValue {
    const desc = messageOf("Value");
    return toJson(desc, fromBinary(desc, bytes(writeValue(value))), { useProtoFieldName: true });
  }

  const without = (json: Record<string, unknown>): object =>
    Object.fromEntries(
      Object.entries(json).filter(
        ([, value]) =>
          value !== 0 &&
          value !== "" &&
          value !== false &&
          !(Array.isArray(value) && !value.length),
      ),
    );

  /** A gateway passes over what only tools ask for. */
  const withoutReads = (json: JsonValue): object =>
    Object.fromEntries(Object.entries(json as object).filter(([name]) => name !== "reads"));

  it("are read as the vectors say", () => {
    for (const { hex, json, shows } of ofType("Done")) {
      const b = Buffer.from(hex, "hex");
      readDone(b, 0, b.length);
      const ours = without({
        writes: asJson(),
        ran: done.ran,
        failure: done.failure,
        keeps_context: done.keepsContext,
        cache_ms: done.cacheMs,
        wants_body: done.wantsBody,
        plugin_us: [...done.pluginUs.subarray(0, done.pluginUsCount)],
      });
      assert.deepEqual(ours, withoutReads(json), shows);
    }
    for (const { hex, json, shows } of ofType("Call")) {
      const b = Buffer.from(hex, "hex");
      readCall(b, 0, b.length);
      const { method, args } = call;
      assert.deepEqual(
        without({ writes: asJson(), method, args: args.map(valueJson) }),
        json,
        shows,
      );
    }
    for (const { hex, json, shows } of ofType("ChunkDone")) {
      const b = Buffer.from(hex, "hex");
      readChunkDone(b, 0, b.length);
      const ours = without({
        data: b.subarray(chunkDone.dataFrom, chunkDone.dataEnd).toString("base64"),
        is_last: chunkDone.isLast,
        is_unchanged: chunkDone.isUnchanged,
        writes: asJson(),
        failure: chunkDone.failure,
      });
      assert.deepEqual(ours, withoutReads(json), shows);
    }
  });

  // Goal: whatever comes, a reader refuses it or stays within the message. Method: each vector cut and changed at random.
  it("that are broken are refused, and nothing is read beyond them", () => {
    const chance = seeded("native garbage");
    const all = [
      ...ofType("Done"),
      ...ofType("Call"),
      ...ofType("ChunkDone"),
      ...ofType("LogLine"),
    ];
    const readers = [readDone, readCall, readChunkDone];
    for (let n = 0; n < 20_000; n++) {
      const b = Buffer.from(all[chance.below(all.length)]!.hex, "hex");
      for (let k = chance.below(3); k >= 0 && b.length > 0; k--) {
        b[chance.below(b.length)] = chance.below(256);
      }
      const end = chance.below(b.length + 1);
      try {
        readers[n % 3]!(b, 0, end);
        for (let i = 0; i < writes.count; i++) assert.ok(writes.wireValue(i).length <= end);
      } catch (cause) {
        assert.ok(cause instanceof UnreadableProtobuf, String(cause));
      }
    }
  });
});

describe("values", () => {
  it("are written as the vectors say", () => {
    for (const { hex, shows } of ofType("Value")) {
      const value = readValue(cursorOn(Buffer.from(hex, "hex")));
      assert.equal(bytes(writeValue(value)).toString("hex"), hex, shows);
    }
  });

  it("come back as they were", () => {
    const chance = seeded("native values");
    for (let n = 0; n < 500; n++) {
      const value = JSON.parse(JSON.stringify(anyValue(chance, 4))) as unknown;
      const b = bytes(writeValue(value));
      assert.deepEqual(readValue(cursorOn(b)), value);
      const desc = messageOf("Value");
      assert.deepEqual(
        Buffer.from(toBinary(desc, fromBinary(desc, b))),
        b,
        "as protobuf-es writes",
      );
    }
    for (const n of [2 ** 53 - 1, -(2 ** 53) + 1, 2 ** 52, -(2 ** 31), -1, 0.5, -0, 1e300]) {
      assert.ok(Object.is(readValue(cursorOn(bytes(writeValue(n)))), n), String(n));
    }
    // null is JSON's; what is undefined is not in a table
    const table = { none: null, absent: undefined };
    assert.deepEqual(readValue(cursorOn(bytes(writeValue(table)))), { none: null });
  });
});

describe("an event", () => {
  it("is what the vector of a small GET says, from an exchange", () => {
    const { json } = ofType("Event")[0]!;
    const given = json as Record<string, string & number>;
    const desc = messageOf("Event");
    const headers = Buffer.from(given.headers!, "base64").toString();
    const pairs = headers
      .trimEnd()
      .split("\r\n")
      .map((line) => line.split(": ") as unknown as readonly [string, string]);
    const target = Buffer.from(given.target!, "base64").toString();
    const x = makeExchange(given.method, target, pairs, null, {
      id: given.id!,
      ip: given.client_ip!,
      port: given.client_port!,
      localPort: given.port!,
      startedMs: Number(given.start_ms ?? 0),
    });
    x.phase = PHASE.access;
    const out = new OutBuffer();
    const entities = new EntityNumbers(out);
    const frame = {
      stream: 7,
      phaseBit: PHASE.access,
      instances: [1],
      count: 1,
      request: given.request!,
      deadlineMs: given.deadline_ms!,
      queueUs: 0,
      readsBody: false,
      access: null,
    };
    writeEvent(out, entities, frame, x);
    assert.equal(out.bytes.readUInt32LE(0), out.used - 4);
    assert.equal(out.bytes.readUInt32LE(4), 7);
    assert.equal(out.bytes[8], numbers.FRAME.EVENT);
    const message = fromBinary(desc, out.bytes.subarray(9, out.used));
    const theirs = fromJson(desc, { ...(json as object), route: 0, service: 0 } as JsonValue);
    const asText = { useProtoFieldName: true };
    assert.deepEqual(toJson(desc, message, asText), toJson(desc, theirs, asText));
    assert.deepEqual(
      Buffer.from(toBinary(desc, message)),
      out.bytes.subarray(9, out.used),
      "fields in ascending order",
    );
  });
});
