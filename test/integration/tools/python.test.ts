/** From `plugin new` to a changed answer, in Python. */
import { describe, it } from "node:test";
import { needsPythonSdk } from "../../helpers/toolchains.ts";
import { walk } from "./author.ts";

const skip = await needsPythonSdk();

describe("tools for plugins in Python", () => {
  it("make, test, serve and reload a plugin", { skip }, () => walk("python", "plugin.py"));
});
