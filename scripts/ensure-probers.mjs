/**
 * Installs the probers of the recorded plugin-server scenarios into `.cache/probers`: plugins that call every PDK function,
 * in three languages, with the same SDKs as the examples.
 *
 * Exit codes: 0 they are there, 1 the installation failed, 2 a toolchain or the suites are missing.
 */
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { probers, suitesFolder } from "./conformance-suites.mjs";
import { firstProgram, notThere, step } from "./steps.mjs";

const installer = join(suitesFolder, "recorded", "plugin-servers", "probers", "install.sh");

/** @returns {Promise<0 | 1 | 2>} as the exit codes above */
export async function ensureProbers() {
  const marker = join(probers, "installed");
  if (existsSync(marker)) return 0;
  const consequence = "the recorded plugin-server scenarios are left out";
  if (!existsSync(installer)) return notThere(`${installer} does not exist`, consequence);
  for (const [program, argument] of [["python3", "--version"], ["go", "version"]]) {
    if ((await firstProgram([program], [argument])) === null) return notThere(`no ${program}`, consequence);
  }
  mkdirSync(probers, { recursive: true });
  if (!(await step("installing the probers of three SDKs", ["sh", installer, probers]))) return 1;
  writeFileSync(marker, "");
  return 0;
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) process.exitCode = await ensureProbers();
