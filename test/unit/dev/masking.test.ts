/** Credentials in recorded frames, and that frames are as long as before. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Masking } from "../../../core/dev/masking.ts";
import type { RecordedFrame } from "../../../core/dev/recording.ts";
import { ENTITY, FRAME } from "../../../core/plugin-host/native/frame-types.ts";
import { readShape, writeShape } from "../../../core/plugin-host/native/shapes.ts";
import { writeValue } from "../../../core/plugin-host/native/values.ts";
import { putLatin1, WireCursor } from "../../../core/plugin-host/native/wire.ts";

function frame(type: number, message: Buffer, stream = 1): RecordedFrame {
  return { us: 0, link: 1, from: "gateway", stream, type, message };
}

function fields(...list: readonly [number, string][]): Buffer {
  const b = Buffer.alloc(1000);
  let o = 0;
  for (const [field, text] of list) o = putLatin1(b, o, field, text);
  return b.subarray(0, o);
}

function masked(type: number, message: Buffer): string {
  const found = new Masking().mask(frame(type, message));
  assert.equal(found.length, message.length);
  return found.latin1Slice();
}

describe("Masking", () => {
  it("masks headers and query arguments of events by their names", () => {
    const headers = "Host: a\r\nAuthorization: Basic abc\r\nX-Api-Key: k1\r\nAccept: */*\r\n";
    const message = fields(
      [7, "/a?token=t1&b=c"],
      [12, headers],
      [33, "Set-Cookie: s=1\r\nVia: x\r\n"],
    );
    const found = masked(FRAME.EVENT, message);
    assert.match(found, /\/a\?token=\*\*&b=c/);
    assert.match(found, /Host: a\r\nAuthorization: \*{9}\r\nX-Api-Key: \*\*\r\nAccept: \*\/\*\r\n/);
    assert.match(found, /Set-Cookie: \*\*\*\r\nVia: x/);
  });

  it("masks what plugins write", () => {
    const write = fields([2, "authorization"], [3, "Bearer x"]);
    const args = fields([5, writeValue({ "X-Token": "t1", "x-a": "b" })]);
    const found = masked(FRAME.DONE, fields([1, write.latin1Slice()], [1, args.latin1Slice()]));
    assert.doesNotMatch(found, /Bearer|t1/);
    assert.match(found, /x-a/);
  });

  it("masks credentials, and leaves other entities alone", () => {
    const json = JSON.stringify({ key: "k1", consumer: { id: "c1" } });
    const of = (kind: number): string =>
      masked(FRAME.ENTITY, Buffer.from(writeShape("Entity", { number: 1, kind, json }), "latin1"));
    assert.match(of(ENTITY.CREDENTIAL), /\{"key":"\*\*","consumer":\{"id":"\*\*"\}\}/);
    assert.match(of(ENTITY.CONSUMER), /"k1"/);
  });

  it("masks the answer of a vault, and no other", () => {
    const masking = new Masking();
    const result = fields([1, writeValue("s3cret")]);
    const ask = (method: string): string => {
      masking.mask(frame(FRAME.CALL, fields([2, method])));
      return masking.mask(frame(FRAME.RESULT, result)).latin1Slice();
    };
    assert.doesNotMatch(ask("kong.vault.get"), /s3cret/);
    assert.match(ask("kong.client.load_consumer"), /s3cret/);
  });
});

describe("Masking of plugin configs", () => {
  const secretField = { type: "string", encrypted: true };
  const schema = {
    name: "p",
    fields: [
      { protocols: {} },
      {
        config: {
          type: "record",
          fields: [
            { greeting: { type: "string" } },
            { password: secretField },
            { host: { type: "string", referenceable: true } },
            {
              redis: {
                type: "record",
                fields: [{ auth: secretField }, { port: { type: "integer" } }],
              },
            },
            { keys: { type: "array", elements: secretField } },
            { by_name: { type: "map", keys: { type: "string" }, values: secretField } },
            {
              pools: {
                type: "array",
                elements: { type: "record", fields: [{ key: secretField }] },
              },
            },
          ],
        },
      },
    ],
  };

  /** A Masking that has seen a server's Hello, and what it makes of a config. */
  function start(config: object, plugin = "p"): { masking: Masking; config: object } {
    const masking = new Masking();
    const plugins = [{ name: "p", priority: 1, version: "1", schema: JSON.stringify(schema) }];
    const hello = Buffer.from(writeShape("Hello", { protocol_versions: [1], plugins }), "latin1");
    assert.equal(masking.mask(frame(FRAME.HELLO, hello, 0)), hello);
    const text = JSON.stringify(config);
    const message = writeShape("Start", { instance: 3, plugin, config: text, phases: 4 });
    const found = masking.mask(frame(FRAME.START, Buffer.from(message, "latin1"), 0));
    const cursor = new WireCursor();
    cursor.set(found, 0, found.length);
    const read = readShape("Start", cursor);
    assert.deepEqual([read.instance, read.plugin, read.phases], [3, plugin, 4]);
    assert.equal(found.length, message.length, "lengths stay");
    return { masking, config: JSON.parse(String(read.config)) as object };
  }

  it("masks the fields that the schema calls secret, wherever they are", () => {
    const { config } = start({
      greeting: "hello",
      password: 'pass"wörd',
      host: "h.test",
      redis: { auth: "auth12", port: 6379 },
      keys: ["key-one", "key-two"],
      by_name: { ann: "anns" },
      pools: [{ key: "pool-key" }],
      __plugin_id: "id",
    });
    assert.deepEqual(config, {
      greeting: "hello",
      password: "*".repeat(11),
      host: "******",
      redis: { auth: "******", port: 6379 },
      keys: ["*******", "*******"],
      by_name: { ann: "****" },
      pools: [{ key: "********" }],
      __plugin_id: "id",
    });
  });

  it("masks what a vault gave, and keeps its reference", () => {
    const $refs = { greeting: "{vault://env/greeting}" };
    const { config } = start({ greeting: "secret", redis: { port: 1, $refs: {} }, $refs }, "other");
    assert.deepEqual(config, { greeting: "******", redis: { port: 1, $refs: {} }, $refs });
  });

  it("leaves a config without secrets as it is", () => {
    assert.deepEqual(start({ greeting: "hello", password: "" }).config, { greeting: "hello", password: "" }); // biome-ignore format: one line
  });

  it("masks a secret of a config in every later message, and a short or doubtful one not", () => {
    const { masking } = start({ password: "pass-word", host: "h.test1", keys: ["k"] });
    const write = fields([2, "x-signed"], [3, "by pass-word at h.test1 k"]);
    const message = fields([1, write.latin1Slice()]);
    const found = masking.mask(frame(FRAME.DONE, message)).latin1Slice();
    assert.match(found, /x-signed.*by \*{9} at h\.test1 k/s);
  });
});
