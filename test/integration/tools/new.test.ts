/** What `plugin new` and its neighbours refuse, each with one line that says why. */
import assert from "node:assert/strict";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { dragoman } from "../../helpers/start-gateway.ts";
import { newFolder, oneLine, plugin, pluginWith } from "./author.ts";

describe("plugin new", () => {
  const folder = newFolder();
  after(() => rmSync(folder, { recursive: true, force: true }));

  it("gives the plugin its name everywhere", async () => {
    const { code, output } = await plugin(folder, "new", "--lang", "go", "check-ages", "ages");
    assert.equal(code, 0, output);
    assert.ok(output.endsWith(`next: ${dragoman} plugin test ages\n`), output);
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
      assert.match(oneLine(output), why);
    });
  }

  it("names the languages that there are", async () => {
    const { code, output } = await plugin(folder, "new", "--lang", "cobol", "hello");
    assert.equal(code, 1);
    assert.match(output, /^Error: .*"cobol".* go, python, typescript, rust, java$/m);
    assert.equal(existsSync(join(folder, "hello")), false);
  });

  it("leaves nothing where it cannot make everything", async () => {
    writeFileSync(join(folder, "file"), "mine");
    const { code, output } = await plugin(folder, "new", "--lang", "go", "hello", "file/hello");
    assert.equal(code, 1);
    assert.match(oneLine(output), /^Error: cannot make .*hello: .*; nothing was written$/m);
    assert.equal(existsSync(join(folder, "hello")), false);
    assert.deepEqual(
      readdirSync(folder).filter((name) => name.startsWith(".")),
      [],
    );
  });

  for (const [language, why] of [
    ["go", /^Error: plugins in go need Go 1\.21 or newer .*; there is no go$/m],
    ["python", /^Error: plugins in python need Python 3\.9 or newer .*; there is no python3$/m],
    ["typescript", /^Error: plugins in typescript need Node\.js .*; there is no npm$/m],
    ["rust", /^Error: plugins in rust need Rust 1\.85 or newer .*; there is no cargo$/m],
    ["java", /^Error: plugins in java need a JDK 17 or newer .*; there is no mvn$/m],
  ] as const) {
    it(`says in one line that the toolchain of ${language} is missing, and makes nothing`, async () => {
      const name = `lonely-${language}`;
      const made = await plugin(folder, "new", "--lang", language, name);
      assert.equal(made.code, 0, made.output);
      const files = readdirSync(join(folder, name), { recursive: true }).sort();
      const bin = join(folder, `bin-${language}`);
      mkdirSync(bin);
      symlinkSync(process.execPath, join(bin, "node"));
      for (const verb of ["test", "dev"]) {
        const { code, output } = await pluginWith({ PATH: bin }, folder, verb, name);
        assert.equal(code, 1);
        assert.match(oneLine(output), why);
      }
      assert.deepEqual(readdirSync(join(folder, name), { recursive: true }).sort(), files);
    });
  }

  it("says where there is no plugin", async () => {
    const { code, output } = await plugin(folder, "test", ".");
    assert.equal(code, 1);
    assert.match(output, /dragoman-plugin\.json: there is no such file/);
  });
});
