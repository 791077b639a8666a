/** The syntax of kong.conf. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import fc from "fast-check";
import { escapeConf, parseConf, readConfFile } from "../../../core/config/conf-file.ts";
import { testSeed } from "../../helpers/seed.ts";

describe("parseConf", () => {
  const table: readonly [string, Record<string, string>][] = [
    ["log_level = debug", { log_level: "debug" }],
    ["log_level=debug", { log_level: "debug" }],
    ["   log_level     =     debug    ", { log_level: "debug" }],
    ["# nothing\n   # here\n", {}],
    ["log_level = debug # as needed", { log_level: "debug" }],
    ["pg_database = d#e", { pg_database: "d" }],
    ["pg_password = a\\#b # c", { pg_password: "a#b" }],
    ["log_level = debug\nlog_level = warn", { log_level: "warn" }],
    ["log_level =\n", { log_level: "" }],
    ["log_level debug\n", {}],
    ["[kong]\nlog_level = debug\n", { log_level: "debug" }],
    ['log_level = "debug"', { log_level: '"debug"' }],
    ["pg_user = a=b=c", { pg_user: "a=b=c" }],
    ["a = 1\r\nb = 2\r\n", { a: "1", b: "2" }],
    ["plugins = a, \\\n  b", { plugins: "a,    b" }],
    ["= nothing", {}],
  ];
  for (const [text, expected] of table) {
    it(`reads ${JSON.stringify(text)}`, () => {
      assert.deepEqual(Object.fromEntries(parseConf(text)), expected);
    });
  }

  // Goal: no value is changed on its way through a file. Method: any printable text without surrounding blanks.
  it("reads back what escapeConf wrote", () => {
    const seed = testSeed("conf file");
    const value = fc
      .string({ unit: "grapheme-ascii" })
      .map((text) => text.replaceAll("\\", "").trim());
    fc.assert(
      fc.property(value, (text) => {
        assert.equal(parseConf(`name = ${escapeConf(text)}\n`).get("name"), text);
      }),
      { seed },
    );
  });
});

describe("readConfFile", () => {
  it("names a file that is not there, and a folder", () => {
    const folder = mkdtempSync(join(tmpdir(), "conf-"));
    try {
      assert.throws(() => readConfFile(`${folder}/none`), {
        code: "INVALID_SETTING",
        message: `no file at: ${folder}/none`,
      });
      assert.throws(() => readConfFile(folder), {
        message: `could not load config file: ${folder}: Is a directory`,
      });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
