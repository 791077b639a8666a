/**
 * daily-quota: so many requests a day for each client, told apart by a header.
 *
 * A plugin inside the gateway: a method for each phase, called as `(config, kong)`. It returns nothing, or a promise
 * where it has to wait. What it counts is in this process, so it holds for one worker (`nginx_worker_processes = 1`).
 */
import type { InProcessPlugin } from "../../../../core/plugins/in-process-plugin.ts";

/** What the schema below lets through. */
interface Config {
  readonly limit: number;
  readonly header: string;
}

/** Clients that are counted at a time; beyond that the ones that came first are forgotten. */
const CLIENTS_MAX = 10_000;
const DAY_MS = 86_400_000;

/** Requests of today by client. */
let counts = new Map<string, number>();
let day = 0;

function countOne(client: string): number {
  const today = Math.floor(Date.now() / DAY_MS);
  if (today !== day) {
    counts = new Map();
    day = today;
  }
  const count = (counts.get(client) ?? 0) + 1;
  counts.set(client, count);
  if (counts.size > CLIENTS_MAX) counts.delete(counts.keys().next().value ?? "");
  return count;
}

const plugin: InProcessPlugin<Config> = {
  /** Higher runs earlier; after those that authenticate (key-auth has 1250). */
  priority: 905,
  version: "1.0.0",
  /** The fields of the configuration, as Kong writes them: checked when a configuration is loaded. */
  schema: [
    { limit: { type: "integer", required: true, gt: 0 } },
    { header: { type: "string", default: "x-client" } },
  ],

  /** Before the Service is asked. `exit` answers in its place and ends this method. */
  access(config, kong) {
    const client = kong.request.getHeader(config.header) ?? kong.client.getForwardedIp();
    const left = config.limit - countOne(client);
    kong.ctx.plugin.left = Math.max(0, left);
    if (left < 0) kong.response.exit(429, { message: "that was enough for today" });
    kong.service.request.setHeader("X-Quota-Left", left);
  },

  /** Before the headers go to the client, those of our own answer included. */
  header_filter(_config, kong) {
    kong.response.setHeader("X-Quota-Left", Number(kong.ctx.plugin.left ?? 0));
  },

  /** After the answer has gone: this goes into the entry that http-log and its like send. */
  log(_config, kong) {
    kong.log.setSerializeValue("quota_left", kong.ctx.plugin.left);
  },
};

export default plugin;
