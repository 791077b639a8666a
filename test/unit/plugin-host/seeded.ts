/** A small seeded source of chance, and values of it; the seed is printed, so that a failure can be repeated with TEST_SEED=n. */
import { testSeed } from "../../helpers/seed.ts";

/** mulberry32 */
export function seeded(name: string): { next(): number; below(n: number): number; seed: number } {
  const seed = testSeed(name);
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
  return { next, below: (n) => Math.floor(next() * n), seed };
}

/** Any JSON-like value with bytes in it, at most `depth` deep. */
export function anyValue(chance: { below(n: number): number }, depth: number): unknown {
  const words = ["", "a", "Grüße", "x".repeat(31), "y".repeat(32), "z".repeat(300), "\u{1f600}"];
  const numbers = [
    0,
    1,
    127,
    128,
    255,
    256,
    65535,
    65536,
    2 ** 32,
    -1,
    -32,
    -33,
    -129,
    -70000,
    1.5,
  ];
  switch (chance.below(depth > 0 ? 8 : 6)) {
    case 0:
      return null;
    case 1:
      return chance.below(2) === 0;
    case 2:
    case 3:
      return numbers[chance.below(numbers.length)];
    case 4:
      return words[chance.below(words.length)];
    case 5:
      return Buffer.alloc(chance.below(300), chance.below(256));
    case 6:
      return Array.from({ length: chance.below(20) }, () => anyValue(chance, depth - 1));
    default: {
      const record: Record<string, unknown> = {};
      for (let n = chance.below(20) + 1; n > 0; n--) record[`k${n}`] = anyValue(chance, depth - 1);
      return record;
    }
  }
}
