/** Runs the commands that the README prints, and compares what they print. */
import { describe, it } from "node:test";
import { runExample } from "../../test/helpers/run-example.ts";
import { needsPython } from "../../test/helpers/toolchains.ts";

const skip = await needsPython();

describe("examples/python-plugin", () => {
  it("does what its README shows", { skip }, () => runExample("python-plugin"));
});
