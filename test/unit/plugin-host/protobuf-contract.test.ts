/** The hand-written protobuf codec against the contract in proto/, read with buf and protobuf-es. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { before, describe, it } from "node:test";
import {
  createFileRegistry,
  type DescMessage,
  type DescService,
  type FileRegistry,
  fromBinary,
  fromJson,
  type JsonValue,
  toBinary,
  toJson,
} from "@bufbuild/protobuf";
import { FileDescriptorSetSchema, ValueSchema } from "@bufbuild/protobuf/wkt";
import { PDK_METHODS } from "../../../core/plugin-host/protobuf/methods.ts";
import { readShape, SHAPES, writeShape } from "../../../core/plugin-host/protobuf/shapes.ts";
import { readValue, writeValue } from "../../../core/plugin-host/protobuf/values.ts";
import {
  ProtobufReader,
  UnreadableProtobuf,
  varint,
} from "../../../core/plugin-host/protobuf/wire.ts";
import { findFunction } from "../../../core/pdk/registry.ts";
import { anyValue, seeded } from "./seeded.ts";

const root = join(import.meta.dirname, "../../..");
const PACKAGE = "kong_plugin_protocol";
/** Messages that the contract has inside another. */
const NESTED: Readonly<Record<string, string>> = {
  DictStats: "MemoryStats.LuaSharedDicts.DictStats",
  LuaSharedDicts: "MemoryStats.LuaSharedDicts",
  WorkerLuaVm: "MemoryStats.WorkerLuaVm",
};
const bytes = (text: string): Buffer => Buffer.from(text, "latin1");

let registry: FileRegistry;
before(() => {
  const buf = join(root, "node_modules/.bin/buf");
  const set = execFileSync(buf, ["build", join(root, "proto"), "-o", "-#format=binpb"], {
    cwd: root,
  });
  registry = createFileRegistry(fromBinary(FileDescriptorSetSchema, set));
});

function messageOf(name: string): DescMessage {
  const found = registry.getMessage(`${PACKAGE}.${NESTED[name] ?? name}`);
  assert.ok(found, `the contract has no ${name}`);
  return found;
}

/** Something that is not empty for each field of a message. */
function sample(name: string): Record<string, unknown> {
  const fields: Record<string, unknown> = {};
  for (const field of SHAPES.get(name)!) {
    const one = sampleOf(field.type);
    fields[field.name] = field.isRepeated ? [one, one] : one;
  }
  return fields;
}

function sampleOf(type: string): unknown {
  const scalars: Record<string, unknown> = {
    int: -7,
    long: 1_795_000_000,
    string: "Grüße",
    bytes: Buffer.from([0, 255]),
    bool: true,
    double: 1.5,
    Value: ["a", { b: 2 }],
    Struct: { "x-a": "1", "x-b": ["2", "3"] },
  };
  return type in scalars ? scalars[type] : sample(type);
}

/** The same for protobuf-es: what its JSON form holds. */
function asJson(value: unknown): JsonValue {
  return JSON.parse(
    JSON.stringify(value, (_, one: unknown) => {
      if (typeof one === "object" && one !== null && "type" in one && one.type === "Buffer") {
        return Buffer.from((one as unknown as { data: number[] }).data).toString("base64");
      }
      return one;
    }),
  ) as JsonValue;
}

describe("messages by table", () => {
  it("are read and written as the contract says, each alone", () => {
    for (const name of SHAPES.keys()) {
      if (name === "RpcCall") continue; // its calls exclude each other
      const desc = messageOf(name);
      const fields = sample(name);
      const theirs = toBinary(desc, fromJson(desc, asJson(fields)));
      const ours = bytes(writeShape(name, fields));
      assert.deepEqual(
        toJson(desc, fromBinary(desc, ours)),
        toJson(desc, fromBinary(desc, theirs)),
        `${name} as written`,
      );
      const read = readShape(name, Buffer.from(theirs), 0, theirs.length);
      assert.deepEqual(asJson(read), asJson(fields), `${name} as read`);
    }
  });

  it("fill in what is absent as Kong does", () => {
    const empty = readShape("Consumer", Buffer.alloc(0), 0, 0);
    const filled = { id: "", created_at: 0, username: "", custom_id: "", tags: [] };
    assert.deepEqual(empty, filled);
  });

  it("give the sample bytes of the reference", () => {
    const start = { sequence: 2, cmd_start_instance: { name: "x", config: "{}" } };
    assert.equal(bytes(writeShape("RpcCall", start)).toString("hex"), "08028a02070a017812027b7d");
    const close = { sequence: 2, cmd_close_instance: { instance_id: 0 } };
    assert.equal(bytes(writeShape("RpcCall", close)).toString("hex"), "08029a0200");
    for (const [name, v] of [
      ["Int", 0],
      ["Bool", false],
    ] as const)
      assert.equal(writeShape(name, { v }), "");
    assert.equal(bytes(writeValue(null)).toString("hex"), "0801");
  });

  it("step over fields that they do not know", () => {
    const desc = messageOf("Consumer");
    const known = Buffer.from(toBinary(desc, fromJson(desc, { id: "c" })));
    const unknown = Buffer.from("9a060161a0060fa906000000000000f03fad0600000000", "hex"); // 99..: each wire type
    const all = Buffer.concat([unknown.subarray(0, 4), known, unknown.subarray(4)]);
    assert.equal(readShape("Consumer", all, 0, all.length).id, "c");
  });
});

