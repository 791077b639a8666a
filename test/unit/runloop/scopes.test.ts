/** Precedence of plugin configs by scope: the eight rows of Kong's table, alone and in every combination. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Scopes } from "../../../core/runloop/scopes.ts";
import { handler, plugin } from "./fixtures.ts";

type Scope = { route?: string; service?: string; consumer?: string };

/** Most specific first (reference proxy-behaviour.md, 1). */
const ROWS: readonly Scope[] = [
  { route: "r", service: "s", consumer: "c" },
  { route: "r", consumer: "c" },
  { service: "s", consumer: "c" },
  { route: "r", service: "s" },
  { consumer: "c" },
  { route: "r" },
  { service: "s" },
  {},
];
const someHandler = handler("p", 1, [], {});

function isSubset(scope: Scope, given: Scope): boolean {
  return (["route", "service", "consumer"] as const).every(
    (dimension) => scope[dimension] === undefined || scope[dimension] === given[dimension],
  );
}

describe("Scopes", () => {
  // Goal: the most specific match wins whatever else there is. Method: all 256 sets of configs against all 8 requests,
  // and the expected row found by looking through the table.
  it("finds the first matching row of the table, in all combinations", () => {
    let found = 0;
    for (let set = 0; set < 256; set++) {
      const scopes = new Scopes(someHandler, {});
      const present = ROWS.filter((_, row) => set & (1 << row));
      const plugins = present.map((scope) => plugin("p", scope));
      // declared in the other order, so that order of declaration cannot stand in for precedence
      for (const one of [...plugins].reverse()) scopes.add(one);
      for (const given of ROWS) {
        const at = present.findIndex((scope) => isSubset(scope, given));
        const step = scopes.find(given.route ?? "", given.service ?? "", given.consumer ?? "");
        assert.equal(step?.plugin.id, plugins[at]?.id, `set ${set}, ${JSON.stringify(given)}`);
        if (step !== null) found++;
      }
    }
    assert.ok(found > 1000);
  });

  it("does not take a config of another route, service or consumer", () => {
    const scopes = new Scopes(someHandler, {});
    for (const scope of ROWS.slice(0, 7)) scopes.add(plugin("p", scope));
    assert.equal(scopes.find("r2", "s2", "c2"), null);
    assert.equal(scopes.find("r2", "s", "c2")?.plugin.service?.id, "s");
  });

  it("drops the dimensions that the plugin's schema forbids", () => {
    const scopes = new Scopes(someHandler, { noConsumer: true });
    const one = plugin("p", { consumer: "c" });
    scopes.add(one);
    assert.equal(scopes.find("r", "s", "")?.plugin.id, one.id);
    assert.equal(scopes.mayNeedConsumer("r", "s"), false);
  });

  it("knows where a consumer may matter", () => {
    const scopes = new Scopes(someHandler, {});
    scopes.add(plugin("p", { route: "r", consumer: "c" }));
    scopes.add(plugin("p", { service: "s", consumer: "c" }));
    scopes.add(plugin("p"));
    assert.equal(scopes.mayNeedConsumer("r", ""), true);
    assert.equal(scopes.mayNeedConsumer("r2", "s"), true);
    assert.equal(scopes.mayNeedConsumer("r2", "s2"), false);
    scopes.add(plugin("p", { consumer: "c2" }));
    assert.equal(scopes.mayNeedConsumer("r2", "s2"), true);
  });
});
