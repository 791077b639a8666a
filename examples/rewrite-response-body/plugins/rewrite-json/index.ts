/**
 * rewrite-json changes the body that the Service answers with, on its way to the client.
 *
 * A body comes in chunks. `getRawBody` in body_filter gathers them and gives the whole text with the last chunk, so
 * only then is anything sent on: a plugin that can work chunk by chunk should leave it alone.
 */
import type { InProcessPlugin } from "../../../../core/plugins/in-process-plugin.ts";

interface Config {
  readonly remove: readonly string[];
  readonly add: Readonly<Record<string, string>>;
}

const plugin: InProcessPlugin<Config> = {
  priority: 800,
  version: "1.0.0",
  schema: [
    { remove: { type: "array", default: [], elements: { type: "string" } } },
    { add: { type: "map", default: {}, keys: { type: "string" }, values: { type: "string" } } },
  ],

  header_filter(_config, kong) {
    // the length will be another one; without it the gateway sends the body in chunks
    kong.response.clearHeader("Content-Length");
  },

  body_filter(config, kong) {
    const whole = kong.response.getRawBody();
    if (whole === null) return; // not the last chunk yet
    let body: unknown;
    try {
      body = JSON.parse(whole.toString());
    } catch {
      return; // not JSON: goes on as it is
    }
    if (typeof body !== "object" || body === null || Array.isArray(body)) return;
    const rewritten: Record<string, unknown> = { ...body, ...config.add };
    for (const name of config.remove) delete rewritten[name];
    kong.response.setRawBody(JSON.stringify(rewritten));
  },
};

export default plugin;
