/** The tables of the README say what the code says. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { PLUGIN_SERVER_DEFAULTS } from "../../core/config/plugin-servers.ts";
import { SETTINGS_BY_NAME } from "../../core/config/table.ts";
import * as errors from "../../core/errors.ts";
import { projectRoot } from "../helpers/start-gateway.ts";

const readme = readFileSync(join(projectRoot, "README.md"), "utf8");

/** Cells of the rows of the table below a heading, without backquotes; `nth` of several tables. */
function tableBelow(heading: string, nth = 0): string[][] {
  const section = readme.split(/^## /m).find((part) => part.startsWith(heading)) ?? "";
  const tables = section.match(/(?:^\|.*\n)+/gm) ?? [];
  const rows = (tables[nth] ?? "").trim().split("\n").slice(2);
  return rows.map((row) =>
    row
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.trim().replaceAll("`", "")),
  );
}

/** Code and status of each error class, read from the source: constructors take different arguments. */
function codesInSource(): string[] {
  const source = readFileSync(join(projectRoot, "core/errors.ts"), "utf8");
  return [...source.matchAll(/super\(\s*"([A-Z_]+)",\s*(\d+)/g)].map(
    ([, code, status]) => `${code} ${status}`,
  );
}

describe("README", () => {
  it("lists every error code with its status, and no other", () => {
    const listed = tableBelow("Error codes").map(([code, status]) => `${code} ${status}`);
    const classes = Object.keys(errors).filter((name) => name !== "GatewayError");
    assert.ok(codesInSource().length >= classes.length, "a class without a code was found");
    assert.deepEqual(listed.sort(), [...new Set(codesInSource())].sort());
  });

  it("names settings that there are, with their defaults", () => {
    const rows = tableBelow("Settings");
    assert.ok(rows.length > 20);
    for (const [name = "", value] of rows) {
      const setting = SETTINGS_BY_NAME.get(name);
      assert.ok(setting, `no setting ${name}`);
      const { default: shown } = setting;
      const text = Array.isArray(shown) ? shown.join(", ") : String(shown ?? "");
      assert.equal(value, text, name);
    }
  });

  it("names the settings of a plugin server with their defaults", () => {
    const values = tableBelow("Bring a plugin").map(([, value]) =>
      value === "none" ? "0" : value,
    );
    assert.deepEqual(values, Object.values(PLUGIN_SERVER_DEFAULTS).map(String));
  });
});
