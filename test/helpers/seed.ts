/**
 * Random numbers that can be had again: every randomised test prints its seed, and takes one from TEST_SEED.
 *
 * Where nobody watches, a test has the same seed each time: what decides on a change is that change, and not what chance has
 * found in all that was there before. Everywhere else each run looks at something new.
 */
import { isCi } from "../../scripts/steps.mjs";

export interface Random {
  readonly seed: number;
  /** 0 <= n < below. */
  int(below: number): number;
  pick<T>(from: readonly T[]): T;
}

/** Of a name, always the same: FNV-1a, 31 bits. */
function seedOf(name: string): number {
  let hash = 0x811c9dc5;
  for (const letter of name) hash = Math.imul(hash ^ letter.charCodeAt(0), 0x01000193);
  return hash >>> 1;
}

/** @param name of the test, printed beside the seed */
export function testSeed(name: string): number {
  const own = isCi ? seedOf(name) : Math.floor(Math.random() * 2 ** 31);
  const seed = Number(process.env.TEST_SEED ?? own);
  console.log(`# ${name}: TEST_SEED=${seed}`);
  return seed;
}

/** @param name of the test, printed beside the seed */
export function seededRandom(name: string): Random {
  const seed = testSeed(name);
  let state = seed >>> 0;
  const next = (): number => {
    // mulberry32: small, and good enough to choose test cases
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  const int = (below: number): number => Math.floor(next() * below);
  return { seed, int, pick: (from) => from[int(from.length)]! };
}
