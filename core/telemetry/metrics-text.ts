/**
 * Adds up what the processes of a gateway report and renders it as Prometheus text (version 0.0.4).
 *
 * Reports are taken as they come: a worker of the old code may still tell a metric that a new one does not have.
 */
import type { MergeRule, MetricReport, Series } from "./metrics.ts";

/** A label set of a metric over all processes; `counts` only of a histogram. */
interface Total {
  readonly labels: readonly string[];
  value: number;
  readonly counts: number[] | null;
}

interface Family {
  readonly report: MetricReport;
  readonly totals: Map<string, Total>;
}

function escapeLabel(text: string): string {
  return /[\\"\n]/.test(text)
    ? text.replace(/\\/g, "\\\\").replace(/"/g, '\\"').replace(/\n/g, "\\n")
    : text;
}

function escapeHelp(text: string): string {
  return text.replace(/\\/g, "\\\\").replace(/\n/g, "\\n");
}

/** Prometheus writes the special values in its own way. */
function numberText(value: number): string {
  if (Number.isFinite(value)) return String(value);
  return Number.isNaN(value) ? "NaN" : value > 0 ? "+Inf" : "-Inf";
}

function combine(rule: MergeRule, old: number, next: number): number {
  if (rule === "max") return Math.max(old, next);
  return rule === "last" ? next : old + next;
}

function add(family: Family, series: Series, rule: MergeRule): void {
  const [labels, value, sum] = series;
  const key = labels.join("\u0000");
  const old = family.totals.get(key);
  if (typeof value === "number") {
    if (old === undefined) family.totals.set(key, { labels, value, counts: null });
    else old.value = combine(rule, old.value, value);
    return;
  }
  if (old?.counts == null) {
    family.totals.set(key, { labels, value: sum ?? 0, counts: value.slice() });
    return;
  }
  // Other bounds mean another version of the code; its buckets cannot be added to ours.
  if (old.counts.length !== value.length) return;
  old.value += sum ?? 0;
  for (let i = 0; i < value.length; i++) old.counts[i]! += value[i]!;
}

function labelText(names: readonly string[], values: readonly string[], more = ""): string {
  const parts = names.map((name, i) => `${name}="${escapeLabel(values[i] ?? "")}"`);
  if (more !== "") parts.push(more);
  return parts.length === 0 ? "" : `{${parts.join(",")}}`;
}

function renderHistogram(report: MetricReport, total: Total, lines: string[]): void {
  const bounds = report.bounds ?? [];
  const counts = total.counts ?? [];
  let sum = 0;
  for (let i = 0; i <= bounds.length; i++) {
    sum += counts[i] ?? 0;
    const bound = i < bounds.length ? String(bounds[i]) : "+Inf";
    lines.push(
      `${report.name}_bucket${labelText(report.labels, total.labels, `le="${bound}"`)} ${sum}`,
    );
  }
  const labels = labelText(report.labels, total.labels);
  lines.push(
    `${report.name}_count${labels} ${sum}`,
    `${report.name}_sum${labels} ${numberText(total.value)}`,
  );
}

function renderFamily({ report, totals }: Family, lines: string[]): void {
  lines.push(
    `# HELP ${report.name} ${escapeHelp(report.help)}`,
    `# TYPE ${report.name} ${report.type}`,
  );
  for (const key of [...totals.keys()].sort()) {
    const total = totals.get(key)!;
    if (report.type === "histogram") renderHistogram(report, total, lines);
    else
      lines.push(
        `${report.name}${labelText(report.labels, total.labels)} ${numberText(total.value)}`,
      );
  }
}

/**
 * One text from the reports of several processes.
 *
 * @param lists one list for each process, as {@link MetricReport} of `registry.collect()`
 * @returns families in order of their names, each line ended by a line feed; "" when there is nothing
 */
export function mergeAndRender(lists: readonly (readonly MetricReport[])[]): string {
  const families = new Map<string, Family>();
  for (const report of lists.flat()) {
    let family = families.get(report.name);
    if (family === undefined) {
      family = { report, totals: new Map() };
      families.set(report.name, family);
    }
    if (family.report.type !== report.type) continue;
    const rule = report.type === "gauge" ? report.merge : "sum";
    for (const series of report.series) add(family, series, rule);
  }
  const lines: string[] = [];
  for (const name of [...families.keys()].sort()) renderFamily(families.get(name)!, lines);
  return lines.length === 0 ? "" : `${lines.join("\n")}\n`;
}
