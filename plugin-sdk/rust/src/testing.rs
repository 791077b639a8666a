//! A gateway in memory, for tests of plugins: send a request, and see what the client, the upstream and the log would get.
//!
//! ```
//! # use dragoman_plugin::{plugin, Kong, Result};
//! # #[derive(Default)]
//! # struct Guard;
//! # #[plugin(name = "guard", version = "1.0.0")]
//! # impl Guard {
//! #     async fn access(&self, kong: &Kong) -> Result {
//! #         if kong.request().get_header("authorization").await?.is_none() {
//! #             return kong.response().exit(401, "no", [("www-authenticate", "Basic")]);
//! #         }
//! #         Ok(())
//! #     }
//! # }
//! use dragoman_plugin::testing::{Harness, TestRequest};
//!
//! let mut harness = Harness::new::<Guard>(serde_json::json!({})).unwrap();
//! let outcome = harness.send(TestRequest::get("/")).unwrap();
//! assert_eq!(outcome.status, 401);
//! assert!(outcome.upstream.is_none());
//! ```

mod model;

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use bytes::Bytes;
use serde_json::Value as Json;

use crate::kong::{Entities, EventState, Gateway, Link, Reply, ReplyFuture};
use crate::plugin::{AnyInstance, Chunk, Phase, Plugin, Registration};
use crate::runner::{run_chunk, run_event, Step};
use crate::wire::{Call, CallResult, Event, LogLine, Value, Write, BODY_HERE, BODY_NONE};
use model::Model;

/// A request of a client.
#[derive(Clone, Debug)]
pub struct TestRequest {
    pub method: String,
    /// Path and query.
    pub target: String,
    pub headers: Vec<(String, String)>,
    pub body: Bytes,
    pub client_ip: String,
}

impl TestRequest {
    /// A request without a body.
    pub fn new(method: &str, target: &str) -> Self {
        Self {
            method: method.to_owned(),
            target: target.to_owned(),
            headers: vec![("host".to_owned(), "test.example".to_owned())],
            body: Bytes::new(),
            client_ip: "127.0.0.1".to_owned(),
        }
    }

    /// GET.
    pub fn get(target: &str) -> Self {
        Self::new("GET", target)
    }

    /// POST with a body.
    pub fn post(target: &str, body: impl Into<Bytes>) -> Self {
        let mut request = Self::new("POST", target);
        request.body = body.into();
        request
    }

    /// With one header more.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }
}

/// What the Service answers.
#[derive(Clone, Debug)]
pub struct TestResponse {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    /// The body in the pieces in which it comes.
    pub chunks: Vec<Bytes>,
}

impl Default for TestResponse {
    fn default() -> Self {
        Self {
            status: 200,
            headers: vec![("content-type".to_owned(), "text/plain".to_owned())],
            chunks: vec![Bytes::from_static(b"ok")],
        }
    }
}

/// What the upstream got.
#[derive(Clone, Debug, Default)]
pub struct Upstream {
    pub method: String,
    /// Path and query.
    pub target: String,
    pub headers: Vec<(String, String)>,
    pub body: Bytes,
}

/// What came of a request.
#[derive(Clone, Debug, Default)]
pub struct Outcome {
    /// Status that the client gets.
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Bytes,
    /// What the upstream got; `None` where a plugin answered.
    pub upstream: Option<Upstream>,
    /// Level and text of each line that the plugin logged.
    pub log: Vec<(String, String)>,
    /// Functions that were called, with what the gateway needs no answer to: "kong.service.set_target".
    pub calls: Vec<String>,
}

impl Outcome {
    /// First value of a header of the response, by its name without case.
    pub fn header(&self, name: &str) -> Option<&str> {
        find(&self.headers, name)
    }
}

impl Upstream {
    /// First value of a header of the request that went to the upstream.
    pub fn header(&self, name: &str) -> Option<&str> {
        find(&self.headers, name)
    }
}

fn find<'a>(headers: &'a [(String, String)], name: &str) -> Option<&'a str> {
    let found = headers.iter().find(|(one, _)| one.eq_ignore_ascii_case(name));
    found.map(|(_, value)| value.as_str())
}

