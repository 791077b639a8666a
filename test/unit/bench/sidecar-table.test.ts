/** The table of `npm run bench:sidecar`, made of figures that are easy to check by hand. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { median, type Result, type Sample, sidecarTable } from "../../../bench/sidecar-table.mjs";

/** A candidate's rounds: CPU of the gateway and of the plugin server in us, p50 in ms. */
function rounds(...figures: [number, number, number | null][]): { samples: Sample[] } {
  const samples = figures.map(([cpu_us, sidecar_us, p50_ms], round) => ({
    round,
    cpu_us,
    sidecar_us,
    p50_ms,
  }));
  return { samples };
}

const BUSY: Result = {
  workloads: {
    small: {
      nginx: rounds([20, 0, 1], [40, 0, 1], [20, 0, 1]),
      gateway: rounds([25, 0, 1], [50, 0, 1], [25, 0, 1]),
      ours: rounds([30, 10, 1], [60, 20, 1], [30, 10, 1]),
      kongs: rounds([90, 50, 1], [200, 100, 1], [90, 50, 1]),
    },
  },
  problems: ["gone: left out: probe: no answer\n  more of its log"],
};
const IDLE: Result = {
  workloads: { small: { gateway: rounds([0, 0, 0.1]), ours: rounds([0, 0, 0.15]) } },
};
const ROWS = [
  { name: "ours", kong: "kongs" },
  { name: "kongs", kong: null },
  { name: "gone", kong: null },
  { name: "untried", kong: null },
  { name: "unasked", kong: null },
];

const table = () =>
  sidecarTable({ busy: BUSY, idle: IDLE }, ROWS, new Map([["untried", "no Go on this machine"]]));
const line = (name: string) =>
  table()
    .text.split("\n")
    .find((text) => text.startsWith(name));

describe("table of the sidecar bench", () => {
  // A round in which the machine was half as fast must not move a ratio.
  it("compares within each round", () => {
    assert.deepEqual(line("ours")?.trim().split(/ {2,}/), [
      "ours",
      "30.0",
      "25.0",
      "1.20",
      "1.50",
      "10.0",
      "0.20",
      "50",
    ]);
  });

  it("leaves cells open for what was not measured", () => {
    assert.match(line("kongs") ?? "", / 50\.0 +- +-$/);
  });

  it("gives the reason in a row without figures", () => {
    assert.match(line("gone") ?? "", /not measured: left out: probe: no answer$/);
    assert.match(line("untried") ?? "", /not measured: no Go on this machine$/);
  });

  it("has no row for what was not asked for, and counts those with figures", () => {
    assert.equal(line("unasked"), undefined);
    assert.equal(line("nginx+lua+kong-pdk"), undefined);
    assert.equal(table().measured, 2);
  });

  it("tells how much else the machine did", () => {
    const samples = [0.02, 0.4, 0.06].map((other_cores) => ({
      cpu_us: 1,
      sidecar_us: 1,
      p50_ms: 1,
      other_cores,
    }));
    const busy = { workloads: { small: { ours: { samples } } } };
    const { text } = sidecarTable({ busy, idle: {} }, ROWS, new Map());
    assert.match(text, /other processes used 0\.06 CPUs, - at one connection/);
  });

  it("survives a run that measured nothing", () => {
    assert.equal(sidecarTable({ busy: {}, idle: {} }, ROWS, new Map()).measured, 0);
  });

  it("knows the median of an even and of an odd number, and of none", () => {
    assert.deepEqual([median([4, 1]), median([9, 1, 2]), median([])], [2.5, 2, null]);
  });

  it("leaves rounds that failed out", () => {
    const failed = { round: 0, error: "wrk: no output" } as unknown as Sample;
    const busy = {
      workloads: { small: { nginx: rounds([1, 0, 1]), ours: { samples: [failed] } } },
    };
    assert.equal(sidecarTable({ busy, idle: {} }, ROWS, new Map()).measured, 0);
  });
});
