/**
 * Plays the suites of ../shared/conformance against the gateway of this checkout and prints a line each.
 *
 *   npm run conformance                      all of them; three quarters of an hour
 *   npm run conformance -- proxy http1       some
 *   npm run conformance -- --verbose proxy   with every difference
 */
import { existsSync } from "node:fs";
import { parseArgs } from "node:util";
import { buildGateway } from "./build.mjs";
import { figures } from "./conformance-exceptions.mjs";
import { SUITES, suitesFolder } from "./conformance-suites.mjs";
import { ensureNativeProbers, ensureProbers } from "./ensure-probers.mjs";

/** Of the longest name, in characters. */
const NAME_WIDTH = Math.max(...SUITES.map(({ name }) => name.length));

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { verbose: { type: "boolean", default: false } },
});

function chosenSuites() {
  const unknown = positionals.filter((name) => !SUITES.some((suite) => suite.name === name));
  if (unknown.length === 0) return SUITES.filter(({ name }) => positionals.length === 0 || positionals.includes(name));
  console.error(`no such suite: ${unknown.join(", ")}; there are ${SUITES.map(({ name }) => name).join(", ")}`);
  return null;
}

async function main() {
  if (!existsSync(suitesFolder)) {
    console.error(`the suites are not on this machine: ${suitesFolder} does not exist`);
    return 1;
  }
  const suites = chosenSuites();
  if (suites === null) return 2;
  await buildGateway();
  // without them the suites say why
  if (suites.some(({ name }) => name === "plugin-servers")) await ensureProbers();
  if (suites.some(({ name }) => /^plugin-servers-(?:native|kong)-/.test(name))) await ensureNativeProbers();
  let failed = 0;
  for (const suite of suites) {
    const missing = suite.needs?.() ?? null;
    if (missing !== null) {
      console.log(`${suite.name.padEnd(NAME_WIDTH)} not played: ${missing}`);
      continue;
    }
    const began = performance.now();
    const outcome = await suite.play();
    const seconds = Math.round((performance.now() - began) / 1000);
    failed += outcome.failed;
    const counts = suite.isRecorded
      ? figures(outcome)
      : `${outcome.passed} passed, ${outcome.failed} failed, ${outcome.skipped} skipped`;
    console.log(`${suite.name.padEnd(NAME_WIDTH)} ${counts}  (${seconds} s)`);
    if (values.verbose) console.log(outcome.output.replace(/^/gm, "    "));
  }
  return failed === 0 ? 0 : 1;
}

process.exitCode = await main();
