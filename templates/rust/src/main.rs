//! my-plugin greets whoever a request names, and tells the Service who that is.

use dragoman_plugin::{plugin, serve, Instance, Kong, KongConfig, Result};
use serde::Deserialize;

/// What a plugin config may set; its schema is made from it.
#[derive(Deserialize, KongConfig)]
struct Config {
    #[kong(default = "hello", len_min = 1, description = "what comes before the name")]
    greeting: String,
}

struct MyPlugin(Config);

#[plugin(name = "my-plugin", version = "0.1.0", priority = 10, config = Config)]
impl MyPlugin {
    fn new(config: Config, _: &Instance) -> Result<Self> {
        Ok(Self(config))
    }

    /// Before a request goes to the Service.
    async fn access(&self, kong: &Kong) -> Result {
        let name = kong.request().get_query_arg("name").await?.unwrap_or_else(|| "stranger".to_owned());
        kong.service().request().set_header("x-greeted", &name);
        kong.response().set_header("x-greeting", format!("{} {name}", self.0.greeting));
        Ok(())
    }

    /// When the client has its answer.
    async fn log(&self, kong: &Kong) -> Result {
        let status = kong.response().get_status().await?;
        kong.log().debug(format!("answered with {status}"));
        Ok(())
    }
}

fn main() -> std::process::ExitCode {
    serve::<MyPlugin>()
}

#[cfg(test)]
mod tests {
    use dragoman_plugin::testing::{Harness, TestRequest};
    use serde_json::json;

    use super::*;

    #[test]
    fn somebody_is_greeted() {
        let mut harness = Harness::new::<MyPlugin>(json!({"greeting": "good morning"})).unwrap();
        let outcome = harness.send(TestRequest::get("/?name=ann")).unwrap();
        assert_eq!(outcome.header("x-greeting"), Some("good morning ann"));
        assert_eq!(outcome.upstream.unwrap().header("x-greeted"), Some("ann"));
    }

    #[test]
    fn nobody_is_a_stranger() {
        let mut harness = Harness::new::<MyPlugin>(json!({})).unwrap();
        let outcome = harness.send(TestRequest::get("/")).unwrap();
        assert_eq!(outcome.header("x-greeting"), Some("hello stranger"));
    }
}
