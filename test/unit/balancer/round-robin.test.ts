import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { PeerTable } from "../../../core/balancer/peer.ts";
import { RoundRobin } from "../../../core/balancer/round-robin.ts";
import { testSeed } from "../../helpers/seed.ts";

const table = new PeerTable();
const peer = (port: number) => table.get("127.0.0.1", port, "127.0.0.1", null);
const ring = (...weights: number[]) =>
  new RoundRobin(weights.map((weight, i) => ({ peer: peer(i + 1), weight })));
const turns = (robin: RoundRobin, count: number) =>
  Array.from({ length: count }, () => robin.pick([])!.port);

describe("RoundRobin", () => {
  it("takes equal weights in turn", () => {
    assert.deepEqual(turns(ring(100, 100, 100), 7), [1, 2, 3, 1, 2, 3, 1]);
  });

  it("spreads the turns of a heavy peer evenly", () => {
    assert.deepEqual(turns(ring(10, 30), 8), [2, 1, 2, 2, 2, 1, 2, 2]);
  });

  // Goal: the share is exact in every cycle, whatever the weights. Method: count the turns of three cycles.
  it("is exact by weight in each cycle", () => {
    const seed = testSeed("round-robin");
    let state = seed;
    const random = (below: number) => {
      state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
      return Math.floor((state / 0x80000000) * below);
    };
    for (let round = 0; round < 50; round++) {
      const weights = Array.from({ length: 1 + random(8) }, () => random(40));
      const robin = ring(...weights, 1); // the 1 keeps the weights from being reduced
      const total = weights.reduce((sum, weight) => sum + weight, 1);
      for (let cycle = 0; cycle < 3; cycle++) {
        const counts = new Array<number>(weights.length + 1).fill(0);
        for (const port of turns(robin, total)) counts[port - 1]!++;
        assert.deepEqual(counts, [...weights, 1], `seed ${seed}, round ${round}, cycle ${cycle}`);
      }
    }
  });

  it("gives nothing to weight 0, and null where nothing has a weight", () => {
    assert.deepEqual(new Set(turns(ring(0, 5), 4)), new Set([2]));
    assert.equal(ring(0, 0).pick([]), null);
    assert.equal(ring().pick([]), null);
  });

  it("avoids tried peers, however heavy, until there are no others", () => {
    const robin = ring(1000, 1, 1);
    assert.equal(robin.pick([peer(1), peer(2)])!.port, 3);
    assert.equal(robin.pick([peer(1), peer(3)])!.port, 2);
    assert.notEqual(robin.pick([peer(1), peer(2), peer(3)]), null);
  });
});
