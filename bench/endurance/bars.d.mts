/** Types of bars.mjs, for its tests. */
export declare class Bars {
  missed: number;
  kept: number;
  constructor(print?: (line: string) => void);
  hold(part: string, what: string, value: number, how: "<=" | ">=" | "=", bar: number): void;
  tell(part: string, words: string): void;
  fail(part: string, why: string): void;
}
export declare function percentile(values: readonly number[], share: number): number;
export declare function median(values: readonly number[]): number;
