/**
 * `npm start`: everything for a first look. Installs what the four plugins of examples/quickstart need, starts an upstream
 * and the gateway in front of it, shows what to try, and runs until it is told to stop.
 *
 * Where a toolchain is missing its plugin is left out and the rest runs; where CI is set that is an error.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { execa } from "execa";
import { parse, stringify } from "yaml";
import { startEchoUpstream } from "../examples/echo-upstream.mjs";
import { buildGateway } from "./build.mjs";
import { ensureGo } from "./ensure-go.mjs";
import { ensureJavascript } from "./ensure-javascript.mjs";
import { ensurePython } from "./ensure-python.mjs";
import { cache, isCi, root } from "./steps.mjs";

const { values } = parseArgs({
  options: {
    "proxy-port": { type: "string", default: "8000" },
    "admin-port": { type: "string", default: "8001" },
    "upstream-port": { type: "string", default: "9000" },
    prefix: { type: "string", default: join(root, ".dragoman") },
  },
});
const proxy = `127.0.0.1:${values["proxy-port"]}`;
const admin = `127.0.0.1:${values["admin-port"]}`;
const upstreamAddress = `127.0.0.1:${values["upstream-port"]}`;
const example = join(root, "examples", "quickstart");

/** How long the gateway and its plugin servers may take until the first answer. */
const READY_MS_MAX = 30_000;
const READY_POLL_MS = 50;

/** Install the parts. @returns names of the plugins that can run, or null where something failed */
async function ensurePlugins() {
  const parts = [
    ["hello-javascript", await ensureJavascript()],
    ["hello-python", await ensurePython()],
    ["hello-go", await ensureGo()],
  ];
  if (parts.some(([, code]) => code === 1 || (code === 2 && isCi))) return null;
  return ["hello-typescript", ...parts.filter(([, code]) => code === 0).map(([name]) => name)];
}

/** The example's kong.yml with these ports, and without plugins that cannot run here. @returns its path */
function writeConfig(plugins) {
  const config = parse(readFileSync(join(example, "kong.yml"), "utf8"));
  for (const service of config.services) {
    service.url = service.url.replace(":9000", `:${values["upstream-port"]}`);
    for (const route of service.routes) {
      route.plugins = route.plugins?.filter(({ name }) => plugins.includes(name)) ?? [];
    }
  }
  const file = join(cache, `quickstart-${values["proxy-port"]}.yml`);
  mkdirSync(cache, { recursive: true });
  writeFileSync(file, stringify(config));
  return file;
}

/** The example's settings, changed by what this run needs. @returns path of a kong.conf */
function writeSettings(plugins) {
  const servers = plugins.filter((name) => name !== "hello-typescript");
  const changed = {
    declarative_config: writeConfig(plugins),
    proxy_listen: proxy,
    admin_listen: admin,
    plugins: ["bundled", ...plugins].join(","),
    pluginserver_names: servers.join(","),
  };
  const lines = readFileSync(join(example, "kong.conf"), "utf8")
    .replaceAll(".dragoman", values.prefix)
    .split("\n")
    .filter((line) => !/^pluginserver_hello_(\w+?)_/.test(line) || servers.some((name) => line.includes(`_${name.replace("-", "_")}_`)))
    .map((line) => {
      const [name] = line.split(" = ");
      return name in changed ? `${name} = ${changed[name]}` : line;
    })
    .filter((line) => line !== "pluginserver_names = ");
  const file = join(cache, `quickstart-${values["proxy-port"]}.conf`);
  writeFileSync(file, lines.join("\n"));
  return file;
}

/** Wait until a request passes all plugins. @returns did it, before the gateway ended and in time? */
async function isReady(gateway) {
  const limit = performance.now() + READY_MS_MAX;
  while (performance.now() < limit && gateway.exitCode === null) {
    const status = await fetch(`http://${proxy}/hello`).then((answer) => answer.status, () => 0);
    if (status === 200) return true;
    await sleep(READY_POLL_MS);
  }
  return false;
}

function isTaken(address) {
  const [host, port] = address.split(":");
  return new Promise((done) => {
    const socket = connect(Number(port), host, () => done(true)).on("error", () => done(false));
    socket.on("connect", () => socket.destroy());
  });
}

function showWhatToTry(plugins) {
  const languages = plugins.map((name) => name.replace("hello-", ""));
  console.log(`
The gateway runs: http://${proxy} is the proxy, http://${admin} the Admin API.
One route, /hello, has ${plugins.length} plugins: ${languages.join(", ")}.

  curl http://${proxy}/hello -H 'X-Name: Ada'
      the upstream shows what it received: a greeting of each plugin, with the process that it ran in

  curl -i http://${proxy}/plain
      the same Service by a route without plugins; the headers show what the gateway itself adds

  curl http://${proxy}/nowhere
      no route: the gateway answers

  curl http://${admin}/status
      how many connections and requests there were

Ctrl-C stops it. The plugins are in examples/quickstart.
`);
}

async function main() {
  for (const [address, option] of [[proxy, "proxy"], [admin, "admin"], [upstreamAddress, "upstream"]]) {
    if (await isTaken(address)) {
      console.error(`error: ${address} is in use; choose another port: npm start -- --${option}-port NUMBER`);
      return 1;
    }
  }
  console.log("preparing");
  await buildGateway();
  const plugins = await ensurePlugins();
  if (plugins === null) return 1;
  const settings = writeSettings(plugins);
  const upstream = await startEchoUpstream(Number(values["upstream-port"])).catch((cause) => {
    console.error(`error: the upstream cannot start: ${cause.message}`);
    return null;
  });
  if (upstream === null) return 1;
  const words = [join(root, "bin", "dragoman"), "run", "-c", settings];
  const env = { KONG_LOG_LEVEL: "warn", KONG_PROXY_ACCESS_LOG: "off" };
  const options = { cwd: root, env, stdio: ["ignore", "inherit", "inherit"], reject: false };
  const gateway = execa(process.execPath, words, options);
  // a terminal sends SIGINT to the gateway as well, which a second signal does not disturb; anybody else only to this process
  for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => gateway.kill("SIGTERM"));
  if (await isReady(gateway)) showWhatToTry(plugins);
  else if (gateway.exitCode === null) {
    console.error(`error: no answer within ${READY_MS_MAX / 1000} s`);
    gateway.kill("SIGTERM");
  }
  const { exitCode, isTerminated } = await gateway;
  upstream.close();
  upstream.closeAllConnections();
  return isTerminated ? 0 : (exitCode ?? 1);
}

if (!existsSync(join(root, "node_modules", "execa"))) {
  console.error("error: run npm ci first");
  process.exitCode = 1;
} else process.exitCode = await main();
