/** Runs the tests and lints of the SDK for Python and of its plugin server, as their own tools do. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { join } from "node:path";
import { describe, it } from "node:test";
import { whatFailed } from "../helpers/failed-output.ts";
import { needsPythonSdk } from "../helpers/toolchains.ts";

const root = join(import.meta.dirname, "..", "..");
const bin = join(root, ".cache", "python-sdk", "bin");
const FOLDERS = ["plugin-sdk/python", "plugin-servers/python"];

const skip = await needsPythonSdk();

/** A program of the environment, to its end. */
function run(program: string, args: readonly string[], folder: string): Promise<string> {
  return new Promise((done, failed) => {
    const cwd = join(root, folder);
    const child = spawn(join(bin, program), args, { cwd, stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.on("data", (text) => {
        output += text;
      });
    }
    child.on("error", failed);
    child.on("close", (code) => {
      if (code === 0) done(output);
      else failed(new Error(`${program} ended with ${code}:\n${whatFailed("pytest", output)}`));
    });
  });
}

for (const folder of FOLDERS) {
  describe(folder, () => {
    it("passes its own tests", { skip }, async () => {
      const output = await run(
        "python",
        ["-m", "pytest", "--tb=short", "-p", "no:cacheprovider"],
        folder,
      );
      assert.match(output, /\d+ passed/);
    });

    it("is linted and formatted", { skip }, async () => {
      await run("ruff", ["check", "--no-cache", "--quiet", "src", "tests"], folder);
      await run("ruff", ["format", "--no-cache", "--check", "--quiet", "src", "tests"], folder);
    });
  });
}
