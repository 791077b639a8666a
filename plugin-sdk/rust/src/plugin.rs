//! What a plugin is: a type with a configuration, a few facts, and a method for each phase it takes part in.

use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;

use bytes::Bytes;
use serde_json::{json, Value as Json};

use crate::error::{Error, Result};
use crate::kong::Kong;
use crate::wire::{CachePart, Condition};

/// Phases, by Kong's bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum Phase {
    InitWorker = 0x1,
    Certificate = 0x2,
    Rewrite = 0x10,
    Access = 0x20,
    Response = 0x80,
    HeaderFilter = 0x200,
    BodyFilter = 0x400,
    Log = 0x2000,
    Configure = 0x8000,
}

const PHASES: [(Phase, &str); 9] = [
    (Phase::InitWorker, "init_worker"),
    (Phase::Configure, "configure"),
    (Phase::Certificate, "certificate"),
    (Phase::Rewrite, "rewrite"),
    (Phase::Access, "access"),
    (Phase::Response, "response"),
    (Phase::HeaderFilter, "header_filter"),
    (Phase::BodyFilter, "body_filter"),
    (Phase::Log, "log"),
];

impl Phase {
    /// Its name, as in "access".
    pub fn name(self) -> &'static str {
        let found = PHASES.iter().find(|(phase, _)| *phase == self);
        found.map_or("", |(_, name)| name)
    }

    /// By its bit.
    pub fn from_bit(bit: u32) -> Option<Self> {
        let found = PHASES.iter().find(|(phase, _)| *phase as u32 == bit);
        found.map(|(phase, _)| *phase)
    }
}

/// A configuration type, and Kong's schema of it. Made by `#[derive(KongConfig)]`.
pub trait KongConfig: Sized {
    /// The fields of the `config` record, in Kong's form: `[{"name": {"type": ...}}, ...]`.
    fn fields() -> Json;
}

/// No configuration.
impl KongConfig for () {
    fn fields() -> Json {
        json!([])
    }
}

/// Type of a field in Kong's words; what `#[derive(KongConfig)]` asks of each field's type.
pub trait FieldType {
    /// `{"type": "string"}` and so on.
    fn schema() -> Json;
    /// May it be left out?
    const IS_OPTIONAL: bool = false;
}

macro_rules! field_types {
    ($($type:ty => $schema:tt),* $(,)?) => {
        $(impl FieldType for $type {
            fn schema() -> Json {
                json!($schema)
            }
        })*
    };
}

field_types! {
    String => {"type": "string"},
    bool => {"type": "boolean"},
    i8 => {"type": "integer", "between": [-128, 127]},
    i16 => {"type": "integer", "between": [-32768, 32767]},
    i32 => {"type": "integer"},
    i64 => {"type": "integer"},
    u8 => {"type": "integer", "between": [0, 255]},
    u16 => {"type": "integer", "between": [0, 65535]},
    u32 => {"type": "integer", "between": [0, 4294967295_u32]},
    u64 => {"type": "integer", "gt": -1},
    f32 => {"type": "number"},
    f64 => {"type": "number"},
}

impl<T: FieldType> FieldType for Option<T> {
    fn schema() -> Json {
        T::schema()
    }
    const IS_OPTIONAL: bool = true;
}

impl<T: FieldType> FieldType for Vec<T> {
    fn schema() -> Json {
        json!({"type": "array", "elements": T::schema()})
    }
}

impl<T: FieldType> FieldType for std::collections::HashMap<String, T> {
    fn schema() -> Json {
        json!({"type": "map", "keys": {"type": "string"}, "values": T::schema()})
    }
}

impl<T: FieldType> FieldType for std::collections::BTreeMap<String, T> {
    fn schema() -> Json {
        json!({"type": "map", "keys": {"type": "string"}, "values": T::schema()})
    }
}

