/**
 * A plugin that never answers, beside routes without it. Rounds in pairs, one after the other: in both, one part of the
 * load goes to a route without plugins and is timed, the other to the plugin's; in one of the two it hangs there until
 * its limit of time. The order within a pair changes, so that a machine that grows slower hits both; what hits one round
 * only, the medians leave out.
 */
import { median, percentile } from "./bars.mjs";
import { Gateway, sleep } from "./gateway.mjs";
import { get, Load } from "./load.mjs";
import { pluginServer } from "./servers.mjs";
import { routes, Upstream } from "./upstream.mjs";

const RATE = 1000;
const CONNECTIONS = 32;
/** Requests a second that hang, each for its limit of time. */
const HUNG_RATE = 20;
const HUNG_CONNECTIONS = 64;
const DEADLINE_MS = 1000;
const ROUND_MS = 3500;
/** What begins a round and is not timed, in milliseconds. */
const SETTLE_MS = 500;
const RATIO_MAX = 1.1;

const PLAIN = [{ name: "plain", text: get("/plain") }];
const GOOD = [{ name: "a", text: get("/a") }];
const HUNG = [{ name: "hung", text: get("/a", { "x-hang": "yes" }) }];

/** @returns {Promise<{p99Ms: number, bad: number, hung: number[]}>} `hung`: times of those that hung, in milliseconds */
async function round(port, isHung) {
  const times = [];
  const hung = [];
  let bad = 0;
  const from = performance.now() + SETTLE_MS;
  const plain = new Load({
    port,
    connections: CONNECTIONS,
    rate: RATE,
    kinds: PLAIN,
    onAnswer({ status, dueMs, endMs }) {
      if (status !== 200) bad++;
      if (dueMs >= from) times.push(endMs - dueMs);
    },
  });
  const other = new Load({
    port,
    connections: HUNG_CONNECTIONS,
    rate: HUNG_RATE,
    kinds: isHung ? HUNG : GOOD,
    onAnswer({ status, dueMs, endMs }) {
      if (isHung) hung.push(endMs - dueMs);
      if (isHung === (status === 200)) bad++;
    },
  });
  await sleep(ROUND_MS);
  await plain.stop();
  await other.stop();
  return { p99Ms: percentile(times, 0.99), bad, hung };
}

async function play(bars, gateway, pairs) {
  const all = { with: [], without: [], bad: 0, hung: [] };
  await round(gateway.proxyPort, false);
  for (let n = 0; n < pairs; n++) {
    const order = n % 2 === 0 ? [true, false] : [false, true];
    const p99 = {};
    for (const isHung of order) {
      const { p99Ms, bad, hung } = await round(gateway.proxyPort, isHung);
      p99[isHung] = p99Ms;
      all.bad += bad;
      all.hung.push(...hung);
    }
    all.with.push(p99.true);
    all.without.push(p99.false);
  }
  const part = "a hung plugin";
  const { processes } = JSON.parse((await gateway.admin("/plugin-servers/p")).text);
  const figures = [all.without, all.with].map((list) => list.map((ms) => ms.toFixed(2)).join(" "));
  bars.tell(part, `p99 of others, ms, without it: ${figures[0]}; with it: ${figures[1]}`);
  bars.tell(part, `${all.hung.length} requests hung, for ${median(all.hung).toFixed(0)} ms (limit ${DEADLINE_MS} ms); ${processes[0].restarts} restarts of the server`);
  bars.hold(part, "p99 of routes without it, with it over without, medians of rounds", median(all.with) / median(all.without), "<=", RATIO_MAX);
  bars.hold(part, "answers of the wrong kind", all.bad, "=", 0);
}

/** @param {import("./bars.mjs").Bars} bars @param {{pairs: number}} given */
export async function hung(bars, { pairs }) {
  const server = await pluginServer("typescript");
  const upstream = new Upstream();
  const gateway = new Gateway();
  try {
    const settings = { pluginserver_p_event_timeout: String(DEADLINE_MS) };
    await gateway.start(server, routes(await upstream.listen()), settings);
    await gateway.ready("/a");
    await play(bars, gateway, pairs);
  } finally {
    await gateway.stop();
    upstream.close();
  }
}
