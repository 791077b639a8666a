/** `/status`, `/status/dns`, `/timers` and `/metrics`: how the node does. The Status API has them too, but the timers. */
import { type Answer, json, message, text } from "../answer.ts";
import type { ApiRequest } from "../api-request.ts";
import type { ApiDeps, WorkerStats } from "../deps.ts";
import type { Endpoint } from "../endpoint-table.ts";

/** Digits behind the point, unless `scale` tells. */
const SCALE_DEFAULT = 2;
/** More digits than a number has make no sense. */
const SCALE_MAX = 20;
/**
 * Shared dictionaries that clients of Kong look for, with Kong's default sizes in bytes. This gateway has none, so
 * nothing of them is in use.
 */
const SHARED_DICTIONARIES: Readonly<Record<string, number>> = {
  kong: 5 * 1024 * 1024,
  kong_db_cache: 128 * 1024 * 1024,
};
const UNITS: Readonly<Record<string, readonly [bytes: number, name: string]>> = {
  k: [1024, "KiB"],
  m: [1024 ** 2, "MiB"],
  g: [1024 ** 3, "GiB"],
};

function textOf(value: unknown): string | undefined {
  if (Array.isArray(value)) return textOf(value[0]);
  return typeof value === "string" ? value : undefined;
}

/** Writes bytes in the unit that was asked for, or tells what is wrong with the question. */
function byteFormat(request: ApiRequest): ((bytes: number) => string | number) | Answer {
  const unit = textOf(request.query.unit) ?? "m";
  const given = Number(textOf(request.query.scale) ?? SCALE_DEFAULT);
  const scale = Number.isNaN(given) ? SCALE_DEFAULT : given;
  if (scale < 0) return message(400, "scale must be equal or greater than 0");
  if (unit === "") return (bytes) => String(Math.round(bytes));
  if (unit === "b" || unit === "B") return (bytes) => Math.round(bytes);
  const known = Object.hasOwn(UNITS, unit.toLowerCase()) ? UNITS[unit.toLowerCase()]! : undefined;
  if (known === undefined) {
    return message(400, `invalid unit '${unit}' (expected 'k/K', 'm/M', or 'g/G')`);
  }
  const digits = Math.min(Math.floor(scale), SCALE_MAX);
  return (bytes) => `${(bytes / known[0]).toFixed(digits)} ${known[1]}`;
}

/** Sums over all workers, named as nginx's stub_status. */
function serverCounts(workers: readonly WorkerStats[]): Record<string, number> {
  const sum = (of: (worker: WorkerStats) => number): number =>
    workers.reduce((total, worker) => total + of(worker), 0);
  return {
    connections_accepted: sum((worker) => worker.connections.accepted),
    connections_active: sum((worker) => worker.connections.active),
    connections_handled: sum((worker) => worker.connections.handled),
    connections_reading: sum((worker) => worker.connections.reading),
    connections_waiting: sum((worker) => worker.connections.waiting),
    connections_writing: sum((worker) => worker.connections.writing),
    total_requests: sum((worker) => worker.requests),
  };
}

async function status(deps: ApiDeps, request: ApiRequest): Promise<Answer> {
  const format = byteFormat(request);
  if (typeof format !== "function") return format;
  const workers = await deps.workers();
  const dictionaries = Object.entries(SHARED_DICTIONARIES).map(
    ([name, bytes]) => [name, { allocated_slabs: format(0), capacity: format(bytes) }] as const,
  );
  return json(200, {
    memory: {
      lua_shared_dicts: Object.fromEntries(dictionaries),
      workers_lua_vms: workers.map(({ pid, heapBytes }) => ({
        http_allocated_gc: format(heapBytes),
        pid,
      })),
    },
    server: serverCounts(workers),
    configuration_hash: deps.configurationHash(),
  });
}

/** Statistics of names are kept in the workers' caches; here are only whose they would be. */
async function dns(deps: ApiDeps): Promise<Answer> {
  if (!deps.settings.new_dns_client)
    return message(501, "not implemented with the legacy DNS client");
  return json(200, { worker: { id: 0, count: (await deps.workers()).length }, stats: {} });
}

/** Those of both APIs. */
export function statusEndpoints(deps: ApiDeps): Endpoint[] {
  return [
    { path: "/status", methods: { GET: (request) => status(deps, request) } },
    { path: "/status/dns", methods: { GET: () => dns(deps) } },
    {
      path: "/metrics",
      hidden: true,
      methods: { GET: async () => text(200, await deps.metricsText()) },
    },
  ];
}

/** `/timers`: the gateway has no timers that a user could do something about; the form is Kong's. */
export function timerEndpoints(deps: ApiDeps): Endpoint[] {
  const timers = async (): Promise<Answer> => {
    const workers = await deps.workers();
    return json(200, {
      worker: { id: 0, count: Math.max(1, workers.length) },
      stats: {
        sys: { total: 0, runs: 0, running: 0, pending: 0, waiting: 0 },
        timers: {},
        flamegraph: {},
      },
    });
  };
  return [{ path: "/timers", methods: { GET: timers } }];
}
