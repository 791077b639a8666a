/**
 * http-log: every request's log entry goes to an HTTP server, as JSON.
 *
 * The entry is made and written as text in the log phase; the queue does the rest when it likes.
 */
import { createHash } from "node:crypto";
import type { PluginConfig, PluginHandler } from "../../runloop/handler.ts";
import { compiledOnce } from "../compiled.ts";
import { compileCustomFields, type CustomFields, setCustomFields } from "../custom-fields.ts";
import { queueLimits, type QueueLimits } from "../queue-schema.ts";
import { enqueue, flushQueues } from "../queues.ts";
import { BUNDLED_VERSION } from "../version.ts";
import { type Endpoint, makeSender } from "./sender.ts";

interface Compiled {
  /** The same for all configurations that can share a queue. */
  readonly queueName: string;
  readonly limits: QueueLimits;
  readonly endpoint: Endpoint;
  readonly customFields: CustomFields;
}

const compiled = compiledOnce((config: PluginConfig): Compiled => {
  const limits = queueLimits(config);
  const endpoint: Endpoint = {
    url: String(config.http_endpoint),
    method: (config.method as Endpoint["method"] | null) ?? "POST",
    contentType: (config.content_type as string | null) ?? "application/json",
    timeoutMs: (config.timeout as number | null) ?? 10_000,
    keepAliveMs: (config.keepalive as number | null) ?? 60_000,
    headers: (config.headers as Record<string, string> | null) ?? {},
    isList: limits.batchEntriesMax > 1,
  };
  return {
    queueName: queueName(endpoint, limits),
    limits,
    endpoint,
    customFields: compileCustomFields(config),
  };
});

/** Names the log server and nothing that may be secret, because logs show it: path and headers are in the digest. */
function queueName(endpoint: Endpoint, limits: QueueLimits): string {
  const server = URL.canParse(endpoint.url) ? new URL(endpoint.url).origin : "nowhere";
  const digest = createHash("sha256").update(JSON.stringify([endpoint, limits]));
  return `http-log ${server} ${digest.digest("hex")}`;
}

/** How long a worker that ends waits for log servers, milliseconds. */
const FLUSH_MS_MAX = 5_000;

/**
 * As in Kong, with one queue for all configurations that say the same. `close` resolves within 5 s, whatever is
 * left.
 */
export const handler: PluginHandler & { close(): Promise<void> } = {
  name: "http-log",
  priority: 12,
  version: BUNDLED_VERSION,

  log(config, kong) {
    const { queueName, limits, endpoint, customFields } = compiled(config);
    setCustomFields(customFields, kong);
    const entry = JSON.stringify(kong.log.serialize());
    enqueue(queueName, limits, () => makeSender(endpoint), entry);
  },
  /** Before the worker ends: send what waits. */
  close() {
    return flushQueues(FLUSH_MS_MAX);
  },
};
