/** Finding and reading a user's plugins: from folders, files and packages, in TypeScript and JavaScript. */
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, describe, it } from "node:test";
import { EntityRegistry } from "../../../core/entities/registry.ts";
import { PluginFailed } from "../../../core/errors.ts";
import { loadPlugin } from "../../../core/plugins/load.ts";

const base = mkdtempSync(join(tmpdir(), "plugins-"));
after(() => rmSync(base, { recursive: true, force: true }));

function write(path: string, text: string): void {
  mkdirSync(join(base, dirname(path)), { recursive: true });
  writeFileSync(join(base, path), text);
}

const BODY = 'priority: 5, version: "1.0.0", schema: [{ word: { type: "string", default: "hi" } }]';
const ESM = `export default { ${BODY}, access(config, kong) { return this.priority; } };`;
const CJS = `module.exports = { ${BODY}, access(config, kong) {} };`;
const TS = `const plugin: { priority: number } & Record<string, unknown> = { ${BODY}, access(): void {} };
export default plugin;`;

write("p/in-folder/index.mjs", ESM);
write("p/typed/handler.ts", TS);
write("p/typed/package.json", '{"type":"module"}');
write("p/single.mjs", ESM);
write("p/old.cjs", CJS);
write("p/packaged/package.json", '{"main":"lib/main.cjs"}');
write("p/packaged/lib/main.cjs", CJS);
write("p/broken.mjs", "export default {");
write("p/empty.mjs", "export const x = 1;");
write("p/lacking.mjs", 'export default { name: "other", priority: "high", access: 5 };');
write("p/key-auth.mjs", "throw new Error('never read')");
write("node_modules/dragoman-plugin-from-npm/package.json", '{"main":"index.cjs"}');
write("node_modules/dragoman-plugin-from-npm/index.cjs", CJS);
write("node_modules/@org/thing/package.json", '{"main":"index.cjs"}');
write("node_modules/@org/thing/index.cjs", CJS);

function load(name: string, folders: readonly string[] = ["p"]): ReturnType<typeof loadPlugin> {
  return loadPlugin(name, { folders, base });
}

describe("loadPlugin", () => {
  it("knows its own plugins first", async () => {
    assert.equal((await load("key-auth"))?.source, "bundled");
  });

  const places: [name: string, folders: readonly string[]][] = [
    ["in-folder", ["p"]],
    ["typed", ["p"]],
    ["single", ["p"]],
    ["old", [join(base, "p")]],
    ["packaged", ["p"]],
    ["in-folder", ["nowhere", "p"]],
    ["from-npm", []],
    ["by-file", ["by-file=p/single.mjs"]],
    ["by-folder", ["other=p/old.cjs", "by-folder=p/in-folder"]],
    ["by-package", ["by-package=@org/thing"]],
  ];
  for (const [name, folders] of places) {
    it(`finds ${name} by ${JSON.stringify(folders.map((one) => one.replace(base, "")))}`, async () => {
      const plugin = await load(name, folders);
      assert.equal(plugin?.handler.name, name);
      assert.equal(plugin?.handler.priority, 5);
      assert.equal(typeof plugin?.handler.access, "function");
    });
  }

  it("gives null for what is nowhere", async () => {
    assert.equal(await load("nobody-has-this"), null);
  });

  it("keeps `this` and makes a whole schema of a list of fields", async () => {
    const plugin = (await load("single"))!;
    const access = plugin.handler.access as unknown as () => number;
    assert.equal(access(), 5);
    const registry = new EntityRegistry();
    registry.registerPluginSchema("single", plugin.schema);
    const { row, errors } = registry.entity("plugins").insert({ name: "single", config: {} });
    assert.equal(errors, undefined);
    assert.deepEqual(row.config, { word: "hi" });
  });

  const failures: [name: string, folders: readonly string[], message: RegExp][] = [
    ["broken", ["p"], /plugin broken: .*broken\.mjs cannot be loaded: /],
    ["empty", ["p"], /plugin empty: .*empty\.mjs has no default export/],
    [
      "lacking",
      ["p"],
      /lacking\.mjs: its name is "other"; priority \(a number\) is missing; version \(a string\) is missing; schema .* is missing; access is not a function/,
    ],
    ["gone", ["gone=p/gone"], /plugin gone: plugin_path says gone=p\/gone, but nothing is there/],
  ];
  for (const [name, folders, message] of failures) {
    it(`says what is wrong with ${name}`, async () => {
      await assert.rejects(load(name, folders), (cause) => {
        assert.ok(cause instanceof PluginFailed);
        assert.match(cause.message, message);
        return true;
      });
    });
  }
});
