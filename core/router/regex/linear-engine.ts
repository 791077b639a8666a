/** re2js, whose matching takes time in proportion to the text whatever the pattern. */
import { createRequire } from "node:module";
import type { RE2JS } from "re2js";

let re2js: typeof import("re2js") | null = null;

/** Loaded with the first pattern that needs it, which most gateways never have: it is a fifth of a worker's code. */
export function linearEngine(): typeof RE2JS {
  re2js ??= createRequire(import.meta.url)("re2js") as typeof import("re2js");
  return re2js.RE2JS;
}

/** Characters times states of a pattern that it may look at, some 50 ms. */
export const WORK_MAX = 500_000;
