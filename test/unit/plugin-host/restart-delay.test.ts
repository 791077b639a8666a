/** When a plugin server is started again: at once after service, ever later where it does not come up. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  DELAY_MS,
  DELAY_MS_MAX,
  PROMPT_RESTARTS,
  RestartDelay,
} from "../../../core/plugin-host/restart-delay.ts";

describe("the delay before a restart", () => {
  it("is nothing for a server that is killed every second, for as long as that lasts", () => {
    const delay = new RestartDelay(0);
    for (let second = 1; second <= 300; second++) assert.equal(delay.next(true, second * 1000), 0);
  });

  it("grows from 1 s to 30 s where a server does not come up", () => {
    const delay = new RestartDelay(0);
    const delays = Array.from({ length: 8 }, () => delay.next(false, 0));
    for (const one of delays) assert.ok(one >= DELAY_MS && one <= DELAY_MS_MAX * 1.2, String(one));
    assert.ok(delays[7]! > delays[0]! * 10);
    assert.equal(delay.failures, 8);
  });

  it("begins anew after service", () => {
    const delay = new RestartDelay(0);
    for (let n = 0; n < 5; n++) delay.next(false, 0);
    assert.equal(delay.next(true, 60_000), 0);
    assert.equal(delay.failures, 0);
  });

  it("comes after so many prompt restarts in a short time", () => {
    const delay = new RestartDelay(0);
    const delays = Array.from({ length: PROMPT_RESTARTS + 1 }, () => delay.next(true, 0));
    assert.ok(delays.slice(0, -1).every((one) => one === 0));
    assert.ok(delays.at(-1)! >= DELAY_MS);
  });
});
