/**
 * Plugin servers of all four protocols whose answers are mutated at random: no worker dies, no request hangs, none passes a
 * plugin that has not said that it ran, and the gateway holds nothing of it.
 *
 * It runs for seconds; FUZZ_SECONDS makes it longer. The seed is printed, TEST_SEED repeats it as far as the order in
 * which four servers are asked allows.
 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import http from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { after, before, it } from "node:test";
import { seededRandom } from "../../helpers/seed.ts";
import { type Gateway, startGateway } from "../../helpers/start-gateway.ts";
import { isEnd, type Mutated, mutate, saysGood } from "./answer-mutations.ts";
import { FourServers, type Op, type Wire, WIRES } from "./four-servers.ts";

const SECONDS = Number(process.env.FUZZ_SECONDS ?? 4);
/** Limit of an event, and of the wait for a server, in milliseconds. */
const EVENT_MS = 300;
const READY_MS = 2000;
/** What takes longer hangs, also on a busy machine. */
const HANGS_MS = 60_000;
/** Megabytes that a worker may grow by once it is warm, whatever the time. */
const GROWTH_MIB_MAX = 64;
/** Every so many requests nothing is mutated for one. */
const GOOD_EVERY = 5;

const SCRIPT: Op[] = [
  ["kong.request.get_header", "host"],
  ["kong.service.request.set_header", "x-ran", "yes"],
];
interface Sent {
  readonly mutated: Mutated;
  readonly answer: Buffer;
}

const servers = new FourServers();
const random = seededRandom("answers of plugin servers");
let upstream: http.Server;
let gateway: Gateway;
/** Requests that reached the Service without what the plugin adds, by path. */
const skipped: Record<string, number> = {};
/** What was mutated in the request that each wire serves now; null: nothing is to be. */
const sent: Record<Wire, Sent[] | null> = {
  msgpack: null,
  protobuf: null,
  native: null,
  grpc: null,
};
const faults: string[] = [];
const statuses: Record<string, number> = {};

before(async () => {
  upstream = http.createServer((request, response) => {
    const wire = request.url!.slice(1);
    if (wire !== "plain" && request.headers["x-ran"] === undefined) {
      skipped[wire] = (skipped[wire] ?? 0) + 1;
    }
    response.end("ok");
  });
  await new Promise<void>((done) => upstream.listen(0, "127.0.0.1", done));
  await servers.listen();
  servers.script = SCRIPT;
  servers.tamper = (answer, wire) => {
    const now = sent[wire];
    if (now === null || random.int(2) === 0) return [answer];
    const mutated = mutate(answer, random);
    now.push({ mutated, answer });
    return mutated.pieces;
  };
  const { port } = upstream.address() as AddressInfo;
  const settings: Record<string, string> = servers.settings();
  for (const wire of WIRES) {
    settings[`pluginserver_${wire}_event_timeout`] = String(EVENT_MS);
    settings[`pluginserver_${wire}_ready_timeout`] = String(READY_MS);
  }
  gateway = await startGateway({ settings, config: servers.config(port) });
});

after(async () => {
  await gateway?.stop();
  await servers.close();
  upstream.closeAllConnections();
  upstream.close();
});

const agent = new http.Agent({ keepAlive: true });

function get(path: string): Promise<number> {
  return new Promise((resolve) => {
    const options = { agent, timeout: HANGS_MS };
    const request = http.get(`${gateway.proxyUrl}/${path}`, options, (answer) => {
      answer.resume();
      answer.on("end", () => resolve(answer.statusCode!));
      answer.on("error", () => resolve(-1));
    });
    request.on("timeout", () => request.destroy(new Error("it hangs")));
    request.on("error", () => resolve(-1));
  });
}

/** Workers of the gateway and their memory. */
function workers(): Map<string, number> {
  const primary = readFileSync(join(gateway.prefix, "pids/nginx.pid"), "utf8").trim();
  const children = readFileSync(`/proc/${primary}/task/${primary}/children`, "utf8").trim();
  return new Map(
    children.split(" ").map((pid) => {
      const status = readFileSync(`/proc/${pid}/status`, "utf8");
      return [pid, Number(/VmRSS:\s+(\d+)/.exec(status)![1]) / 1024];
    }),
  );
}

/** Requests behind one protocol, one after the other, until `end`. */
async function fuzz(wire: Wire, end: number): Promise<void> {
  for (let n = 0; performance.now() < end; n++) {
    skipped[wire] = 0;
    sent[wire] = n % GOOD_EVERY === 0 ? null : [];
    const status = await get(wire);
    statuses[`${wire} ${status}`] = (statuses[`${wire} ${status}`] ?? 0) + 1;
    const done = sent[wire] ?? [];
    const told = done.map(({ mutated, answer }) => `${mutated.what} of ${answer.toString("hex")}`);
    if (![200, 500, 503].includes(status)) faults.push(`${wire} answered ${status}: ${told}`);
    if (skipped[wire] === 0) continue;
    const isExplained = done.some(({ mutated: { kind, pieces }, answer }) => {
      return kind === "content" && (!isEnd(answer, wire) || saysGood(Buffer.concat(pieces), wire));
    });
    if (!isExplained) faults.push(`${wire} passed without its plugin (${status}): ${told}`);
  }
  sent[wire] = null;
}

async function plain(end: number): Promise<void> {
  while (performance.now() < end) {
    const status = await get("plain");
    if (status !== 200) faults.push(`a route without a plugin answered ${status}`);
    await new Promise((next) => setTimeout(next, 20));
  }
}

async function fuzzAll(seconds: number): Promise<void> {
  const end = performance.now() + seconds * 1000;
  await Promise.all([plain(end), ...WIRES.map((wire) => fuzz(wire, end))]);
}

/** Its server serves; on a busy machine an event may take longer than it may here. */
async function comesBack(wire: Wire): Promise<void> {
  const end = performance.now() + HANGS_MS;
  let status = 0;
  while (status !== 200 && performance.now() < end) status = await get(wire);
  assert.equal(status, 200, `${wire}: ${gateway.errorLog().slice(-2000)}`);
}

it("answers that are mutated break what they answer, and nothing else", async () => {
  for (const wire of WIRES) await comesBack(wire);
  const atFirst = workers();
  await fuzzAll(SECONDS / 2); // buffers and code have their size after it
  const warm = workers();
  await fuzzAll(SECONDS / 2);
  const atLast = workers();
  console.log(
    `# ${JSON.stringify(statuses)}, MiB ${[...warm.values()]} to ${[...atLast.values()]}`,
  );
  assert.deepEqual(faults, []);
  for (const pid of atFirst.keys()) assert.ok(atLast.has(pid), gateway.errorLog().slice(-4000));
  for (const [pid, mib] of atLast) assert.ok(mib - (warm.get(pid) ?? mib) < GROWTH_MIB_MAX);
  for (const wire of WIRES) {
    await comesBack(wire);
    assert.match(gateway.errorLog(), new RegExp(`plugin server ${wire}:|"pluginServer":"${wire}"`));
  }
});
