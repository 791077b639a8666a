/**
 * Installs Kong's Python SDK into `.cache/python`, for the examples and tests that run Python plugins.
 *
 * Exit codes: 0 it is there, 1 the installation failed, 2 there is no usable Python (a line says which).
 */
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { cache, DOWNLOAD_TRIES_MAX, firstProgram, notThere, root, step } from "./steps.mjs";

const folder = join(cache, "python");
const requirements = join(root, "scripts", "python-requirements.txt");
const marker = join(folder, "installed");
/** The oldest version that the pinned packages run on. */
const NEEDS = [3, 10];

/** @returns {Promise<0 | 1 | 2>} as the exit codes above */
export async function ensurePython() {
  const wanted = createHash("sha256").update(readFileSync(requirements)).digest("hex");
  if (existsSync(marker) && readFileSync(marker, "utf8") === wanted) return 0;
  const check = `import sys, venv, ensurepip; sys.exit(sys.version_info < (${NEEDS.join(", ")}))`;
  const python = await firstProgram(["python3", "python"], ["-c", check]);
  if (python === null) {
    return notThere(
      `no Python ${NEEDS.join(".")} or newer with venv (Debian: apt install python3-venv)`,
      "plugins in Python are left out",
    );
  }
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(cache, { recursive: true });
  const pip = [
    ...[join(folder, "bin", "pip"), "install", "--quiet", "--disable-pip-version-check", "--no-input"],
    ...["--require-hashes", "-r", requirements],
  ];
  const isInstalled =
    (await step("making .cache/python", [python, "-m", "venv", folder])) &&
    (await step("installing Kong's SDK for Python from PyPI", pip, { tries: DOWNLOAD_TRIES_MAX }));
  if (!isInstalled) return 1;
  writeFileSync(marker, wanted);
  return 0;
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) process.exitCode = await ensurePython();
