/**
 * Builds the Rust plugins of the examples into `.cache/rust`; crates come from crates.io, pinned by Cargo.lock.
 *
 * Exit codes: 0 they are there, 1 a build failed, 2 there is no usable Rust (a line says which).
 */
import { existsSync, readdirSync } from "node:fs";
import { join, relative } from "node:path";
import { pathToFileURL } from "node:url";
import { cache, DOWNLOAD_TRIES_MAX, notThere, root, run, step } from "./steps.mjs";

/** The oldest Rust that the SDK builds with. */
const NEEDS = [1, 85];
/** Where cargo builds everything, without optimising, of this project, so that crates are compiled once. */
export const rustTarget = join(cache, "rust");

/** Folders below `examples` that are a crate; the program is called like the folder. */
function crates() {
  return readdirSync(join(root, "examples"), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith("Cargo.toml") && !name.includes("target"))
    .map((name) => join(root, "examples", name, ".."));
}

/** Is there a cargo that is new enough? */
export async function hasRust() {
  const { code, output } = await run(["cargo", "--version"]);
  const [, major, minor] = /cargo (\d+)\.(\d+)/.exec(output) ?? [];
  return code === 0 && (Number(major) > NEEDS[0] || Number(minor) >= NEEDS[1]);
}

/** @returns {Promise<0 | 1 | 2>} as the exit codes above */
export async function ensureRust() {
  if (!(await hasRust())) return notThere(`no Rust ${NEEDS.join(".")} or newer`, "plugins in Rust are left out");
  for (const folder of crates()) {
    const program = join(rustTarget, "debug", folder.split("/").at(-1));
    const words = ["cargo", "build", "--locked", "--quiet"];
    const options = { cwd: folder, env: { CARGO_TARGET_DIR: rustTarget } };
    // cargo knows itself what is up to date: only a first build is worth a line
    if (existsSync(program) && (await run(words, options)).code === 0) continue;
    const title = `building ${relative(root, folder)} (Rust)`;
    if (!(await step(title, words, { ...options, tries: DOWNLOAD_TRIES_MAX }))) return 1;
  }
  return 0;
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) process.exitCode = await ensureRust();
