/**
 * Puts the probers of the recorded plugin-server scenarios into `.cache`: plugins that call every PDK function, in three
 * languages. `probers` runs them beside Kong's SDKs; `probers-native` has the same files, unchanged, on our plugin servers
 * for JavaScript and Python, and built with our SDK for Go.
 *
 * Exit codes: 0 they are there, 1 something failed, 2 a toolchain or the suites are missing.
 */
import { createHash } from "node:crypto";
import {
  cpSync, existsSync, linkSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { nativeProbers, probers, suitesFolder } from "./conformance-suites.mjs";
import { ensureGo } from "./ensure-go.mjs";
import { ensureJavascript } from "./ensure-javascript.mjs";
import { ensurePython } from "./ensure-python.mjs";
import { ensurePythonSdk } from "./ensure-python-sdk.mjs";
import { cache, DOWNLOAD_TRIES_MAX, firstProgram, notThere, root, step } from "./steps.mjs";

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

/** A fresh copy of one prober. Returns its folder. */
function copyProber(into, language) {
  const folder = join(into, language);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  for (const name of readdirSync(join(source, language))) {
    cpSync(join(source, language, name), join(folder, name), { recursive: true });
  }
  return folder;
}

function copyProbers() {
  rmSync(probers, { recursive: true, force: true });
  const javascript = copyProber(probers, "javascript");
  symlinkSync(process.execPath, join(javascript, "node"));
  symlinkSync(join(cache, "javascript", "node_modules"), join(javascript, "node_modules"));
  symlinkSync(join(cache, "python"), join(copyProber(probers, "python"), "venv"));
}

/** Build the Go prober in its folder, under all its names. */
async function buildGoProber(cwd, sdk) {
  const words = ["go", "build", "-trimpath", "-o", "bin/go-probe", "."];
  if (!(await step(`building the prober of the recordings with ${sdk}`, words, { cwd, tries: DOWNLOAD_TRIES_MAX }))) return false;
  for (const name of GO_NAMES) linkSync(join(cwd, "bin", "go-probe"), join(cwd, "bin", name));
  return true;
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
  if (!(await buildGoProber(copyProber(probers, "go"), "go-pdk"))) return 1;
  writeFileSync(marker, wanted);
  return 0;
}

/** The prober's launcher starts Kong's server in node_modules: ours stands there in its place. */
async function installNativeJavascript() {
  const folder = copyProber(nativeProbers, "javascript");
  const bin = join(folder, "node_modules", "kong-pdk", "bin");
  mkdirSync(bin, { recursive: true });
  symlinkSync(process.execPath, join(folder, "node"));
  const server = join(root, "plugin-servers", "typescript", "bin", "dragoman-js-pluginserver");
  symlinkSync(server, join(bin, "kong-js-pluginserver"));
  return 0;
}

/** Our packages bring `kong_pdk.cli` themselves, so the environment is all that differs. */
async function installNativePython() {
  const code = await ensurePythonSdk();
  if (code === 0) symlinkSync(join(cache, "python-sdk"), join(copyProber(nativeProbers, "python"), "venv"));
  return code;
}

/** Built anew each time, for the SDK is a part of the checkout; Go knows itself what changed. */
async function installNativeGo() {
  if ((await firstProgram(["go"], ["version"])) === null) return notThere("no Go", "its prober is left out");
  const folder = copyProber(nativeProbers, "go");
  const module = readFileSync(join(folder, "go.mod"), "utf8");
  const replace = `replace github.com/Kong/go-pdk => ${join(root, "plugin-sdk", "go")}`;
  rmSync(join(folder, "go.mod")); // the copy is as read-only as its source
  writeFileSync(join(folder, "go.mod"), `${module}\n${replace}\n`);
  return (await buildGoProber(folder, "our SDK for Go")) ? 0 : 1;
}

const NATIVE = { javascript: installNativeJavascript, python: installNativePython, go: installNativeGo };

/**
 * Each language for itself: one that cannot be installed leaves no file `installed`.
 *
 * @returns {Promise<0 | 1 | 2>} the worst of the exit codes above
 */
export async function ensureNativeProbers() {
  if (!existsSync(source)) {
    return notThere(`${source} does not exist`, "the recorded plugin-server scenarios are left out");
  }
  let worst = 0;
  for (const [language, install] of Object.entries(NATIVE)) {
    const installed = join(nativeProbers, language, "installed");
    rmSync(installed, { force: true });
    const code = await install();
    if (code === 0) writeFileSync(installed, "");
    else if (worst !== 1) worst = code;
  }
  return worst;
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const codes = [await ensureProbers(), await ensureNativeProbers()];
  process.exitCode = codes.includes(1) ? 1 : Math.max(...codes);
}
