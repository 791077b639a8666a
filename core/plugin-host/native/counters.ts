/**
 * What the events of a plugin server cost and how they ended, by plugin and phase: plain numbers in one array, for metrics
 * and the Admin API to look at.
 *
 * Times are sums of microseconds and a coarse histogram, so an event costs a few additions and two looks at the clock.
 */
import { GatewayError } from "../../errors.ts";
import { PLUGIN_SERVER_BOUNDS } from "../../telemetry/metric-names.ts";
import type { PluginEvent, PluginProcess } from "../plugin-process.ts";

/** Upper bounds of the histogram's buckets, in microseconds; the last bucket has none. */
export const BUCKETS_US: readonly number[] = PLUGIN_SERVER_BOUNDS.map((seconds) =>
  Math.round(seconds * 1e6),
);

/** Of one plugin in one phase. */
export interface EventCounts {
  readonly plugin: string;
  readonly phase: string;
  /** Events that were sent. */
  events: number;
  /** Failures by code of the error. */
  readonly failures: Record<string, number>;
  /** Events that were sent and failed. */
  sentFailures: number;
  /** Events that ended with kong.response.exit. */
  exits: number;
  /** PDK calls that came back to the gateway. */
  calls: number;
  /** Requests that did not meet the plugin's conditions. */
  skipped: number;
  /** Answers that were used again. */
  cacheHits: number;
  /** Log events that were given up because too many waited. */
  dropped: number;
  /** Microseconds, summed up: waiting to be sent; from sending to Done; of that in the plugin, as it says itself. */
  queueUs: number;
  serverUs: number;
  pluginUs: number;
  /** Of it in the gateway, for the plugin's PDK calls. */
  callUs: number;
  /** Events by time from sending to Done, see {@link BUCKETS_US}. */
  readonly buckets: number[];
}

type Named = Pick<PluginEvent<PluginProcess>, "phase"> & {
  readonly plugin: { readonly name: string };
};

/** Counts since the worker started; never reset, so that the primary can take differences. */
export class Counters {
  readonly #all = new Map<string, Map<string, EventCounts>>();

  /** The counts of an event's plugin and phase. */
  of(event: Named): EventCounts {
    const { phase } = event;
    const { name } = event.plugin;
    let phases = this.#all.get(name);
    if (phases === undefined) {
      phases = new Map();
      this.#all.set(name, phases);
    }
    let counts = phases.get(phase);
    if (counts === undefined) {
      counts = newCounts(name, phase);
      phases.set(phase, counts);
    }
    return counts;
  }

  skipped(event: Named): void {
    this.of(event).skipped++;
  }

  cacheHit(event: Named): void {
    this.of(event).cacheHits++;
  }

  dropped(event: Named): void {
    this.of(event).dropped++;
  }

  /** @param queueMs from the handler's call to sending. @param serverMs from sending to the end */
  ended(
    event: Named,
    cause: unknown,
    queueMs: number,
    serverMs: number,
    calls: number,
    pluginUs: number,
    callMs = 0,
  ): void {
    const counts = this.of(event);
    counts.events++;
    counts.calls += calls;
    counts.queueUs += queueMs * 1000;
    const serverUs = serverMs * 1000;
    counts.serverUs += serverUs;
    counts.pluginUs += pluginUs;
    counts.callUs += callMs * 1000;
    let bucket = 0;
    while (bucket < BUCKETS_US.length && serverUs > BUCKETS_US[bucket]!) bucket++;
    counts.buckets[bucket]!++;
    if (cause instanceof GatewayError) counts.sentFailures++;
    if (cause !== null) this.failed(counts, cause);
  }

  failed(counts: EventCounts, cause: unknown): void {
    if (cause instanceof GatewayError) {
      counts.failures[cause.code] = (counts.failures[cause.code] ?? 0) + 1;
    } else counts.exits++;
  }

  /** Copies of all. */
  snapshot(): EventCounts[] {
    return [...this.#all.values()].flatMap((phases) =>
      Array.from(phases.values(), (counts) => structuredClone(counts)),
    );
  }
}

function newCounts(plugin: string, phase: string): EventCounts {
  return {
    plugin,
    phase,
    events: 0,
    failures: {},
    sentFailures: 0,
    exits: 0,
    calls: 0,
    skipped: 0,
    cacheHits: 0,
    dropped: 0,
    queueUs: 0,
    serverUs: 0,
    pluginUs: 0,
    callUs: 0,
    buckets: new Array<number>(BUCKETS_US.length + 1).fill(0),
  };
}

/** Where the time of events went, in microseconds. */
interface Parts {
  readonly queue: number;
  /** The way to the server and back, and its own work beside the plugin's; 0 where a protocol does not tell it apart. */
  readonly transport: number;
  readonly plugin: number;
  readonly callback: number;
}

/** The plugin's own time has its calls to the gateway in it, where the protocol tells the plugin's time. */
export function partsOf({ queueUs, serverUs, pluginUs, callUs }: EventCounts): Parts {
  const plugin = Math.max(0, Math.min(pluginUs, serverUs - callUs));
  const transport = Math.max(0, serverUs - plugin - callUs);
  return { queue: queueUs, transport, plugin, callback: callUs };
}
