/**
 * What failed, out of what another runner of tests printed: a failure in CI is read in few lines, and what passed is none of
 * its business. Where nothing is recognised the end of the output is shown.
 */

export type Runner = "go" | "cargo" | "maven" | "pytest";

/** Lines that are shown. */
export const FAILED_LINES_MAX = 40;

/** Where the failures begin, and lines that say nothing. */
const KINDS: Readonly<Record<Runner, { readonly from: RegExp; readonly noise: RegExp }>> = {
  go: {
    from: /^\s*--- FAIL|^panic:|^# |^FAIL\b|\.go:\d+:\d+:|^\s+\S+_test\.go:\d+:|WARNING: DATA RACE/,
    noise: /^(?:ok\s|\?\s|PASS$|=== (?:RUN|PAUSE|CONT|NAME))/,
  },
  cargo: {
    from: /^failures:$|^error(?:\[|:)|panicked at/,
    noise: /^(?:test .* \.\.\. ok|running \d+ tests?|\.+$|\s*$)/,
  },
  maven: {
    from: /^\[(?:ERROR|FATAL)\]|^(?:\[INFO\] )?Tests run:.*(?:FAILURE|ERROR)/,
    noise:
      /^\[(?:INFO|WARNING)\]|^\[ERROR\]\s*$|re-run Maven|For more information about the errors/,
  },
  pytest: {
    from: /^=+ (?:FAILURES|ERRORS) =+$|^(?:FAILED|ERROR) /,
    noise: /^[.sxF]+\s*\[\s*\d+%\]$|^=+ (?:test session starts|warnings summary)/,
  },
};

/**
 * @param output of the runner, or its end
 * @returns at most {@link FAILED_LINES_MAX} lines
 */
export function whatFailed(runner: Runner, output: string): string {
  const { from, noise } = KINDS[runner];
  const lines = output.split("\n");
  const first = lines.findIndex((line) => from.test(line));
  if (first < 0) return lines.slice(-FAILED_LINES_MAX).join("\n");
  const shown = lines.slice(first).filter((line) => !noise.test(line));
  if (shown.length <= FAILED_LINES_MAX) return shown.join("\n");
  const left = shown.length - FAILED_LINES_MAX + 1;
  return [...shown.slice(0, FAILED_LINES_MAX - 1), `... ${left} lines more`].join("\n");
}
