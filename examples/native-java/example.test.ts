/** Runs the commands that the README prints, and compares what they print. */
import { describe, it } from "node:test";
import { runExample } from "../../test/helpers/run-example.ts";
import { needsJava } from "../../test/helpers/toolchains.ts";

const skip = await needsJava();

describe("examples/native-java", () => {
  it("does what its README shows", { skip }, () => runExample("native-java"));
});
