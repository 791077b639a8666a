//! Lets requests with a known token pass, tells the Service who they are from, and counts the words of its answers.
//!
//! Tokens do not change while a configuration is in force, so the gateway is told that it may use an answer again for a
//! minute: a token that was seen costs no call.

use std::collections::HashMap;

use dragoman_plugin::{plugin, serve, CachePart, Chunk, Condition, Instance, Kong, KongConfig, Phase, Result};
use serde::Deserialize;
use serde_json::json;

/// How long a verdict may be used again, in milliseconds.
const VERDICT_MS: u32 = 60_000;

#[derive(Deserialize, KongConfig)]
struct Config {
    /// Names by token.
    #[kong(required)]
    tokens: HashMap<String, String>,
    #[kong(default = "/public", description = "paths that begin so need no token")]
    open: String,
}

struct Gatekeeper(Config);

#[plugin(name = "rust-gatekeeper", priority = 1000, config = Config)]
impl Gatekeeper {
    fn new(config: Config, _: &Instance) -> Result<Self> {
        if config.tokens.is_empty() {
            return Err("rust-gatekeeper needs at least one token".into());
        }
        Ok(Self(config))
    }

    fn conditions(&self) -> Vec<(Phase, Condition)> {
        vec![(Phase::Access, Condition::not(Condition::path_prefix([self.0.open.as_str()])))]
    }

    fn cache_key(&self) -> Vec<CachePart> {
        vec![CachePart::header("x-token")]
    }

    async fn access(&self, kong: &Kong) -> Result {
        kong.cache(VERDICT_MS);
        let token = kong.request().get_header("x-token").await?.unwrap_or_default();
        let Some(name) = self.0.tokens.get(&token) else {
            return kong.response().exit(401, json!({"message": "no such token"}), []);
        };
        kong.service().request().clear_header("x-token");
        kong.service().request().set_header("x-name", name);
        Ok(())
    }

    async fn header_filter(&self, kong: &Kong) -> Result {
        kong.response().set_header("x-gatekeeper", "rust");
        Ok(())
    }

    async fn body_filter(&self, kong: &Kong, chunk: &mut Chunk) -> Result {
        let before = kong.ctx().get::<usize>("words").map_or(0, |words| *words);
        let words = chunk.data.split(|byte| byte.is_ascii_whitespace()).filter(|word| !word.is_empty());
        kong.ctx().set("words", before + words.count());
        Ok(())
    }

    async fn log(&self, kong: &Kong) -> Result {
        let words = kong.ctx().get::<usize>("words").map_or(0, |words| *words);
        kong.log().notice(format!("{words} words"));
        Ok(())
    }
}

fn main() -> std::process::ExitCode {
    serve::<Gatekeeper>()
}

#[cfg(test)]
mod tests {
    use dragoman_plugin::testing::{Harness, TestRequest};

    use super::*;

    fn harness() -> Harness {
        Harness::new::<Gatekeeper>(json!({"tokens": {"t-1": "ann"}})).unwrap()
    }

    #[test]
    fn lets_a_known_token_pass() {
        let outcome = harness().send(TestRequest::get("/").header("x-token", "t-1")).unwrap();
        assert_eq!(outcome.header("x-gatekeeper"), Some("rust"));
        let upstream = outcome.upstream.unwrap();
        assert_eq!((upstream.header("x-name"), upstream.header("x-token")), (Some("ann"), None));
        assert_eq!(outcome.log, [("notice".to_owned(), "1 words".to_owned())]);
    }

    #[test]
    fn refuses_others() {
        let outcome = harness().send(TestRequest::get("/")).unwrap();
        assert_eq!((outcome.status, outcome.upstream.is_none()), (401, true));
    }

    #[test]
    fn needs_tokens() {
        assert!(Harness::new::<Gatekeeper>(json!({"tokens": {}})).is_err());
    }
}
