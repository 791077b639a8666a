/** The breaker's states over time, with a clock of the test's own. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Breaker, type BreakerLimits } from "../../../core/plugin-host/breaker.ts";

const LIMITS: BreakerLimits = {
  failures: 3,
  sharePercent: 0,
  windowMs: 1000,
  eventsLeast: 10,
  openMs: 500,
};

function breakerOf(limits: Partial<BreakerLimits> = {}) {
  const changes: string[] = [];
  const clock = { ms: 0 };
  const breaker = new Breaker(
    "it",
    { ...LIMITS, ...limits },
    ({ state }, before) => changes.push(`${before} ${state}`),
    () => clock.ms,
  );
  const fail = (times: number): void => {
    for (let n = 0; n < times; n++) breaker.failed("access");
  };
  return { breaker, changes, clock, fail };
}

describe("Breaker", () => {
  it("opens after failures in a row, not after as many with a success between", () => {
    const { breaker, fail } = breakerOf();
    fail(2);
    breaker.succeeded("access");
    fail(2);
    assert.equal(breaker.state, "closed");
    fail(1);
    assert.equal(breaker.state, "open");
    assert.equal(breaker.admits(), false);
    assert.deepEqual(breaker.report, { state: "open", opened: 1, refused: 1 });
  });

  // a plugin that fails every request has other phases that succeed for each of them
  it("counts failures in a row phase by phase, and is closed by the phase that opened it", () => {
    const { breaker, clock, changes } = breakerOf();
    for (let n = 0; n < 3; n++) {
      assert.equal(breaker.admits(), true);
      breaker.failed("access");
      breaker.succeeded("log");
    }
    assert.equal(breaker.state, "open");
    clock.ms = 500;
    assert.equal(breaker.admits(), true);
    breaker.succeeded("log");
    assert.equal(breaker.state, "half-open", "it says nothing of access");
    assert.equal(breaker.admits(), true, "and the next one is tried");
    assert.equal(breaker.admits(), false, "one at a time");
    breaker.failed("log");
    assert.equal(breaker.state, "open");
    clock.ms = 1000;
    assert.equal(breaker.admits(), true);
    breaker.succeeded("access");
    assert.deepEqual(changes, [
      "closed open",
      "open half-open",
      "half-open open",
      "open half-open",
      "half-open closed",
    ]);
  });

  it("lets one event through when its time is over, and that decides", () => {
    const { breaker, clock, fail, changes } = breakerOf();
    fail(3);
    clock.ms = 499;
    assert.equal(breaker.admits(), false);
    clock.ms = 500;
    assert.equal(breaker.admits(), true);
    assert.equal(breaker.admits(), false, "one at a time");
    breaker.failed("access");
    assert.equal(breaker.state, "open");
    clock.ms = 1000;
    assert.equal(breaker.admits(), true);
    breaker.succeeded("access");
    assert.equal(breaker.admits(), true);
    assert.deepEqual(changes, [
      "closed open",
      "open half-open",
      "half-open open",
      "open half-open",
      "half-open closed",
    ]);
  });

  it("tries another event where the one tried said nothing", () => {
    const { breaker, clock, fail } = breakerOf();
    fail(3);
    clock.ms = 500;
    assert.equal(breaker.admits(), true);
    breaker.saidNothing();
    assert.equal(breaker.state, "half-open");
    assert.equal(breaker.admits(), true);
  });

  it("does not mind failures of events that began before it opened", () => {
    const { breaker, clock, fail } = breakerOf();
    fail(3);
    clock.ms = 400;
    fail(5);
    assert.equal(breaker.opened, 1);
    clock.ms = 500;
    assert.equal(breaker.admits(), true);
  });

  it("opens by the share of failures, once there are enough events", () => {
    const { breaker } = breakerOf({ failures: 0, sharePercent: 50 });
    for (let n = 0; n < 4; n++) {
      breaker.failed("access");
      breaker.succeeded("access");
    }
    assert.equal(breaker.state, "closed", "8 events are too few");
    breaker.succeeded("access");
    breaker.failed("access");
    assert.equal(breaker.state, "open");
  });

  it("forgets events that are older than the window", () => {
    const { breaker, clock, fail } = breakerOf({ failures: 0, sharePercent: 50 });
    fail(9);
    clock.ms = 1600;
    for (let n = 0; n < 9; n++) breaker.succeeded("access");
    fail(1);
    assert.equal(breaker.state, "closed");
  });
});
