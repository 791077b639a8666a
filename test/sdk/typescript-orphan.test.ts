/** A plugin server of the TypeScript SDK whose gateway was killed: nobody reads what it writes, and it must end by itself. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { it } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { isAlive } from "../helpers/is-alive.ts";

const SDK = resolve(import.meta.dirname, "../../plugin-sdk/typescript/index.ts");
/** It looks for its parent once a second, and an idle drain takes no time. */
const END_MS_MAX = 120_000;

it("ends when its parent is gone, also while it complains to a pipe that nobody reads", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "orphan-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const plugin = join(folder, "plugin.mts");
  const source = `import { definePlugin, serve } from ${JSON.stringify(SDK)};
    await serve(definePlugin({ name: "noisy", version: "1.0.0", priority: 1, access() {} }));
    console.log("serves", process.pid);
    setInterval(() => { throw new Error("left running"); }, 20);`;
  writeFileSync(plugin, source);
  // a shell stands for the gateway: the server is its child, and both write to our pipe
  const line = `"$0" --import tsx "$1" -socket "$2" & read never`;
  const shell = spawn("sh", ["-c", line, process.execPath, plugin, join(folder, "s")], {
    stdio: ["pipe", "pipe", "pipe"],
  });
  let output = "";
  while (!output.includes("serves")) {
    const [chunk] = (await once(shell.stdout, "data")) as [Buffer];
    output += chunk.toString();
  }
  const pid = Number(/serves (\d+)/.exec(output)![1]);
  t.after(() => isAlive(pid) && process.kill(pid, "SIGKILL"));
  shell.stdout.destroy();
  shell.stderr.destroy();
  shell.kill("SIGKILL");
  const began = performance.now();
  while (isAlive(pid) && performance.now() - began < END_MS_MAX) await delay(50);
  assert.equal(isAlive(pid), false, "it runs on");
});
