/** The floor under "p50 added": a round trip between two small C programs over a Unix socket (floor.c). */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { execFileSync } from "node:child_process";
import { root } from "../scripts/steps.mjs";

const RUNS = 5;
const RUN_MS_MAX = 60_000;

/** @returns {number | null} microseconds, the median of several runs; null where there is no C compiler */
export function roundTripFloor(build) {
  const program = join(build, "floor");
  const options = { encoding: "utf8", timeout: RUN_MS_MAX, stdio: ["ignore", "pipe", "ignore"] };
  try {
    mkdirSync(build, { recursive: true });
    execFileSync("cc", ["-O2", "-o", program, join(root, "bench", "floor.c")], options);
    const took = Array.from({ length: RUNS }, () => Number(execFileSync(program, [], options)));
    return took.sort((one, other) => one - other)[RUNS >> 1];
  } catch {
    return null;
  }
}
