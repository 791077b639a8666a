/** A recording of a plugin in one language, replayed byte for byte against the same plugin in another. */
import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { needsGo, needsJava, needsPythonSdk, needsRust } from "../../helpers/toolchains.ts";
import { Dev, get, newFolder, plugin } from "./author.ts";
import { endRecording, startRecording } from "./recording.ts";

const TOOLCHAINS = {
  go: await needsGo(),
  python: await needsPythonSdk(),
  rust: await needsRust(),
  java: await needsJava(),
};

// Goal: a plugin moves from one language to another, and its recording says whether it still does the same.
describe("a recording of a plugin in TypeScript", () => {
  const folder = newFolder();
  const recorded = join(folder, "typescript.drec");

  before(async () => {
    const home = join(folder, "typescript");
    const made = await plugin(folder, "new", "--lang", "typescript", "hello-again", home);
    assert.equal(made.code, 0, made.output);
    const dev = new Dev(home);
    try {
      await dev.ready();
      const recording = await startRecording(home, "--out", recorded);
      for (const path of ["/?name=ann", "/"]) {
        await get(dev.url + path);
        await dev.next("request");
      }
      assert.equal(await endRecording(recording), 0);
    } finally {
      await dev.stop();
    }
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  for (const [language, skip] of Object.entries(TOOLCHAINS)) {
    it(`has the same answers from the plugin in ${language}`, { skip }, async () => {
      const other = join(folder, language);
      const made = await plugin(folder, "new", "--lang", language, "hello-again", other);
      assert.equal(made.code, 0, made.output);
      const { code, output } = await plugin(folder, "replay", "--json", recorded, other);
      assert.equal(code, 0, output);
      assert.match(output, /\{"type":"result","events":4,"answers":5,"differences":0\}/);
    });
  }
});
