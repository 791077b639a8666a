//! The PDK: one [`Kong`] for each plugin and event, its namespaces as methods.
//!
//! Getters are answered from the event where that is possible, else by the gateway, so all of them are `async`; the ready ones
//! cost nothing to await. Setters are recorded and done by the gateway when the handler ends or asks for something.

mod client;
mod ctx;
mod log;
mod node;
mod request;
mod response;
mod service;

use std::cell::{Cell, RefCell};
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;

use bytes::Bytes;

pub use client::Client;
pub use ctx::{Context, Ctx};
pub use log::Log;
pub use node::{Ip, Nginx, Node, Router, Vault};
pub use request::Request;
pub use response::Response;
pub use service::{Service, ServiceRequest, ServiceResponse};

use crate::error::{Error, Result};
use crate::headers::Headers;
use crate::value::FromValue;
use crate::wire::{Call, CallResult, Event, LogLine, Op, Value, ValueKind, Write};

/// Reads of one event that are noted, and characters that are noted of one.
const READS_MAX: usize = 1000;
const READ_CHARS_MAX: usize = 200;

/// What a write may have changed that is read from the event otherwise.
pub(crate) mod stale {
    pub const HOST: u32 = 1;
    pub const METHOD: u32 = 2;
    pub const QUERY: u32 = 4;
    pub const BODY: u32 = 8;
    pub const CONSUMER: u32 = 16;
    pub const SHARED: u32 = 32;
}

/// How a call to the gateway ended.
pub(crate) enum Reply {
    Result(CallResult),
    Cancelled(String),
}

pub(crate) type ReplyFuture = Pin<Box<dyn Future<Output = Reply>>>;

/// The way from an event to the gateway, or to the harness that stands for it.
pub(crate) trait Link {
    fn call(&self, stream: u32, call: Call) -> ReplyFuture;
    fn log(&self, stream: u32, line: LogLine);
}

/// What entities an event refers to, as JSON; empty = there is none.
#[derive(Clone, Default)]
pub(crate) struct Entities {
    pub route: Bytes,
    pub service: Bytes,
    pub consumer: Bytes,
    pub credential: Bytes,
}

/// What the gateway said of itself.
#[derive(Clone, Default)]
pub(crate) struct Gateway {
    pub node_id: String,
    pub hostname: String,
    pub version: String,
    pub version_num: u32,
    /// It shows what plugins read: a tool for plugin authors stands before it.
    pub wants_reads: bool,
}

/// An event under way: shared by the plugins that it is for.
pub(crate) struct EventState {
    pub stream: u32,
    pub event: Event,
    pub entities: Entities,
    pub gateway: Rc<Gateway>,
    pub link: Rc<dyn Link>,
    pub writes: RefCell<Vec<Write>>,
    pub headers: RefCell<Headers>,
    pub response_headers: RefCell<Headers>,
    pub status: Cell<u32>,
    pub stale: Cell<u32>,
    pub cache_ms: Cell<u32>,
    pub has_exited: Cell<bool>,
    /// Held from a Call to its Result: a stream has one at a time, and a plugin may `join!` several.
    pub asking: tokio::sync::Mutex<()>,
    /// What was read here, where the gateway wants to know.
    pub reads: RefCell<Vec<String>>,
}

impl EventState {
    pub fn new(
        stream: u32,
        mut event: Event,
        entities: Entities,
        gateway: Rc<Gateway>,
        link: Rc<dyn Link>,
    ) -> Self {
        let headers = Headers::new(std::mem::take(&mut event.headers));
        let response_headers = Headers::new(std::mem::take(&mut event.response_headers));
        Self {
            stream,
            status: Cell::new(event.status),
            event,
            entities,
            gateway,
            link,
            writes: RefCell::default(),
            headers: RefCell::new(headers),
            response_headers: RefCell::new(response_headers),
            stale: Cell::new(0),
            cache_ms: Cell::new(0),
            has_exited: Cell::new(false),
            asking: tokio::sync::Mutex::default(),
            reads: RefCell::default(),
        }
    }
}

/// The gateway, as a plugin sees it in one event.
///
/// It can be cloned and kept as long as the handler runs; after that its calls fail.
#[derive(Clone)]
pub struct Kong {
    pub(crate) state: Rc<EventState>,
    pub(crate) plugin: Rc<str>,
    pub(crate) context: Context,
}

