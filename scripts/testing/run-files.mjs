/**
 * Runs files of tests in a process of their own and says what became of them.
 *
 * Small files of one folder run together in one process: to start Node.js, the reader of TypeScript and the gateway's
 * modules costs half a second, more than most of them need. Such a process gets a file that imports them all.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { run } from "node:test";
import { root } from "../steps.mjs";

/** Where the files lie that import others; of this run alone, for several checkouts may share `.cache`. */
let groups = "";
/** Longest that one process may take, a last resort: it is to end a test that hangs, not one on a busy machine. */
const PROCESS_MS_MAX = 1_800_000;
/** Lines of a process kept for a failure that says nothing by itself: seeds, and what was printed last. */
const LINES_KEPT_MAX = 20;
/** With TEST_TIMES=1 tests are named that take longer, in milliseconds. */
const TIME_SHOWN_MS = 1000;
const SHOWS_TIMES = process.env.TEST_TIMES === "1";

/**
 * @typedef {{name: string, file: string, error: string}} Failure
 * @typedef {{name: string, reason: string}} Skipped
 * @typedef {{passed: number, failures: Failure[], skipped: Skipped[], notes?: string[], seconds: number}} Result
 *   `notes`: what a person should know of although nothing failed
 */

/** What a failed test says: where it failed, or all that its process printed last. */
function errorText({ details }, printed) {
  const { error } = details;
  const cause = error.cause ?? error;
  // a process that ended badly: the reason stands in its output
  if (error.failureType === "testCodeFailure" && typeof error.exitCode === "number") {
    return `the process ended with ${error.signal ?? error.exitCode}\n${printed.join("\n")}`;
  }
  const lines = String(cause.stack ?? cause).split("\n");
  return lines.filter((line) => !/^\s+at .*\(?node:internal/.test(line)).join("\n");
}

/** Is this a test or group that failed only because of what is in it? That was counted already. */
function isEcho({ details }) {
  return details.error?.failureType === "subtestsFailed";
}

/** One file to run in place of several. */
function together(title, files) {
  if (groups === "") {
    groups = mkdtempSync(join(tmpdir(), "test-groups-"));
    process.once("exit", () => rmSync(groups, { recursive: true, force: true }));
  }
  const file = join(groups, `${title.replaceAll("/", "-")}.mjs`);
  writeFileSync(file, files.map((one) => `import ${JSON.stringify(one)};\n`).join(""));
  return file;
}

class Collector {
  /** @type {Result} */
  result = { passed: 0, failures: [], skipped: [], notes: [], seconds: 0 };
  /** Files in which a test was seen. */
  #seen = new Set();
  /** The last lines, and those with seeds. */
  #lines = [];
  #seeds = [];
  #file;

  constructor(file) {
    this.#file = file;
  }

  line(text) {
    for (const line of text.split("\n")) {
      if (/seed/i.test(line)) this.#seeds.push(line);
      else if (line !== "") this.#lines.push(line);
    }
    this.#lines = this.#lines.slice(-LINES_KEPT_MAX);
    this.#seeds = this.#seeds.slice(-LINES_KEPT_MAX);
  }

  passed(data) {
    if (data.name === this.#file) return; // the runner's own word for a process that ended well, tests or not
    this.#seen.add(data.file);
    const reason = data.skip ?? data.todo;
    if (reason !== undefined) this.result.skipped.push({ name: data.name, reason: String(reason) });
    else if (data.details.type !== "suite") this.#passedTest(data);
  }

  #passedTest({ name, details }) {
    this.result.passed++;
    if (SHOWS_TIMES && details.duration_ms > TIME_SHOWN_MS) {
      console.log(`  ${(details.duration_ms / 1000).toFixed(1)} s ${name}`);
    }
  }

  failed(data) {
    this.#seen.add(data.file);
    if (isEcho(data)) return;
    const file = data.file ? relative(root, data.file) : "";
    const lines = [...this.#seeds, ...this.#lines];
    this.result.failures.push({ name: data.name, file, error: errorText(data, lines) });
  }

  /** A file without a test would pass for one whose tests pass. */
  end(files) {
    const { failures } = this.result;
    if (failures.length > 0) {
      if (this.#seeds.length > 0) failures.at(-1).error += `\n${this.#seeds.join("\n")}`;
      return;
    }
    // a file alone may import its tests from others
    const without = files.length === 1 ? (this.#seen.size === 0 ? files : []) : files.filter((one) => !this.#seen.has(one));
    for (const one of without) {
      failures.push({ name: "has tests", file: relative(root, one), error: "no test was seen in this file" });
    }
  }
}

/**
 * Run files to their end.
 *
 * @param {string} title
 * @param {readonly string[]} files absolute paths; several of them share one process
 * @returns {Promise<Result>}
 */
export async function runFiles(title, files) {
  const began = performance.now();
  const file = files.length === 1 ? files[0] : together(title, files);
  const collector = new Collector(file);
  const isNews = (message) => /^played again: /.test(message);
  const stream = run({ files: [file], concurrency: 1, timeout: PROCESS_MS_MAX });
  stream.on("test:pass", (data) => collector.passed(data));
  stream.on("test:fail", (data) => collector.failed(data));
  stream.on("test:diagnostic", ({ message }) => isNews(message) && collector.result.notes.push(message));
  stream.on("test:stdout", ({ message }) => collector.line(message));
  stream.on("test:stderr", ({ message }) => collector.line(message));
  await new Promise((done, failed) => stream.on("end", done).on("error", failed).resume());
  collector.end(files);
  collector.result.seconds = (performance.now() - began) / 1000;
  return collector.result;
}
