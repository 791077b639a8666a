/**
 * Installs our SDK for Python and the plugin server for kong-pdk plugins into `.cache/python-sdk`, from the checkout and
 * editable, so that what is tested is what stands there; with what their tests and lints need.
 *
 * Exit codes: 0 it is there, 1 the installation failed, 2 there is no usable Python (a line says which).
 */
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { cache, DOWNLOAD_TRIES_MAX, firstProgram, notThere, root, run, step } from "./steps.mjs";

const folder = join(cache, "python-sdk");
const marker = join(folder, "installed");
const sdk = join(root, "plugin-sdk", "python");
const server = join(root, "plugin-servers", "python");
/**
 * Files that an installation is made of: when one changes it is made again. So it is where the checkout is another one: what is
 * editable lies there, and a `.cache` may have been moved, or be linked to by several.
 */
const MADE_OF = [join(sdk, "pyproject.toml"), join(server, "pyproject.toml")];
/** The oldest version that the packages run on. */
const NEEDS = [3, 9];

function wanted() {
  const hash = createHash("sha256").update(root);
  for (const file of MADE_OF) hash.update(readFileSync(file));
  return hash.digest("hex");
}

/** An editable installation is broken by what is removed from its checkout, the compiled contract for one. */
async function works() {
  const words = [join(folder, "bin", "python"), "-c", "import dragoman_plugin.wire, kong_pdk"];
  return (await run(words)).code === 0;
}

/** @returns {Promise<0 | 1 | 2>} as the exit codes above */
export async function ensurePythonSdk() {
  const version = wanted();
  if (existsSync(marker) && readFileSync(marker, "utf8") === version && (await works())) return 0;
  const check = `import sys, venv, ensurepip; sys.exit(sys.version_info < (${NEEDS.join(", ")}))`;
  const python = await firstProgram(["python3", "python"], ["-c", check]);
  if (python === null) {
    return notThere(
      `no Python ${NEEDS.join(".")} or newer with venv (Debian: apt install python3-venv)`,
      "the SDK for Python is not tested",
    );
  }
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(cache, { recursive: true });
  const pip = [
    ...[join(folder, "bin", "pip"), "install", "--quiet"],
    ...["--disable-pip-version-check", "--no-input"],
  ];
  const options = { tries: DOWNLOAD_TRIES_MAX };
  const isInstalled =
    (await step("making .cache/python-sdk", [python, "-m", "venv", folder])) &&
    (await step("installing the SDK for Python", [...pip, "-e", `${sdk}[dev]`], options)) &&
    (await step("installing the plugin server for Python", [...pip, "--no-deps", "-e", server], options));
  if (!isInstalled) return 1;
  writeFileSync(marker, version);
  return 0;
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) process.exitCode = await ensurePythonSdk();
