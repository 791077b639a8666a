/** Tests the plugin of this example in memory, without a gateway. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { testPlugin } from "dragoman/plugin-sdk/testing";
import { apiGuard } from "./api-guard.ts";

const config = { clients: { k1: "ann" }, requests_a_client: 2 };

describe("api-guard", () => {
  it("answers 401 without a key", async () => {
    const harness = await testPlugin(apiGuard, config);
    const { status, upstream, logs } = await harness.request();
    assert.equal(status, 401);
    assert.equal(upstream, null);
    assert.deepEqual(logs, [{ level: "info", message: "answered nobody with 401" }]);
  });

  it("tells the Service who asks, and keeps the key to itself", async () => {
    const harness = await testPlugin(apiGuard, config);
    const { headers, upstream } = await harness.request({ headers: { apikey: "k1" } });
    assert.equal(upstream?.headers["x-client"], "ann");
    assert.equal(upstream?.headers.apikey, undefined);
    assert.equal(headers["x-served-for"], "ann");
  });

  it("counts a client's requests", async () => {
    const harness = await testPlugin(apiGuard, config);
    const statuses: number[] = [];
    for (let i = 0; i < 3; i++) {
      statuses.push((await harness.request({ headers: { apikey: "k1" } })).status);
    }
    assert.deepEqual(statuses, [200, 200, 429]);
  });
});
