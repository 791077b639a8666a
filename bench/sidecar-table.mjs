/**
 * One table of two runs of the kit's sidecar.py: a full gateway for what a request costs, one connection for what it takes.
 *
 * Ratios and differences are taken within a round and then summarised, as the kit does it: a slow minute of the machine
 * hits both sides.
 */

/** Candidates of the kit that a row is compared with. */
const NGINX = "nginx";
const GATEWAY = "gateway";
const HEADS = [
  "plugin", "gateway us", "without", "ratio", "x nginx", "plugin server us", "x Kong's SDK", "p50 added us",
];

/** @typedef {{workloads?: Record<string, Record<string, {samples: readonly Sample[]}>>, problems?: readonly string[]}} Result */
/** @typedef {{round?: number, error?: string, cpu_us: number, sidecar_us: number, p50_ms: number | null, other_cores?: number}} Sample */

function samplesOf(result, name) {
  const samples = result?.workloads?.small?.[name]?.samples ?? [];
  return samples.filter((sample) => sample.error === undefined);
}

export function median(values) {
  const sorted = values.filter((value) => Number.isFinite(value)).sort((one, other) => one - other);
  if (sorted.length === 0) return null;
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** Median over the rounds that both have. */
function paired(result, name, base, value) {
  const byRound = new Map(samplesOf(result, base).map((sample) => [sample.round, sample]));
  const both = samplesOf(result, name).filter(({ round }) => byRound.has(round));
  return median(both.map((sample) => value(sample, byRound.get(sample.round))));
}

const cpuRatio = (sample, base) => sample.cpu_us / base.cpu_us;
const serverRatio = (sample, base) => sample.sidecar_us / base.sidecar_us;
const addedUs = (sample, base) => (sample.p50_ms === null || base.p50_ms === null ? Number.NaN : (sample.p50_ms - base.p50_ms) * 1000);

const number = (value, digits) => (value === null ? "-" : value.toFixed(digits));

/** Why the kit did not measure a candidate; null where it has not been told of it. */
function problemOf(results, name) {
  for (const { problems } of results) {
    const line = problems?.find((problem) => problem.startsWith(`${name}: `) || problem.startsWith(`${name}, `));
    if (line !== undefined) return line.slice(name.length + 2).trim().split("\n")[0];
  }
  return null;
}

/** Cells of one row, a cell with the reason where nothing was measured, null for a row that was not asked for. */
function cells({ busy, idle }, { name, kong, base }, why) {
  const samples = samplesOf(busy, name);
  if (samples.length === 0) {
    const reason = why ?? problemOf([busy, idle], name);
    return reason === null ? null : [name, reason];
  }
  const all = (key) => median(samples.map((sample) => sample[key]));
  return [
    name,
    number(all("cpu_us"), 1),
    number(median(samplesOf(busy, base).map(({ cpu_us }) => cpu_us)), 1),
    number(paired(busy, name, base, cpuRatio), 2),
    number(paired(busy, name, NGINX, cpuRatio), 2),
    number(all("sidecar_us"), 1),
    kong === null ? "-" : number(paired(busy, name, kong, serverRatio), 2),
    number(paired(idle, name, base, addedUs), 0),
  ];
}

/** CPUs that processes outside of the run used, as the median of all samples. */
function noiseOf(result) {
  const samples = Object.keys(result.workloads?.small ?? {}).flatMap((name) => samplesOf(result, name));
  return number(median(samples.map(({ other_cores }) => other_cores)), 2);
}

function layOut(rows) {
  const whole = rows.filter((row) => row.length === HEADS.length);
  const widths = HEADS.map((head, i) => Math.max(head.length, ...whole.map((row) => row[i].length)));
  widths[0] = Math.max(...rows.map(([name]) => name.length), widths[0]);
  const line = (row) => {
    const [name, ...rest] = row;
    if (row.length !== HEADS.length) return `${name.padEnd(widths[0])}  not measured: ${rest[0]}`;
    return [name.padEnd(widths[0]), ...rest.map((cell, i) => cell.padStart(widths[i + 1]))].join("  ");
  };
  return [line(HEADS), line(widths.map((width) => "-".repeat(width))), ...rows.map(line)].join("\n");
}

/**
 * @param {{busy: Result, idle: Result}} results with all connections, and with one; an empty object where there is none
 * @param {readonly {name: string, kong: string | null}[]} rows in the table's order
 * @param {ReadonlyMap<string, string>} missing why a row was not tried
 * @returns {{text: string, measured: number}} `measured`: rows with figures
 */
export function sidecarTable(results, rows, missing) {
  const standIn = { name: "nginx+lua+kong-pdk", kong: null, base: "nginx+lua" };
  const all = [...rows.map((row) => ({ ...row, base: GATEWAY })), standIn];
  const lines = all.map((row) => cells(results, row, missing.get(row.name))).filter((row) => row !== null);
  const measured = lines.filter((row) => row.length === HEADS.length).length;
  const nginx = number(median(samplesOf(results.busy, NGINX).map(({ cpu_us }) => cpu_us)), 1);
  const text = [
    `CPU us per request; nginx ${nginx}. p50 at one connection, beside the same without the plugin.`,
    layOut(lines),
    "gateway us, without: the gateway's CPU with the plugin and without it (the stand-in's own in its row); ratio: of the two.",
    "x nginx: the gateway's CPU with the plugin; x Kong's SDK: the plugin server's CPU, of that SDK in the same language.",
    `noise: other processes used ${noiseOf(results.busy)} CPUs, ${noiseOf(results.idle)} at one connection; above 0.1 the figures say little.`,
  ];
  return { text: text.join("\n"), measured };
}
