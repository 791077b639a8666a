/**
 * The gateway's own metrics: Kong's names and labels where Kong has the metric, `kong_pluginserver_*` where it does not.
 *
 * Traffic metrics per Service and Route (kong_http_requests_total and its like) are recorded by the prometheus plugin in
 * Kong, only where that is configured; their families are defined here so that whoever records them uses the same text.
 */
import type { Distribution, Metric, Registry, Value } from "./metrics.ts";

/** Buckets of kong_kong_latency_ms and kong_upstream_latency_ms/kong_request_latency_ms, milliseconds, as Kong has them. */
const KONG_LATENCY_BOUNDS = [
  1, 2, 5, 7, 10, 15, 20, 30, 50, 75, 100, 200, 500, 750, 1000, 3000, 6000,
] as const;
const UPSTREAM_LATENCY_BOUNDS = [
  25, 50, 80, 100, 250, 400, 700, 1000, 2000, 5000, 10_000, 30_000, 60_000,
] as const;
/** Seconds; a call to a plugin server is expected to take less than a millisecond. */
export const PLUGIN_SERVER_BOUNDS = [
  0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.05, 0.25, 1,
] as const;

/** What the gateway tells of itself, with or without a prometheus plugin. */
interface NodeMetrics {
  /** node_id, subsystem, state: accepted, active, handled, reading, total, waiting, writing */
  readonly connections: Metric<Value>;
  /** node_id, subsystem */
  readonly requests: Metric<Value>;
  /** state: pending, running */
  readonly timers: Metric<Value>;
  readonly datastoreReachable: Metric<Value>;
  /** node_id, version; always 1 */
  readonly nodeInfo: Metric<Value>;
  /** node_id, pid, kong_subsystem: bytes of the heap of a worker */
  readonly workerMemory: Metric<Value>;
}

/** Metrics of a node, registered. Names and labels are Kong's. */
export function nodeMetrics(registry: Registry): NodeMetrics {
  return {
    connections: registry.gauge({
      name: "kong_nginx_connections_total",
      help: "Number of connections by subsystem",
      labels: ["node_id", "subsystem", "state"],
    }),
    requests: registry.gauge({
      name: "kong_nginx_requests_total",
      help: "Number of requests total",
      labels: ["node_id", "subsystem"],
    }),
    timers: registry.gauge({
      name: "kong_nginx_timers",
      help: "Number of nginx timers",
      labels: ["state"],
    }),
    datastoreReachable: registry.gauge({
      name: "kong_datastore_reachable",
      help: "Datastore reachable from Kong, 0 is unreachable",
      merge: "last",
    }),
    nodeInfo: registry.gauge({
      name: "kong_node_info",
      help: "Kong Node metadata information",
      labels: ["node_id", "version"],
      merge: "max",
    }),
    workerMemory: registry.gauge({
      name: "kong_memory_workers_lua_vms_bytes",
      help: "Allocated bytes in worker Lua VM",
      labels: ["node_id", "pid", "kong_subsystem"],
    }),
  };
}

/** Traffic per Service and Route. */
interface TrafficMetrics {
  /** service, route, code, source (service|kong), workspace, consumer */
  readonly requests: Metric<Value>;
  /** service, route, direction (ingress|egress), workspace, consumer; bytes */
  readonly bandwidth: Metric<Value>;
  /** service, route, workspace; milliseconds spent in the gateway */
  readonly kongLatency: Metric<Distribution>;
  /** service, route, workspace; milliseconds until the Service's head came */
  readonly upstreamLatency: Metric<Distribution>;
  /** service, route, workspace; milliseconds in total */
  readonly requestLatency: Metric<Distribution>;
}

