/**
 * The rows of `npm run bench:sidecar`: one plugin (one read, three writes in access) in every language, each in one process
 * behind a gateway of its own with one worker. A row is a candidate of the kit, which starts the plugin server itself, so
 * that its CPU is counted apart from the gateway's; the gateway finds it by its socket.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { goPlugin, prepare, rustPlugin } from "./prepare.mjs";
import { cache, root } from "../scripts/steps.mjs";

const plugins = join(root, "bench", "plugins");
const pythonSdk = join(cache, "python-sdk", "bin", "python");
const kongPython = join(cache, "python", "bin", "python");
const kongPythonFile = join(plugins, "kong-pdk-python", "bench_sidecar.py");
const javascriptServer = join(root, "plugin-servers", "typescript", "bin", "dragoman-js-pluginserver");
const kongJavascriptServer = ["node", "@BUILD@/node_modules/kong-pdk/bin/kong-js-pluginserver"];

/**
 * @typedef {{name: string, about: string, needs: string, kong: string | null, program: readonly string[], serve: readonly
 *   string[], dump: readonly string[], socket?: string}} Row
 *   `needs`: a key of what is prepared; `kong`: the row of Kong's SDK in that language; `serve` and `dump`: options of
 *   `program` that serve and that answer the gateway's query; `socket`: where it listens, if it chooses that itself
 */

const ours = { serve: ["-socket", "@SOCKET@"], dump: ["-dump"] };

/** @returns {readonly Row[]} the table's rows; `java` is the command of the Java plugin, empty where there is none */
function rowsOf(build, java) {
  const typescript = ["node", "--import", "tsx", join(plugins, "typescript", "bench-sidecar.ts")];
  const onKongs = (prefix, name) => ["-p", prefix, name, "@SOCKET_NAME@"];
  return [
    { name: "native-typescript", about: "SDK for TypeScript", needs: "node", kong: "kong-pdk-javascript", program: typescript, ...ours },
    {
      name: "native-kong-pdk-javascript", about: "a module of kong-pdk on plugin-servers/typescript", needs: "node",
      kong: "kong-pdk-javascript", program: [javascriptServer, "-d", join(plugins, "javascript")],
      serve: ["--socket", "@SOCKET@"], dump: ["--dump-all-plugins"],
    },
    { name: "native-go", about: "SDK for Go", needs: "go", kong: "go-pdk", program: [goPlugin(build, "native")], ...ours },
    {
      name: "native-python", about: "SDK for Python", needs: "pythonSdk", kong: "kong-pdk-python",
      program: [pythonSdk, join(plugins, "python", "bench_sidecar.py")], ...ours,
    },
    {
      name: "native-kong-pdk-python", about: "a program of kong-pdk on plugin-servers/python", needs: "pythonSdk",
      kong: "kong-pdk-python", program: [pythonSdk, kongPythonFile], serve: onKongs("@RUN@", "--socket-name"), dump: ["--dump"],
    },
    { name: "native-rust", about: "SDK for Rust", needs: "rust", kong: null, program: [rustPlugin], ...ours },
    { name: "native-java", about: "SDK for Java", needs: "java", kong: null, program: java, ...ours },
    {
      name: "kong-pdk-javascript", about: "Kong's SDK for JavaScript", needs: "node", kong: null,
      program: [...kongJavascriptServer, "-d", join(plugins, "javascript")],
      serve: onKongs("@RUN@", "--sock-name"), dump: ["--dump-all-plugins"],
    },
    {
      name: "kong-pdk-python", about: "Kong's SDK for Python", needs: "python", kong: null,
      program: [kongPython, kongPythonFile], serve: onKongs("@RUN@", "--socket-name"), dump: ["--dump"],
    },
    {
      name: "go-pdk", about: "Kong's SDK for Go", needs: "go", kong: null, program: [goPlugin(build, "kong")],
      serve: ["-kong-prefix", "@RUN@"], dump: ["-dump"], socket: "@RUN@/bench-sidecar.socket",
    },
  ];
}

/** Settings of the kit's gateway, and those of the plugin server beside it. */
function settings(kit, row, socket) {
  const lines = readFileSync(join(kit, "conf", "gateway.env.in"), "utf8").split("\n");
  const pairs = lines.filter((line) => /^[A-Z]/.test(line)).map((line) => line.split(/=(.*)/s).slice(0, 2));
  return {
    ...Object.fromEntries(pairs),
    KONG_PLUGINS: "bundled,bench-sidecar",
    KONG_PLUGINSERVER_NAMES: "bench-sidecar",
    KONG_PLUGINSERVER_BENCH_SIDECAR_SOCKET: socket,
    KONG_PLUGINSERVER_BENCH_SIDECAR_QUERY_CMD: [...row.program, ...row.dump].join(" "),
  };
}

function candidate(kit, row, command) {
  const socket = row.socket ?? "@SOCKET@";
  return {
    name: row.name,
    about: row.about,
    command,
    env: settings(kit, row, socket),
    cwd: root,
    config: join(kit, "conf", "gateway-sidecar.yml.in"),
    tls: true,
    sidecars: [{ command: [...row.program, ...row.serve], socket }],
    expect: { "x-served-by": "sidecar" },
    expect_upstream: { "x-user": "client-42", "x-plan": "gold" },
  };
}

/**
 * Build the plugins, and make candidates of those that this machine can run.
 *
 * @param {string} kit folder of the kit
 * @param {string} build where the kit and the plugins are built
 * @param {readonly string[]} command of the gateway
 * @returns {Promise<{rows: readonly Row[], missing: ReadonlyMap<string, string>, candidates: readonly object[]}>}
 *   `missing`: why a row is not measured, by its name
 */
export async function sidecarRows(kit, build, command) {
  const { lacking, java } = await prepare(build);
  const rows = rowsOf(build, java);
  const missing = new Map();
  for (const { name, needs } of rows) if (lacking.has(needs)) missing.set(name, lacking.get(needs));
  const candidates = rows.filter(({ name }) => !missing.has(name)).map((row) => candidate(kit, row, command));
  return { rows, missing, candidates };
}
