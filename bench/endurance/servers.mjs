/**
 * The plugin servers of a run: what builds each, the commands that start and ask it. What this machine cannot build is
 * told with its reason, and its parts count as missed: a bar that nobody looked at is not kept.
 */
import { cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";
import { ensureJava } from "../../scripts/ensure-java.mjs";
import { ensureJavascript } from "../../scripts/ensure-javascript.mjs";
import { ensurePython } from "../../scripts/ensure-python.mjs";
import { ensurePythonSdk } from "../../scripts/ensure-python-sdk.mjs";
import { hasRust, rustTarget } from "../../scripts/ensure-rust.mjs";
import { cache, firstProgram, root, step } from "../../scripts/steps.mjs";
import { jars } from "../prepare.mjs";

const plugins = join(root, "bench", "endurance", "plugins");
const folder = join(cache, "endurance");
const pythonSdk = join(cache, "python-sdk", "bin", "python");
const kongPython = join(cache, "python", "bin", "python");
const javascriptServer = join(root, "plugin-servers", "typescript", "bin", "dragoman-js-pluginserver");
const kongJavascript = join(cache, "javascript", "kong-js-pluginserver");

/**
 * @typedef {{name: string, start(socket: string): string, query: string, plugins: string}} PluginServer
 *   `start`: its command for that socket; `plugins`: names of what it offers, as the setting has them
 */

/** The program as one file, so that a start costs what a start of an installed plugin costs. */
async function bundle(entry, name) {
  await build({
    absWorkingDir: root,
    entryPoints: [entry],
    outfile: join(folder, name),
    bundle: true,
    format: "esm",
    platform: "node",
    target: "node20.19",
    external: ["@grpc/*"],
    banner: { js: 'import { createRequire as __cr } from "node:module"; const require = __cr(import.meta.url);' },
    logLevel: "warning",
  });
  return `${process.execPath} ${join(folder, name)}`;
}

async function buildGo(sdk, source = "endurance") {
  if ((await firstProgram(["go"], ["version"])) === null) throw new Error("no Go on this machine");
  const at = join(folder, `go-${sdk}-${source}`);
  mkdirSync(at, { recursive: true });
  cpSync(join(plugins, `${source}.go`), join(at, "main.go"));
  const bench = join(root, "bench", "plugins", "go");
  cpSync(join(bench, "go.sum"), join(at, "go.sum"));
  const replace = `\nreplace github.com/Kong/go-pdk => ${join(root, "plugin-sdk", "go")}\n`;
  const module = readFileSync(join(bench, "go.mod"), "utf8").replace("bench-sidecar", "endurance");
  writeFileSync(join(at, "go.mod"), sdk === "native" ? module + replace : module);
  const words = ["go", "build", "-trimpath", "-o", source, "."]; // the plugin of go-pdk is called as its program
  if (!(await step(`building the plugin with ${sdk} Go`, words, { cwd: at }))) throw new Error("its build failed");
  return join(at, source);
}

async function native(name, command, offered = "endurance") {
  const query = `${command} -dump`;
  return { name, start: (socket) => `${command} -socket ${socket}`, query, plugins: offered };
}

/** A command of Kong's servers for JavaScript and Python: a folder for the socket, and its name there. */
function inFolder(command, option) {
  return (socket) => {
    const at = socket.lastIndexOf("/");
    return `${command} -p ${socket.slice(0, at)} ${option} ${socket.slice(at + 1)}`;
  };
}

/** In the folder for kong-pdk. */
const JAVASCRIPT = "endurance,endurance-empty";

async function kongPdk() {
  if ((await ensureJavascript()) !== 0) throw new Error("kong-pdk for JavaScript is not installed");
  const command = `${kongJavascript} -d ${join(plugins, "kong-pdk")}`;
  const start = inFolder(command, "--sock-name");
  return { name: "kong-pdk JavaScript (MsgPack:1)", start, query: `${command} --dump-all-plugins`, plugins: JAVASCRIPT };
}

async function goPdk(source) {
  const program = await buildGo("kong", source);
  const start = (socket) => `${program} -kong-prefix ${socket.slice(0, socket.lastIndexOf("/"))}`;
  return { name: "go-pdk (ProtoBuf:1)", start, query: `${program} -dump`, plugins: source };
}

const ALL = "endurance,endurance-body,endurance-headers,endurance-empty";

async function python() {
  if ((await ensurePythonSdk()) !== 0) throw new Error("the SDK for Python is not installed");
  return native("native Python", `${pythonSdk} ${join(plugins, "endurance.py")}`, ALL);
}

async function rust() {
  if (!(await hasRust())) throw new Error("no usable Rust on this machine");
  const options = { cwd: join(plugins, "rust"), env: { CARGO_TARGET_DIR: rustTarget } };
  const words = ["cargo", "build", "--release", "--locked", "--quiet"];
  if (!(await step("building the plugins with the SDK for Rust", words, options))) throw new Error("its build failed");
  return native("native Rust", join(rustTarget, "release", "endurance"), ALL);
}

async function java() {
  if ((await ensureJava()) !== 0) throw new Error("the SDK for Java is not installed");
  const classes = join(folder, "java");
  const path = jars().join(":");
  const words = ["javac", "-parameters", "-cp", path, "-d", classes, join(plugins, "java", "Endurance.java")];
  if (!(await step("building the plugins with the SDK for Java", words))) throw new Error("its build failed");
  // by itself the JVM takes as much of the machine as a heap may have before it collects for the first time
  return native("native Java", `java -XX:+UseSerialGC -Xmx64m -cp ${classes}:${path} Endurance`, ALL);
}

/** Kong's own plugin files on our servers. */
async function ourJavascript() {
  const command = `${javascriptServer} -d ${join(plugins, "kong-pdk")}`;
  const start = (socket) => `${command} --socket ${socket}`;
  return { name: "kong-pdk JavaScript on our server", start, query: `${command} --dump-all-plugins`, plugins: JAVASCRIPT };
}

async function pythonOfKong(name, program, plugin) {
  const command = `${program} ${join(plugins, "kong-pdk-python", `${plugin.replace("-", "_")}.py`)}`;
  return { name, start: inFolder(command, "--socket-name"), query: `${command} --dump`, plugins: plugin };
}

async function ourPython(plugin) {
  if ((await ensurePythonSdk()) !== 0) throw new Error("our server for Python is not installed");
  return pythonOfKong("kong-pdk Python on our server", pythonSdk, plugin);
}

async function kongPdkPython(plugin) {
  if ((await ensurePython()) !== 0) throw new Error("kong-pdk for Python is not installed");
  return pythonOfKong("kong-pdk Python (MsgPack:1)", kongPython, plugin);
}

/** By the names that the command line has. */
const SERVERS = {
  typescript: async () =>
    native("native TypeScript", await bundle(join(plugins, "endurance.ts"), "endurance.mjs"), ALL),
  go: async () => native("native Go", await buildGo("native")),
  python,
  rust,
  java,
  "our-javascript": ourJavascript,
  "our-python": () => ourPython("endurance"),
  "kong-pdk": kongPdk,
  "kong-pdk-python": () => kongPdkPython("endurance"),
  "go-pdk": () => goPdk("endurance"),
};

/** Where a process has one plugin: the servers that have the others. */
const OTHERS = {
  "endurance-body": {
    go: async () =>
      native("native Go", await buildGo("native", "endurance-body"), "endurance-body,endurance-headers"),
  },
  "endurance-empty": {
    go: async () => native("native Go", await buildGo("native", "endurance-empty"), "endurance-empty"),
    "our-python": () => ourPython("endurance-empty"),
    "kong-pdk-python": () => kongPdkPython("endurance-empty"),
    "go-pdk": () => goPdk("endurance-empty"),
  },
};

const made = new Map();

/**
 * Build a plugin server, once in a run.
 *
 * @param {keyof typeof SERVERS} name
 * @param {string} [plugin] that it has to have; "endurance-body" stands for "endurance-headers", too
 * @returns {Promise<PluginServer>} @throws {Error} with the reason why there is none
 */
export function pluginServer(name, plugin = "endurance") {
  const make = OTHERS[plugin]?.[name] ?? SERVERS[name];
  if (!made.has(make)) made.set(make, make());
  return made.get(make);
}

/** A server whose code is a file, for the reloads. @param {string} protocol */
export async function versionedServer(protocol, file) {
  if (!made.has("versioned")) {
    made.set("versioned", bundle(join(root, "test", "helpers", "versioned-server.ts"), "versioned.mjs"));
  }
  const command = `${await made.get("versioned")} ${protocol} ${file}`;
  return {
    name: protocol,
    start: (socket) => `${command} ${socket}`,
    query: `${command} ${join(folder, "none.socket")} -dump`,
    plugins: "t-version",
  };
}
