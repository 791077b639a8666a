/** Metrics: one property write per event, JSON between processes, Prometheus text for all of them. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  nodeMetrics,
  pluginServerMetrics,
  trafficMetrics,
} from "../../../core/telemetry/metric-names.ts";
import { type MetricReport, Registry, SERIES_MAX } from "../../../core/telemetry/metrics.ts";
import { mergeAndRender } from "../../../core/telemetry/metrics-text.ts";

/** As it arrives from another process. */
const overTheWire = (registry: Registry): MetricReport[] =>
  JSON.parse(JSON.stringify(registry.collect())) as MetricReport[];
const withoutErrors = (text: string): string[] =>
  text
    .split("\n")
    .filter((line) => line !== "" && !line.includes("kong_nginx_metric_errors_total"));

describe("a registry", () => {
  it("gives the same child for the same labels, and counts by writing to it", () => {
    const requests = new Registry().counter({
      name: "r_total",
      help: "Requests",
      labels: ["code"],
    });
    const ok = requests.labels("200");
    ok.value++;
    requests.labels("200").value += 2;
    assert.equal(requests.labels("200"), ok);
    assert.equal(ok.value, 3);
    assert.notEqual(requests.labels("404"), ok);
  });

  it("does not mix up labels that only look alike when put together", () => {
    const pairs = new Registry().counter({ name: "p_total", help: "Pairs", labels: ["a", "b"] });
    assert.notEqual(pairs.labels("x", ""), pairs.labels("", "x"));
  });

  it("refuses other labels than the metric has, and a name that is of another type", () => {
    const registry = new Registry();
    assert.throws(
      () => registry.counter({ name: "a", help: "A", labels: ["l"] }).labels(),
      /other labels/,
    );
    assert.throws(() => registry.gauge({ name: "a", help: "A" }), /is a counter/);
  });

  // Goal: a label made from traffic cannot fill the memory. Method: one label set more than allowed, twice.
  it("drops label sets beyond the limit and counts what it dropped", () => {
    const registry = new Registry();
    const metric = registry.counter({ name: "many_total", help: "Many", labels: ["l"] });
    for (let i = 0; i < SERIES_MAX + 2; i++) metric.labels(String(i)).value++;
    const reports = registry.collect();
    assert.equal(reports.find((report) => report.name === "many_total")?.series.length, SERIES_MAX);
    const errors = reports.find((report) => report.name === "kong_nginx_metric_errors_total");
    assert.deepEqual(errors?.series, [[[], 2]]);
    metric.remove("0");
    metric.labels("again").value++;
    assert.equal(metric.report().series.length, SERIES_MAX);
  });
});

describe("Prometheus text", () => {
  it("adds up counters and histograms of all processes, and gauges by their rule", () => {
    const lists = [1, 2].map((n) => {
      const registry = new Registry();
      registry.counter({ name: "c_total", help: "C", labels: ["l"] }).labels("x").value = n;
      registry.gauge({ name: "g_max", help: "G", merge: "max" }).labels().value = n;
      registry.gauge({ name: "g_last", help: "G", merge: "last" }).labels().value = -n;
      registry.gauge({ name: "g_sum", help: "G" }).labels().value = n;
      const h = registry.histogram({ name: "h", help: "H", labels: ["l"] }, [1, 5]).labels("x");
      h.observe(1);
      h.observe(n * 4);
      return overTheWire(registry);
    });
    assert.deepEqual(withoutErrors(mergeAndRender(lists)), [
      "# HELP c_total C",
      "# TYPE c_total counter",
      'c_total{l="x"} 3',
      "# HELP g_last G",
      "# TYPE g_last gauge",
      "g_last -2",
      "# HELP g_max G",
      "# TYPE g_max gauge",
      "g_max 2",
      "# HELP g_sum G",
      "# TYPE g_sum gauge",
      "g_sum 3",
      "# HELP h H",
      "# TYPE h histogram",
      'h_bucket{l="x",le="1"} 2',
      'h_bucket{l="x",le="5"} 3',
      'h_bucket{l="x",le="+Inf"} 4',
      'h_count{l="x"} 4',
      'h_sum{l="x"} 14',
    ]);
  });

  it("escapes what would break a line", () => {
    const registry = new Registry();
    registry.gauge({ name: "g", help: "two\nlines \\", labels: ["l"] }).labels('a"b\\c\nd').value =
      Number.NaN;
    assert.deepEqual(withoutErrors(mergeAndRender([registry.collect()])), [
      "# HELP g two\\nlines \\\\",
      "# TYPE g gauge",
      'g{l="a\\"b\\\\c\\nd"} NaN',
    ]);
  });

  it("leaves out what a process of another version counts in another way", () => {
    const a = new Registry();
    a.histogram({ name: "h", help: "H" }, [1]).labels().observe(1);
    const b = new Registry();
    b.histogram({ name: "h", help: "H" }, [1, 2]).labels().observe(1);
    const c = new Registry();
    c.gauge({ name: "h", help: "H" }).labels().value = 7;
    const text = mergeAndRender([a, b, c].map(overTheWire));
    assert.ok(text.includes("h_count 1\n"), text);
  });

  it("knows Kong's metrics of a node and of traffic", () => {
    const registry = new Registry();
    const node = nodeMetrics(registry);
    node.nodeInfo.labels("id", "3.9.0").value = 1;
    node.connections.labels("id", "http", "active").value = 3;
    trafficMetrics(registry).requests.labels("s", "r", "200", "service", "default", "").value++;
    pluginServerMetrics(registry).restarts.labels("py").value++;
    const lines = withoutErrors(mergeAndRender([overTheWire(registry)]));
    for (const line of [
      'kong_node_info{node_id="id",version="3.9.0"} 1',
      'kong_nginx_connections_total{node_id="id",subsystem="http",state="active"} 3',
      'kong_http_requests_total{service="s",route="r",code="200",source="service",workspace="default",consumer=""} 1',
      'kong_pluginserver_restarts_total{server="py"} 1',
    ]) {
      assert.ok(lines.includes(line), line);
    }
  });

  it("is empty when there is nothing", () => {
    assert.equal(mergeAndRender([]), "");
  });
});
