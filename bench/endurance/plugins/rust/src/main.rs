//! The plugins of the endurance bench with the SDK for Rust: one marks the request and the answer with its config's mark,
//! and the client asks it for an exit by a header; one sees each chunk of a body; one is of the headers.

use std::time::Duration;

use dragoman_plugin::{plugin, serve_all, Chunk, Instance, Kong, KongConfig, Registration, Result};
use serde::Deserialize;

#[derive(Deserialize, KongConfig)]
struct Config {
    #[kong(default = "none")]
    mark: String,
    #[kong(default = 0)]
    wait_ms: u64,
}

struct Endurance(Config);

#[plugin(name = "endurance", version = "1.0.0", priority = 10, config = Config)]
impl Endurance {
    fn new(config: Config, _: &Instance) -> Result<Self> {
        Ok(Self(config))
    }

    async fn access(&self, kong: &Kong) -> Result {
        if self.0.wait_ms > 0 {
            tokio::time::sleep(Duration::from_millis(self.0.wait_ms)).await;
        }
        kong.response().set_header("x-mark", &self.0.mark);
        if kong.request().get_header("x-exit").await?.is_some() {
            return kong.response().exit(403, "no", []);
        }
        kong.service().request().set_header("x-mark", &self.0.mark);
        Ok(())
    }

    async fn log(&self, kong: &Kong) -> Result {
        kong.response().get_status().await?;
        Ok(())
    }
}

#[derive(Deserialize, KongConfig)]
struct Nothing {}

struct Body;

#[plugin(name = "endurance-body", version = "1.0.0", priority = 10, config = Nothing)]
impl Body {
    fn new(_: Nothing, _: &Instance) -> Result<Self> {
        Ok(Self)
    }

    /// The same chunk would not be sent back.
    async fn body_filter(&self, _: &Kong, chunk: &mut Chunk) -> Result {
        chunk.data = chunk.data.to_vec().into();
        Ok(())
    }
}

struct Headers;

#[plugin(name = "endurance-headers", version = "1.0.0", priority = 10, config = Nothing)]
impl Headers {
    fn new(_: Nothing, _: &Instance) -> Result<Self> {
        Ok(Self)
    }

    async fn header_filter(&self, kong: &Kong) -> Result {
        kong.response().set_header("x-filtered", "yes");
        Ok(())
    }
}

struct Empty;

/// What is left is what a call costs.
#[plugin(name = "endurance-empty", version = "1.0.0", priority = 10, config = Nothing)]
impl Empty {
    fn new(_: Nothing, _: &Instance) -> Result<Self> {
        Ok(Self)
    }

    async fn access(&self, _: &Kong) -> Result {
        Ok(())
    }
}

fn main() -> std::process::ExitCode {
    serve_all(vec![
        Registration::of::<Endurance>(),
        Registration::of::<Body>(),
        Registration::of::<Headers>(),
        Registration::of::<Empty>(),
    ])
}
