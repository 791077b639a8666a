/** The `queue` record in the configuration of plugins that send in batches, and what it means in our units. */
import type { FieldSchema } from "../entities/schema/definition.ts";
import type { PluginConfig } from "../runloop/handler.ts";

/** Kong's names, units and defaults: delays in seconds. */
export const QUEUE_FIELD: FieldSchema = {
  type: "record",
  required: true,
  fields: [
    { max_batch_size: { type: "integer", default: 1, between: [1, 1_000_000] } },
    { max_coalescing_delay: { type: "number", default: 1, between: [0, 3600] } },
    { max_entries: { type: "integer", default: 10_000, between: [1, 1_000_000] } },
    { max_bytes: { type: "integer" } },
    { max_retry_time: { type: "number", default: 60 } },
    // Kong prints these bounds without fractions
    { initial_retry_delay: { type: "number", default: 0.01, between: [0.001, 1_000_000] } },
    { max_retry_delay: { type: "number", default: 60, between: [0.001, 1_000_000] } },
    { concurrency_limit: { type: "integer", default: 1, one_of: [-1, 1] } },
  ],
};

/** The same in ours. */
export interface QueueLimits {
  readonly batchEntriesMax: number;
  /** How long a batch that is not full waits for more, milliseconds. */
  readonly coalescingDelayMs: number;
  /** How many entries may wait; the oldest give way. */
  readonly entriesMax: number;
  /** How many bytes may wait; infinite where not configured. */
  readonly bytesMax: number;
  /** After so many milliseconds of tries a batch is given up; below 0: one try. */
  readonly retryTimeMs: number;
  readonly firstRetryDelayMs: number;
  readonly retryDelayMaxMs: number;
  /** Every entry goes at once, as a batch of its own. */
  readonly isUnordered: boolean;
}

function number(value: unknown, otherwise: number): number {
  return typeof value === "number" ? value : otherwise;
}

/**
 * Limits of a plugin's queue.
 *
 * The old names `queue_size` and `flush_timeout` beside the record win where they differ from their old defaults.
 */
export function queueLimits(config: PluginConfig): QueueLimits {
  const queue = (config.queue as PluginConfig | null | undefined) ?? {};
  const oldBatch = number(config.queue_size, 1);
  const oldDelay = number(config.flush_timeout, 2);
  const delay = oldDelay === 2 ? number(queue.max_coalescing_delay, 1) : oldDelay;
  return {
    batchEntriesMax: oldBatch === 1 ? number(queue.max_batch_size, 1) : oldBatch,
    coalescingDelayMs: delay * 1000,
    entriesMax: number(queue.max_entries, 10_000),
    bytesMax: number(queue.max_bytes, Number.POSITIVE_INFINITY),
    retryTimeMs: number(queue.max_retry_time, 60) * 1000,
    firstRetryDelayMs: number(queue.initial_retry_delay, 0.01) * 1000,
    retryDelayMaxMs: number(queue.max_retry_delay, 60) * 1000,
    isUnordered: number(queue.concurrency_limit, 1) === -1,
  };
}
