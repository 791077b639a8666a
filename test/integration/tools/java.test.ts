/** From `plugin new` to a changed answer, in Java. */
import { describe, it } from "node:test";
import { needsJava } from "../../helpers/toolchains.ts";
import { walk } from "./author.ts";

const skip = await needsJava();

describe("tools for plugins in Java", () => {
  it("make, test, serve and reload a plugin", { skip }, () =>
    walk("java", "src/main/java/plugin/HelloJava.java"),
  );
});