type Answer = Box<dyn Fn(&[Value]) -> Value>;

/// A plugin config in a gateway that is not there.
pub struct Harness {
    registration: Registration,
    instance: Rc<dyn AnyInstance>,
    service: TestResponse,
    answers: Rc<RefCell<HashMap<String, Answer>>>,
    /// The Route and Service that match, the consumer and the credential; null = there is none.
    pub route: Json,
    pub service_entity: Json,
    pub consumer: Json,
    pub credential: Json,
    requests: u32,
}

/// The gateway's end of a call.
struct TestLink {
    answers: Rc<RefCell<HashMap<String, Answer>>>,
    written: RefCell<Vec<Write>>,
    refused: RefCell<Option<String>>,
    log: RefCell<Vec<(String, String)>>,
}

impl Link for TestLink {
    fn call(&self, _: u32, call: Call) -> ReplyFuture {
        self.written.borrow_mut().extend(call.writes);
        let answers = self.answers.borrow();
        let reply = match answers.get(&call.method) {
            Some(answer) => {
                Reply::Result(CallResult { value: Some(answer(&call.args)), error: String::new() })
            }
            None => {
                let why =
                    format!("nothing answers {} here: say harness.on({:?}, ...)", call.method, call.method);
                *self.refused.borrow_mut() = Some(why.clone());
                Reply::Cancelled(why)
            }
        };
        Box::pin(std::future::ready(reply))
    }

    fn log(&self, _: u32, line: LogLine) {
        self.log.borrow_mut().push((line.level, line.message));
    }
}

impl Harness {
    /// The plugin with a configuration, as JSON without what has a default: defaults of the schema are filled in.
    pub fn new<P: Plugin>(config: Json) -> Result<Self, String> {
        let registration = Registration::of::<P>();
        let mut config = config;
        model::fill_defaults(&mut config, &(registration.fields)());
        let text = config.to_string();
        let made = (registration.new_instance)(text.as_bytes());
        Ok(Self {
            instance: made.map_err(|cause| cause.to_string())?,
            registration,
            service: TestResponse::default(),
            answers: Rc::default(),
            route: serde_json::json!({"id": "route", "name": "test"}),
            service_entity: serde_json::json!({"id": "service", "name": "test"}),
            consumer: Json::Null,
            credential: Json::Null,
            requests: 0,
        })
    }

    /// What the Service answers from now on.
    pub fn service_answers(&mut self, response: TestResponse) {
        self.service = response;
    }

    /// Answer a PDK function that the plugin asks the gateway for.
    pub fn on(&mut self, method: &str, answer: impl Fn(&[Value]) -> Value + 'static) {
        self.answers.borrow_mut().insert(method.to_owned(), Box::new(answer));
    }

    /// Send a request through all phases that the plugin takes part in.
    ///
    /// # Errors
    /// The text of what the plugin failed with, or the name of the function that nobody answered.
    pub fn send(&mut self, request: TestRequest) -> Result<Outcome, String> {
        self.requests += 1;
        let link = Rc::new(TestLink {
            answers: Rc::clone(&self.answers),
            written: RefCell::default(),
            refused: RefCell::default(),
            log: RefCell::default(),
        });
        let context = crate::kong::Context::default();
        let step = Step { instance: Rc::clone(&self.instance), context };
        let mut model = Model::new(request);
        for phase in [Phase::Rewrite, Phase::Access] {
            if model.answer.is_none() {
                self.run(phase, &mut model, &link, &step)?;
            }
        }
        if model.answer.is_none() {
            model.reach_upstream(&self.service);
            self.run(Phase::Response, &mut model, &link, &step)?;
        }
        model.begin_response();
        self.run(Phase::HeaderFilter, &mut model, &link, &step)?;
        self.filter_body(&mut model, &link, &step)?;
        self.run(Phase::Log, &mut model, &link, &step)?;
        Ok(model.outcome(link.log.take()))
    }

