/**
 * kill -9 of the plugin server every second while requests come at a steady rate, to two routes whose configs differ.
 *
 * "In flight" is what was begun and not answered when the process was gone: between the signal and the end of its sockets,
 * the kernel takes what the gateway sends, and nobody will ever read it.
 */
import { Gateway, sleep } from "./gateway.mjs";
import { get, Load } from "./load.mjs";
import { isGone, isListening } from "./process-state.mjs";
import { pluginServer } from "./servers.mjs";
import { routes, Upstream } from "./upstream.mjs";

const RATE = 1000;
const CONNECTIONS = 64;
const EVERY_MS = 1000;
/** How long each event takes, so that some are always under way, in milliseconds. */
const EVENT_MS = 5;
const BACK_MS_MAX = 250;
/** Between two looks at the process and its socket, in milliseconds. */
const LOOK_MS = 2;
/** A process that is not up again after this will not be, in milliseconds. */
const UP_MS_MAX = 15_000;
const KINDS = ["a", "b"].map((mark) => ({ name: mark, text: get(`/${mark}`) }));

async function until(holds) {
  const limit = performance.now() + UP_MS_MAX;
  while (!(await holds()) && performance.now() < limit) await sleep(LOOK_MS);
  return performance.now();
}

/** What one kill has led to; answers are added as they come. */
class Kill {
  inFlight = 0;
  deadMs = Number.POSITIVE_INFINITY;
  upMs = Number.POSITIVE_INFINITY;
  /** Ends of the first good answer after it was up, and of the last bad one. */
  goodMs = Number.NaN;
  badMs = 0;
  failed = 0;
  /** Begun before it was gone, and answered afterwards. */
  late = 0;

  constructor(inFlight) {
    this.inFlight = inFlight;
    this.atMs = performance.now();
  }

  add({ status, sentMs, endMs }) {
    if (sentMs < this.deadMs && (endMs > this.atMs || status !== 200)) this.late++;
    if (status !== 200) {
      this.failed++;
      this.badMs = endMs;
    } else if (endMs > this.upMs && Number.isNaN(this.goodMs)) this.goodMs = endMs;
  }

  get backMs() {
    return Math.max(this.goodMs, this.badMs) - this.upMs;
  }

  get excess() {
    return this.failed - this.late;
  }

  /** For whoever wants to know why a bar was missed. */
  get words() {
    const since = (ms) => (ms - this.atMs).toFixed(0);
    const ends = `gone after ${since(this.deadMs)} ms, listens after ${since(this.upMs)}`;
    const answers = `first good ${since(this.goodMs)}, last bad ${this.badMs === 0 ? "none" : since(this.badMs)}`;
    return `${this.failed} failed of ${this.late}, ${ends}, ${answers}`;
  }
}

class Killer {
  kills = [];
  wrong = 0;
  answers = 0;
  failedOutside = 0;
  statuses = new Map();

  add(answer) {
    this.answers++;
    const { status, head, kind } = answer;
    if (status === 200 && !head.includes(`\r\nx-mark: ${kind.name}\r\n`)) this.wrong++;
    if (status !== 200) this.statuses.set(status, (this.statuses.get(status) ?? 0) + 1);
    const kill = this.kills.at(-1);
    if (kill !== undefined) kill.add(answer);
    else if (status !== 200) this.failedOutside++;
  }

  async run(gateway, load, count) {
    for (let n = 0; n < count; n++) {
      const next = performance.now() + EVERY_MS;
      const pid = await gateway.serverPid();
      const kill = new Kill(load.inFlight);
      this.kills.push(kill);
      process.kill(pid, "SIGKILL");
      kill.deadMs = await until(() => isGone(pid));
      kill.upMs = await until(() => isListening(gateway.socket));
      await until(() => !Number.isNaN(kill.goodMs));
      await sleep(Math.max(0, next - performance.now()));
    }
    await sleep(EVERY_MS);
  }
}

function judge(bars, part, killer, upstream) {
  const { kills } = killer;
  const sum = (key) => kills.reduce((all, kill) => all + kill[key], 0);
  const failed = sum("failed") + killer.failedOutside;
  const kinds = [...killer.statuses].map(([status, count]) => `${count} x ${status || "lost"}`).join(", ");
  bars.tell(part, `${kills.length} kills, ${killer.answers} requests, ${upstream.requests} reached the Service`);
  bars.tell(part, `${failed} failed (${kinds || "none"}), ${sum("inFlight")} in flight at the signals, ${sum("late")} when it was gone`);
  const excess = Math.max(killer.failedOutside, ...kills.map((one) => one.excess));
  for (const one of kills) if (one.excess > 0 || !(one.backMs <= BACK_MS_MAX)) bars.tell(part, one.words);
  bars.hold(part, "failures of a kill beyond its requests in flight", excess, "<=", 0);
  bars.hold(part, "ms until service is back once the process listens, worst", Math.max(...kills.map((one) => one.backMs)), "<=", BACK_MS_MAX);
  bars.hold(part, "answers with another config's mark", killer.wrong + upstream.wrongMark, "=", 0);
  bars.hold(part, "requests that reached the Service without the plugin", upstream.withoutMark, "=", 0);
}

/** @param {import("./bars.mjs").Bars} bars @param {{servers: readonly string[], kills: number}} given */
export async function kill(bars, { servers, kills }) {
  for (const name of servers) {
    const server = await pluginServer(name);
    const upstream = new Upstream();
    const gateway = new Gateway();
    try {
      await gateway.start(server, routes(await upstream.listen(), { wait_ms: EVENT_MS }));
      await gateway.ready("/a");
      const killer = new Killer();
      const onAnswer = (answer) => killer.add(answer);
      const load = new Load({ port: gateway.proxyPort, connections: CONNECTIONS, rate: RATE, kinds: KINDS, onAnswer });
      await sleep(EVERY_MS);
      await killer.run(gateway, load, kills);
      await load.stop();
      judge(bars, `kill -9, ${server.name}`, killer, upstream);
    } finally {
      await gateway.stop();
      upstream.close();
    }
  }
}
