/** A plugin of kong-pdk that does nothing: what is left is what a call costs. */
class Empty {
  async access() {}
}

module.exports = { Plugin: Empty, Schema: [], Version: "1.0.0", Priority: 10 };
