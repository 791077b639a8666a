/**
 * What is left of the requests per second where every one of them passes a plugin that does nothing, in a process of its
 * own: the same gateway, with and without, in turns, at as many requests as it can take.
 *
 * The worker has the last CPU for itself; primary, plugin server, Service and client share the others. Where those are the
 * limit and not the worker, the figure says little: so the worker's share of its CPU stands beside it. On a machine with two
 * CPUs they are, and the worker has to be given less than one, by a control group that whoever runs this has made.
 */
import { spawn } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { cache, root, run, step } from "../../scripts/steps.mjs";
import { median } from "./bars.mjs";
import { freePorts, Gateway } from "./gateway.mjs";
import { pluginServer } from "./servers.mjs";

const CONNECTIONS = 64;
const ROUND_SECONDS = 2;
/** For V8 to compile what is hot, of each kind, in seconds. */
const WARM_SECONDS = 3;
const SHARE_MIN = 0.85;
/** Ticks of /proc/PID/stat in a second. */
const TICKS = 100;
const WORKER_CPU = String(availableParallelism() - 1);
const OTHER_CPUS = availableParallelism() === 2 ? "0" : `0-${availableParallelism() - 2}`;

const config = (port) => ({
  services: [
    {
      name: "s",
      url: `http://127.0.0.1:${port}/small`,
      routes: [
        { name: "plain", paths: ["/plain"] },
        { name: "empty", paths: ["/empty"], plugins: [{ name: "endurance-empty" }] },
      ],
    },
  ],
});

/** The Service in C of the kit: one of Node would be the limit. */
async function upstreamProgram() {
  const program = join(cache, "endurance", "upstream");
  const source = join(root, "..", "shared", "bench", "upstream.c");
  if (!(await step("building the Service", ["gcc", "-O2", "-o", program, source]))) throw new Error("its build failed");
  return program;
}

const cpuTicks = (pid) => {
  const fields = readFileSync(`/proc/${pid}/stat`, "latin1").replace(/^.*\) /s, "").split(" ");
  return Number(fields[11]) + Number(fields[12]);
};

/** @returns {Promise<{rate: number, busy: number}>} requests a second; share of its CPU that the worker had */
async function load(gateway, worker, path, seconds) {
  const url = `http://127.0.0.1:${gateway.proxyPort}${path}`;
  const began = performance.now();
  const ticks = cpuTicks(worker);
  const words = ["taskset", "-c", OTHER_CPUS, "wrk", "-t1", `-c${CONNECTIONS}`, `-d${seconds}s`, url];
  const { code, output } = await run(words);
  const busy = (cpuTicks(worker) - ticks) / TICKS / ((performance.now() - began) / 1000);
  const rate = Number(/Requests\/sec: +([\d.]+)/.exec(output)?.[1]);
  if (code !== 0 || /Non-2xx|Socket errors/.test(output)) throw new Error(`wrk failed: ${output}`);
  return { rate, busy };
}

/** Requests that the plugin has seen, by the gateway's count. */
async function events(gateway) {
  const { text } = await gateway.admin("/metrics");
  const lines = text.split("\n").filter((line) => /^kong_pluginserver_events_total\{.*outcome="ok"/.test(line));
  return lines.reduce((sum, line) => sum + Number(line.split(" ").at(-1)), 0);
}

async function play(bars, part, gateway, { rounds, cgroup }) {
  const [, worker] = gateway.pids();
  await run(["taskset", "-a", "-c", "-p", WORKER_CPU, String(worker)]);
  if (cgroup !== "") writeFileSync(join(cgroup, "cgroup.procs"), String(worker));
  for (const path of ["/plain", "/empty"]) await load(gateway, worker, path, WARM_SECONDS);
  const shares = [];
  const plain = [];
  const empty = [];
  const before = await events(gateway);
  for (let n = 0; n < rounds; n++) {
    plain.push(await load(gateway, worker, "/plain", ROUND_SECONDS));
    empty.push(await load(gateway, worker, "/empty", ROUND_SECONDS));
    shares.push(empty.at(-1).rate / plain.at(-1).rate);
  }
  const of = (list, key) => median(list.map((one) => one[key]));
  const busy = [plain, empty].map((list) => of(list, "busy"));
  const what = (list, n) => `${of(list, "rate").toFixed(0)} (worker ${(busy[n] * 100).toFixed(0)} % busy)`;
  bars.tell(part, `requests a second ${what(plain, 0)}, with the plugin ${what(empty, 1)}`);
  const cost = (list, n) => (busy[n] / of(list, "rate")) * 1e6;
  const [without, withIt] = [cost(plain, 0), cost(empty, 1)];
  bars.tell(part, `CPU of the worker ${without.toFixed(1)} and ${withIt.toFixed(1)} us a request, ${(without / withIt).toFixed(2)}`);
  const seen = (await events(gateway)) - before;
  const asked = empty.reduce((sum, { rate }) => sum + rate * ROUND_SECONDS, 0);
  bars.hold(part, "events for each request with the plugin", seen / asked, ">=", 0.99);
  bars.hold(part, "share of the requests a second that is left", median(shares), ">=", SHARE_MIN);
}

/**
 * @param {import("./bars.mjs").Bars} bars
 * @param {{servers: readonly string[], rounds: number, cgroup: string}} given
 *   `cgroup`: folder of the control group for the worker; "" for none
 */
export async function saturation(bars, { servers, ...given }) {
  const program = await upstreamProgram();
  for (const name of servers) {
    const server = await pluginServer(name, "endurance-empty");
    const gateway = new Gateway();
    const [port] = await freePorts(1);
    const upstream = spawn("taskset", ["-c", OTHER_CPUS, program, String(port)], { stdio: "ignore" });
    try {
      const pinned = { ...server, start: (socket) => `taskset -c ${OTHER_CPUS} ${server.start(socket)}` };
      await gateway.start(pinned, config(port));
      await gateway.ready("/empty");
      await play(bars, `an empty plugin, ${server.name}`, gateway, given);
    } finally {
      await gateway.stop();
      upstream.kill();
    }
  }
}