describe("google.protobuf.Value", () => {
  it("is written and read as protobuf-es does, but for Kong's null and false", () => {
    const chance = seeded("values");
    for (let n = 0; n < 500; n++) {
      const value = JSON.parse(JSON.stringify(anyValue(chance, 3), withoutQuirks)) as JsonValue;
      const ours = fromBinary(ValueSchema, bytes(writeValue(value)));
      assert.deepEqual(toJson(ValueSchema, ours), value);
      const theirs = Buffer.from(toBinary(ValueSchema, fromJson(ValueSchema, value)));
      assert.deepEqual(readValue(theirs, 0, theirs.length), value);
    }
  });

  it("is NULL_VALUE for null and nothing for false, as Kong reads it", () => {
    for (const [value, wanted] of [
      [null, "NULL_VALUE"],
      [false, undefined],
    ] as const) {
      const theirs = Buffer.from(toBinary(ValueSchema, fromJson(ValueSchema, value)));
      assert.equal(readValue(theirs, 0, theirs.length), wanted);
    }
  });
});

/** Leaves out what Kong reads in its own way, and the empty list, which is an empty struct. */
function withoutQuirks(_: string, value: unknown): unknown {
  if (value === null || value === false) return "x";
  if (Array.isArray(value) && value.length === 0) return ["x"];
  return value;
}

describe("PDK functions", () => {
  const wireName = (method: string): string =>
    `kong.${method
      .replaceAll("_", ".")
      .replace(/([a-z]\d*)([A-Z])/g, "$1_$2")
      .toLowerCase()}`;
  /** Names that the contract gives by an option. */
  const OPTION: Readonly<Record<string, string>> = {
    "kong.ctx.set_shared": "kong.ctx.shared.set",
    "kong.ctx.get_shared": "kong.ctx.shared.get",
  };

  it("are all that the contract has, and no others", () => {
    const service = registry.getService(`${PACKAGE}.Kong`) as DescService;
    const names = service.methods
      .map(({ name }) => wireName(name))
      .map((name) => OPTION[name] ?? name);
    assert.deepEqual([...PDK_METHODS.keys()].sort(), names.sort());
    assert.equal(names.length, 74);
  });

  it("are known to the PDK under the same messages", () => {
    for (const name of PDK_METHODS.keys()) assert.ok(findFunction(name)?.protobuf, name);
  });
});

describe("varints", () => {
  it("come back as they were sent, up to 2^53 and below 0", () => {
    for (const n of [
      0,
      1,
      127,
      128,
      300,
      2 ** 31,
      2 ** 49,
      2 ** 52 + 3,
      -1,
      -(2 ** 31),
      -(2 ** 52),
    ]) {
      const b = bytes(varint(n));
      assert.equal(new ProtobufReader(b, 0, b.length).varint(), n, String(n));
    }
  });

  it("are refused when they are cut off or too long", () => {
    for (const b of [Buffer.from([0x80]), Buffer.alloc(11, 0xff), Buffer.alloc(9, 0xff)]) {
      assert.throws(() => new ProtobufReader(b, 0, b.length).varint(), UnreadableProtobuf);
    }
  });

  it("never make a reader leave its message", () => {
    const chance = seeded("protobuf garbage");
    for (let n = 0; n < 5000; n++) {
      const b = Buffer.from(Array.from({ length: chance.below(30) }, () => chance.below(256)));
      for (const method of PDK_METHODS.values()) {
        try {
          method.readArguments(b, 0, b.length);
        } catch (cause) {
          assert.ok(cause instanceof UnreadableProtobuf, String(cause));
        }
      }
    }
  });
});
