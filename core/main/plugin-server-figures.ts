/** What workers and supervisor tell of plugin servers, as metrics. Made when somebody asks, so events pay nothing for it. */
import type { ServerFigures } from "../plugin-host/figures.ts";
import { type EventCounts, partsOf } from "../plugin-host/native/counters.ts";
import type { ProcessStatus } from "../plugin-host/supervised-process.ts";
import { type PluginServerMetrics, pluginServerMetrics } from "../telemetry/metric-names.ts";
import type { Registry } from "../telemetry/metrics.ts";

const MICROSECONDS = 1e6;
const BREAKER_STATES = { closed: 0, "half-open": 1, open: 2 } as const;

/** @param figures of all workers */
export function pluginServerFigures(
  registry: Registry,
  states: readonly ProcessStatus[],
  figures: readonly ServerFigures[],
): void {
  if (states.length === 0 && figures.length === 0) return;
  const metrics = pluginServerMetrics(registry);
  for (const { server, state, restarts } of states) {
    metrics.restarts.labels(server).value += restarts;
    const up = metrics.up.labels(server);
    up.value = Math.max(up.value, state === "ready" ? 1 : 0);
  }
  for (const one of figures) {
    metrics.inFlight.labels(one.server).value += one.active;
    metrics.queued.labels(one.server).value += one.queued;
    for (const { plugin, pluginId, state } of one.breakers) {
      const value = metrics.breaker.labels(one.server, plugin, pluginId);
      value.value = Math.max(value.value, BREAKER_STATES[state]);
    }
    for (const [plugin, { reads, writes }] of Object.entries(one.refused)) {
      metrics.refused.labels(one.server, plugin, "read").value += reads;
      metrics.refused.labels(one.server, plugin, "write").value += writes;
    }
    for (const counts of one.events) addCounts(metrics, one.server, counts);
  }
}

function addCounts(metrics: PluginServerMetrics, server: string, counts: EventCounts): void {
  const { plugin, phase, failures, exits, skipped, cacheHits, dropped } = counts;
  const labels = [server, plugin, phase] as const;
  let failed = 0;
  for (const [code, count] of Object.entries(failures)) {
    failed += count;
    metrics.failures.labels(...labels, code).value += count;
  }
  const ok = Math.max(0, counts.events - exits - counts.sentFailures);
  const outcomes = { ok, exit: exits, failed, skipped, cached: cacheHits, dropped };
  for (const [outcome, count] of Object.entries(outcomes)) {
    if (count > 0) metrics.outcomes.labels(...labels, outcome).value += count;
  }
  for (const [part, microseconds] of Object.entries(partsOf(counts))) {
    metrics.parts.labels(...labels, part).value += microseconds / MICROSECONDS;
  }
  const times = metrics.events.labels(...labels);
  for (const [n, count] of counts.buckets.entries()) times.counts[n]! += count;
  times.sum += counts.serverUs / MICROSECONDS;
}
