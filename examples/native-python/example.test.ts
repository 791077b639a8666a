/** Runs the commands that the README prints, and compares what they print. */
import { describe, it } from "node:test";
import { runExample } from "../../test/helpers/run-example.ts";
import { needsPythonSdk } from "../../test/helpers/toolchains.ts";

const skip = await needsPythonSdk();

describe("examples/native-python", () => {
  it("does what its README shows", { skip }, () => runExample("native-python"));
});
