/**
 * Counters, gauges and histograms with labels, kept per process and added up when somebody asks.
 *
 * Written by hand because of what the request path may cost: a child is resolved once (when a chain is compiled, a
 * server started) and an event is then one property write on it: `child.value++`. A worker hands its values to the
 * primary as plain JSON ({@link Registry.collect}); metrics-text.ts adds the lists of all processes up and renders them
 * in Prometheus' text format. The names of the gateway's own metrics are in metric-names.ts.
 */

/** Label sets per metric. What comes later is counted in one hidden child, so that a label made from traffic cannot fill the memory. */
export const SERIES_MAX = 10_000;

type MetricType = "counter" | "gauge" | "histogram";
/** How values of several processes become one: counters and histograms are always summed. */
export type MergeRule = "sum" | "max" | "last";

interface MetricOptions {
  readonly name: string;
  readonly help: string;
  /** Names of the labels, in the order of the text output. */
  readonly labels?: readonly string[];
  /** Of a gauge; "sum" by default. */
  readonly merge?: MergeRule;
}

/** A counter or gauge for one set of label values. Hot paths write to `value` directly. */
export class Value {
  value = 0;
}

/** A histogram for one set of label values. */
export class Distribution {
  /** Upper bounds, ascending, without +Inf. */
  readonly bounds: readonly number[];
  /** Events per bucket, not added up; the last one is above all bounds. */
  readonly counts: number[];
  sum = 0;

  constructor(bounds: readonly number[]) {
    this.bounds = bounds;
    this.counts = new Array<number>(bounds.length + 1).fill(0);
  }

  /** @param value in the unit of the bounds */
  observe(value: number): void {
    const { bounds, counts } = this;
    let bucket = 0;
    while (bucket < bounds.length && value > bounds[bucket]!) bucket++;
    counts[bucket]!++;
    this.sum += value;
  }
}

/** One label set of a metric: `[label values, value]`, or `[label values, counts per bucket, sum]` of a histogram. */
export type Series =
  | readonly [labels: readonly string[], value: number]
  | readonly [labels: readonly string[], counts: readonly number[], sum: number];

/** A metric as plain JSON, as it goes from a worker to the primary. */
export interface MetricReport {
  readonly name: string;
  readonly help: string;
  readonly type: MetricType;
  readonly merge: MergeRule;
  readonly labels: readonly string[];
  /** Of a histogram. */
  readonly bounds?: readonly number[];
  readonly series: readonly Series[];
}

/** A metric with its children. The text of label values is taken as it is; escaping happens when it is rendered. */
export class Metric<Child extends Value | Distribution> {
  readonly options: MetricOptions;
  readonly type: MetricType;
  readonly #make: () => Child;
  readonly #children = new Map<
    string,
    { readonly labels: readonly string[]; readonly child: Child }
  >();
  readonly #overflow: Child;
  readonly #errors: Value;

  constructor(options: MetricOptions, type: MetricType, make: () => Child, errors: Value) {
    this.options = options;
    this.type = type;
    this.#make = make;
    this.#overflow = make();
    this.#errors = errors;
  }

  /**
   * The child for these label values, made if it is new. Keep what it returns: this looks up by text.
   *
   * @param labels as many as the metric has labels, in their order
   */
  labels(...labels: readonly string[]): Child {
    const key = labels.join("\u0000");
    const known = this.#children.get(key);
    if (known !== undefined) return known.child;
    if (labels.length !== (this.options.labels?.length ?? 0)) {
      throw new TypeError(
        `metric ${this.options.name} has other labels than (${labels.join(", ")})`,
      );
    }
    if (this.#children.size >= SERIES_MAX) {
      this.#errors.value++;
      return this.#overflow;
    }
    const child = this.#make();
    this.#children.set(key, { labels, child });
    return child;
  }

  /** Forget one label set: of a Route, a target or a plugin server that is gone. */
  remove(...labels: readonly string[]): void {
    this.#children.delete(labels.join("\u0000"));
  }

  /** Forget every label set. */
  clear(): void {
    this.#children.clear();
  }

  /** A copy, with every label set that was ever asked for and not forgotten. */
  report(): MetricReport {
    const series: Series[] = [];
    let bounds: readonly number[] | undefined;
    for (const { labels, child } of this.#children.values()) {
      if (child instanceof Distribution) {
        bounds = child.bounds;
        series.push([labels, child.counts.slice(), child.sum]);
      } else {
        series.push([labels, child.value]);
      }
    }
    const { name, help, labels = [], merge = "sum" } = this.options;
    const report = { name, help, type: this.type, merge, labels, series };
    return bounds === undefined ? report : { ...report, bounds };
  }
}

/** All metrics of a process. A name that is asked for again gives the same metric. */
export class Registry {
  readonly #metrics = new Map<string, Metric<Value> | Metric<Distribution>>();
  readonly #errors = new Value();

  /** Only ever rises; over processes it is summed up. */
  counter(options: MetricOptions): Metric<Value> {
    return this.#metric(options, "counter", () => new Value());
  }

  /** Over processes it is what `merge` says, summed up by default. */
  gauge(options: MetricOptions): Metric<Value> {
    return this.#metric(options, "gauge", () => new Value());
  }

  /** @param bounds upper bounds of the buckets, ascending, without +Inf */
  histogram(options: MetricOptions, bounds: readonly number[]): Metric<Distribution> {
    return this.#metric(options, "histogram", () => new Distribution(bounds));
  }

  #metric<Child extends Value | Distribution>(
    options: MetricOptions,
    type: MetricType,
    make: () => Child,
  ): Metric<Child> {
    const known = this.#metrics.get(options.name);
    if (known !== undefined) {
      if (known.type !== type) throw new TypeError(`metric ${options.name} is a ${known.type}`);
      return known as unknown as Metric<Child>;
    }
    const metric = new Metric(options, type, make, this.#errors);
    this.#metrics.set(options.name, metric as unknown as Metric<Value>);
    return metric;
  }

  /** Everything as plain JSON, for a message to the primary. Metrics without any label set are left out. */
  collect(): MetricReport[] {
    const reports = [...this.#metrics.values()].map((metric) => metric.report());
    reports.push({
      name: "kong_nginx_metric_errors_total",
      help: "Label sets that were dropped because a metric had too many",
      type: "counter",
      merge: "sum",
      labels: [],
      series: [[[], this.#errors.value]],
    });
    return reports.filter((report) => report.series.length > 0);
  }
}