    fn event(&self, phase: Phase, model: &Model) -> Event {
        let has_response =
            matches!(phase, Phase::Response | Phase::HeaderFilter | Phase::BodyFilter | Phase::Log);
        Event {
            phase: phase as u32,
            instances: vec![1],
            request: self.requests,
            id: format!("{:032x}", self.requests),
            method: model.request.method.clone(),
            target: model.request.target.clone().into(),
            http_version: 11,
            scheme: "http".to_owned(),
            host: "test.example".into(),
            port: 8000,
            headers: model::block(&model.request.headers),
            client_ip: model.request.client_ip.clone(),
            client_port: 40_000,
            forwarded_ip: model.request.client_ip.clone(),
            forwarded_port: 40_000,
            route: u32::from(!self.route.is_null()),
            service: u32::from(!self.service_entity.is_null()),
            consumer: u32::from(!self.consumer.is_null()),
            credential: u32::from(!self.credential.is_null()),
            start_ms: 1_700_000_000_000,
            body_state: if model.request.body.is_empty() { BODY_NONE } else { BODY_HERE },
            body: model.request.body.clone(),
            shared: model.shared(),
            status: if has_response { model.status.into() } else { 0 },
            response_headers: model::block(&model.headers),
            source: if model.upstream.is_some() { 1 } else { 2 },
            service_status: if model.upstream.is_some() { self.service.status.into() } else { 0 },
            response_body_state: BODY_HERE,
            response_body: model.body.clone(),
            ..Event::default()
        }
    }

    fn state(&self, phase: Phase, model: &Model, link: &Rc<TestLink>) -> Rc<EventState> {
        let json = |value: &Json| {
            if value.is_null() {
                Bytes::new()
            } else {
                value.to_string().into()
            }
        };
        let entities = Entities {
            route: json(&self.route),
            service: json(&self.service_entity),
            consumer: json(&self.consumer),
            credential: json(&self.credential),
        };
        let gateway = Rc::new(Gateway {
            node_id: "test-node".to_owned(),
            hostname: "test".to_owned(),
            version: "3.9.1".to_owned(),
            version_num: 3_009_001,
            wants_reads: false,
        });
        let link: Rc<dyn Link> = Rc::clone(link) as Rc<dyn Link>;
        Rc::new(EventState::new(1, self.event(phase, model), entities, gateway, link))
    }

    fn run(&self, phase: Phase, model: &mut Model, link: &Rc<TestLink>, step: &Step) -> Result<(), String> {
        if !self.registration.phases.contains(&phase) {
            return Ok(());
        }
        let steps: Rc<[Step]> = Rc::from([step.clone()]);
        let done = block_on(run_event(self.state(phase, model, link), steps, phase));
        model.apply(link.written.take());
        let Some(done) = done else {
            return Err(link.refused.take().unwrap_or_default());
        };
        model.apply(done.writes);
        if done.failure.is_empty() {
            Ok(())
        } else {
            Err(done.failure)
        }
    }

    fn filter_body(&self, model: &mut Model, link: &Rc<TestLink>, step: &Step) -> Result<(), String> {
        if !self.registration.phases.contains(&Phase::BodyFilter) {
            return Ok(());
        }
        let state = self.state(Phase::BodyFilter, model, link);
        let pieces = model.pieces(&self.service);
        let count = pieces.len();
        let mut body = Vec::new();
        for (at, data) in pieces.into_iter().enumerate() {
            let chunk = Chunk { data: data.clone(), is_last: at + 1 == count };
            let steps: Rc<[Step]> = Rc::from([step.clone()]);
            let done = block_on(run_chunk(Rc::clone(&state), steps, chunk));
            model.apply(link.written.take());
            let done = done.ok_or_else(|| link.refused.take().unwrap_or_default())?;
            if !done.failure.is_empty() {
                return Err(done.failure);
            }
            body.extend_from_slice(if done.is_unchanged { &data } else { &done.data });
            model.apply(done.writes);
            if done.is_last {
                break;
            }
        }
        model.body = body.into();
        Ok(())
    }
}

/// Handlers may sleep and use channels; nothing in a harness needs a socket.
fn block_on<F: std::future::Future>(future: F) -> F::Output {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build();
    let runtime = runtime.expect("a runtime for a test");
    tokio::task::LocalSet::new().block_on(&runtime, future)
}
