/** The checks and tests of the Java SDK, run by Maven: its format, its compiler's warnings, JUnit. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, it } from "node:test";
import { maven } from "../../scripts/ensure-java.mjs";
import { root } from "../../scripts/steps.mjs";
import { whatFailed } from "../helpers/failed-output.ts";
import { needsJava } from "../helpers/toolchains.ts";

const skip = await needsJava();

describe("the Java SDK", { skip }, () => {
  it("passes its own checks and tests", async () => {
    const { code, output } = await maven(["verify"], join(root, "plugin-sdk", "java"));
    assert.equal(code, 0, whatFailed("maven", output));
  });
});