impl Kong {
    /// The client's request.
    pub fn request(&self) -> Request<'_> {
        Request(self)
    }

    /// The connection, the consumer and the credential.
    pub fn client(&self) -> Client<'_> {
        Client(self)
    }

    /// What goes to the client.
    pub fn response(&self) -> Response<'_> {
        Response(self)
    }

    /// Where the request goes; `service().request()` and `service().response()` are its two messages.
    pub fn service(&self) -> Service<'_> {
        Service(self)
    }

    /// The matched Route and its Service.
    pub fn router(&self) -> Router<'_> {
        Router(self)
    }

    /// Values kept for the request.
    pub fn ctx(&self) -> Ctx<'_> {
        Ctx(self)
    }

    /// Lines in the gateway's log.
    pub fn log(&self) -> Log<'_> {
        Log(self)
    }

    /// The gateway's node.
    pub fn node(&self) -> Node<'_> {
        Node(self)
    }

    /// Addresses.
    pub fn ip(&self) -> Ip<'_> {
        Ip(self)
    }

    /// Variables and numbers of the proxy.
    pub fn nginx(&self) -> Nginx<'_> {
        Nginx(self)
    }

    /// Secrets.
    pub fn vault(&self) -> Vault<'_> {
        Vault(self)
    }

    /// Version that plugins are compatible with, as "3.9.1".
    pub fn version(&self) -> &str {
        self.note("kong.version", "");
        &self.state.gateway.version
    }

    /// The same as a number: 3009001.
    pub fn version_num(&self) -> u32 {
        self.note("kong.version_num", "");
        self.state.gateway.version_num
    }

    /// Id of the plugin config that this event is for; asks the gateway.
    pub async fn plugin_id(&self) -> Result<Option<String>> {
        self.ask("kong.plugin.get_id", vec![]).await
    }

    /// Id of the cluster; asks the gateway.
    pub async fn cluster_id(&self) -> Result<Option<String>> {
        self.ask("kong.cluster.get_id", vec![]).await
    }

    /// Milliseconds until the gateway gives up on this event; `None` = no limit.
    pub fn deadline_ms(&self) -> Option<u32> {
        Some(self.state.event.deadline_ms).filter(|ms| *ms > 0)
    }

    /// Let the gateway use this answer (what was written, an exit included) again for that long, for requests that are
    /// equal by the plugin's cache key. No effect in an event that asks the gateway for anything.
    pub fn cache(&self, ms: u32) {
        self.state.cache_ms.set(ms);
    }

    /// Any PDK function by its wire name; for what this crate has no method for.
    pub async fn call(&self, method: &str, args: Vec<Value>) -> Result<Value> {
        self.ask(method, args).await
    }

    /// Ask the gateway; what was written so far is done before.
    pub(crate) async fn ask<T: FromValue>(&self, method: &str, args: Vec<Value>) -> Result<T> {
        let state = &self.state;
        let _turn = state.asking.lock().await;
        if state.has_exited.get() {
            return Err(Error::Exited);
        }
        let call = Call { writes: state.writes.take(), method: method.to_owned(), args };
        match state.link.call(state.stream, call).await {
            Reply::Cancelled(why) => Err(Error::Cancelled(why)),
            Reply::Result(CallResult { value, error }) => {
                let value = value.unwrap_or_default();
                if value.kind.is_none() && !error.is_empty() {
                    return Err(Error::Pdk(error));
                }
                T::from_value(value)
                    .ok_or_else(|| Error::Pdk(format!("{method} gave a value of another kind")))
            }
        }
    }

    /// Record a call whose result nobody needs. Nothing is recorded behind an exit.
    pub(crate) fn write(&self, method: &'static str, args: Vec<Value>) {
        self.push(Write {
            op: Op::Call as i32,
            name: Bytes::from_static(method.as_bytes()),
            args,
            ..Write::default()
        });
    }

    pub(crate) fn push(&self, write: Write) {
        if !self.state.has_exited.get() {
            self.state.writes.borrow_mut().push(write);
        }
    }

    /// A function was answered from the event: note it where the gateway wants to know. `arg`: "" where it has none.
    #[inline]
    pub(crate) fn note(&self, method: &str, arg: &str) {
        if self.state.gateway.wants_reads {
            self.note_read(method, arg);
        }
    }

    #[cold]
    fn note_read(&self, method: &str, arg: &str) {
        let mut reads = self.state.reads.borrow_mut();
        if reads.len() < READS_MAX {
            let text = format!("{method} {arg}");
            reads.push(text.trim_end().chars().take(READ_CHARS_MAX).collect());
        }
    }

    pub(crate) fn mark_stale(&self, what: u32) {
        self.state.stale.set(self.state.stale.get() | what);
    }

    pub(crate) fn is_stale(&self, what: u32) -> bool {
        self.state.stale.get() & what != 0
    }
}

/// An entity's JSON.
pub(crate) fn entity(json: &Bytes) -> Result<Option<serde_json::Value>> {
    if json.is_empty() {
        return Ok(None);
    }
    Ok(Some(serde_json::from_slice(json)?))
}

/// The value of a header as a plugin gives it: text, a number, a truth value, or a list of them.
pub(crate) fn plain_text(value: &Value) -> Option<&str> {
    match &value.kind {
        Some(ValueKind::Text(text)) if crate::headers::is_plain(text) => Some(text),
        _ => None,
    }
}
