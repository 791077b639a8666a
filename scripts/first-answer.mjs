/**
 * Measures how long an author waits: from `dragoman plugin new` in an empty folder to the first answered request, in each
 * language, dependencies included. Prints a line for each, and fails where one takes longer than it may.
 *
 *     node scripts/first-answer.mjs [LANGUAGE...]
 *
 * It works on a copy of the checkout, so nothing that this project compiled or installed before is there, and with empty
 * caches of what toolchains compile. What a toolchain has downloaded before (crates, wheels, npm packages) may be there, as
 * on a machine where the language is used; with `--cold` that is empty, too.
 */
import { spawn } from "node:child_process";
import { cpSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { createInterface } from "node:readline";
import { root } from "./steps.mjs";

/** Longest that it may take, in seconds: the bar of the tools for plugin authors. */
const SECONDS_MAX = 60;
/** When a measurement is given up, in seconds. */
const PATIENCE_SECONDS = 170;
const LANGUAGES = ["typescript", "go", "python", "rust", "java"];
/** Of the checkout, what tools for authors use. */
const USED = ["bin", "dist", "package.json", "plugin-sdk", "plugin-servers", "proto", "templates"];
/** What builds and tests leave in there. */
const MADE = new Set(["target", "node_modules", ".venv", ".dragoman", "__pycache__", "build"]);

/** A checkout where nothing was ever built but the gateway. */
function copyCheckout(folder) {
  const copy = join(folder, "checkout");
  for (const name of USED) {
    const filter = (path) => !MADE.has(basename(path)) && !path.endsWith(".egg-info");
    cpSync(join(root, name), join(copy, name), { recursive: true, filter });
  }
  symlinkSync(join(root, "node_modules"), join(copy, "node_modules"));
  return copy;
}

/** Caches of compiled things are empty; with `isCold` those of downloaded things, too. */
function environment(folder, isCold) {
  const { CARGO_TARGET_DIR: _, ...env } = process.env;
  env.GOCACHE = join(folder, "go-build");
  if (!isCold) return env;
  return {
    ...env,
    GOMODCACHE: join(folder, "go-modules"),
    CARGO_HOME: join(folder, "cargo"),
    PIP_CACHE_DIR: join(folder, "pip"),
    npm_config_cache: join(folder, "npm"),
    MAVEN_OPTS: `${env.MAVEN_OPTS ?? ""} -Dmaven.repo.local=${join(folder, "m2")}`,
  };
}

/** Run `dragoman plugin ...` to its end. */
function plugin(dragoman, words, cwd, env) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [dragoman, "plugin", ...words], { cwd, env, stdio: ["ignore", "ignore", "inherit"] });
    child.on("close", (code) => (code === 0 ? resolve() : reject(new Error(`plugin ${words[0]} ended with exit code ${code}`))));
  });
}

/** Start `plugin dev`; @returns the process, and where the gateway answers */
function startDev(dragoman, cwd, env) {
  const child = spawn(process.execPath, [dragoman, "plugin", "dev", "--json"], { cwd, env, stdio: ["ignore", "pipe", "pipe"] });
  let said = "";
  child.stderr.setEncoding("utf8").on("data", (text) => {
    said += text;
  });
  const proxy = new Promise((resolve, reject) => {
    const late = setTimeout(() => reject(new Error(`not there after ${PATIENCE_SECONDS} s:\n${said}`)), PATIENCE_SECONDS * 1000);
    createInterface({ input: child.stdout }).on("line", (line) => {
      const { type, proxy: url } = JSON.parse(line);
      if (type !== "ready") return;
      clearTimeout(late);
      resolve({ url, said });
    });
    child.on("close", () => reject(new Error(`plugin dev ended:\n${said}`)));
  });
  return { child, proxy };
}

/** @returns seconds to each step */
async function measure(dragoman, language, folder, env) {
  const began = performance.now();
  const since = () => (performance.now() - began) / 1000;
  const name = `hello-${language}`;
  await plugin(dragoman, ["new", "--lang", language, name], folder, env);
  const made = since();
  const { child, proxy } = startDev(dragoman, join(folder, name), env);
  try {
    const { url, said } = await proxy;
    const ready = since();
    const answer = await fetch(`${url}/?name=ann`);
    const greeting = answer.headers.get("x-greeting");
    if (answer.status !== 200 || greeting !== "hello ann") throw new Error(`it answered ${answer.status}, ${greeting}`);
    return { made, ready, answered: since(), said };
  } finally {
    const over = new Promise((resolve) => child.once("close", resolve));
    child.kill("SIGINT");
    await over;
  }
}

const words = process.argv.slice(2);
const isCold = words.includes("--cold");
const chosen = words.filter((one) => !one.startsWith("-"));
console.log(`language     new    ready  answered   (seconds; at most ${SECONDS_MAX}; downloads ${isCold ? "none before" : "as the user has them"})`);
for (const language of chosen.length > 0 ? chosen : LANGUAGES) {
  const folder = mkdtempSync(join(tmpdir(), "first-answer-"));
  try {
    const dragoman = join(copyCheckout(folder), "bin", "dragoman");
    const { made, ready, answered, said } = await measure(dragoman, language, folder, environment(folder, isCold));
    const columns = [made, ready, answered].map((seconds) => seconds.toFixed(1).padStart(8)).join("");
    console.log(`${language.padEnd(10)}${columns}${answered > SECONDS_MAX ? "   TOO LONG" : ""}\n${said.trimEnd()}`);
    if (answered > SECONDS_MAX) process.exitCode = 1;
  } catch (cause) {
    console.log(`${language.padEnd(10)} ${cause.message}`);
    process.exitCode = 1;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
