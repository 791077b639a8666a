/** Random numbers that can be had again: every randomised test prints its seed, and takes one from TEST_SEED. */

export interface Random {
  readonly seed: number;
  /** 0 <= n < below. */
  int(below: number): number;
  pick<T>(from: readonly T[]): T;
}

/** @param name of the test, printed beside the seed */
export function seededRandom(name: string): Random {
  const seed = Number(process.env.TEST_SEED ?? Math.floor(Math.random() * 2 ** 31));
  console.log(`# ${name}: TEST_SEED=${seed}`);
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