/// Facts of a plugin config beside its configuration.
#[derive(Clone, Debug, Default)]
pub struct Instance {
    /// Id of the Plugin entity.
    pub plugin_id: Option<String>,
    /// Its `instance_name`.
    pub instance_name: Option<String>,
    /// What it is bound to.
    pub route_id: Option<String>,
    pub service_id: Option<String>,
    pub consumer_id: Option<String>,
    /// The configuration as it came, the gateway's own keys included.
    pub raw: Json,
}

/// A piece of a response's body on its way to the client.
pub struct Chunk {
    /// The bytes; what is left here goes on.
    pub data: Bytes,
    /// Is it the last one? Setting it drops what would follow.
    pub is_last: bool,
}

/// A plugin. Implement it with the macro `#[plugin(...)]` on an `impl` block, which advertises the phases whose methods are there.
#[allow(async_fn_in_trait, unused_variables)]
pub trait Plugin: Sized + 'static {
    /// What the plugin is configured with.
    type Config: KongConfig + serde::de::DeserializeOwned;
    const NAME: &'static str;
    /// One to three numbers with dots.
    const VERSION: &'static str;
    /// Higher runs earlier.
    const PRIORITY: i32;
    /// Phases whose methods are there.
    const PHASES: &'static [Phase];
    /// Does access read request bodies? Then a body that has arrived comes with the event.
    const READS_REQUEST_BODY: bool = false;

    /// A plugin config comes into force. An error refuses it, with its text in the gateway's log.
    fn new(config: Self::Config, instance: &Instance) -> Result<Self>;

    /// When events of a phase are worth a call; none for a phase: always.
    fn conditions(&self) -> Vec<(Phase, Condition)> {
        Vec::new()
    }

    /// What answers of rewrite and access depend on, for [`Kong::cache`]; empty: they are not used again.
    fn cache_key(&self) -> Vec<CachePart> {
        Vec::new()
    }

    /// Once for each worker of the gateway, before traffic.
    async fn init_worker(kong: &Kong) -> Result {
        Ok(())
    }
    /// After each change of the configuration, with all plugin configs that are in force.
    async fn configure(kong: &Kong, configs: &[Rc<Self>]) -> Result {
        Ok(())
    }
    /// A TLS handshake, before there is a request.
    async fn certificate(&self, kong: &Kong) -> Result {
        Ok(())
    }
    /// Before the Route is known; only plugin configs that are global.
    async fn rewrite(&self, kong: &Kong) -> Result {
        Ok(())
    }
    /// Before the request goes to the Service.
    async fn access(&self, kong: &Kong) -> Result {
        Ok(())
    }
    /// After the whole response has come; it is buffered.
    async fn response(&self, kong: &Kong) -> Result {
        Ok(())
    }
    /// Before the response's head goes to the client.
    async fn header_filter(&self, kong: &Kong) -> Result {
        Ok(())
    }
    /// For each piece of the response's body.
    async fn body_filter(&self, kong: &Kong, chunk: &mut Chunk) -> Result {
        Ok(())
    }
    /// After the response was sent.
    async fn log(&self, kong: &Kong) -> Result {
        Ok(())
    }
}

type Handling<'a> = Pin<Box<dyn Future<Output = Result> + 'a>>;

/// A plugin config, whatever plugin it is of.
pub(crate) trait AnyInstance {
    fn name(&self) -> &'static str;
    fn conditions(&self) -> Vec<(Phase, Condition)>;
    fn cache_key(&self) -> Vec<CachePart>;
    fn run<'a>(&'a self, phase: Phase, kong: &'a Kong) -> Handling<'a>;
    fn run_chunk<'a>(&'a self, kong: &'a Kong, chunk: &'a mut Chunk) -> Handling<'a>;
    fn as_any(self: Rc<Self>) -> Rc<dyn std::any::Any>;
}

