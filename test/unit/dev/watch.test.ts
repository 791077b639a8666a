/** What counts as a change of a plugin's folder: files that people write, not those that tools write beside them. */
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { look } from "../../../core/dev/watch.ts";

let folder = "";
before(() => {
  folder = mkdtempSync(join(tmpdir(), "watch-"));
  writeFileSync(join(folder, "plugin.py"), "a");
});
after(() => rmSync(folder, { recursive: true }));

describe("the look at a plugin's folder", () => {
  it("sees files that change, come and go, below folders too", () => {
    const seen = new Set([look(folder)]);
    writeFileSync(join(folder, "plugin.py"), "ab");
    seen.add(look(folder));
    mkdirSync(join(folder, "below"));
    writeFileSync(join(folder, "below", "more.py"), "a");
    seen.add(look(folder));
    assert.equal(seen.size, 3);
    rmSync(join(folder, "below"), { recursive: true });
    assert.ok(seen.has(look(folder)));
  });

  // a recording is written for each request, and a reload for each would lose it
  it("does not see recordings, and what tools make", () => {
    const before = look(folder);
    writeFileSync(join(folder, "calls.drec"), "a");
    mkdirSync(join(folder, "__pycache__"));
    writeFileSync(join(folder, "__pycache__", "plugin.pyc"), "a");
    assert.equal(look(folder), before);
  });
});
