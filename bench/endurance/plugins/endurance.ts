/**
 * The plugin of the endurance bench with the SDK for TypeScript. It marks the request and the answer with its config's
 * `mark`, so that whoever looks at them knows which config has run; the client asks for an exit or a hang by a header.
 */
import { definePlugin, integer, serve, string } from "dragoman/plugin-sdk";

const base = { version: "1.0.0", priority: 10 } as const;

const endurance = definePlugin({
  ...base,
  name: "endurance",
  config: { mark: string({ default: "none" }), wait_ms: integer({ default: 0 }) },

  async access(kong, { mark, wait_ms }) {
    if (kong.request.getHeader("x-hang") !== undefined) await new Promise<never>(() => {});
    if (wait_ms > 0) await new Promise((done) => setTimeout(done, wait_ms));
    kong.response.setHeader("x-mark", mark);
    if (kong.request.getHeader("x-exit") !== undefined) kong.response.exit(403, "no");
    kong.service.request.setHeader("x-mark", mark);
  },

  log(kong) {
    kong.ctx.plugin.status = kong.response.getStatus();
  },
});

/** Sees each chunk of a body, and gives it back as one of its own. */
const body = definePlugin({
  ...base,
  name: "endurance-body",
  config: {},

  body_filter(kong) {
    const chunk = kong.response.getChunk();
    if (chunk !== undefined) kong.response.setChunk(Buffer.from(chunk)); // the same one would not be sent back
  },
});

const headers = definePlugin({
  ...base,
  name: "endurance-headers",
  config: {},

  header_filter(kong) {
    kong.response.setHeader("x-filtered", "yes");
  },
});

/** Does nothing: what is left is what a call costs. */
const empty = definePlugin({ ...base, name: "endurance-empty", config: {}, access() {} });

await serve([endurance, body, headers, empty]);
