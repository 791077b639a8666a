/** The tests of the Rust SDK and of its example, run by cargo. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, it } from "node:test";
import { rustTarget } from "../../scripts/ensure-rust.mjs";
import { root, run } from "../../scripts/steps.mjs";
import { whatFailed } from "../helpers/failed-output.ts";
import { needsRust } from "../helpers/toolchains.ts";

const skip = await needsRust();
const FOLDERS = ["plugin-sdk/rust", "examples/native-rust/rust-gatekeeper"];

describe("the Rust SDK", { skip }, () => {
  for (const folder of FOLDERS) {
    it(`passes its own tests (${folder})`, async () => {
      const words = ["cargo", "test", "--locked", "--quiet"];
      const env = { CARGO_TARGET_DIR: rustTarget };
      const { code, output } = await run(words, { cwd: join(root, folder), env });
      assert.equal(code, 0, whatFailed("cargo", output));
    });
  }
});
