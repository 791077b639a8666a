/**
 * The SDK's package for npm, as its users have it: packed, installed into a folder of its own, with a plugin in plain
 * JavaScript and one in TypeScript that compile and serve there. No registry is asked: it has no dependencies.
 */
import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { accessEvent, NativeClient } from "../helpers/native-client.ts";

const root = join(import.meta.dirname, "../..");
const folder = mkdtempSync(join(tmpdir(), "sdk-package-"));
const app = join(folder, "app");
/** How long a program may take on a busy machine, in milliseconds. */
const PROGRAM_MS_MAX = 600_000;

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

function run(words: readonly string[], cwd = app): Promise<Ended> {
  const [program = "", ...args] = words;
  return new Promise((resolve) => {
    execFile(program, args, { cwd, timeout: PROGRAM_MS_MAX }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code ?? 1), stdout, stderr });
    });
  });
}

async function ran(words: readonly string[], cwd = app): Promise<string> {
  const { code, stdout, stderr } = await run(words, cwd);
  assert.equal(code, 0, `${words.join(" ")}\n${stdout}${stderr}`);
  return stdout;
}

/** Can it be connected to? */
function answers(socket: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = connect(socket, () => resolve(true));
    probe.on("error", () => resolve(false));
    probe.on("connect", () => probe.destroy());
  });
}

/** Serve with a program, run one event, and end it. @returns header writes of the event */
async function served(words: readonly string[], plugin: string): Promise<string[]> {
  const socket = join(folder, "server.sock");
  const [program = "", ...args] = words;
  const child = spawn(program, [...args, "-socket", socket], { cwd: app, stdio: "inherit" });
  const ended = new Promise<number | null>((resolve) => child.once("exit", resolve));
  try {
    const until = performance.now() + PROGRAM_MS_MAX;
    while (!(await answers(socket))) {
      assert.ok(child.exitCode === null && performance.now() < until, "it does not serve");
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    const client = new NativeClient(socket);
    await client.hello();
    await client.start(1, plugin, { greeting: "hello" });
    client.event(1, accessEvent());
    const { message } = await client.next("Done");
    client.destroy();
    const writes = message.writes as { name: Buffer; value: Buffer }[];
    return writes.map(({ name, value }) => `${name}: ${value}`);
  } finally {
    child.kill("SIGTERM");
    assert.equal(await ended, 0);
  }
}

const CODE = (annotation: string): string => `
import { definePlugin, serve, string } from "dragoman-plugin-sdk";

const greet = (name${annotation}) => "hello " + name;

export const greeter = definePlugin({
  name: "greeter",
  version: "1.0.0",
  priority: 10,
  config: { greeting: string({ default: "hello" }) },
  access(kong, config) {
    const page = kong.request.getQueryArg("page");
    kong.response.setHeader("x-greeting", greet(String(page)) + config.greeting.length);
  },
});

await serve(greeter);
`;
const TSC = [
  "--strict",
  "--noUnusedLocals",
  "--exactOptionalPropertyTypes",
  "--module",
  "nodenext",
];

describe("the package of the SDK for TypeScript", () => {
  before(async () => {
    mkdirSync(join(app, "plugins"), { recursive: true });
    await ran(
      ["npm", "pack", "--silent", "--pack-destination", folder],
      join(root, "plugin-sdk/typescript"),
    );
    const [packed = ""] = readdirSync(folder).filter((name) => name.endsWith(".tgz"));
    writeFileSync(join(app, "package.json"), JSON.stringify({ name: "app", type: "module" }));
    const quietly = ["--offline", "--no-audit", "--no-fund", "--ignore-scripts"];
    await ran(["npm", "install", ...quietly, join(folder, packed)]);
    // what every TypeScript project has beside it
    mkdirSync(join(app, "node_modules/@types"), { recursive: true });
    for (const name of ["@types/node", "undici-types"]) {
      symlinkSync(join(root, "node_modules", name), join(app, "node_modules", name));
    }
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  const greeting = ["x-greeting: hello 25"];

  it("serves a plugin in JavaScript", async () => {
    writeFileSync(join(app, "plugin.js"), CODE(""));
    const dumped = JSON.parse(await ran(["node", "plugin.js", "-dump"]));
    assert.deepEqual(dumped.Plugins[0].Phases, ["access"]);
    assert.deepEqual(await served(["node", "plugin.js"], "greeter"), greeting);
  });

  it("has types by which a plugin in TypeScript compiles strictly, and serves", async () => {
    writeFileSync(join(app, "typed.ts"), CODE(": string"));
    writeFileSync(
      join(app, "typed-test.ts"),
      `import { testPlugin } from "dragoman-plugin-sdk/testing";
import { greeter } from "./typed.js";
const harness = await testPlugin(greeter, { greeting: "hi" });
export const greeting: string | string[] | undefined = (await harness.request({ path: "/?page=1" })).headers["x-greeting"];
`,
    );
    const tsc = join(root, "node_modules/.bin/tsc");
    await ran([tsc, ...TSC, "--target", "es2023", "--outDir", "out", "typed.ts", "typed-test.ts"]);
    assert.deepEqual(await served(["node", "out/typed.js"], "greeter"), greeting);
  });

  it("finds mistakes when it compiles", async () => {
    writeFileSync(
      join(app, "wrong.ts"),
      CODE(": string")
        .replace("getQueryArg", "getQueryArgument")
        .replace("config.greeting", "config.farewell"),
    );
    const tsc = join(root, "node_modules/.bin/tsc");
    const { code, stdout } = await run([tsc, ...TSC, "--noEmit", "wrong.ts"]);
    assert.notEqual(code, 0);
    assert.match(stdout, /wrong\.ts.*getQueryArgument/);
    assert.match(stdout, /wrong\.ts.*farewell/);
  });

  it("brings the plugin server for modules of kong-pdk", async () => {
    writeFileSync(
      join(app, "plugins", "old.cjs"),
      `class Plugin { async access(kong) { await kong.response.set_header("x-old", "yes"); } }
module.exports = { Plugin, Schema: [], Version: "0.1.0", Priority: 0, Name: "old" };
`,
    );
    const program = join(app, "node_modules/.bin/dragoman-js-pluginserver");
    const dumped = JSON.parse(await ran([program, "-d", "plugins", "--dump-all-plugins"]));
    assert.equal(dumped.Plugins[0]?.Name, "old");
  });
});
