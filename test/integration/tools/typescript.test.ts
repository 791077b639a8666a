/** From `plugin new` to a changed answer, in TypeScript. */
import { describe, it } from "node:test";
import { walk } from "./author.ts";

describe("tools for plugins in TypeScript", () => {
  it("make, test, serve and reload a plugin", () => walk("typescript", "plugin.ts"));
});
