/** Plugin servers as the Admin and Status API show them: what the supervisor knows, with what all workers tell. */
import type { PluginServerDeps, PluginServerView } from "../admin/deps.ts";
import type { ReloadResult } from "../plugin-host/code-users.ts";
import type { ServerFigures } from "../plugin-host/figures.ts";
import { BUCKETS_US, type EventCounts, partsOf } from "../plugin-host/native/counters.ts";
import type { NamedBreaker } from "../plugin-host/policy.ts";
import type { ProcessStatus } from "../plugin-host/supervised-process.ts";
import type { PluginServers } from "./plugin-servers.ts";

const STATUSES: Readonly<Record<ReloadResult["outcome"], number>> = {
  switched: 200,
  trying: 202,
  "rolled-back": 200,
  refused: 409,
  busy: 409,
  impossible: 409,
};
const NOT_THERE = { status: 404, message: "Not found" };

/** @param collect what the workers tell */
export function pluginServerApi(
  servers: PluginServers,
  collect: () => Promise<readonly ServerFigures[]>,
): PluginServerDeps {
  return {
    list: async () => viewsOf(servers, servers.infos.length === 0 ? [] : await collect()),
    act: async (name, action, options) => {
      const { supervisor } = servers;
      if (supervisor === null) return NOT_THERE;
      if (action === "restart") {
        return supervisor.restart(name)
          ? { status: 202, message: "its processes are replaced, one after the other" }
          : NOT_THERE;
      }
      const result =
        action === "reload"
          ? await supervisor.reload(name, {
              canaryShare: options.canaryPercent / 100,
              decideAfterMs: options.decideAfterS * 1000,
            })
          : supervisor.decide(name, action === "promote");
      if (result === null) return NOT_THERE;
      return { status: STATUSES[result.outcome], message: result.message };
    },
  };
}

function viewsOf(servers: PluginServers, figures: readonly ServerFigures[]): PluginServerView[] {
  const reloads = servers.supervisor?.reloadStates();
  const states = servers.states();
  return servers.infos.map(({ settings, protocol, sockets, plugins }) => {
    const { name } = settings;
    const own = figures.filter(({ server }) => server === name);
    const processes = states.filter(({ server }) => server === name);
    const sum = (of: (one: ServerFigures) => number): number =>
      own.reduce((total, one) => total + of(one), 0);
    return {
      name,
      protocol,
      state: stateOf(processes),
      plugins: plugins.map(({ name: plugin, version, priority, phases }) => {
        return { name: plugin, version, priority, phases };
      }),
      processes: processes.map((one, n) => processView(one, sockets[n] ?? null)),
      reload: reloads?.get(name) ?? null,
      breakers: worstOf(own.flatMap(({ breakers }) => breakers)),
      events_under_way: sum(({ active }) => active),
      events_queued: sum(({ queued }) => queued),
      log_events_dropped: sum(({ dropped }) => dropped),
      refused_access: own.map(({ refused }) => refused).reduce(addRefused, {}),
      phases: phasesOf(own.flatMap(({ events }) => events)),
    };
  });
}

/** The worst of its processes. */
function stateOf(processes: readonly ProcessStatus[]): string {
  const order = ["failed", "backoff", "stopped", "starting", "ready"];
  const found = processes.map(({ state }) => order.indexOf(state));
  return found.length === 0 ? "stopped" : (order[Math.min(...found)] ?? "stopped");
}

function processView(one: ProcessStatus, socket: string | null): object {
  const { state, pid, restarts, lastError, startedAtMs } = one;
  const startedAt = startedAtMs === null ? null : new Date(startedAtMs).toISOString();
  return { socket, state, pid, restarts, started_at: startedAt, last_error: lastError };
}

/** Each worker has breakers of its own; the one that is the most open is shown, with the sums of all. */
function worstOf(all: readonly NamedBreaker[]): object[] {
  const order = ["closed", "half-open", "open"];
  const found = new Map<string, NamedBreaker>();
  for (const one of all) {
    const key = `${one.plugin} ${one.pluginId}`;
    const other = found.get(key);
    if (other === undefined) {
      found.set(key, one);
      continue;
    }
    const isWorse = order.indexOf(one.state) > order.indexOf(other.state);
    const opened = one.opened + other.opened;
    const refused = one.refused + other.refused;
    found.set(key, { ...(isWorse ? one : other), opened, refused });
  }
  return Array.from(found.values(), ({ plugin, pluginId, ...rest }) => ({
    plugin: plugin === "" ? null : plugin,
    plugin_id: pluginId === "" ? null : pluginId,
    ...rest,
  }));
}

type Refused = ServerFigures["refused"];

function addRefused(sum: Refused, next: Refused): Refused {
  const both = { ...sum };
  for (const [plugin, { reads, writes }] of Object.entries(next)) {
    const before = both[plugin] ?? { reads: 0, writes: 0 };
    both[plugin] = { reads: before.reads + reads, writes: before.writes + writes };
  }
  return both;
}

/** Counts of all workers by plugin and phase; times are means in microseconds. */
function phasesOf(all: readonly EventCounts[]): object[] {
  const sums = new Map<string, EventCounts>();
  for (const one of all) {
    const key = `${one.plugin} ${one.phase}`;
    const sum = sums.get(key);
    sums.set(key, sum === undefined ? one : added(sum, one));
  }
  return Array.from(sums.values(), phaseView);
}

function added(a: EventCounts, b: EventCounts): EventCounts {
  const failures = { ...a.failures };
  for (const [code, count] of Object.entries(b.failures)) {
    failures[code] = (failures[code] ?? 0) + count;
  }
  return {
    plugin: a.plugin,
    phase: a.phase,
    failures,
    events: a.events + b.events,
    sentFailures: a.sentFailures + b.sentFailures,
    exits: a.exits + b.exits,
    calls: a.calls + b.calls,
    skipped: a.skipped + b.skipped,
    cacheHits: a.cacheHits + b.cacheHits,
    dropped: a.dropped + b.dropped,
    queueUs: a.queueUs + b.queueUs,
    serverUs: a.serverUs + b.serverUs,
    pluginUs: a.pluginUs + b.pluginUs,
    callUs: a.callUs + b.callUs,
    buckets: a.buckets.map((count, n) => count + (b.buckets[n] ?? 0)),
  };
}

function phaseView(counts: EventCounts): object {
  const { plugin, phase, events, failures, exits, calls, skipped, cacheHits, dropped } = counts;
  const mean = (us: number): number => (events === 0 ? 0 : Math.round((us / events) * 10) / 10);
  const { queue, transport, plugin: own, callback } = partsOf(counts);
  return {
    plugin,
    phase,
    events,
    failures,
    exits,
    calls,
    skipped,
    cache_hits: cacheHits,
    dropped,
    mean_us: {
      queue: mean(queue),
      transport: mean(transport),
      plugin: mean(own),
      callbacks: mean(callback),
    },
    histogram_us: counts.buckets.map((count, n) => ({ le: BUCKETS_US[n] ?? null, count })),
  };
}
