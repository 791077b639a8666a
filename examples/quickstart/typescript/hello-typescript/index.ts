/** hello-typescript runs inside the gateway: a method call away, in the process that serves the request. */
import type { InProcessPlugin } from "../../../../core/plugins/in-process-plugin.ts";

interface Config {
  readonly greeting: string;
}

const plugin: InProcessPlugin<Config> = {
  priority: 40,
  version: "1.0.0",
  schema: [{ greeting: { type: "string", default: "Hello" } }],

  access(config, kong) {
    const name = kong.request.getHeader("x-name") ?? "stranger";
    const text = `${config.greeting}, ${name}, says TypeScript in process ${process.pid}`;
    kong.service.request.setHeader("x-from-typescript", text);
  },

  header_filter(_config, kong) {
    kong.response.setHeader("x-served-by", "four languages");
  },
};

export default plugin;
