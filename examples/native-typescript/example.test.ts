/** Runs the commands that the README prints, and compares what they print. */
import { describe, it } from "node:test";
import { runExample } from "../../test/helpers/run-example.ts";

describe("examples/native-typescript", () => {
  it("does what its README shows", () => runExample("native-typescript"));
});
