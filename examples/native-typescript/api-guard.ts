/**
 * A plugin for this gateway alone, over its native protocol: lets requests with a known key pass, tells the Service who
 * asks, and counts what each client does. One call from the gateway a phase, whatever the plugin reads and writes.
 */
import { definePlugin, integer, map, pathPrefix, not, serve, string } from "dragoman/plugin-sdk";

export const apiGuard = definePlugin({
  name: "api-guard",
  version: "1.0.0",
  priority: 1000,
  config: {
    header: string({ default: "apikey" }),
    clients: map(string(), string(), { required: true }),
    requests_a_client: integer({ default: 1000, gt: 0 }),
  },

  // opens what the handlers of this plugin config share
  start: () => ({ seen: new Map<string, number>() }),

  // evaluated in the gateway: a request for /health costs this process nothing
  when: () => ({ access: not(pathPrefix("/health")) }),

  access(kong, config, { seen }) {
    const client = config.clients[kong.request.getHeader(config.header) ?? ""];
    if (client === undefined) return kong.response.exit(401, { message: "who are you?" });
    const count = (seen.get(client) ?? 0) + 1;
    seen.set(client, count);
    if (count > config.requests_a_client) return kong.response.error(429, "enough for today");
    kong.service.request.clearHeader(config.header);
    kong.service.request.setHeader("x-client", client);
    kong.ctx.plugin.client = client;
  },

  header_filter(kong) {
    const { client } = kong.ctx.plugin;
    if (client !== undefined) kong.response.setHeader("x-served-for", String(client));
  },

  log(kong) {
    kong.log.info(
      "answered ",
      kong.ctx.plugin.client ?? "nobody",
      " with ",
      kong.response.getStatus(),
    );
  },
});

if (import.meta.filename === process.argv[1]) await serve(apiGuard);
