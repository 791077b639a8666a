/**
 * Builds the Go plugins of the examples into `.cache/go/bin`; modules come from the Go proxy, pinned by go.sum.
 *
 * Exit codes: 0 they are there, 1 a build failed, 2 there is no usable Go (a line says which).
 */
import { existsSync, readdirSync } from "node:fs";
import { join, relative } from "node:path";
import { pathToFileURL } from "node:url";
import { cache, DOWNLOAD_TRIES_MAX, notThere, root, run, step } from "./steps.mjs";

const bin = join(cache, "go", "bin");
/** The oldest Go that go-pdk's pinned version builds with. */
const NEEDS = [1, 21];

/** Folders below `examples` that are a Go module; the program is called like the folder. */
function goModules() {
  return readdirSync(join(root, "examples"), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith("go.mod") && !name.includes("node_modules"))
    .map((name) => join(root, "examples", name, ".."));
}

async function hasGo() {
  const { code, output } = await run(["go", "env", "GOVERSION"]);
  const [, major, minor] = /go(\d+)\.(\d+)/.exec(output) ?? [];
  return code === 0 && (Number(major) > NEEDS[0] || Number(minor) >= NEEDS[1]);
}

/** @returns {Promise<0 | 1 | 2>} as the exit codes above */
export async function ensureGo() {
  const modules = goModules();
  if (!(await hasGo())) {
    return notThere(`no Go ${NEEDS.join(".")} or newer`, "plugins in Go are left out");
  }
  for (const folder of modules) {
    const program = join(bin, folder.split("/").at(-1));
    const words = ["go", "build", "-trimpath", "-o", program, "."];
    // go knows itself what is up to date, in a tenth of a second: only a first build is worth a line
    if (existsSync(program) && (await run(words, { cwd: folder })).code === 0) continue;
    const options = { cwd: folder, tries: DOWNLOAD_TRIES_MAX };
    if (!(await step(`building ${relative(root, folder)}`, words, options))) return 1;
  }
  return 0;
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) process.exitCode = await ensureGo();
