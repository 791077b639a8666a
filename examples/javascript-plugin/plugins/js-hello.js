// js-hello is a plugin written with Kong's kong-pdk, as it would run behind Kong: nothing in it knows this gateway.
"use strict";

class JsHello {
  constructor(config) {
    this.config = config;
  }

  // before the request goes to the Service
  async access(kong) {
    // kong-pdk allows two calls at once; the gateway answers them in order
    const [host, ip] = await Promise.all([kong.request.getHeader("host"), kong.client.getIp()]);
    const message = this.config.message || "hello";
    await Promise.all([
      kong.response.setHeader("x-hello-from-javascript", `JavaScript says ${message} to ${host}`),
      kong.service.request.setHeader("x-client", ip),
    ]);
  }
}

module.exports = {
  Plugin: JsHello,
  Name: "js-hello",
  Version: "0.1.0",
  Priority: 0,
  Schema: [{ message: { type: "string" } }],
};
