/** Watching a plugin's files: one reload for the many steps of a change, none for what is no code, and none is lost. */
import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { CodeWatch } from "../../../core/plugin-host/code-watch.ts";
import { scratch, testLog } from "./remote.ts";

/** How long a change may take to be seen; a busy machine is slow. */
const SEEN_MS = 120_000;
/** Longer than the quiet that a change is followed by: nothing more comes of it then. */
const SETTLED_MS = 600;

let folder: ReturnType<typeof scratch>;
let watch: CodeWatch | null = null;
let reloads: number;
let reload: () => Promise<boolean>;

beforeEach(() => {
  folder = scratch();
  reloads = 0;
  reload = async () => true;
});
afterEach(() => {
  watch?.stop();
  folder.remove();
});

function follow(paths: readonly string[], log = testLog()): void {
  watch = new CodeWatch(paths, log, async () => {
    reloads++;
    return await reload();
  });
}

async function until(holds: () => boolean): Promise<void> {
  const end = performance.now() + SEEN_MS;
  while (!holds()) {
    assert.ok(performance.now() < end, `${reloads} reloads`);
    await sleep(5);
  }
}

const change = (name: string): void =>
  writeFileSync(join(folder.path, name), String(Math.random()));

describe("watched code", () => {
  it("is loaded again after a change, also in a folder below, once for all of its steps", async () => {
    mkdirSync(join(folder.path, "lib"));
    follow([folder.path]);
    for (const name of ["a.js", "lib/b.js", "a.js"]) change(name);
    await until(() => reloads > 0);
    await sleep(SETTLED_MS);
    assert.equal(reloads, 1);
    change("lib/b.js");
    await until(() => reloads >= 2);
  });

  it("is not what editors, package managers and version control write", async () => {
    for (const name of ["node_modules", ".git", "__pycache__"]) mkdirSync(join(folder.path, name));
    follow([folder.path]);
    for (const name of [
      "node_modules/a.js",
      ".git/index",
      "__pycache__/a.pyc",
      "a.js~",
      ".a.js.swp",
    ]) {
      change(name);
    }
    await sleep(SETTLED_MS);
    assert.equal(reloads, 0);
    change("a.js");
    await until(() => reloads >= 1);
  });

  it("that changes during a reload is loaded again after it", async () => {
    let isFirst = true;
    reload = async () => {
      if (!isFirst) return true;
      isFirst = false;
      change("a.js");
      return true;
    };
    follow([folder.path]);
    change("a.js");
    await until(() => reloads >= 2);
  });

  it("is tried again where another reload was under way, and a reload that throws ends nothing", async () => {
    const answers: (() => boolean)[] = [
      () => false,
      () => {
        throw new Error("no");
      },
    ];
    reload = async () => answers.shift()?.() ?? true;
    const lines: Parameters<typeof testLog>[0] = [];
    follow([folder.path], testLog(lines));
    change("a.js");
    await until(() => reloads >= 2);
    await until(() => lines.some(({ level }) => level === "error"));
    const before = reloads;
    change("a.js");
    await until(() => reloads > before);
  });

  it("that is not there is said, and the rest is followed", async () => {
    const lines: Parameters<typeof testLog>[0] = [];
    follow([join(folder.path, "nowhere"), folder.path], testLog(lines));
    assert.deepEqual(
      lines.map(({ level, message }) => [level, message]),
      [["warn", "cannot watch"]],
    );
    change("a.js");
    await until(() => reloads >= 1);
  });
});
