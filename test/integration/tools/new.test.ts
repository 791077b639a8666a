/** What `plugin new` and its neighbours refuse, each with one line that says why. */
import assert from "node:assert/strict";
import { mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { newFolder, plugin, pluginWith } from "./author.ts";

describe("plugin new", () => {
  const folder = newFolder();
  after(() => rmSync(folder, { recursive: true, force: true }));

  it("gives the plugin its name everywhere", async () => {
    const { code, output } = await plugin(folder, "new", "--lang", "go", "check-ages", "ages");
    assert.equal(code, 0, output);
    const files = readdirSync(join(folder, "ages"));
    assert.deepEqual(files.sort(), [
      ".gitignore",
      "README.md",
      "dragoman-plugin.json",
      "go.mod",
      "main.go",
      "main_test.go",
    ]);
    for (const file of files) {
      const text = readFileSync(join(folder, "ages", file), "utf8");
      assert.doesNotMatch(text, /my-plugin|MyPlugin|my_plugin|SDK_FOLDER|\.\.\/\.\./, file);
    }
  });

  it("writes nothing over what is there", async () => {
    mkdirSync(join(folder, "mine"));
    writeFileSync(join(folder, "mine", "main.go"), "mine");
    const { code, output } = await plugin(folder, "new", "--lang", "go", "mine");
    assert.equal(code, 1);
    assert.match(output, /is there already: nothing was written/);
    assert.deepEqual(readdirSync(join(folder, "mine")), ["main.go"]);
  });

  for (const [name, why] of [
    ["Hello", /cannot be a plugin's name/],
    ["a--b", /cannot be a plugin's name/],
    ["../up", /cannot be a plugin's name/],
    ["key-auth", /of the gateway's own/],
    ["match", /toolchains keep for themselves/],
  ] as const) {
    it(`refuses the name ${name}`, async () => {
      const { code, output } = await plugin(folder, "new", "--lang", "go", name);
      assert.equal(code, 1);
      assert.match(output, why);
    });
  }

  it("names the languages that there are", async () => {
    const { code, output } = await plugin(folder, "new", "--lang", "cobol", "hello");
    assert.equal(code, 1);
    assert.match(output, /go, python, typescript, rust, java/);
  });

  it("says in one line which toolchain is missing", async () => {
    const made = await plugin(folder, "new", "--lang", "rust", "rusty");
    assert.equal(made.code, 0, made.output);
    const bin = join(folder, "bin");
    mkdirSync(bin);
    symlinkSync(process.execPath, join(bin, "node"));
    const { code, output } = await pluginWith({ PATH: bin }, folder, "test", "rusty");
    assert.equal(code, 1);
    assert.match(
      output,
      /^Error: plugins in rust need Rust 1\.85 or newer .*; there is no cargo$/m,
    );
  });

  it("says where there is no plugin", async () => {
    const { code, output } = await plugin(folder, "test", ".");
    assert.equal(code, 1);
    assert.match(output, /dragoman-plugin\.json: there is no such file/);
  });
});
