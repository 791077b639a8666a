/**
 * Builds the bench's plugins. What a machine cannot build is left out with its reason; nothing here ends a run.
 */
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ensurePython } from "../scripts/ensure-python.mjs";
import { ensurePythonSdk } from "../scripts/ensure-python-sdk.mjs";
import { hasRust, rustTarget } from "../scripts/ensure-rust.mjs";
import { cache, firstProgram, root, step } from "../scripts/steps.mjs";

const plugins = join(root, "bench", "plugins");

/** The Go plugin with our SDK (`native`) or with Kong's (`kong`); both look at the name of their program. */
export const goPlugin = (build, sdk) => join(build, "plugins", `go-${sdk}`, "bench-sidecar");
export const rustPlugin = join(rustTarget, "release", "bench-sidecar");

/** @returns {Promise<string | null>} why there is none */
async function buildGo(build) {
  if ((await firstProgram(["go"], ["version"])) === null) return "no Go on this machine";
  for (const sdk of ["native", "kong"]) {
    const folder = join(build, "plugins", `go-${sdk}`);
    mkdirSync(folder, { recursive: true });
    for (const file of ["go.mod", "go.sum", "main.go"]) cpSync(join(plugins, "go", file), join(folder, file));
    if (sdk === "native") {
      const module = readFileSync(join(folder, "go.mod"), "utf8");
      const replace = `replace github.com/Kong/go-pdk => ${join(root, "plugin-sdk", "go")}`;
      writeFileSync(join(folder, "go.mod"), `${module}\n${replace}\n`);
    }
    const title = `building the bench's plugin with ${sdk === "native" ? "our SDK for Go" : "go-pdk"}`;
    if (!(await step(title, ["go", "build", "-trimpath", "-o", "bench-sidecar", "."], { cwd: folder }))) {
      return "its build failed";
    }
  }
  return null;
}

async function buildRust() {
  if (!(await hasRust())) return "no usable Rust on this machine";
  const options = { cwd: join(plugins, "rust"), env: { CARGO_TARGET_DIR: rustTarget } };
  const words = ["cargo", "build", "--release", "--locked", "--quiet"];
  return (await step("building the bench's plugin with the SDK for Rust", words, options)) ? null : "its build failed";
}

/** Jars that the SDK for Java needs: its own, and Jackson's. */
export function jars() {
  const repository = join(cache, "m2");
  const inFolder = (folder) =>
    existsSync(folder)
      ? readdirSync(folder, { recursive: true, encoding: "utf8" })
          .filter((name) => name.endsWith(".jar"))
          .map((name) => join(folder, name))
      : [];
  const jackson = join(repository, "com", "fasterxml", "jackson", "core");
  return [...inFolder(join(repository, "io", "dragoman", "dragoman-plugin-sdk")), ...inFolder(jackson)];
}

/** @returns {Promise<{why: string | null, command: readonly string[]}>} */
async function buildJava(build) {
  const installer = join(root, "scripts", "ensure-java.mjs");
  if (!existsSync(installer)) return { why: "there is no SDK for Java yet", command: [] };
  const { ensureJava } = await import(installer);
  const code = await ensureJava();
  if (code !== 0) return { why: code === 2 ? "no usable Java on this machine" : "the SDK's build failed", command: [] };
  const classes = join(build, "plugins", "java");
  rmSync(classes, { recursive: true, force: true });
  const path = jars().join(":");
  const source = join(plugins, "java", "BenchSidecar.java");
  const words = ["javac", "-parameters", "-cp", path, "-d", classes, source];
  const isBuilt = await step("building the bench's plugin with the SDK for Java", words);
  return { why: isBuilt ? null : "its build failed", command: ["java", "-cp", `${classes}:${path}`, "BenchSidecar"] };
}

function whyNot(code, toolchain) {
  if (code === 0) return null;
  return code === 2 ? `no usable ${toolchain} on this machine` : "its installation failed";
}

/**
 * @param {string} build folder for what is built
 * @returns {Promise<{lacking: ReadonlyMap<string, string>, java: readonly string[]}>} `lacking`: why a toolchain cannot be
 *   used, by the names that rows.mjs has; `java`: the command of the Java plugin
 */
export async function prepare(build) {
  const java = await buildJava(build);
  const found = {
    go: await buildGo(build),
    rust: await buildRust(),
    java: java.why,
    pythonSdk: whyNot(await ensurePythonSdk(), "Python"),
    python: whyNot(await ensurePython(), "Python"),
  };
  return { lacking: new Map(Object.entries(found).filter(([, why]) => why !== null)), java: java.command };
}
