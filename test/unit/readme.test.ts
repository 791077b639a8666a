/** READMEs say what the code says: the tables of the first one, and in all of them links and names of files. */
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { describe, it } from "node:test";
import { PLUGIN_SERVER_DEFAULTS } from "../../core/config/plugin-servers.ts";
import { SETTINGS_BY_NAME } from "../../core/config/table.ts";
import { LIMITS } from "../../core/config/table/limits.ts";
import * as errors from "../../core/errors.ts";
import { projectRoot } from "../helpers/start-gateway.ts";

const readme = readFileSync(join(projectRoot, "README.md"), "utf8");

/** Cells of the rows of the table below a heading, without backquotes; `nth` of several tables. */
function tableBelow(heading: string, nth = 0, text = readme): string[][] {
  const section = text.split(/^## /m).find((part) => part.startsWith(heading)) ?? "";
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

describe("the README of the settings' room", () => {
  it("lists those of our own with their defaults", () => {
    const text = readFileSync(join(projectRoot, "core/config/README.md"), "utf8");
    const rows = tableBelow("Ours", 0, text).map(([name = "", shown]) => [name, shown]);
    const defaults = ([...Object.keys(LIMITS), "plugin_path"] as const).map((name) => [
      name,
      String(SETTINGS_BY_NAME.get(name)?.default ?? "no such setting"),
    ]);
    assert.deepEqual(rows, defaults);
  });
});

/** Folders of what is not kept in git, by name. */
const NOT_OURS = new Set(["node_modules", "dist", "target", "build", "__pycache__"]);

/** Every file of the project, below the project's folder; folders that a tool makes and removes meanwhile are none. */
function projectFiles(folder = ""): string[] {
  if (!existsSync(join(projectRoot, folder))) return [];
  return readdirSync(join(projectRoot, folder), { withFileTypes: true }).flatMap((entry) => {
    if (entry.name.startsWith(".") || NOT_OURS.has(entry.name)) return [];
    const path = join(folder, entry.name);
    return entry.isDirectory() ? projectFiles(path) : path;
  });
}

describe("all READMEs", () => {
  const files = projectFiles();
  const names = new Set(files.map((file) => basename(file)));
  const pages = files.filter((file) => /\.md$/.test(file));

  it("link to what is there", () => {
    const lost = pages.flatMap((page) => {
      const links = readFileSync(join(projectRoot, page), "utf8").matchAll(/\]\(([^)#:]+)\)/g);
      return Array.from(links, ([, target = ""]) => target)
        .filter((target) => !existsSync(join(projectRoot, dirname(page), target)))
        .map((target) => `${page}: ${target}`);
    });
    assert.ok(pages.length > 20);
    assert.deepEqual(lost, []);
  });

  it("name files that there are", () => {
    const lost = pages.flatMap((page) => {
      const text = readFileSync(join(projectRoot, page), "utf8");
      const named = text.matchAll(/`[\w./-]*?([\w.-]+\.(?:ts|mjs|proto))`/g);
      return Array.from(named, ([, name = ""]) => name)
        .filter((name) => !names.has(name))
        .map((name) => `${page}: ${name}`);
    });
    assert.deepEqual(lost, []);
  });
});
