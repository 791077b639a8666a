/** The plugin of the bench with the SDK for TypeScript: one read and three writes in access, as in every other language here. */
import { definePlugin, number, serve } from "dragoman/plugin-sdk";

await serve(
  definePlugin({
    name: "bench-sidecar",
    version: "1.0.0",
    priority: 10,
    config: { a: number() },

    access(kong) {
      const client = kong.request.getHeader("x-client-id");
      kong.service.request.setHeader("x-user", client ?? "");
      kong.service.request.setHeader("x-plan", "gold");
      kong.response.setHeader("x-served-by", "sidecar");
    },
  }),
);
