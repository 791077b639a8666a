/** Runs the commands that the README prints, and compares what they print. */
import { describe, it } from "node:test";
import { runExample } from "../../test/helpers/run-example.ts";
import { needsRuby } from "../../test/helpers/toolchains.ts";

const skip = await needsRuby();

describe("examples/grpc-ruby", () => {
  it("does what its README shows", { skip }, () => runExample("grpc-ruby"));
});
