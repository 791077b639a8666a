/** From `plugin new` to a changed answer, in TypeScript; and a change that is none. */
import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { Dev, edit, get, newFolder, plugin, walk } from "./author.ts";

describe("tools for plugins in TypeScript", () => {
  it("make, test, serve and reload a plugin", () => walk("typescript", "plugin.ts"));

  it("go on with the code before where the new one does not start", async () => {
    const folder = newFolder();
    const home = join(folder, "hello");
    const source = join(home, "plugin.ts");
    const made = await plugin(folder, "new", "--lang", "typescript", "hello");
    assert.equal(made.code, 0, made.output);
    edit(source, "access(kong", "access(((kong");
    const broken = await plugin(home, "dev");
    assert.equal(broken.code, 1);
    assert.match(
      broken.output,
      /plugin\.ts:\d+:\d+: ERROR: .*ended \(exit code 1\) before it said/s,
    );
    assert.doesNotMatch(broken.output, /save a file/, "it has ended: nobody waits for one");
    edit(source, "access(((kong", "access(kong");
    const dev = new Dev(home);
    try {
      await dev.ready();
      edit(source, "access(kong", "access(((kong");
      assert.match(
        String((await dev.next("failed")).why),
        /ended .* before it said what it offers/,
      );
      assert.deepEqual(await get(dev.url), { status: 200, greeting: "hello stranger" });
      // the schema changes, and the config with it
      edit(source, "access(((kong", "access(kong");
      edit(source, "greeting:", "welcome:");
      edit(source, "config.greeting", "config.welcome");
      edit(join(home, "dragoman-plugin.json"), '"greeting": "hello"', '"welcome": "welcome"');
      await dev.next("reloaded");
      assert.deepEqual(await get(dev.url), { status: 200, greeting: "welcome stranger" });
    } finally {
      assert.equal(await dev.stop(), 0);
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
