/**
 * How the scripts speak: a line when something long begins, its time when it ends, its output only if it failed.
 */
import { spawn } from "node:child_process";
import { resolve } from "node:path";

/** The project's folder. */
export const root = resolve(import.meta.dirname, "..");
/** Where the scripts put what they install and build; safe to delete. */
export const cache = resolve(root, ".cache");

/** Is this run a check that nobody watches? Then what is missing is an error. */
export const isCi = !["", "0", "false", undefined].includes(process.env.CI);

/** Output of a failed step that is shown, in characters. */
const OUTPUT_SHOWN_MAX = 32_000;
/** How often a step is tried that loads what others serve; and how long it waits before each further try, in milliseconds. */
export const DOWNLOAD_TRIES_MAX = 3;
const TRY_AGAIN_MS = 5000;
/** The same patience where package managers load something by themselves, in a test or in a step. */
const PATIENT_DOWNLOADS = { CARGO_NET_RETRY: "10", PIP_RETRIES: "10", npm_config_fetch_retries: "5" };
for (const [name, value] of Object.entries(PATIENT_DOWNLOADS)) process.env[name] ??= value;

/**
 * Run a command to its end.
 *
 * @param {readonly string[]} words the command and its arguments; no shell
 * @param {{cwd?: string, env?: Record<string, string>, shows?: boolean}} [options] `shows`: output goes to the terminal
 * @returns {Promise<{code: number, output: string}>} never a rejection: 127 where there is no such program
 */
export function run(words, { cwd = root, env = {}, shows = false } = {}) {
  return new Promise((done) => {
    const [program, ...rest] = words;
    const child = spawn(program, rest, {
      cwd,
      env: { ...process.env, ...env },
      stdio: ["ignore", shows ? "inherit" : "pipe", shows ? "inherit" : "pipe"],
    });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on("data", (text) => {
        output = (output + text).slice(-OUTPUT_SHOWN_MAX);
      });
    }
    child.on("error", (cause) => done({ code: 127, output: cause.message }));
    child.on("close", (code, signal) => done({ code: code ?? (signal ? 130 : 1), output }));
  });
}

/**
 * Run a command as a step that people can follow. Prints the output where it failed.
 *
 * @param {string} title what is being done, as in "installing the Python SDK"
 * @param {{cwd?: string, env?: Record<string, string>, shows?: boolean, tries?: number}} [options] `tries`: how often, 1 if
 *   not said; more is for what the network may spoil
 * @returns {Promise<boolean>} did it work?
 */
export async function step(title, words, { tries = 1, ...options } = {}) {
  for (let left = tries - 1; !(await stepOnce(title, words, options)); left--) {
    if (left === 0) return false;
    console.log(`  ${title}: again in ${TRY_AGAIN_MS / 1000} s, ${left === 1 ? "for the last time" : `${left} tries left`}`);
    await new Promise((next) => setTimeout(next, TRY_AGAIN_MS));
  }
  return true;
}

async function stepOnce(title, words, options) {
  const began = performance.now();
  const begin = `  ${title} ... `;
  // where nobody watches, steps that run beside one another are a line each
  const isWatched = process.stdout.isTTY === true || options.shows === true;
  if (isWatched) process.stdout.write(begin);
  if (options.shows) process.stdout.write("\n");
  const { code, output } = await run(words, options);
  const seconds = ((performance.now() - began) / 1000).toFixed(1);
  const end = code === 0 ? `${seconds} s` : `failed (exit code ${code}) after ${seconds} s`;
  console.log(isWatched ? end : begin + end);
  if (code !== 0 && output) console.error(output.replace(/^/gm, "    "));
  return code === 0;
}

/** The first of some programs that runs with these arguments; null if none does. */
export async function firstProgram(names, args) {
  for (const name of names) if ((await run([name, ...args])).code === 0) return name;
  return null;
}

/**
 * Say that a toolchain is missing, in one line.
 *
 * @returns {2} exit code of "not there", which is an error only where CI is set
 */
export function notThere(what, consequence) {
  console.error(`${isCi ? "error" : "note"}: ${what}; ${consequence}`);
  return 2;
}
