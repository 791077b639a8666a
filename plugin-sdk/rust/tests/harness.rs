//! The harness, with a plugin that takes part in every phase of a request.

use bytes::Bytes;
use dragoman_plugin::testing::{Harness, TestRequest, TestResponse};
use dragoman_plugin::{plugin, Chunk, Instance, Kong, KongConfig, Result};
use serde::Deserialize;
use serde_json::json;

#[derive(Deserialize, KongConfig)]
struct Limits {
    #[kong(default = 3)]
    words: u32,
}

#[derive(Deserialize, KongConfig)]
struct Config {
    #[kong(default = "x-user")]
    header: String,
    limits: Limits,
}

struct Everything(Config);

#[plugin(name = "everything", version = "0.1.0", config = Config)]
impl Everything {
    fn new(config: Config, _: &Instance) -> Result<Self> {
        Ok(Self(config))
    }

    async fn rewrite(&self, kong: &Kong) -> Result {
        kong.ctx().shared_set("from", json!("rewrite"));
        kong.ctx().set("began", kong.request().get_start_time().await?);
        Ok(())
    }

    async fn access(&self, kong: &Kong) -> Result {
        let Some(user) = kong.request().get_header(&self.0.header).await? else {
            return kong.response().exit(401, json!({"message": "no"}), [("x-why", "header")]);
        };
        let to = kong.service().request();
        to.set_header("x-words", format!("{}", self.0.limits.words));
        to.clear_header(&self.0.header);
        assert_eq!(kong.request().get_header(&self.0.header).await?, None);
        assert_eq!(kong.request().get_query_arg("page").await?.as_deref(), Some("2"));
        assert_eq!(kong.ctx().shared_get("from").await?, Some(json!("rewrite")));
        to.set_path("/other");
        kong.service().set_target("10.0.0.1", 8080);
        if kong.request().get_raw_body().await?.starts_with(b"secret") {
            let secret = kong.vault().get("{vault://env/secret}").await?;
            to.set_header("x-secret", secret.unwrap_or_default());
        }
        kong.log().info(format!("{user} came"));
        Ok(())
    }

    async fn header_filter(&self, kong: &Kong) -> Result {
        if kong.response().get_source().await? == "service" {
            kong.response().set_header("x-status", kong.response().get_status().await?.to_string());
        }
        Ok(())
    }

    async fn body_filter(&self, _: &Kong, chunk: &mut Chunk) -> Result {
        let mut data = chunk.data.to_ascii_uppercase();
        if chunk.is_last {
            data.push(b'!');
        }
        chunk.data = data.into();
        Ok(())
    }

    async fn log(&self, kong: &Kong) -> Result {
        let began = kong.ctx().get::<f64>("began");
        kong.log().notice(format!("over, {}", began.is_some()));
        Ok(())
    }
}

fn harness() -> Harness {
    Harness::new::<Everything>(json!({"limits": {"words": 5}})).unwrap()
}

#[test]
fn shows_what_client_upstream_and_log_get() {
    let mut harness = harness();
    harness.service_answers(TestResponse {
        status: 201,
        headers: vec![],
        chunks: vec![Bytes::from_static(b"he"), Bytes::from_static(b"llo")],
    });
    let request = TestRequest::get("/a?page=2").header("X-User", "ann");
    let outcome = harness.send(request).unwrap();
    assert_eq!((outcome.status, &outcome.body[..]), (201, &b"HELLO!"[..]));
    assert_eq!(outcome.header("x-status"), Some("201"));
    let upstream = outcome.upstream.as_ref().unwrap();
    assert_eq!(upstream.target, "/other?page=2");
    assert_eq!(upstream.header("x-words"), Some("5"));
    assert_eq!(upstream.header("x-user"), None);
    let lines: Vec<_> = outcome.log.iter().map(|(level, text)| format!("{level} {text}")).collect();
    assert_eq!(lines, ["info ann came", "notice over, true"]);
    assert!(outcome.calls.contains(&"kong.service.set_target".to_owned()));
}

#[test]
fn shows_an_exit() {
    let outcome = harness().send(TestRequest::get("/")).unwrap();
    assert_eq!((outcome.status, &outcome.body[..]), (401, &br#"{"MESSAGE":"NO"}!"#[..]));
    assert!(outcome.upstream.is_none());
    assert_eq!(outcome.header("X-Why"), Some("header"));
    assert_eq!(outcome.header("x-status"), None);
}

#[test]
fn names_a_function_that_nobody_answers_and_takes_an_answer() {
    let mut harness = harness();
    let request = TestRequest::post("/?page=2", "secret").header("x-user", "ann");
    let failed = harness.send(request.clone()).unwrap_err();
    assert!(failed.contains("kong.vault.get"), "{failed}");
    harness.on("kong.vault.get", |args| {
        assert_eq!(args.len(), 1);
        "s3cret".into()
    });
    let outcome = harness.send(request).unwrap();
    assert_eq!(outcome.upstream.unwrap().header("x-secret"), Some("s3cret"));
}

#[test]
fn refuses_a_configuration_of_the_wrong_kind() {
    let refused = Harness::new::<Everything>(json!({"limits": 3})).err().unwrap();
    assert!(refused.contains("everything"), "{refused}");
}

#[derive(Deserialize, KongConfig)]
struct NoFields {}

struct Bare;

#[plugin(name = "bare", version = "0.1.0", config = NoFields)]
impl Bare {
    fn new(_: NoFields, _: &Instance) -> Result<Self> {
        Ok(Self)
    }

    async fn access(&self, kong: &Kong) -> Result {
        kong.response().exit(204, "", [])
    }
}

#[test]
fn takes_a_configuration_without_fields() {
    let mut harness = Harness::new::<Bare>(json!({})).unwrap();
    assert_eq!(harness.send(TestRequest::get("/")).unwrap().status, 204);
}
