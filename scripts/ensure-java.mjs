/**
 * Installs the Java SDK into `.cache/m2` and builds the Java plugins of the examples, each as one jar, with their tests.
 *
 * Maven takes seconds to find out that nothing is to be done, so the ages of files are looked at first. Libraries come from
 * Maven Central once; later builds are offline.
 *
 * Exit codes: 0 they are there, 1 a build failed, 2 there is no usable Java (a line says which).
 */
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { pathToFileURL } from "node:url";
import { cache, DOWNLOAD_TRIES_MAX, notThere, root, run } from "./steps.mjs";

/** The oldest Java that the SDK builds with. */
const NEEDS = 17;
const sdk = join(root, "plugin-sdk", "java");
/** The local repository of this project's Maven builds. */
const repository = join(cache, "m2");

/** Folders below `examples` that are a Maven project; the jar is called like the folder. */
function projects() {
  return readdirSync(join(root, "examples"), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith("pom.xml") && !name.includes("target"))
    .map((name) => join(root, "examples", name, ".."));
}

/** Milliseconds of the epoch of the youngest of a project's files; `folders` are those that count. */
function youngest(project, folders) {
  const files = folders.flatMap((folder) => {
    const top = join(project, folder);
    if (!existsSync(top)) return [];
    return readdirSync(top, { recursive: true, encoding: "utf8" }).map((name) => join(top, name));
  });
  return Math.max(...[join(project, "pom.xml"), ...files].map((file) => statSync(file).mtimeMs));
}

function isOlder(file, ms) {
  return !existsSync(file) || statSync(file).mtimeMs < ms;
}

/** What Maven says where something could not be loaded; no test that failed is taken for that. */
const NOT_LOADED = /Could not (?:transfer|find) artifact|Could not resolve|ResolutionException/;

/** Run Maven, offline if that suffices; again where a download failed, with a line that says so. */
export async function maven(goals, cwd) {
  const words = ["mvn", "-q", "-B", `-Dmaven.repo.local=${repository}`, ...goals];
  let result = await run([...words, "-o"], { cwd });
  if (result.code === 0 || !/offline mode/.test(result.output)) return result;
  for (let left = DOWNLOAD_TRIES_MAX - 1; ; left--) {
    result = await run(words, { cwd });
    if (result.code === 0 || left === 0 || !NOT_LOADED.test(result.output)) return result;
    console.log(`  Maven could not load what it needs in ${relative(root, cwd)}: again, ${left} tries left`);
    if (!words.includes("-U")) words.push("-U"); // else it remembers for a day what it has not found
  }
}

/** Is there a JDK that is new enough, and Maven? */
export async function hasJava() {
  const javac = await run(["javac", "-version"]);
  const [, major] = /javac (\d+)/.exec(javac.output) ?? [];
  if (javac.code !== 0 || Number(major) < NEEDS) return false;
  return (await run(["mvn", "-version"])).code === 0;
}

/** Build one project, in a line that says how long it took; shows the output where it failed. */
async function build(title, goals, folder) {
  const began = performance.now();
  const { code, output } = await maven(goals, folder);
  const seconds = `${((performance.now() - began) / 1000).toFixed(1)} s`;
  console.log(`  ${title} ... ${code === 0 ? seconds : `failed after ${seconds}`}`);
  if (code !== 0) console.error(output);
  return code === 0;
}

/** @returns {Promise<0 | 1 | 2>} as the exit codes above */
export async function ensureJava() {
  if (!(await hasJava())) return notThere(`no JDK ${NEEDS} or newer with Maven`, "plugins in Java are left out");
  const sources = youngest(sdk, [join("src", "main")]);
  const installed = join(repository, "io", "dragoman", "dragoman-plugin-sdk", "0.1.0", "dragoman-plugin-sdk-0.1.0.jar");
  const from = join(repository, "dragoman-sdk-of");
  // a `.cache` may have been moved, or be linked to by several checkouts: ages tell nothing of another one's SDK
  const isOurs = existsSync(from) && readFileSync(from, "utf8") === root;
  if (!isOurs || isOlder(installed, sources)) {
    const goals = ["install", "-Dmaven.test.skip", "-Dfmt.skip"];
    if (!(await build("installing the Java SDK into .cache/m2", goals, sdk))) return 1;
    writeFileSync(from, root);
  }
  for (const folder of projects()) {
    const jar = join(folder, "target", `${folder.split("/").at(-1)}.jar`);
    if (isOurs && !isOlder(jar, Math.max(sources, youngest(folder, ["src"])))) continue;
    if (!(await build(`building ${relative(root, folder)} (Java)`, ["package"], folder))) return 1;
  }
  return 0;
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) process.exitCode = await ensureJava();
