/** From `plugin new` to a changed answer, in Go. */
import { describe, it } from "node:test";
import { needsGo } from "../../helpers/toolchains.ts";
import { walk } from "./author.ts";

const skip = await needsGo();

describe("tools for plugins in Go", () => {
  it("make, test, serve and reload a plugin", { skip }, () => walk("go", "main.go"));
});
