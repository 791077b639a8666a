/** my-plugin greets whoever a request names, and tells the Service who that is. */
import { definePlugin, serve, string } from "dragoman/plugin-sdk";

export const myPlugin = definePlugin({
  name: "my-plugin",
  version: "0.1.0",
  priority: 10,
  // what a plugin config may set
  config: {
    greeting: string({ default: "hello", len_min: 1, description: "what comes before the name" }),
  },

  /** Before a request goes to the Service. */
  access(kong, config) {
    const name = String(kong.request.getQueryArg("name") ?? "stranger");
    kong.service.request.setHeader("x-greeted", name);
    kong.response.setHeader("x-greeting", `${config.greeting} ${name}`);
  },

  /** When the client has its answer. */
  log(kong) {
    kong.log.debug("answered with ", kong.response.getStatus());
  },
});

if (import.meta.filename === process.argv[1]) await serve(myPlugin);
