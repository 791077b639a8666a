/**
 * Measures what a request costs, beside nginx, HAProxy and a stand-in for Kong, with the kit of ../shared/bench.
 *
 *   npm run bench                         a route, and a route with three plugins
 *   npm run bench:sidecar                 one plugin in a process of its own, in every language, with our SDKs and Kong's
 *   npm run bench -- --anchors            also reloads, kills, slow clients, memory, start, large configurations
 *   npm run bench -- --rounds 1 --dur 1   anything else goes to the kit: a trial run that measures nothing
 *
 * The kit is prepared in .cache/bench, or where BENCH_BUILD says; it may install Debian packages.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { roundTripFloor } from "../bench/floor.mjs";
import { sidecarRows } from "../bench/rows.mjs";
import { sidecarTable } from "../bench/sidecar-table.mjs";
import { buildGateway } from "./build.mjs";
import { cache, root, run } from "./steps.mjs";

const kit = join(root, "..", "shared", "bench");
const build = process.env.BENCH_BUILD ?? join(cache, "bench");
const command = `node ${join(root, "bin", "dragoman")} run`;
/** Environment of the kit. Kong's JavaScript SDK takes the TypeScript of the working directory unless it is told. */
const env = { BENCH_BUILD: build, TS_NODE_CWD: build, TS_NODE_SKIP_PROJECT: "true" };

function candidate(name, config, envFile) {
  const option = (part, value) => [`--gateway${name}${part}`, value];
  return [
    ...option("", command),
    ...option("-cwd", build),
    ...option("-config", join(kit, "conf", config)),
    ...option("-env-file", join(kit, "conf", envFile)),
    ...(name === "" ? ["--gateway-tls-port", "auto"] : []),
  ];
}

const KINDS = {
  proxy: ["proxy.py", ...candidate("", "gateway-plugins.yml.in", "gateway.env.in")],
  sidecar: ["sidecar.py", ...candidate("", "gateway.yml.in", "gateway.env.in"), "--base", "gateway"],
};

/** One more candidate for proxy.py: the same gateway without plugins. */
function routeOnly() {
  const lines = readFileSync(join(kit, "conf", "gateway.env.in"), "utf8").split("\n");
  const pairs = lines.filter((line) => /^[A-Z]/.test(line)).map((line) => line.split(/=(.*)/s).slice(0, 2));
  const candidate = {
    name: "gateway, no plugins",
    about: "the gateway with a route and nothing else",
    command: command.split(" "),
    env: Object.fromEntries(pairs),
    cwd: build,
    config: join(kit, "conf", "gateway.yml.in"),
    tls: true,
  };
  mkdirSync(build, { recursive: true });
  const file = join(build, "route-only.json");
  writeFileSync(file, JSON.stringify({ candidates: [candidate] }));
  return ["--candidates", file];
}

/** Anchors in the order of the README's table, each a line per measurement, and the same for nginx where it can. */
const ANCHORS = [
  ["idle.py"],
  ["idle.py", "--target", "nginx"],
  ["push.py"],
  ["reload.py"],
  ["reload.py", "--target", "nginx"],
  ["reload.py", "--close"],
  ["kill-worker.py"],
  ["kill-plugin-server.py"],
  ["slow.py"],
  ["router.py"],
  ["bodies.py"],
];

async function playAnchors() {
  const anchorEnv = { ...env, GATEWAY: join(root, "bin", "dragoman"), ANCHORS_BUILD: join(build, "anchors") };
  for (const [script, ...options] of ANCHORS) {
    const words = ["python3", join(kit, "anchors", script), ...options];
    await run(words, { env: anchorEnv, cwd: build, shows: true });
  }
}

/** Where the kit writes what it measured: the last file that the command line names, or one of ours. */
function jsonFile(options, name) {
  const i = options.lastIndexOf("--json");
  return i === -1 ? join(build, name) : options[i + 1];
}

/** Run a script of the kit. Returns its figures; `{}` where it left none. */
async function measure(script, words, options, name) {
  const file = jsonFile(options, name);
  await run(["python3", join(kit, script), ...words, ...options, "--json", file], { env, shows: true });
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch {
    return {}; // a wrong option: the kit has said so
  }
}

const hasFigures = ({ workloads }) => Object.keys(workloads ?? {}).length > 0;

async function benchProxy(options) {
  const [script, ...words] = KINDS.proxy;
  const result = await measure(script, [...words, ...routeOnly()], options, "proxy.json");
  return hasFigures(result);
}

/** Latency is looked at with one connection, where nothing waits for another request. */
const ONE_CONNECTION = ["--conns", "1"];

async function benchSidecar(options) {
  const { rows, missing, candidates } = await sidecarRows(kit, build, command.split(" "));
  for (const [name, why] of missing) console.log(`${name}: left out: ${why}`);
  const file = join(build, "sidecar-rows.json");
  writeFileSync(file, JSON.stringify({ candidates }));
  const [script, ...words] = [...KINDS.sidecar, "--candidates", file];
  const busy = await measure(script, words, options, "sidecar.json");
  if (!hasFigures(busy)) return false;
  const withoutFile = options.filter((word, i) => word !== "--json" && options[i - 1] !== "--json");
  const idle = await measure(script, words, [...withoutFile, ...ONE_CONNECTION], "sidecar-latency.json");
  const { text, measured } = sidecarTable({ busy, idle }, rows, missing);
  console.log(`\n${text}`);
  const floor = roundTripFloor(build);
  if (floor !== null) console.log(`floor: a round trip over a Unix socket between two C programs, alone on the machine: p50 ${floor} us.`);
  return measured > 0;
}

async function main([kind, ...rest]) {
  if (!(kind in KINDS)) {
    console.error("usage: scripts/bench.mjs proxy|sidecar [--anchors] [options of the kit]");
    return 2;
  }
  if (!existsSync(kit)) {
    console.error(`the benchmark kit is not on this machine: ${kit} does not exist`);
    return 1;
  }
  await buildGateway();
  const prepared = await run([join(kit, "setup.sh")], { env, shows: true });
  if (prepared.code !== 0) return prepared.code;
  const options = rest.filter((word) => word !== "--anchors");
  const isMeasured = await (kind === "proxy" ? benchProxy(options) : benchSidecar(options));
  if (rest.includes("--anchors")) await playAnchors();
  return isMeasured ? 0 : 1;
}

process.exitCode = await main(process.argv.slice(2));
