/** Options of the verbs, and what is said of wrong ones. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { CONF, type OptionSpec, parseArguments } from "../../../core/cli/arguments.ts";

const SPECS: readonly OptionSpec[] = [
  CONF,
  { name: "timeout", short: "t", type: "number" },
  { name: "yes", short: "y", type: "flag" },
];

describe("parseArguments", () => {
  const table: readonly [string, Record<string, string | number | true>, string[]][] = [
    ["", {}, []],
    ["a -c f b", { conf: "f" }, ["a", "b"]],
    ["--conf f --timeout 2.5", { conf: "f", timeout: 2.5 }, []],
    ["--conf=f=g -cf", { conf: "f" }, []],
    ["-t -1", { timeout: -1 }, []],
    ["-y --vv --v", { yes: true, vv: true, v: true }, []],
  ];
  for (const [line, options, words] of table) {
    it(`reads ${JSON.stringify(line)}`, () => {
      assert.deepEqual(parseArguments(line.split(" ").filter(Boolean), SPECS), { options, words });
    });
  }

  const bad: readonly [string, string][] = [
    ["--fast", "unrecognized parameter: fast"],
    ["-x", "unrecognized parameter: x"],
    ["-yes", "unrecognized parameter: yes"],
    ["-c", "conf was expecting a value"],
    ["--timeout soon", "unable to convert to number: soon"],
  ];
  for (const [line, message] of bad) {
    it(`refuses ${line}`, () => {
      assert.throws(() => parseArguments(line.split(" "), SPECS), { message });
    });
  }
});
