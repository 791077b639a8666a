/** What the author of a plugin sees of the gateway's log: sentences, and the manifest in the place of files of `dev`'s own. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { readGatewayLine, reasonOf, toldOf } from "../../../core/dev/gateway-log.ts";

const line = (fields: object): string =>
  JSON.stringify({ level: "error", time: "2026-11-21T21:00:00.000Z", pid: 7, ...fields });
const FAULT = line({ msg: "kong.json:1: plugins[1].config.greeting: length must be at least 1" });
const FAILED = line({
  err: {
    type: "InvalidDeclarativeConfig",
    message: "error parsing /tmp/x/kong.json:\nin 'plugins'",
  },
  msg: "reload failed, going on as before",
});

describe("a line of the gateway's log", () => {
  const told = (fields: object): string => toldOf(readGatewayLine(line(fields)) ?? assert.fail());

  it("is told as its sentence and the reason", () => {
    assert.equal(
      told({ msg: "an upstream is gone", reason: "ECONNRESET" }),
      "an upstream is gone: ECONNRESET",
    );
    assert.equal(told({ level: "warn", msg: "slow" }), "slow");
  });

  it("is not told where nobody must act, and where something else tells it", () => {
    assert.equal(told({ level: "notice", msg: "starting" }), "");
    assert.equal(told({ msg: "a plugin failed", plugin: "greeter", request_id: "1" }), "");
    assert.equal(told({ level: "warn", msg: "connection to the plugin server is gone" }), "");
    for (const text of [FAULT, FAILED]) assert.equal(toldOf(readGatewayLine(text)!), "");
  });

  it("may be no JSON", () => {
    assert.equal(readGatewayLine("Kong started"), null);
    assert.equal(readGatewayLine("{oops"), null);
  });
});

describe("why a reload failed", () => {
  it("is the fault in the plugin's manifest, where it is one", () => {
    const fault = "dragoman-plugin.json: config.greeting: length must be at least 1";
    assert.equal(reasonOf(["Kong reloaded?", FAULT, FAILED]), fault);
  });

  it("is what the gateway says else, and all that it said where it gives no reason", () => {
    assert.equal(reasonOf([FAILED]), "error parsing /tmp/x/kong.json:\nin 'plugins'");
    assert.equal(reasonOf(["Killed", "twice"]), "Killed\ntwice");
  });
});
