/** When a worker stays awake for the answer of a plugin server, and when it sleeps. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { AWAKE_SKIPPED_MAX } from "../../../core/plugin-host/native/limits.ts";
import { NearAnswer } from "../../../core/plugin-host/native/near-answer.ts";
import { StreamTable } from "../../../core/plugin-host/native/stream-table.ts";

/** A connection with so many events under way. */
function connection(active: number): { near: NearAnswer; streams: StreamTable } {
  const streams = new StreamTable();
  streams.active = active;
  return { near: new NearAnswer(streams), streams };
}

/** Turns of the event loop until it sleeps again: it does, whatever comes. */
async function untilAsleep(near: NearAnswer): Promise<void> {
  while (near.isAwake) await turn();
}

describe("NearAnswer", () => {
  it("is awake from an event until its answer", async () => {
    const { near, streams } = connection(1);
    for (let i = 0; i < 5; i++) {
      streams.active = 1;
      near.expect();
      assert.ok(near.isAwake);
      streams.active = 0;
      await turn();
      await turn();
      assert.ok(!near.isAwake, "the answer is here");
    }
  });

  it("sleeps where other events are under way, which wake it", async () => {
    const { near, streams } = connection(1);
    near.expect();
    streams.active = 2;
    await turn();
    await turn();
    assert.ok(!near.isAwake);
    streams.active = 1;
    near.expect();
    assert.ok(near.isAwake, "that was no answer that came late");
  });

  it("sleeps after a moment, and tries ever more rarely where answers take longer", async () => {
    const { near } = connection(1);
    const slept: number[] = [];
    for (let tries = 0; tries < 13; tries++) {
      let asleep = 0;
      for (near.expect(); !near.isAwake; near.expect()) asleep++;
      slept.push(asleep);
      await untilAsleep(near);
    }
    const doubled = [0, 1, 3, 7, 15, 31, 63, 127, 255, 511];
    assert.deepEqual(slept, [...doubled, ...[0, 0, 0].map(() => AWAKE_SKIPPED_MAX)]);
  });

  it("trusts a plugin again that has become quick", async () => {
    const { near, streams } = connection(1);
    for (let tries = 0; tries < 5; tries++) {
      while (!near.isAwake) near.expect();
      await untilAsleep(near);
    }
    for (let answers = 0; answers < 6; answers++) {
      streams.active = 1;
      while (!near.isAwake) near.expect();
      streams.active = 0;
      await untilAsleep(near);
    }
    streams.active = 1;
    near.expect();
    await untilAsleep(near);
    near.expect();
    assert.ok(!near.isAwake);
    near.expect();
    assert.ok(near.isAwake, "one answer that came late costs one event");
  });
});
