/** The table of limits (core/LIMITS.md) and the code agree, and every setting of plugin servers is told. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { parsePluginServers } from "../../core/config/plugin-servers.ts";
import { projectRoot } from "../helpers/start-gateway.ts";

const read = (path: string): string => readFileSync(join(projectRoot, path), "utf8");

const UNITS: Readonly<Record<string, number>> = { KiB: 1024, MiB: 1024 * 1024, s: 1000 };

/** "64 KiB" in bytes, "5 s" in milliseconds, "1000" as it is. */
function numberOf(limit: string): number {
  const [count, unit] = limit.split(" ");
  return Number(count) * (unit === undefined ? 1 : (UNITS[unit] ?? Number.NaN));
}

/** The number that a constant of a file has: a product of numbers; null where there is none of that name. */
function constantOf(file: string, name: string): number | null {
  const text = new RegExp(`^(?:export )?const ${name}(?:: number)? = ([\\d_* ]+);`, "m").exec(
    read(`core/${file}`),
  )?.[1];
  if (text === undefined) return null;
  return text
    .replaceAll("_", "")
    .split("*")
    .reduce((product, factor) => product * Number(factor), 1);
}

describe("the table of limits", () => {
  it("says what the code says", () => {
    const rows = read("core/LIMITS.md").matchAll(/^\| [^|]+ \| ([^|]+) \| `(\w+)`, ([^ ]+) \|/gm);
    const told = [...rows].map(([, limit = "", name = "", file = ""]) => ({ limit, name, file }));
    assert.ok(told.length > 50);
    for (const { limit, name, file } of told) {
      assert.equal(numberOf(limit), constantOf(file, name), `${name}, ${file}`);
    }
  });
});

describe("the README of core/plugin-host", () => {
  it("names every setting of a plugin server", () => {
    const asked = new Set<string>();
    const free = { pluginserver_x_query_cmd: "x", pluginserver_x_plugin_y_read: "body" };
    assert.equal(parsePluginServers(["x"], free, "/tmp", [], asked).length, 1);
    const names = [...asked].map((name) => name.replace(/^pluginserver_x_(?:plugin_y_)?/, ""));
    assert.ok(names.length > 30);
    const told = new Set(read("core/plugin-host/README.md").match(/\w+/g));
    const untold = names.filter((name) => {
      const phase = name.startsWith("timeout_") ? "timeout_" : name;
      return !told.has(phase) && !told.has(`_${phase}`);
    });
    assert.deepEqual(untold, []);
  });
});
