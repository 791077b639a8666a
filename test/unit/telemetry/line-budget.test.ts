/** How many lines are written of what happens to every request. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { LineBudget } from "../../../core/telemetry/line-budget.ts";

describe("LineBudget", () => {
  it("has so many lines in a second, and tells in the next how many it did not have", () => {
    const budget = new LineBudget(2);
    assert.deepEqual(
      [1000, 1200, 1999, 1999.9].map((ms) => budget.take(ms)),
      [0, 0, -1, -1],
    );
    assert.deepEqual(
      [2000, 2001, 2002].map((ms) => budget.take(ms)),
      [2, 0, -1],
    );
    assert.equal(budget.take(9000), 1);
  });
});
