/**
 * Runs the tests and ends with what failed, and one line, `N passed, N failed, N skipped`.
 *
 *   node scripts/test.mjs quick    unit tests, under a minute
 *   node scripts/test.mjs all      these, processes and sockets, SDKs, examples, recorded answers of Kong; and `engine` on a
 *                                  current Node.js
 *   node scripts/test.mjs engine   what depends on the version of Node.js: the HTTP engine, sockets, the loader
 *
 *   --only TEXT   of these, what has the text in its name: a folder, a file, a toolchain
 *   --list        say what would run
 *
 * Files are listed by this script because Node 20's runner finds no TypeScript by itself, and passes with no tests at all.
 * What runs where: test/README.md.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { parseArgs } from "node:util";
import { buildGateway } from "./build.mjs";
import { CURRENT_NODE, ensureCurrentNode } from "./ensure-node.mjs";
import { isCi, root, run as runProgram } from "./steps.mjs";
import { endWithChildren } from "./testing/end-early.mjs";
import { conformanceJobs, engineJobs, integrationJobs, unitJobs } from "./testing/plan.mjs";
import { runJobs, WIDTHS } from "./testing/pool.mjs";
import { Report } from "./testing/report.mjs";
import { toolchainJobs } from "./testing/toolchains.mjs";

const USAGE = "usage: scripts/test.mjs quick|all|engine [--only TEXT] [--list]";

// each process of tests gets the options of this one: so they read TypeScript
process.execArgv.push("--import", "tsx");

/** Mode `engine` on a current Node.js; where that cannot be had it is a failure only where CI is set. */
async function runOnCurrentNode(report) {
  const title = `on Node.js ${CURRENT_NODE}`;
  const node = await ensureCurrentNode();
  if (node === null) {
    if (isCi) report.fail(title, "it cannot be installed");
    return;
  }
  const folder = mkdtempSync(join(tmpdir(), "engine-"));
  const file = join(folder, "result.json");
  try {
    // one at a time, because it is one job of this run; gateways are started by the first `node` of PATH
    const env = { PATH: `${dirname(node)}${delimiter}${process.env.PATH}` };
    const words = [node, join(root, "scripts", "test.mjs"), "engine", "--width", "1", "--result", file];
    const { output } = await runProgram(words, { env });
    report.add(title, resultOf(file, output));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function resultOf(file, output) {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch {
    const failures = [{ name: "engine", file: "scripts/test.mjs", error: `it gave no result\n${output}` }];
    return { passed: 0, failures, skipped: [], seconds: 0 };
  }
}

/** Everything; toolchains are made beside the tests that need none. */
function allJobs(report) {
  const current = { name: `engine on Node.js ${CURRENT_NODE}`, lane: "busy", run: () => runOnCurrentNode(report) };
  return [
    ...toolchainJobs(report),
    ...unitJobs(report),
    ...conformanceJobs(report),
    ...integrationJobs(report),
    current,
  ];
}

const JOBS = { quick: unitJobs, all: allJobs, engine: engineJobs };

function parsed() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      only: { type: "string", default: "" },
      list: { type: "boolean", default: false },
      width: { type: "string" }, // of the lane for what computes; for the run within a run
      result: { type: "string" }, // file that gets the result as JSON
    },
  });
  return { ...values, mode: positionals[0] ?? "all" };
}

async function main({ mode, only, list, width, result }) {
  if (!(mode in JOBS)) {
    console.error(USAGE);
    return 2;
  }
  const began = performance.now();
  const report = new Report();
  const jobs = JOBS[mode](report).filter(({ name }) => name.includes(only));
  if (list) {
    for (const { name, lane } of jobs) console.log(`${lane.padEnd(8)} ${name}`);
    return 0;
  }
  // what other tests start is the built gateway; those of mode `engine` are started by a run that has built it
  if (mode === "all") await buildGateway();
  await runJobs(jobs, width === undefined ? WIDTHS : { ...WIDTHS, busy: Number(width) });
  const seconds = (performance.now() - began) / 1000;
  if (result !== undefined) writeFileSync(result, JSON.stringify({ ...report.total(), seconds }));
  return report.end(seconds);
}

endWithChildren();
process.exitCode = await main(parsed());