/** Registered, so they are shown, with no values, from then on. */
export function trafficMetrics(registry: Registry): TrafficMetrics {
  const perRoute = ["service", "route", "workspace"];
  return {
    requests: registry.counter({
      name: "kong_http_requests_total",
      help: "HTTP status codes per consumer/service/route in Kong",
      labels: ["service", "route", "code", "source", "workspace", "consumer"],
    }),
    bandwidth: registry.counter({
      name: "kong_bandwidth_bytes",
      help: "Total bandwidth (ingress/egress) throughput in bytes",
      labels: ["service", "route", "direction", "workspace", "consumer"],
    }),
    kongLatency: registry.histogram(
      {
        name: "kong_kong_latency_ms",
        help: "Latency added by Kong and enabled plugins for each service/route in Kong",
        labels: perRoute,
      },
      KONG_LATENCY_BOUNDS,
    ),
    upstreamLatency: registry.histogram(
      {
        name: "kong_upstream_latency_ms",
        help: "Latency added by upstream response for each service/route in Kong",
        labels: perRoute,
      },
      UPSTREAM_LATENCY_BOUNDS,
    ),
    requestLatency: registry.histogram(
      {
        name: "kong_request_latency_ms",
        help: "Total latency incurred during requests for each service/route in Kong",
        labels: perRoute,
      },
      UPSTREAM_LATENCY_BOUNDS,
    ),
  };
}

/** Plugin servers, as the plugin host of a worker and the supervisor of the primary see them. */
export interface PluginServerMetrics {
  /** server, plugin, phase; seconds of one event */
  readonly events: Metric<Distribution>;
  /** server, plugin, phase, outcome: ok, exit, failed, skipped (by a condition), cached, dropped */
  readonly outcomes: Metric<Value>;
  /** server, plugin, phase, part: queue, transport, plugin, callback; seconds, summed up */
  readonly parts: Metric<Value>;
  /** server, plugin, plugin_id ("" = all of it): 0 closed, 1 half open, 2 open */
  readonly breaker: Metric<Value>;
  /** server, plugin, access: read, write */
  readonly refused: Metric<Value>;
  /** server, plugin, phase, code (public error code) */
  readonly failures: Metric<Value>;
  /** server; events under way */
  readonly inFlight: Metric<Value>;
  /** server; events that wait for a free place */
  readonly queued: Metric<Value>;
  /** server; restarts since the gateway started */
  readonly restarts: Metric<Value>;
  /** server; 1 while it answers */
  readonly up: Metric<Value>;
}

/** Metrics of plugin servers, registered. The names are ours, Kong has none. */
export function pluginServerMetrics(registry: Registry): PluginServerMetrics {
  const perPhase = ["server", "plugin", "phase"];
  return {
    events: registry.histogram(
      {
        name: "kong_pluginserver_event_seconds",
        help: "Time of an event in a plugin server, with its PDK calls",
        labels: perPhase,
      },
      PLUGIN_SERVER_BOUNDS,
    ),
    outcomes: registry.counter({
      name: "kong_pluginserver_events_total",
      help: "Events of a plugin server by how they ended",
      labels: [...perPhase, "outcome"],
    }),
    parts: registry.counter({
      name: "kong_pluginserver_part_seconds_total",
      help: "Time of events of a plugin server by where it went",
      labels: [...perPhase, "part"],
    }),
    breaker: registry.gauge({
      name: "kong_pluginserver_breaker_state",
      help: "Breaker of a plugin server: 0 closed, 1 half open, 2 open",
      labels: ["server", "plugin", "plugin_id"],
      merge: "max",
    }),
    refused: registry.counter({
      name: "kong_pluginserver_refused_access_total",
      help: "Reads and writes that a plugin was not allowed",
      labels: ["server", "plugin", "access"],
    }),
    failures: registry.counter({
      name: "kong_pluginserver_failures_total",
      help: "Events of a plugin server that failed, by public error code",
      labels: [...perPhase, "code"],
    }),
    inFlight: registry.gauge({
      name: "kong_pluginserver_events_in_flight",
      help: "Events that a plugin server works on",
      labels: ["server"],
    }),
    queued: registry.gauge({
      name: "kong_pluginserver_events_queued",
      help: "Events that wait for a plugin server",
      labels: ["server"],
    }),
    restarts: registry.counter({
      name: "kong_pluginserver_restarts_total",
      help: "Restarts of a plugin server",
      labels: ["server"],
    }),
    up: registry.gauge({
      name: "kong_pluginserver_up",
      help: "Whether a plugin server takes connections",
      labels: ["server"],
      merge: "max",
    }),
  };
}
