/**
 * Runs the tests and ends with one line, `N passed, N failed, N skipped`.
 *
 *   node scripts/test.mjs quick    unit tests, under a minute
 *   node scripts/test.mjs all      these, processes and sockets, SDKs, examples, recorded answers of Kong; then `engine` on a
 *                                  current Node.js
 *   node scripts/test.mjs engine   unit tests and those of the HTTP engine, what depends on the version of Node.js
 *
 * Files are listed because Node 20's runner finds no TypeScript by itself, and passes with no tests at all.
 */
import { existsSync, readdirSync } from "node:fs";
import { join, relative } from "node:path";
import { run } from "node:test";
import { buildGateway } from "./build.mjs";
import { suitesFolder } from "./conformance-suites.mjs";
import { ensureGo } from "./ensure-go.mjs";
import { CURRENT_NODE, ensureCurrentNode } from "./ensure-node.mjs";
import { ensureJava } from "./ensure-java.mjs";
import { ensureJavascript } from "./ensure-javascript.mjs";
import { ensureProbers } from "./ensure-probers.mjs";
import { ensurePython } from "./ensure-python.mjs";
import { ensurePythonSdk } from "./ensure-python-sdk.mjs";
import { ensureRust } from "./ensure-rust.mjs";
import { isCi, root, run as runProgram } from "./steps.mjs";

/** Longest that one file of a kind may take. */
const FILE_MS_MAX = 120_000;
const CONFORMANCE_FILE_MS_MAX = 600_000;
/** Files that run at once; conformance and benches of timing need the machine for themselves. */
const FILES_AT_ONCE = 2;

// each file runs in a process of its own, which gets the options of this one: so they read TypeScript
process.execArgv.push("--import", "tsx");

const total = { passed: 0, failed: 0, skipped: 0 };

function testsBelow(folder) {
  if (!existsSync(join(root, folder))) return [];
  return readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".test.ts") && !name.includes("node_modules"))
    .map((name) => join(root, folder, name))
    .sort();
}

function printFailure({ name, file, details }) {
  const { error } = details;
  const cause = error.cause ?? error;
  console.log(`✗ ${file ? relative(root, file) : ""} ${name}`);
  console.log(String(cause.stack ?? cause).replace(/^/gm, "    "));
}

/** Is this a group that failed only because of what is in it? That was counted and printed already. */
function isEcho({ details }) {
  return details.type === "suite" && details.error?.failureType === "subtestsFailed";
}

/** Run some files to their end; adds to the total. */
async function runFiles(files, concurrency, timeout) {
  if (files.length === 0) return;
  const stream = run({ files, concurrency, timeout });
  stream.on("test:pass", (data) => {
    if (data.details.type === "suite") {
      if (data.nesting === 0) console.log(`✓ ${data.name} (${Math.round(data.details.duration_ms)} ms)`);
    } else if (data.skip !== undefined || data.todo !== undefined) {
      total.skipped++;
      console.log(`- ${data.name}: ${data.skip ?? data.todo}`);
    } else total.passed++;
  });
  stream.on("test:fail", (data) => {
    if (isEcho(data) || data.details.error?.failureType === "subtestsFailed") return;
    total.failed++;
    printFailure(data);
  });
  stream.on("test:stderr", ({ message }) => process.stderr.write(message));
  await new Promise((done, failed) => stream.on("end", done).on("error", failed).resume());
}

/** What tests of plugin servers run; a missing toolchain is an error only where CI is set. */
async function ensureToolchains() {
  const codes = [];
  const all = [ensureJavascript, ensurePython, ensurePythonSdk, ensureGo, ensureRust, ensureJava];
  for (const ensure of all) codes.push(await ensure());
  if (existsSync(suitesFolder)) codes.push(await ensureProbers());
  if (codes.includes(1)) total.failed++;
  else if (isCi && codes.includes(2)) total.failed++;
}

/** The tests of mode `engine` on a current Node.js; where that cannot be had it is a failure only where CI is set. */
async function runOnCurrentNode() {
  const node = await ensureCurrentNode();
  if (node === null) {
    if (isCi) total.failed++;
    return;
  }
  const { code, output } = await runProgram([node, join(root, "scripts", "test.mjs"), "engine"]);
  const lines = output.trimEnd().split("\n");
  console.log(`on Node.js ${CURRENT_NODE}: ${lines.at(-1)}`);
  if (code === 0) return;
  total.failed++;
  console.log(lines.slice(0, -1).join("\n"));
}

async function main(mode) {
  if (mode !== "quick" && mode !== "all" && mode !== "engine") {
    console.error("usage: scripts/test.mjs quick|all|engine");
    return 2;
  }
  const unit = [join(root, "test", "layout.test.ts"), ...testsBelow("test/unit")];
  await runFiles(unit, FILES_AT_ONCE, FILE_MS_MAX);
  if (mode === "engine") {
    await runFiles(testsBelow("test/integration/engine"), FILES_AT_ONCE, FILE_MS_MAX);
  }
  if (mode === "all") {
    await buildGateway();
    await ensureToolchains();
    const more = [...testsBelow("test/integration"), ...testsBelow("test/sdk"), ...testsBelow("examples")];
    await runFiles(more, FILES_AT_ONCE, FILE_MS_MAX);
    await runFiles(testsBelow("test/conformance"), 1, CONFORMANCE_FILE_MS_MAX);
    await runOnCurrentNode();
  }
  console.log(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
  return total.failed === 0 && total.passed > 0 ? 0 : 1;
}

process.exitCode = await main(process.argv[2] ?? "all");
