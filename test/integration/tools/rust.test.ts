/** From `plugin new` to a changed answer, in Rust. */
import { describe, it } from "node:test";
import { needsRust } from "../../helpers/toolchains.ts";
import { walk } from "./author.ts";

const skip = await needsRust();

describe("tools for plugins in Rust", () => {
  it("make, test, serve and reload a plugin", { skip }, () => walk("rust", "src/main.rs"));
});
