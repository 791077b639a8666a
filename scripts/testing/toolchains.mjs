/**
 * What tests of plugins in other languages are built on: one job each, beside the tests that need none of it.
 *
 * Tests look at TEST_TOOLCHAINS for what was found here, so that not each of them asks Maven and pip again, and none
 * installs anything while another uses it.
 */
import { existsSync } from "node:fs";
import { suitesFolder } from "../conformance-suites.mjs";
import { ensureGo } from "../ensure-go.mjs";
import { ensureJava } from "../ensure-java.mjs";
import { ensureJavascript } from "../ensure-javascript.mjs";
import { ensureProbers } from "../ensure-probers.mjs";
import { ensurePython } from "../ensure-python.mjs";
import { ensurePythonSdk } from "../ensure-python-sdk.mjs";
import { ensureRuby } from "../ensure-ruby.mjs";
import { ensureRust } from "../ensure-rust.mjs";
import { isCi } from "../steps.mjs";

/** The longest first; what mostly loads packages runs beside what computes. */
const TOOLCHAINS = [
  { toolchain: "java", ensure: ensureJava, lane: "waiting" },
  { toolchain: "rust", ensure: ensureRust, lane: "busy" },
  { toolchain: "python-sdk", ensure: ensurePythonSdk, lane: "waiting" },
  { toolchain: "go", ensure: ensureGo, lane: "busy" },
  { toolchain: "javascript", ensure: ensureJavascript, lane: "waiting" },
  { toolchain: "python", ensure: ensurePython, lane: "waiting" },
  { toolchain: "ruby", ensure: ensureRuby, lane: "waiting", isOptional: true },
];
const NOT_THERE = 2;
const ENSURED = /ensure-([a-z-]+)\.mjs|(?:ensure|needs)([A-Z][A-Za-z]+)\(/g;

/** Name of the job that makes a toolchain. */
export const toolchainJob = (toolchain) => `toolchain ${toolchain}`;

/** Toolchains that a test or a README names by their scripts or functions. */
export function toolchainsIn(text) {
  const names = [...text.matchAll(ENSURED)].map(
    ([, script, name]) => script ?? name.replace(/(?<=[a-z])(?=[A-Z])/g, "-").toLowerCase(),
  );
  return TOOLCHAINS.map(({ toolchain }) => toolchain).filter((one) => names.includes(one));
}

function note(toolchain, code) {
  const known = JSON.parse(process.env.TEST_TOOLCHAINS ?? "{}");
  process.env.TEST_TOOLCHAINS = JSON.stringify({ ...known, [toolchain]: code });
}

/** A missing toolchain is an error only where CI is set. */
async function make({ toolchain, ensure, isOptional = false }, report) {
  const code = await ensure();
  note(toolchain, code);
  if (code === 1) report.fail(`toolchain ${toolchain}`, "could not be made, see above");
  if (code === NOT_THERE && isCi && !isOptional) report.fail(`toolchain ${toolchain}`, "is not on this machine");
}

/** @returns {import("./pool.mjs").Job[]} */
export function toolchainJobs(report) {
  const jobs = TOOLCHAINS.map((one) => ({
    name: toolchainJob(one.toolchain),
    lane: one.lane,
    run: () => make(one, report),
  }));
  if (existsSync(suitesFolder)) {
    const needs = ["go", "javascript", "python"].map(toolchainJob);
    const probers = { toolchain: "probers", ensure: ensureProbers };
    jobs.push({ name: toolchainJob("probers"), lane: "busy", needs, run: () => make(probers, report) });
  }
  return jobs;
}
