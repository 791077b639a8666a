/**
 * Code that the READMEs of the SDKs print, run as it stands there: the first plugin of each, the parts that are shown of
 * others, and the test of that plugin. What is around a sample here is only what makes a program of it.
 */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { needsGo, needsPythonSdk } from "../helpers/toolchains.ts";

const root = join(import.meta.dirname, "..", "..");
const sdks = join(root, "plugin-sdk");
const folder = mkdtempSync(join(tmpdir(), "samples-"));
after(() => rmSync(folder, { recursive: true, force: true }));
/** A program that takes longer hangs, also where a compiler runs on a busy machine. */
const RUN_MS_MAX = 600_000;

/** Blocks of a README that are fenced as `language`, in order; "" for those without a word. */
function samples(sdk: string, language: string): string[] {
  const text = readFileSync(join(sdks, sdk, "README.md"), "utf8");
  const blocks = [...text.matchAll(/^```(.*)\n([\s\S]*?)^```$/gm)];
  return blocks.filter((one) => one[1] === language).map((one) => one[2]!);
}

/** The one sample with a text in it, so that a README may change its order. */
function sampleWith(all: readonly string[], text: string): string {
  const found = all.filter((one) => one.includes(text));
  assert.equal(found.length, 1, `${found.length} samples hold ${text}`);
  return found[0]!;
}

function write(name: string, ...parts: string[]): string {
  const path = join(folder, name);
  writeFileSync(path, parts.join("\n"));
  return path;
}

function run(
  program: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
): Promise<string> {
  return new Promise((resolve, reject) => {
    const options = { cwd: folder, env: { ...process.env, ...env }, timeout: RUN_MS_MAX };
    execFile(program, args, options, (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else reject(new Error(`${program} ${args.join(" ")}:\n${stdout}\n${stderr}`));
    });
  });
}

const noPython = await needsPythonSdk();
const noGo = await needsGo();
const indented = (text: string): string => text.replace(/^(?=.)/gm, "    ");

describe("samples in the READMEs of the SDKs", () => {
  it("run in TypeScript", async () => {
    const all = samples("typescript", "ts");
    const serving = sampleWith(all, "await serve(hello)");
    const sdk = join(sdks, "typescript");
    const here = (text: string): string =>
      text
        .replaceAll('"dragoman/plugin-sdk"', JSON.stringify(join(sdk, "index.ts")))
        .replaceAll('"dragoman/plugin-sdk/testing"', JSON.stringify(join(sdk, "testing.ts")));
    const file = write(
      "hello.mts",
      here(serving.replace("await serve(hello);", "if (process.argv[2]) await serve(hello);")),
      here('import { all, array, by, integer, map, method, not, pathPrefix, record } from "dragoman/plugin-sdk";'), // biome-ignore format: one line
      'export const more = definePlugin({ name: "more", version: "1.0.0", priority: 1,',
      sampleWith(all, "config: {\n").trimEnd(),
      `, ${sampleWith(all, "when: (config)").trimEnd()}`,
      `${sampleWith(all, "body_filter(kong)").trimEnd()} });`,
      here(sampleWith(all, "testPlugin(hello")),
      'const filtered = await (await testPlugin(more, { color: "red" })).service({ body: "abc" }).request({ path: "/" });',
      "console.log(JSON.stringify({ status, headers, upstream, logs, body: String(filtered.body) }));",
    );
    const tsx = ["--import", join(root, "node_modules/tsx/dist/loader.mjs")];
    const found = JSON.parse(await run(process.execPath, [...tsx, file])) as Record<
      string,
      unknown
    >;
    assert.deepEqual([found.status, found.body], [200, "ABC"]);
    assert.match(JSON.stringify(found.headers), /"x-greeting":"hi ann"/);
    assert.match(JSON.stringify(found.upstream), /"x-name":"ann"/);
    assert.match(await run(process.execPath, [...tsx, file, "-dump"]), /"Protocol":"Dragoman:1"/);
  });

  it("run in Python", { skip: noPython }, async () => {
    const all = samples("python", "python");
    write("sample.py", sampleWith(all, "serve(ApiKey)"));
    const file = write(
      "check.py",
      "from dragoman_plugin import AsyncKong, ROUTE, header, method_in, path_prefix, plugin, when",
      "from sample import ApiKey",
      sampleWith(all, "import Harness"),
      '@plugin(name="more", version="1.0.0", priority=1)',
      "class More:",
      indented(sampleWith(all, "def conditions(self)")),
      '@plugin(name="later", version="1.0.0", priority=1)',
      "class Later:",
      sampleWith(all, "async def access"),
      "test_no_key()",
      "test_a_key()",
      "assert Harness(More).request('POST', '/').upstream is not None",
      "later = Harness(Later)",
      "later.on('kong.client.load_consumer', lambda *args: {'id': 'c1'})",
      "print(later.request('GET', '/').upstream.headers['x-consumer'])",
    );
    const python = join(root, ".cache/python-sdk/bin/python");
    assert.equal((await run(python, [file])).trim(), "c1");
    assert.match(await run(python, [join(folder, "sample.py"), "-dump"]), /"Name": ?"api-key"/);
  });

  it("run in Go", { skip: noGo }, async () => {
    const [mod = ""] = samples("go", "").filter((one) => one.startsWith("require"));
    write("go.mod", "module sample", "go 1.21", mod.replace(/=> .*/, `=> ${join(sdks, "go")}`));
    const all = samples("go", "go");
    write("main.go", sampleWith(all, "func main()"));
    write(
      "main_test.go",
      'package main\nimport ("testing"; "github.com/Kong/go-pdk/test")',
      "func TestSample(t *testing.T) {",
      sampleWith(all, "test.New(t"),
      'if err != nil || env.ClientRes.Headers.Get("x-hello") != "hi " { t.Fatal(err, env.ClientRes) }',
      "}",
    );
    const offline = { GOPROXY: "off", GOFLAGS: "-mod=mod" };
    assert.match(await run("go", ["test", "-v", "."], offline), /--- PASS: TestSample/);
  });
});
