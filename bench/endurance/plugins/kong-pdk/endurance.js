/**
 * The plugin of the endurance bench for kong-pdk: it marks the request and the answer with its config's mark; the client
 * asks for an exit by a header.
 */
class Endurance {
  constructor(config) {
    this.config = config;
  }

  async access(kong) {
    const { mark, wait_ms } = this.config;
    if (wait_ms > 0) await new Promise((done) => setTimeout(done, wait_ms));
    await kong.response.setHeader("x-mark", mark);
    if (await kong.request.getHeader("x-exit")) {
      await kong.response.exit(403, "no");
      return;
    }
    await kong.service.request.setHeader("x-mark", mark);
  }

  async log(kong) {
    await kong.response.getStatus();
  }
}

module.exports = {
  Plugin: Endurance,
  Schema: [{ mark: { type: "string" } }, { wait_ms: { type: "integer" } }],
  Version: "1.0.0",
  Priority: 10,
};
