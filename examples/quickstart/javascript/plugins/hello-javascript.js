// hello-javascript is a plugin written with Kong's kong-pdk for JavaScript. It greets whoever the request names.
"use strict";

class HelloJavascript {
  constructor(config) {
    this.config = config;
  }

  // before the request goes to the Service
  async access(kong) {
    const name = (await kong.request.getHeader("x-name")) || "stranger";
    const text = `${this.config.greeting}, ${name}, says JavaScript in process ${process.pid}`;
    await kong.service.request.setHeader("x-from-javascript", text);
  }
}

module.exports = {
  Plugin: HelloJavascript,
  Name: "hello-javascript",
  Version: "1.0.0",
  Priority: 10,
  Schema: [{ greeting: { type: "string", default: "Hello" } }],
};
