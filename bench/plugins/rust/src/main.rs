//! The plugin of the bench with the SDK for Rust: one read and three writes in access, as in every other language here.

use dragoman_plugin::{plugin, serve, Instance, Kong, KongConfig, Result};
use serde::Deserialize;

#[derive(Deserialize, KongConfig)]
struct Config {
    #[allow(dead_code)] // every language has a field, so that all take the same configuration
    #[kong(default = 0.0)]
    a: f64,
}

struct BenchSidecar;

#[plugin(name = "bench-sidecar", version = "1.0.0", priority = 10, config = Config)]
impl BenchSidecar {
    fn new(_: Config, _: &Instance) -> Result<Self> {
        Ok(Self)
    }

    async fn access(&self, kong: &Kong) -> Result {
        let client = kong.request().get_header("x-client-id").await?.unwrap_or_default();
        kong.service().request().set_header("x-user", &client);
        kong.service().request().set_header("x-plan", "gold");
        kong.response().set_header("x-served-by", "sidecar");
        Ok(())
    }
}

fn main() -> std::process::ExitCode {
    serve::<BenchSidecar>()
}
