/**
 * Measures what a request costs, beside nginx, HAProxy and a stand-in for Kong, with the kit of ../shared/bench.
 *
 *   npm run bench                         a route, and a route with three plugins
 *   npm run bench:sidecar                 one plugin in Kong's own JavaScript plugin server
 *   npm run bench -- --anchors            also reloads, kills, slow clients, memory, start, large configurations
 *   npm run bench -- --rounds 1 --dur 1   anything else goes to the kit: a trial run that measures nothing
 *
 * The kit is prepared in .cache/bench, or where BENCH_BUILD says; it may install Debian packages.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
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
  sidecar: [
    "sidecar.py",
    ...candidate("", "gateway.yml.in", "gateway.env.in"),
    ...candidate("-msgpack", "gateway-sidecar.yml.in", "gateway-msgpack.env.in"),
  ],
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
  const [script, ...words] = KINDS[kind];
  const options = rest.filter((word) => word !== "--anchors");
  if (kind === "proxy") words.push(...routeOnly());
  const measured = await run(["python3", join(kit, script), ...words, ...options], { env, shows: true });
  if (rest.includes("--anchors")) await playAnchors();
  return measured.code;
}

process.exitCode = await main(process.argv.slice(2));
