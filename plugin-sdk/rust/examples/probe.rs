//! A plugin for the tests of the server: what it does is in its configuration.

use std::rc::Rc;

use bytes::Bytes;
use dragoman_plugin::{
    plugin, serve, CachePart, Chunk, Condition, Instance, Kong, KongConfig, Phase, Result,
};
use serde::Deserialize;

/// What access does.
#[derive(Deserialize, KongConfig)]
struct Config {
    #[kong(default = "none", one_of = ["none", "headers", "exit", "ask", "both", "fail", "panic", "hang", "keep", "read"])]
    act: String,
    #[kong(between = [1, 10])]
    times: Option<u32>,
    tags: Option<Vec<String>>,
}

struct Probe(Config);

#[plugin(name = "probe", version = "1.2.3", priority = -7, config = Config, body)]
impl Probe {
    fn new(config: Config, instance: &Instance) -> Result<Self> {
        if config.times == Some(7) {
            return Err("seven is no number of times".into());
        }
        assert!(instance.raw.is_object());
        Ok(Self(config))
    }

    fn conditions(&self) -> Vec<(Phase, Condition)> {
        match self.0.tags.is_some() {
            true => vec![(Phase::Access, Condition::method_in(["GET"]))],
            false => vec![],
        }
    }

    fn cache_key(&self) -> Vec<CachePart> {
        match self.0.tags.is_some() {
            true => vec![CachePart::header("authorization")],
            false => vec![],
        }
    }

    async fn configure(kong: &Kong, configs: &[Rc<Self>]) -> Result {
        kong.log().notice(format!("{} configs", configs.len()));
        Ok(())
    }

    async fn access(&self, kong: &Kong) -> Result {
        match self.0.act.as_str() {
            "headers" => {
                let client = kong.request().get_header("X-Client-Id").await?.unwrap_or_default();
                kong.service().request().set_header("x-user", client);
                kong.service().request().set_header("x-plan", "gold");
                kong.response().set_header("x-served-by", "sidecar");
            }
            "exit" => return kong.response().exit(403, "no", [("x-why", "because")]),
            "ask" => {
                kong.service().request().set_header("x-before", "1");
                let found = kong.client().load_consumer("alice", true).await?;
                kong.log().warn(format!("found {}", found.is_some()));
            }
            "both" => {
                let client = kong.client();
                let (alice, bob) =
                    tokio::join!(client.load_consumer("alice", true), client.load_consumer("bob", true),);
                kong.response().set_header("x-found", format!("{} {}", alice?.is_some(), bob?.is_some()));
            }
            "read" => {
                kong.request().get_header("X-User").await?;
                kong.request().get_query_arg("page").await?;
                kong.client().get_ip().await?;
                kong.ctx().shared_get("k").await?;
                kong.node().get_id();
            }
            "fail" => return Err("it went wrong".into()),
            "panic" => panic!("out of order"),
            "hang" => std::future::pending().await,
            "keep" => kong.ctx().set("seen", 1_u32),
            _ => (),
        }
        Ok(())
    }

    async fn header_filter(&self, kong: &Kong) -> Result {
        let seen = kong.ctx().get::<u32>("seen");
        kong.response().set_header("x-seen", seen.map_or("no".to_owned(), |n| n.to_string()));
        Ok(())
    }

    async fn body_filter(&self, kong: &Kong, chunk: &mut Chunk) -> Result {
        if self.0.act == "read" {
            kong.response().get_status().await?;
        }
        if self.0.act == "headers" {
            chunk.data = Bytes::from(chunk.data.to_ascii_uppercase());
        }
        Ok(())
    }
}

fn main() -> std::process::ExitCode {
    serve::<Probe>()
}
