/**
 * The floors of the house: a file imports from its own room and from rooms on lower floors, and from nothing else. The
 * size of its files (that of functions is a rule of the linter). And that what is exported says what it is.
 */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { describe, it } from "node:test";

const root = resolve(import.meta.dirname, "..");

/** Rooms from the bottom up; those on one floor do not know each other. */
const FLOORS: readonly (readonly string[])[] = [
  ["errors"],
  ["telemetry", "phases", "entities"],
  ["config", "http1", "exchange"],
  ["store"],
  ["router", "balancer"],
  ["pdk"],
  ["runloop"],
  ["plugins", "plugin-host", "proxy"],
  ["listener"],
  ["admin"],
  ["main", "dev"],
  ["cli"],
];
const floorOf = new Map(
  FLOORS.flatMap((rooms, floor) => rooms.map((room) => [room, floor] as const)),
);

/** Of a hundred names that core exports so many have a docstring; those that need none are few (a byte's name, a table). */
const DOCUMENTED_PERCENT_MIN = 95;

/** Lines of a file, and of nine files in ten. */
const LINES_MAX = 360;
const LINES_USUAL_MAX = 220;

function filesBelow(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts") && !name.includes("node_modules"))
    .map((name) => join(folder, name));
}

/** The room of a file of core/, "errors" and "main" being files of their own. */
function roomOf(file: string): string {
  const [, room = ""] = file.split("/");
  return room.replace(/\.ts$/, "");
}

function relativeImportsOf(file: string): string[] {
  const text = readFileSync(join(root, file), "utf8");
  const found = text.matchAll(/(?:from|import)\s*\(?\s*"(\.[^"]*)"/g);
  return [...found].map((match) => relative(root, resolve(root, dirname(file), match[1]!)));
}

describe("layout", () => {
  it("has a floor for every room of core", () => {
    const rooms = new Set(filesBelow("core").map(roomOf));
    assert.deepEqual(
      [...rooms].filter((room) => !floorOf.has(room)),
      [],
    );
  });

  it("imports only from the own room and from lower floors", () => {
    const upward: string[] = [];
    for (const file of filesBelow("core")) {
      const from = roomOf(file);
      for (const target of relativeImportsOf(file)) {
        if (!target.startsWith("core/")) {
          if (!target.startsWith("proto/gen/")) upward.push(`${file} -> ${target}`);
          continue;
        }
        const to = roomOf(target);
        if (to !== from && floorOf.get(to)! >= floorOf.get(from)!)
          upward.push(`${file} -> ${target}`);
      }
    }
    assert.deepEqual(upward, []);
  });

  it("keeps SDKs and plugin servers apart from core", () => {
    const wrong = ["plugin-sdk", "plugin-servers"]
      .flatMap((folder) => {
        try {
          return filesBelow(folder);
        } catch {
          return [];
        }
      })
      .filter((file) => relativeImportsOf(file).some((target) => target.startsWith("core/")));
    assert.deepEqual(wrong, []);
  });

  it("says of what it exports what the type cannot: units, null, errors, whose it is", () => {
    const declaration =
      /^export (?:default )?(?:async )?(?:abstract )?(?:function\*?|class|interface|type|const|let) /;
    let exported = 0;
    const silent: string[] = [];
    for (const file of filesBelow("core")) {
      const lines = readFileSync(join(root, file), "utf8").split("\n");
      for (const [n, line] of lines.entries()) {
        if (!declaration.test(line)) continue;
        exported++;
        const before = lines[n - 1]?.startsWith("// biome-ignore") ? lines[n - 2] : lines[n - 1];
        if (before?.endsWith("*/") !== true) silent.push(`${file}:${n + 1} ${line}`);
      }
    }
    const percent = 100 - (100 * silent.length) / exported;
    assert.ok(exported > 1000, `${exported} exports were found`);
    assert.ok(percent >= DOCUMENTED_PERCENT_MIN, `${percent.toFixed(1)} %:\n${silent.join("\n")}`);
  });

  it("has files that hold one thing each", () => {
    const folders = ["core", "plugin-sdk/typescript", "plugin-servers/typescript"];
    const sizes = folders.flatMap(filesBelow).map((file) => ({
      file,
      lines: readFileSync(join(root, file), "utf8").split("\n").length - 1,
    }));
    assert.deepEqual(
      sizes.filter(({ lines }) => lines > LINES_MAX),
      [],
    );
    const sorted = sizes.map(({ lines }) => lines).sort((a, b) => a - b);
    const usual = sorted[Math.floor(sorted.length * 0.9)]!;
    assert.ok(usual <= LINES_USUAL_MAX, `nine of ten files have up to ${usual} lines`);
  });
});
