/**
 * Puts the probers of the recorded plugin-server scenarios into `.cache/probers`: plugins that call every PDK function, in
 * three languages, beside the SDKs that the examples run with.
 *
 * Exit codes: 0 they are there, 1 something failed, 2 a toolchain or the suites are missing.
 */
import { createHash } from "node:crypto";
import {
  cpSync, existsSync, linkSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { probers, suitesFolder } from "./conformance-suites.mjs";
import { ensureGo } from "./ensure-go.mjs";
import { ensureJavascript } from "./ensure-javascript.mjs";
import { ensurePython } from "./ensure-python.mjs";
import { cache, notThere, step } from "./steps.mjs";

const source = join(suitesFolder, "recorded", "plugin-servers", "probers");
const marker = join(probers, "installed");
/** The Go prober is known by these names, too; it looks at its own. */
const GO_NAMES = ["go-early", "go-typed", "go-none"];

/** Of all files of the probers, so that others are installed where they change. */
function fingerprint() {
  const hash = createHash("sha256");
  for (const name of readdirSync(source, { recursive: true, encoding: "utf8" }).sort()) {
    const file = join(source, name);
    if (statSync(file).isFile()) hash.update(`${name}\0`).update(readFileSync(file));
  }
  return hash.digest("hex");
}

function copyProbers() {
  rmSync(probers, { recursive: true, force: true });
  mkdirSync(probers, { recursive: true });
  for (const language of ["javascript", "python", "go"]) {
    mkdirSync(join(probers, language));
    for (const name of readdirSync(join(source, language))) {
      cpSync(join(source, language, name), join(probers, language, name), { recursive: true });
    }
  }
  symlinkSync(process.execPath, join(probers, "javascript", "node"));
  symlinkSync(join(cache, "javascript", "node_modules"), join(probers, "javascript", "node_modules"));
  symlinkSync(join(cache, "python"), join(probers, "python", "venv"));
}

/** @returns {Promise<0 | 1 | 2>} as the exit codes above */
export async function ensureProbers() {
  const consequence = "the recorded plugin-server scenarios are left out";
  if (!existsSync(source)) return notThere(`${source} does not exist`, consequence);
  const codes = [await ensureJavascript(), await ensurePython(), await ensureGo()];
  if (codes.includes(1)) return 1;
  if (codes.includes(2)) return notThere("not every toolchain is here", consequence);
  const wanted = fingerprint();
  if (existsSync(marker) && readFileSync(marker, "utf8") === wanted) return 0;
  copyProbers();
  const cwd = join(probers, "go");
  const words = ["go", "build", "-trimpath", "-o", "bin/go-probe", "."];
  if (!(await step("building the prober of the recordings with go-pdk", words, { cwd }))) return 1;
  for (const name of GO_NAMES) linkSync(join(cwd, "bin", "go-probe"), join(cwd, "bin", name));
  writeFileSync(marker, wanted);
  return 0;
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) process.exitCode = await ensureProbers();
