/** The plugin without a gateway. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { testPlugin } from "dragoman/plugin-sdk/testing";
import { myPlugin } from "./plugin.ts";

describe("my-plugin", () => {
  it("greets somebody", async () => {
    const harness = await testPlugin(myPlugin, { greeting: "good morning" });
    const { headers, upstream } = await harness.request({ path: "/?name=ann" });
    assert.equal(headers["x-greeting"], "good morning ann");
    assert.equal(upstream?.headers["x-greeted"], "ann");
  });

  it("takes nobody for a stranger", async () => {
    const harness = await testPlugin(myPlugin, { greeting: "hello" });
    const { headers } = await harness.request({ path: "/" });
    assert.equal(headers["x-greeting"], "hello stranger");
  });
});
