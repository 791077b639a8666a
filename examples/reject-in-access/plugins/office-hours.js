// office-hours answers in place of the Service where a request comes too late: a plugin that rejects in access.
"use strict";

class OfficeHours {
  constructor(config) {
    this.config = config;
  }

  async access(kong) {
    // tests and curious people may say what time it is
    const said = this.config.header && (await kong.request.getHeader(this.config.header));
    const hour = said ? Number(said) : new Date().getHours();
    if (hour >= this.config.opens && hour < this.config.closes) return;
    await kong.response.exit(403, JSON.stringify({ message: `closed at ${hour} o'clock` }), {
      "Content-Type": "application/json",
      "X-Opens-At": String(this.config.opens),
    });
  }
}

module.exports = {
  Plugin: OfficeHours,
  Name: "office-hours",
  Version: "1.0.0",
  Priority: 1000,
  Schema: [
    { opens: { type: "integer", between: [0, 24], default: 9 } },
    { closes: { type: "integer", between: [0, 24], default: 17 } },
    { header: { type: "string" } },
  ],
};
