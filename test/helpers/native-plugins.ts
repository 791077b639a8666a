/** A plugin server for tests of the gateway: small plugins in each phase, on the TypeScript SDK. */
import { definePlugin, integer, serve, string } from "../../plugin-sdk/typescript/index.ts";

const base = { version: "1.0.0", priority: 10 } as const;

const headers = definePlugin({
  ...base,
  name: "t-headers",
  config: { greeting: string({ default: "hello" }) },
  access(kong, config) {
    const id = kong.request.getHeader("x-client-id");
    kong.service.request.setHeader("x-user", id ?? "nobody");
    kong.service.request.setHeader("x-plan", "gold");
    kong.response.setHeader("x-greeting", config.greeting);
    kong.ctx.plugin.seen = id;
  },
  header_filter(kong) {
    kong.response.setHeader("x-filter", String(kong.ctx.plugin.seen ?? "none"));
  },
  log(kong) {
    kong.log.notice(`logged ${kong.response.getStatus()} ${kong.ctx.plugin.seen}`);
  },
});

const upper = definePlugin({
  ...base,
  name: "t-upper",
  config: {},
  header_filter(kong) {
    kong.response.clearHeader("content-length");
  },
  body_filter(kong) {
    kong.response.setChunk(kong.response.getChunk()?.toString("latin1").toUpperCase() ?? "");
  },
});

const gate = definePlugin({
  ...base,
  name: "t-gate",
  config: { status: integer({ default: 403 }) },
  access(kong, config) {
    if (kong.request.getHeader("x-let") !== "in") kong.response.exit(config.status, "no");
  },
});

await serve([headers, upper, gate]);
