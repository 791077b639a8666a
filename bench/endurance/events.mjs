/**
 * As many events as asked for, half of the requests ended by the plugin itself: what the gateway holds after a third of
 * them is what it holds at the end. The first tenth is warm-up, as V8 goes on compiling and its heap finds its size.
 */
import { median } from "./bars.mjs";
import { Gateway, residentMib, sleep, socketsOf } from "./gateway.mjs";
import { get, Load } from "./load.mjs";
import { pluginServer } from "./servers.mjs";
import { routes, Upstream } from "./upstream.mjs";

const CONNECTIONS = 32;
/** Where nothing else is said. */
const EVENTS = 100_000;
/** An event in access and one in log. */
const EVENTS_PER_REQUEST = 2;
/** What is no growth, in MiB: the heap breathes by as much between two collections. */
const GROWTH_MIB_MAX = 4;
/** How many connections are needed at a time is chance; one that is lost in ten thousand events would be more than this. */
const SOCKETS_MORE_MAX = 3;
/** Parts of the run over which samples are summarised: around a third, and the end. */
const THIRD = [0.28, 0.38];
const UP_TO_THIRD = [0, 0.38];
const END = [0.9, 1];
const SAMPLE_MS = 250;

const KINDS = [
  { name: "a", text: get("/a") },
  { name: "exit", text: get("/b", { "x-exit": "yes" }) },
];

/** Events that the gateway says have run. */
async function eventsRun(gateway) {
  const { text } = await gateway.admin("/metrics");
  let count = 0;
  for (const line of text.split("\n")) {
    const match = /^kong_pluginserver_events_total\{.*outcome="(?:ok|exit)".*\} (\d+)/.exec(line);
    if (match !== null) count += Number(match[1]);
  }
  return count;
}

function sample(gateway, serverPid, share) {
  const pids = gateway.pids();
  const [primary, ...workers] = pids.map(residentMib);
  const memory = workers.reduce((sum, one) => sum + one, primary);
  const sockets = pids.reduce((sum, pid) => sum + socketsOf(pid), 0);
  return { share, memory, primary, sockets, serverMemory: residentMib(serverPid), serverSockets: socketsOf(serverPid) };
}

async function play(gateway, serverPid, requests) {
  const samples = [];
  let bad = 0;
  const load = new Load({
    port: gateway.proxyPort,
    connections: CONNECTIONS,
    rate: 0,
    kinds: KINDS,
    onAnswer({ kind, status }) {
      if (status !== (kind.name === "a" ? 200 : 403)) bad++;
    },
  });
  while (load.answered < requests) {
    await sleep(SAMPLE_MS);
    samples.push(sample(gateway, serverPid, load.answered / requests));
  }
  await load.stop();
  return { samples, bad, answered: load.answered };
}

function judge(bars, part, { samples, bad }) {
  const within = ([from, to], key) =>
    samples.filter(({ share }) => share >= from && share <= to).map((one) => one[key]);
  const most = (values) => Math.max(...values);
  const growth = median(within(END, "memory")) - median(within(THIRD, "memory"));
  const more = (key) => most(within(END, key)) - most(within(UP_TO_THIRD, key));
  const row = (key, of) => [THIRD, END].map((where) => of(within(where, key)).toFixed(0)).join(" to ");
  bars.tell(part, `gateway ${row("memory", median)} MiB (primary ${row("primary", median)}), ${row("sockets", most)} sockets; server ${row("serverMemory", median)} MiB, ${row("serverSockets", most)} sockets`);
  const tenth = (n) => median(within([n / 10, (n + 1) / 10], "memory")).toFixed(0);
  bars.tell(part, `gateway, MiB in each tenth of the run: ${[0, 1, 2, 3, 4, 5, 6, 7, 8, 9].map(tenth).join(" ")}`);
  bars.hold(part, "growth of the gateway after a third, MiB", growth, "<=", GROWTH_MIB_MAX);
  bars.hold(part, "more sockets of the gateway than after a third", more("sockets"), "<=", SOCKETS_MORE_MAX);
  bars.hold(part, "more sockets of the plugin server than after a third", more("serverSockets"), "<=", SOCKETS_MORE_MAX);
  bars.hold(part, "answers of the wrong kind", bad, "=", 0);
}

/** @param {import("./bars.mjs").Bars} bars @param {{servers: readonly string[], events: number | Record<string, number>}} given */
export async function events(bars, { servers, events: wanted }) {
  for (const name of servers) {
    const server = await pluginServer(name);
    const count = typeof wanted === "number" ? wanted : (wanted[name] ?? EVENTS);
    const upstream = new Upstream();
    const gateway = new Gateway();
    const part = `${count} events, ${server.name}`;
    try {
      await gateway.start(server, routes(await upstream.listen()));
      await gateway.ready("/a");
      const began = performance.now();
      const result = await play(gateway, await gateway.serverPid(), count / EVENTS_PER_REQUEST);
      const seconds = ((performance.now() - began) / 1000).toFixed(0);
      bars.tell(part, `${result.answered} requests in ${seconds} s`);
      judge(bars, part, result);
      await sleep(SAMPLE_MS); // log events that wait for company
      bars.hold(part, "events that have run, by the gateway's own count", await eventsRun(gateway), ">=", count);
      bars.hold(part, "requests that reached the Service without the plugin", upstream.withoutMark, "=", 0);
    } finally {
      await gateway.stop();
      upstream.close();
    }
  }
}
