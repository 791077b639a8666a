/**
 * The plugin servers of a run: what builds each, the commands that start and ask it. What this machine cannot build is
 * told with its reason, and its parts count as missed: a bar that nobody looked at is not kept.
 */
import { cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";
import { ensureJavascript } from "../../scripts/ensure-javascript.mjs";
import { ensurePythonSdk } from "../../scripts/ensure-python-sdk.mjs";
import { cache, firstProgram, root, step } from "../../scripts/steps.mjs";

const plugins = join(root, "bench", "endurance", "plugins");
const folder = join(cache, "endurance");
const pythonSdk = join(cache, "python-sdk", "bin", "python");
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

async function buildGo(sdk) {
  if ((await firstProgram(["go"], ["version"])) === null) throw new Error("no Go on this machine");
  const at = join(folder, `go-${sdk}`);
  mkdirSync(at, { recursive: true });
  cpSync(join(plugins, "endurance.go"), join(at, "main.go"));
  const bench = join(root, "bench", "plugins", "go");
  cpSync(join(bench, "go.sum"), join(at, "go.sum"));
  const replace = `\nreplace github.com/Kong/go-pdk => ${join(root, "plugin-sdk", "go")}\n`;
  const module = readFileSync(join(bench, "go.mod"), "utf8").replace("bench-sidecar", "endurance");
  writeFileSync(join(at, "go.mod"), sdk === "native" ? module + replace : module);
  const words = ["go", "build", "-trimpath", "-o", "endurance", "."];
  if (!(await step(`building the plugin with ${sdk} Go`, words, { cwd: at }))) throw new Error("its build failed");
  return join(at, "endurance");
}

async function native(name, command, offered = "endurance") {
  const query = `${command} -dump`;
  return { name, start: (socket) => `${command} -socket ${socket}`, query, plugins: offered };
}

async function kongPdk() {
  if ((await ensureJavascript()) !== 0) throw new Error("kong-pdk for JavaScript is not installed");
  const command = `${kongJavascript} -d ${join(plugins, "kong-pdk")}`;
  const start = (socket) => {
    const at = socket.lastIndexOf("/");
    return `${command} -p ${socket.slice(0, at)} --sock-name ${socket.slice(at + 1)}`;
  };
  return { name: "kong-pdk JavaScript (MsgPack:1)", start, query: `${command} --dump-all-plugins`, plugins: "endurance" };
}

async function goPdk() {
  const program = await buildGo("kong");
  const start = (socket) => `${program} -kong-prefix ${socket.slice(0, socket.lastIndexOf("/"))}`;
  return { name: "go-pdk (ProtoBuf:1)", start, query: `${program} -dump`, plugins: "endurance" };
}

async function python() {
  if ((await ensurePythonSdk()) !== 0) throw new Error("the SDK for Python is not installed");
  return native("native Python", `${pythonSdk} ${join(plugins, "endurance.py")}`);
}

const ALL = "endurance,endurance-body,endurance-headers";
/** By the names that the command line has. */
const SERVERS = {
  typescript: async () =>
    native("native TypeScript", await bundle(join(plugins, "endurance.ts"), "endurance.mjs"), ALL),
  go: async () => native("native Go", await buildGo("native")),
  python,
  "kong-pdk": kongPdk,
  "go-pdk": goPdk,
};

const made = new Map();

/**
 * Build a plugin server, once in a run.
 *
 * @param {keyof typeof SERVERS} name
 * @returns {Promise<PluginServer>} @throws {Error} with the reason why there is none
 */
export function pluginServer(name) {
  if (!made.has(name)) made.set(name, SERVERS[name]());
  return made.get(name);
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
