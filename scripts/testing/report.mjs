/**
 * What a run of the tests prints: a line for each process of tests as it ends, and at the end, because only the end of a long
 * output is shown where nobody watched it, the counts and once more what failed.
 */

/** Lines that the failures may take at the end, and each of them at least. */
const FAILURE_LINES_MAX = 48;
const FAILURE_LINES_LEAST = 4;
const NOTE_LINES_MAX = 4;
/** Characters of a line of a failure that are shown at the end. */
const LINE_SHOWN_MAX = 240;

/** The first lines of a text and the last ones, `max` in all. */
export function shortened(text, max) {
  const lines = text.split("\n").map((line) => (line.length > LINE_SHOWN_MAX ? `${line.slice(0, LINE_SHOWN_MAX)}...` : line));
  if (lines.length <= max) return lines;
  const head = Math.ceil((max - 1) / 2);
  const tail = max - 1 - head;
  return [...lines.slice(0, head), `... ${lines.length - head - tail} lines more above ...`, ...lines.slice(lines.length - tail)];
}

export class Report {
  #passed = 0;
  #failures = [];
  #skipped = [];
  #notes = [];

  /** @param {import("./run-files.mjs").Result} result */
  add(title, { passed, failures, skipped, notes = [], seconds }) {
    this.#passed += passed;
    this.#failures.push(...failures);
    this.#skipped.push(...skipped);
    this.#notes.push(...notes);
    const counts = [`${passed} passed`];
    if (failures.length > 0) counts.push(`${failures.length} failed`);
    if (skipped.length > 0) counts.push(`${skipped.length} skipped`);
    console.log(`${failures.length > 0 ? "✗" : "✓"} ${title}: ${counts.join(", ")} (${seconds.toFixed(1)} s)`);
    for (const { name, file, error } of failures) {
      console.log(`  ✗ ${file} ${name}`);
      console.log(error.replace(/^/gm, "    "));
    }
  }

  /** Something that is no test went wrong, so that tests could not run. */
  fail(name, error) {
    this.add(name, { passed: 0, failures: [{ name, file: "", error }], skipped: [], seconds: 0 });
  }

  /** All that was added, as one result without its time. */
  total() {
    return { passed: this.#passed, failures: this.#failures, skipped: this.#skipped };
  }

  #printSkipped() {
    const byReason = byReasons(this.#skipped);
    for (const [reason, some] of byReason) {
      const names = some.map(({ name }) => name).join("; ");
      console.log(`- ${some.length} skipped: ${shortened(`${reason} (${names})`, 1)[0]}`);
    }
  }

  /** Print the end of the output. @returns {0 | 1} exit code: 0 where tests ran and none failed */
  end(seconds) {
    this.#printSkipped();
    for (const note of this.#notes) console.log(shortened(`~ ${note}`, NOTE_LINES_MAX).join("\n"));
    const most = Math.floor(FAILURE_LINES_MAX / FAILURE_LINES_LEAST);
    const shown = this.#failures.slice(0, most);
    const each = Math.max(FAILURE_LINES_LEAST, Math.floor(FAILURE_LINES_MAX / Math.max(1, shown.length)));
    for (const { name, file, error } of shown) {
      console.log(`✗ ${file} ${name}`);
      for (const line of shortened(error, each - 1)) console.log(`    ${line}`);
    }
    const left = this.#failures.length - shown.length;
    if (left > 0) console.log(`... and ${left} failures more, further up`);
    const counts = `${this.#passed} passed, ${this.#failures.length} failed, ${this.#skipped.length} skipped`;
    console.log(`${Math.round(seconds)} s`);
    console.log(counts);
    return this.#failures.length === 0 && this.#passed > 0 ? 0 : 1;
  }
}

/** Lists of tests by the reason why they were skipped; Map.groupBy is younger than Node.js 20. */
function byReasons(skipped) {
  const groups = new Map();
  for (const one of skipped) groups.set(one.reason, [...(groups.get(one.reason) ?? []), one]);
  return groups;
}
