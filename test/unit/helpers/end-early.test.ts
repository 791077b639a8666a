/** A run that is told to end takes along what it has started, also what has left it. Method: a run of shells. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { describe, it } from "node:test";
import { root } from "../../../scripts/steps.mjs";
import { isAlive } from "../../helpers/is-alive.ts";

/**
 * Starts a shell in a session of its own, which writes its number and that of a shell it starts: with a clean environment, and
 * deaf to SIGTERM.
 */
const RUN = `
import { spawn } from "node:child_process";
import { endWithChildren } from ${JSON.stringify(join(root, "scripts/testing/end-early.mjs"))};
endWithChildren();
const inner = 'trap "" TERM; echo $$; while :; do sleep 60; done';
const outer = "env -i PATH=$PATH sh -c '" + inner + "' & echo $$; wait";
spawn("sh", ["-c", outer], { detached: true, stdio: ["ignore", "inherit", "inherit"] }).unref();
setInterval(() => {}, 60_000);
`;

const skip = process.platform === "linux" ? false : "reads /proc";

describe("a run of the tests", { skip }, () => {
  for (const [signal, code] of [
    ["SIGTERM", 143],
    ["SIGINT", 130],
  ] as const) {
    it(`that gets ${signal} leaves nothing behind, and says so`, async () => {
      const args = ["--input-type=module", "-e", RUN];
      const run = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
      const ended = new Promise<number | null>((done) => run.once("exit", done));
      const pids: number[] = [];
      let said = "";
      const lines = createInterface({ input: run.stdout! });
      const closed = new Promise<void>((done) => lines.once("close", done));
      lines.on("line", (line) => {
        if (!/^\d+$/.test(line)) said = line;
        else if (pids.push(Number(line)) === 2) run.kill(signal);
      });
      assert.equal(await ended, code);
      assert.deepEqual(pids.map(isAlive), [false, false]);
      await closed;
      assert.match(
        said,
        new RegExp(`^ended by ${signal}, with [3-9] processes that were started$`),
      );
    });
  }
});
