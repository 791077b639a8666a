/** The metrics of plugin servers as Prometheus reads them: every family, its labels, and sums over workers. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { pluginServerFigures } from "../../../core/main/plugin-server-figures.ts";
import type { ServerFigures } from "../../../core/plugin-host/figures.ts";
import { Counters } from "../../../core/plugin-host/native/counters.ts";
import type { ProcessStatus } from "../../../core/plugin-host/supervised-process.ts";
import { PluginServerTimeout } from "../../../core/errors.ts";
import { Registry } from "../../../core/telemetry/metrics.ts";
import { mergeAndRender } from "../../../core/telemetry/metrics-text.ts";

const event = { plugin: { name: "auth" }, phase: "access" } as const;

/** What one worker tells: two good events, an exit, one that ran out of time, one skipped, one cached, one dropped. */
function figures(given: Partial<ServerFigures> = {}): ServerFigures {
  const counters = new Counters();
  const ended = (cause: unknown): void => counters.ended(event, cause, 1, 3, 2, 1000, 1);
  for (const cause of [null, null, "exit", new PluginServerTimeout("js", "an event", 1000)])
    ended(cause);
  counters.skipped(event);
  counters.cacheHit(event);
  counters.dropped(event);
  return {
    server: "js",
    active: 2,
    queued: 1,
    dropped: 0,
    fleets: [],
    breakers: [],
    refused: { auth: { reads: 1, writes: 2 } },
    events: counters.snapshot(),
    ...given,
  };
}

const status = (state: ProcessStatus["state"], restarts: number): ProcessStatus => ({
  server: "js",
  process: 0,
  state,
  pid: 1,
  restarts,
  lastError: null,
  startedAtMs: null,
});

function lines(states: readonly ProcessStatus[], all: readonly ServerFigures[]): string[] {
  const registry = new Registry();
  pluginServerFigures(registry, states, all);
  return mergeAndRender([registry.collect()])
    .split("\n")
    .filter((line) => line.startsWith("kong_pluginserver_"));
}

describe("metrics of plugin servers", () => {
  it("are none where there are no plugin servers", () => {
    assert.deepEqual(lines([], []), []);
  });

  it("count events by how they ended, over all workers", () => {
    const text = lines([], [figures(), figures()]);
    const labels = 'server="js",plugin="auth",phase="access"';
    for (const [outcome, count] of Object.entries({
      ok: 4,
      exit: 2,
      failed: 2,
      skipped: 2,
      cached: 2,
      dropped: 2,
    })) {
      const line = `kong_pluginserver_events_total{${labels},outcome="${outcome}"} ${count}`;
      assert.ok(text.includes(line), `${line}\n${text.join("\n")}`);
    }
    assert.ok(
      text.includes(`kong_pluginserver_failures_total{${labels},code="PLUGIN_SERVER_TIMEOUT"} 2`),
    );
    assert.ok(text.includes(`kong_pluginserver_event_seconds_bucket{${labels},le="+Inf"} 8`));
    assert.ok(text.includes(`kong_pluginserver_event_seconds_count{${labels}} 8`));
    const sum = text.find((line) =>
      line.startsWith(`kong_pluginserver_event_seconds_sum{${labels}}`),
    );
    assert.ok(Math.abs(Number(sum?.split(" ")[1]) - 0.024) < 1e-9, sum);
    for (const [part, seconds] of Object.entries({
      queue: 0.008,
      transport: 0.008,
      plugin: 0.008,
      callback: 0.008,
    })) {
      const start = `kong_pluginserver_part_seconds_total{${labels},part="${part}"} `;
      const line = text.find((one) => one.startsWith(start));
      assert.ok(Math.abs(Number(line?.slice(start.length)) - seconds) < 1e-9, line);
    }
  });

  it("tell what is under way, what was refused, and how processes and breakers are", () => {
    const breaker = {
      plugin: "auth",
      pluginId: "p1",
      state: "half-open",
    } as ServerFigures["breakers"][number];
    const open = { ...breaker, state: "open" } as ServerFigures["breakers"][number];
    const all = [figures({ breakers: [breaker] }), figures({ breakers: [open] })];
    const text = lines([status("ready", 3), status("backoff", 2)], all);
    for (const line of [
      'kong_pluginserver_events_in_flight{server="js"} 4',
      'kong_pluginserver_events_queued{server="js"} 2',
      'kong_pluginserver_refused_access_total{server="js",plugin="auth",access="read"} 2',
      'kong_pluginserver_refused_access_total{server="js",plugin="auth",access="write"} 4',
      'kong_pluginserver_restarts_total{server="js"} 5',
      'kong_pluginserver_up{server="js"} 1',
      'kong_pluginserver_breaker_state{server="js",plugin="auth",plugin_id="p1"} 2',
    ]) {
      assert.ok(text.includes(line), `${line}\n${text.join("\n")}`);
    }
  });
});
