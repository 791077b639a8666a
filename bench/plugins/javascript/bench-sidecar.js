/**
 * The plugin of the bench for kong-pdk, with Kong's server for JavaScript and with ours: one read and three writes in access.
 */
class BenchSidecar {
  constructor(config) {
    this.config = config;
  }

  async access(kong) {
    const client = await kong.request.getHeader("x-client-id");
    await kong.service.request.setHeader("x-user", client);
    await kong.service.request.setHeader("x-plan", "gold");
    await kong.response.setHeader("x-served-by", "sidecar");
  }
}

module.exports = { Plugin: BenchSidecar, Schema: [{ a: { type: "number" } }], Version: "1.0.0", Priority: 10 };
