/** What a query command may print: the forms, the noise, and what is refused by name. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { InvalidSetting } from "../../../core/errors.ts";
import { readQueryAnswer } from "../../../core/plugin-host/query-answer.ts";

const INFO = {
  Name: "one",
  Version: "1.0.0",
  Priority: 10,
  Phases: ["access"],
  Schema: { name: "one", fields: [] },
};
const read = (output: unknown, isWanted = (_: string): boolean => true) =>
  readQueryAnswer("srv", typeof output === "string" ? output : JSON.stringify(output), isWanted);

describe("the answer of a query command", () => {
  it("is a list, or an object with protocol and plugins", () => {
    assert.equal(read([INFO]).protocol, "MsgPack:1");
    assert.equal(read({ Plugins: [INFO] }).protocol, "MsgPack:1");
    assert.equal(read({ Protocol: "ProtoBuf:1", Plugins: [INFO] }).protocol, "ProtoBuf:1");
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
