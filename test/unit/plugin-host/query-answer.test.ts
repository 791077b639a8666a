/** What a query command may print: the forms, the noise, and what is refused by name. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { PLUGIN_SERVER_PROTOCOLS } from "../../../core/config/plugin-servers.ts";
import { InvalidSetting } from "../../../core/errors.ts";
import { KNOWN_PROTOCOLS, readQueryAnswer } from "../../../core/plugin-host/query-answer.ts";

const INFO = {
  Name: "one",
  Version: "1.0.0",
  Priority: 10,
  Phases: ["access"],
  Schema: { name: "one", fields: [] },
};
const read = (output: unknown, isWanted = (_: string): boolean => true, asked?: string | null) => {
  const text = typeof output === "string" ? output : JSON.stringify(output);
  return readQueryAnswer("srv", text, isWanted, asked);
};

describe("the answer of a query command", () => {
  it("is a list, or an object with protocol and plugins", () => {
    assert.equal(read([INFO]).protocol, "MsgPack:1");
    assert.equal(read({ Plugins: [INFO] }).protocol, "MsgPack:1");
    assert.equal(read({ Protocol: "ProtoBuf:1", Plugins: [INFO] }).protocol, "ProtoBuf:1");
  });

  it("is served by the best protocol that it offers, or by the one that is asked for", () => {
    const both = { Protocol: "MsgPack:1", Protocols: ["Dragoman:1", "MsgPack:1"], Plugins: [INFO] };
    const all = (): boolean => true;
    assert.equal(read(both).protocol, "Dragoman:1");
    assert.equal(read(both, all, null).protocol, "Dragoman:1");
    for (const asked of both.Protocols) assert.equal(read(both, all, asked).protocol, asked);
    assert.equal(read([INFO], all, "MsgPack:1").protocol, "MsgPack:1");
    assert.throws(() => read(both, all, "ProtoBuf:1"), {
      message: /srv: .* does not offer ProtoBuf:1 \(it offers MsgPack:1, Dragoman:1\)/,
    });
    assert.throws(() => read([INFO], all, "Dragoman:1"), InvalidSetting);
    assert.throws(() => read({ Protocols: ["Dragoman:1"], Plugins: [INFO] }, all, "MsgPack:1"));
  });

  it("names protocols that are not known: the gateway starts, the first one is told", () => {
    assert.equal(
      read({ Protocol: "Own:1", Protocols: ["Own:2"], Plugins: [INFO] }).protocol,
      "Own:1",
    );
    assert.equal(read({ Protocols: [7], Plugins: [INFO] }).protocol, "MsgPack:1");
  });

  it("knows the protocols that a setting may name", () => {
    assert.deepEqual(KNOWN_PROTOCOLS, PLUGIN_SERVER_PROTOCOLS);
  });

  it("counts with every plugin that is wanted", () => {
    const list = [INFO, { ...INFO, Name: "two" }, { Name: "broken" }];
    const { plugins } = read(list, (name) => name !== "broken");
    assert.deepEqual(
      plugins.map(({ name }) => name),
      ["one", "two"],
    );
  });

  it("may stand behind warnings: the last line that parses counts", () => {
    const output = `warning: [x]\n[]\n${JSON.stringify([INFO])}\nbye\n`;
    assert.equal(read(output).plugins.length, 1);
    assert.equal(read(JSON.stringify([INFO], null, 2)).plugins.length, 1);
  });

  it("may name phases that nobody can serve: they are left out and told", () => {
    const { plugins, ignoredPhases } = read([
      { ...INFO, Phases: ["access", "body_filter", "__proto__"] },
    ]);
    assert.deepEqual(plugins[0]!.phases, ["access"]);
    assert.deepEqual(ignoredPhases, ["one: body_filter", "one: __proto__"]);
  });

  it("may have a version of one to three numbers and any whole priority", () => {
    for (const Version of ["1", "1.2", "0.1.0"])
      assert.equal(read([{ ...INFO, Version }]).plugins[0]!.version, Version);
    // what Kong cleans away: letters around the numbers, one dot behind them, zeros in front of one
    for (const [Version, cleaned] of [
      ["v0.1.0", "0.1.0"],
      ["1.2.3-rc.4", "1.2.3"],
      ["Lua 5.2 for me", "5.2"],
      ["1.2.", "1.2"],
      ["1.02", "1.2"],
    ])
      assert.equal(read([{ ...INFO, Version }]).plugins[0]!.version, cleaned);
    for (const Priority of [0, -5, 1e15])
      assert.equal(read([{ ...INFO, Priority }]).plugins[0]!.priority, Priority);
  });

  const refused: [string, unknown][] = [
    ["nothing", ""],
    ["no JSON", "hello"],
    ["a number", "7"],
    ["null", "null"],
    ["an object without plugins", {}],
    ["an empty list", []],
    ["a plugin without a name", [{ ...INFO, Name: undefined }]],
    ["a priority that is a fraction", [{ ...INFO, Priority: 1.5 }]],
    ["a priority that is a text", [{ ...INFO, Priority: "10" }]],
    ["no version", [{ ...INFO, Version: undefined }]],
    ["a version of four numbers", [{ ...INFO, Version: "1.2.3.4" }]],
    ["a version that is a number", [{ ...INFO, Version: 1.5 }]],
    ["a version with a number missing", [{ ...INFO, Version: "1..2" }]],
    ["a version with two dots at its end", [{ ...INFO, Version: "1.." }]],
    ["a version without a number", [{ ...INFO, Version: "latest" }]],
    ["an empty version", [{ ...INFO, Version: "" }]],
    ["no phases", [{ ...INFO, Phases: undefined }]],
    ["response beside header_filter", [{ ...INFO, Phases: ["response", "header_filter"] }]],
    ["no schema", [{ ...INFO, Schema: undefined }]],
  ];
  for (const [what, output] of refused) {
    it(`is refused with the server's name: ${what}`, () => {
      assert.throws(
        () => read(output),
        (cause) => cause instanceof InvalidSetting && /\bsrv\b/.test(cause.message),
      );
    });
  }
});