impl<P: Plugin> AnyInstance for P {
    fn name(&self) -> &'static str {
        P::NAME
    }

    fn conditions(&self) -> Vec<(Phase, Condition)> {
        Plugin::conditions(self)
    }

    fn cache_key(&self) -> Vec<CachePart> {
        Plugin::cache_key(self)
    }

    fn run<'a>(&'a self, phase: Phase, kong: &'a Kong) -> Handling<'a> {
        match phase {
            Phase::Certificate => Box::pin(self.certificate(kong)),
            Phase::Rewrite => Box::pin(self.rewrite(kong)),
            Phase::Access => Box::pin(self.access(kong)),
            Phase::Response => Box::pin(self.response(kong)),
            Phase::HeaderFilter => Box::pin(self.header_filter(kong)),
            Phase::Log => Box::pin(self.log(kong)),
            _ => Box::pin(std::future::ready(Ok(()))),
        }
    }

    fn run_chunk<'a>(&'a self, kong: &'a Kong, chunk: &'a mut Chunk) -> Handling<'a> {
        Box::pin(self.body_filter(kong, chunk))
    }

    fn as_any(self: Rc<Self>) -> Rc<dyn std::any::Any> {
        self
    }
}

type NewInstance = fn(&[u8]) -> Result<Rc<dyn AnyInstance>>;
type WorkerPhase = fn(Phase, Kong, Vec<Rc<dyn AnyInstance>>) -> Handling<'static>;

/// A plugin as a server keeps it.
#[derive(Clone)]
pub struct Registration {
    pub(crate) name: &'static str,
    pub(crate) version: &'static str,
    pub(crate) priority: i32,
    pub(crate) phases: &'static [Phase],
    pub(crate) reads_request_body: bool,
    pub(crate) fields: fn() -> Json,
    pub(crate) new_instance: NewInstance,
    pub(crate) worker_phase: WorkerPhase,
}

impl Registration {
    /// The plugin `P`.
    pub fn of<P: Plugin>() -> Self {
        Self {
            name: P::NAME,
            version: P::VERSION,
            priority: P::PRIORITY,
            phases: P::PHASES,
            reads_request_body: P::READS_REQUEST_BODY,
            fields: P::Config::fields,
            new_instance: new_instance::<P>,
            worker_phase: worker_phase::<P>,
        }
    }

    /// Kong's schema of the plugin.
    pub fn schema(&self) -> Json {
        let config = json!({"type": "record", "fields": (self.fields)()});
        json!({"name": self.name, "fields": [{"config": config}]})
    }

    pub(crate) fn phase_names(&self) -> Vec<&'static str> {
        self.phases.iter().map(|phase| phase.name()).collect()
    }
}

/// A configuration of no fields: serde makes `()` and `struct Config;` of null, and `struct Config {}` of a table.
fn without_fields<C: serde::de::DeserializeOwned>() -> std::result::Result<C, serde_json::Error> {
    serde_json::from_value(Json::Null).or_else(|_| serde_json::from_value(json!({})))
}

fn new_instance<P: Plugin>(config: &[u8]) -> Result<Rc<dyn AnyInstance>> {
    let raw: Json = serde_json::from_slice(config)?;
    let text = |key: &str| raw.get(key).and_then(Json::as_str).map(str::to_owned);
    let facts = Instance {
        plugin_id: text("__plugin_id"),
        instance_name: text("plugin_instance_name"),
        route_id: text("route_id"),
        service_id: text("service_id"),
        consumer_id: text("consumer_id"),
        raw: raw.clone(),
    };
    let has_fields = (P::Config::fields)() != json!([]);
    let config = if has_fields { serde_json::from_value(raw) } else { without_fields() };
    let config =
        config.map_err(|cause| Error::Failed(format!("configuration of {}: {cause}", P::NAME).into()))?;
    Ok(Rc::new(P::new(config, &facts)?))
}

fn worker_phase<P: Plugin>(phase: Phase, kong: Kong, configs: Vec<Rc<dyn AnyInstance>>) -> Handling<'static> {
    Box::pin(async move {
        if phase == Phase::InitWorker {
            return P::init_worker(&kong).await;
        }
        let configs: Vec<Rc<P>> =
            configs.into_iter().filter_map(|one| one.as_any().downcast().ok()).collect();
        P::configure(&kong, &configs).await
    })
}
