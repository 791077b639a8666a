//! Messages of the native protocol: `proto/dragoman/plugin.proto`, written by hand so that nothing has to be generated.
//!
//! Field numbers and types are the contract's; `tests/vectors.rs` holds every message to the golden vectors.

use bytes::Bytes;
use prost::{Enumeration, Message, Oneof};

/// Number of a frame's message.
pub mod frame {
    pub const HELLO: u8 = 1;
    pub const START: u8 = 2;
    pub const STARTED: u8 = 3;
    pub const START_FAILED: u8 = 4;
    pub const STOP: u8 = 5;
    pub const ENTITY: u8 = 6;
    pub const FORGET_ENTITIES: u8 = 7;
    pub const EVENT: u8 = 8;
    pub const CALL: u8 = 9;
    pub const RESULT: u8 = 10;
    pub const DONE: u8 = 11;
    pub const CHUNK: u8 = 12;
    pub const CHUNK_DONE: u8 = 13;
    pub const CANCEL: u8 = 14;
    pub const FORGET: u8 = 15;
    pub const LOG: u8 = 16;
    pub const PING: u8 = 17;
    pub const PONG: u8 = 18;
    pub const DRAINING: u8 = 19;
}

#[derive(Clone, PartialEq, Message)]
pub struct Hello {
    #[prost(uint32, repeated, tag = "1")]
    pub protocol_versions: Vec<u32>,
    #[prost(string, tag = "2")]
    pub software: String,
    #[prost(uint32, tag = "3")]
    pub frame_bytes_max: u32,
    #[prost(uint32, tag = "4")]
    pub pid: u32,
    #[prost(string, tag = "5")]
    pub node_id: String,
    #[prost(string, tag = "6")]
    pub hostname: String,
    #[prost(string, tag = "7")]
    pub kong_version: String,
    #[prost(uint32, tag = "8")]
    pub kong_version_num: u32,
    #[prost(message, repeated, tag = "16")]
    pub plugins: Vec<PluginInfo>,
    #[prost(uint32, tag = "17")]
    pub concurrency_max: u32,
}

#[derive(Clone, PartialEq, Message)]
pub struct PluginInfo {
    #[prost(string, tag = "1")]
    pub name: String,
    #[prost(sint32, tag = "2")]
    pub priority: i32,
    #[prost(string, tag = "3")]
    pub version: String,
    #[prost(string, repeated, tag = "4")]
    pub phases: Vec<String>,
    #[prost(bytes = "bytes", tag = "5")]
    pub schema: Bytes,
    #[prost(bool, tag = "6")]
    pub reads_request_body: bool,
}

#[derive(Clone, PartialEq, Message)]
pub struct Draining {
    #[prost(string, tag = "1")]
    pub reason: String,
}

#[derive(Clone, PartialEq, Message)]
pub struct Ping {
    #[prost(fixed64, tag = "1")]
    pub token: u64,
}

#[derive(Clone, PartialEq, Message)]
pub struct Start {
    #[prost(uint32, tag = "1")]
    pub instance: u32,
    #[prost(string, tag = "2")]
    pub plugin: String,
    #[prost(bytes = "bytes", tag = "3")]
    pub config: Bytes,
    #[prost(uint32, tag = "4")]
    pub phases: u32,
}

#[derive(Clone, PartialEq, Message)]
pub struct Started {
    #[prost(uint32, tag = "1")]
    pub instance: u32,
    #[prost(message, repeated, tag = "2")]
    pub conditions: Vec<PhaseCondition>,
    #[prost(message, optional, tag = "3")]
    pub cache_key: Option<CacheKey>,
}

#[derive(Clone, PartialEq, Message)]
pub struct StartFailed {
    #[prost(uint32, tag = "1")]
    pub instance: u32,
    #[prost(string, tag = "2")]
    pub message: String,
}

#[derive(Clone, PartialEq, Message)]
pub struct Stop {
    #[prost(uint32, tag = "1")]
    pub instance: u32,
}

#[derive(Clone, PartialEq, Message)]
pub struct PhaseCondition {
    #[prost(uint32, tag = "1")]
    pub phases: u32,
    #[prost(message, optional, tag = "2")]
    pub condition: Option<Condition>,
}

/// When an event is worth a call; see [`crate::Condition`] for how one is made.
#[derive(Clone, PartialEq, Message)]
pub struct Condition {
    #[prost(oneof = "ConditionKind", tags = "1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15")]
    pub kind: Option<ConditionKind>,
}

#[derive(Clone, PartialEq, Oneof)]
pub enum ConditionKind {
    #[prost(message, tag = "1")]
    All(ConditionList),
    #[prost(message, tag = "2")]
    Any(ConditionList),
    #[prost(message, tag = "3")]
    Not(Box<Condition>),
    #[prost(message, tag = "4")]
    MethodIn(StringList),
    #[prost(message, tag = "5")]
    PathIn(StringList),
    #[prost(message, tag = "6")]
    PathPrefix(StringList),
    #[prost(string, tag = "7")]
    HeaderPresent(String),
    #[prost(message, tag = "8")]
    HeaderIn(NamedStrings),
    #[prost(message, tag = "9")]
    HeaderPrefix(NamedStrings),
    #[prost(string, tag = "10")]
    QueryPresent(String),
    #[prost(message, tag = "11")]
    RouteIn(StringList),
    #[prost(message, tag = "12")]
    ServiceIn(StringList),
    #[prost(message, tag = "13")]
    ConsumerIn(StringList),
    #[prost(bool, tag = "14")]
    HasConsumer(bool),
    #[prost(message, tag = "15")]
    Status(StatusRange),
}

#[derive(Clone, PartialEq, Message)]
pub struct ConditionList {
    #[prost(message, repeated, tag = "1")]
    pub list: Vec<Condition>,
}

#[derive(Clone, PartialEq, Message)]
pub struct StringList {
    #[prost(string, repeated, tag = "1")]
    pub list: Vec<String>,
}

#[derive(Clone, PartialEq, Message)]
pub struct NamedStrings {
    #[prost(string, tag = "1")]
    pub name: String,
    #[prost(string, repeated, tag = "2")]
    pub list: Vec<String>,
}

#[derive(Clone, PartialEq, Message)]
pub struct StatusRange {
    #[prost(uint32, tag = "1")]
    pub first: u32,
    #[prost(uint32, tag = "2")]
    pub last: u32,
}

#[derive(Clone, PartialEq, Message)]
pub struct CacheKey {
    #[prost(message, repeated, tag = "1")]
    pub parts: Vec<CachePart>,
}

#[derive(Clone, PartialEq, Message)]
pub struct CachePart {
    #[prost(enumeration = "CacheKind", tag = "1")]
    pub kind: i32,
    #[prost(string, tag = "2")]
    pub name: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Enumeration)]
#[repr(i32)]
pub enum CacheKind {
    Unknown = 0,
    Method = 1,
    Host = 2,
    Path = 3,
    Header = 4,
    Query = 5,
    ClientIp = 6,
    Route = 7,
    Service = 8,
    Consumer = 9,
}

#[derive(Clone, PartialEq, Message)]
pub struct Entity {
    #[prost(uint32, tag = "1")]
    pub number: u32,
    #[prost(int32, tag = "2")]
    pub kind: i32,
    #[prost(bytes = "bytes", tag = "3")]
    pub json: Bytes,
}

/// What `body_state` says.
pub const BODY_ASK: i32 = 0;
pub const BODY_NONE: i32 = 1;
pub const BODY_HERE: i32 = 2;

#[derive(Clone, PartialEq, Message)]
pub struct Event {
    #[prost(uint32, tag = "1")]
    pub phase: u32,
    #[prost(uint32, repeated, tag = "2")]
    pub instances: Vec<u32>,
    #[prost(uint32, tag = "3")]
    pub request: u32,
    #[prost(uint32, tag = "4")]
    pub deadline_ms: u32,
    #[prost(string, tag = "5")]
    pub id: String,
    #[prost(string, tag = "6")]
    pub method: String,
    #[prost(bytes = "bytes", tag = "7")]
    pub target: Bytes,
    #[prost(uint32, tag = "8")]
    pub http_version: u32,
    #[prost(string, tag = "9")]
    pub scheme: String,
    #[prost(bytes = "bytes", tag = "10")]
    pub host: Bytes,
    #[prost(uint32, tag = "11")]
    pub port: u32,
    #[prost(bytes = "bytes", tag = "12")]
    pub headers: Bytes,
    #[prost(string, tag = "13")]
    pub client_ip: String,
    #[prost(uint32, tag = "14")]
    pub client_port: u32,
    #[prost(string, tag = "15")]
    pub forwarded_ip: String,
    #[prost(uint32, tag = "16")]
    pub forwarded_port: u32,
    #[prost(string, tag = "17")]
    pub forwarded_scheme: String,
    #[prost(bytes = "bytes", tag = "18")]
    pub forwarded_host: Bytes,
    #[prost(uint32, tag = "19")]
    pub forwarded_request_port: u32,
    #[prost(uint32, tag = "20")]
    pub route: u32,
    #[prost(uint32, tag = "21")]
    pub service: u32,
    #[prost(uint32, tag = "22")]
    pub consumer: u32,
    #[prost(uint32, tag = "23")]
    pub credential: u32,
    #[prost(fixed64, tag = "24")]
    pub start_ms: u64,
    #[prost(int32, tag = "25")]
    pub body_state: i32,
    #[prost(bytes = "bytes", tag = "26")]
    pub body: Bytes,
    #[prost(bytes = "bytes", tag = "27")]
    pub shared: Bytes,
    #[prost(bool, tag = "28")]
    pub shared_is_partial: bool,
    #[prost(uint32, tag = "32")]
    pub status: u32,
    #[prost(bytes = "bytes", tag = "33")]
    pub response_headers: Bytes,
    #[prost(int32, tag = "34")]
    pub source: i32,
    #[prost(uint32, tag = "35")]
    pub service_status: u32,
    #[prost(int32, tag = "36")]
    pub response_body_state: i32,
    #[prost(bytes = "bytes", tag = "37")]
    pub response_body: Bytes,
    #[prost(string, tag = "40")]
    pub plugin: String,
    #[prost(uint32, repeated, tag = "41")]
    pub configs: Vec<u32>,
}

#[derive(Clone, PartialEq, Message)]
pub struct Call {
    #[prost(message, repeated, tag = "1")]
    pub writes: Vec<Write>,
    #[prost(string, tag = "2")]
    pub method: String,
    #[prost(message, repeated, tag = "3")]
    pub args: Vec<Value>,
}

#[derive(Clone, PartialEq, Message)]
pub struct CallResult {
    #[prost(message, optional, tag = "1")]
    pub value: Option<Value>,
    #[prost(string, tag = "2")]
    pub error: String,
}

#[derive(Clone, PartialEq, Message)]
pub struct Done {
    #[prost(message, repeated, tag = "1")]
    pub writes: Vec<Write>,
    #[prost(uint32, tag = "2")]
    pub ran: u32,
    #[prost(string, tag = "3")]
    pub failure: String,
    #[prost(bool, tag = "4")]
    pub keeps_context: bool,
    #[prost(uint32, tag = "5")]
    pub cache_ms: u32,
    #[prost(bool, tag = "6")]
    pub wants_body: bool,
    #[prost(uint32, repeated, tag = "7")]
    pub plugin_us: Vec<u32>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Enumeration)]
#[repr(i32)]
pub enum Op {
    Call = 0,
    ServiceRequestSetHeader = 1,
    ServiceRequestAddHeader = 2,
    ServiceRequestClearHeader = 3,
    ResponseSetHeader = 4,
    ResponseAddHeader = 5,
    ResponseClearHeader = 6,
    ResponseSetStatus = 7,
    NextInstance = 8,
}

#[derive(Clone, PartialEq, Message)]
pub struct Write {
    #[prost(enumeration = "Op", tag = "1")]
    pub op: i32,
    #[prost(bytes = "bytes", tag = "2")]
    pub name: Bytes,
    #[prost(bytes = "bytes", tag = "3")]
    pub value: Bytes,
    #[prost(uint32, tag = "4")]
    pub number: u32,
    #[prost(message, repeated, tag = "5")]
    pub args: Vec<Value>,
}

/// A value of the PDK; `kind: None` is nil.
#[derive(Clone, PartialEq, Message)]
pub struct Value {
    #[prost(oneof = "ValueKind", tags = "1, 2, 3, 4, 5, 6, 7")]
    pub kind: Option<ValueKind>,
}

#[derive(Clone, PartialEq, Oneof)]
pub enum ValueKind {
    #[prost(bool, tag = "1")]
    Boolean(bool),
    #[prost(sint64, tag = "2")]
    Integer(i64),
    #[prost(double, tag = "3")]
    Number(f64),
    #[prost(string, tag = "4")]
    Text(String),
    #[prost(bytes = "bytes", tag = "5")]
    Bytes(Bytes),
    #[prost(message, tag = "6")]
    List(ValueList),
    #[prost(message, tag = "7")]
    Map(ValueMap),
}

#[derive(Clone, PartialEq, Message)]
pub struct ValueList {
    #[prost(message, repeated, tag = "1")]
    pub list: Vec<Value>,
}

#[derive(Clone, PartialEq, Message)]
pub struct ValueMap {
    #[prost(message, repeated, tag = "1")]
    pub entries: Vec<MapEntry>,
}

#[derive(Clone, PartialEq, Message)]
pub struct MapEntry {
    #[prost(string, tag = "1")]
    pub key: String,
    #[prost(message, optional, tag = "2")]
    pub value: Option<Value>,
}

#[derive(Clone, PartialEq, Message)]
pub struct Chunk {
    #[prost(bytes = "bytes", tag = "1")]
    pub data: Bytes,
    #[prost(bool, tag = "2")]
    pub is_last: bool,
}

#[derive(Clone, PartialEq, Message)]
pub struct ChunkDone {
    #[prost(bytes = "bytes", tag = "1")]
    pub data: Bytes,
    #[prost(bool, tag = "2")]
    pub is_last: bool,
    #[prost(bool, tag = "3")]
    pub is_unchanged: bool,
    #[prost(message, repeated, tag = "4")]
    pub writes: Vec<Write>,
    #[prost(string, tag = "5")]
    pub failure: String,
}

#[derive(Clone, PartialEq, Message)]
pub struct Cancel {
    #[prost(int32, tag = "1")]
    pub reason: i32,
    #[prost(string, tag = "2")]
    pub message: String,
}

#[derive(Clone, PartialEq, Message)]
pub struct Forget {
    #[prost(uint32, repeated, tag = "1")]
    pub requests: Vec<u32>,
}

#[derive(Clone, PartialEq, Message)]
pub struct LogLine {
    #[prost(string, tag = "1")]
    pub level: String,
    #[prost(string, tag = "2")]
    pub message: String,
    #[prost(string, tag = "3")]
    pub plugin: String,
}

#[derive(Clone, PartialEq, Message)]
pub struct Frame {
    #[prost(uint32, tag = "1")]
    pub stream: u32,
    #[prost(uint32, tag = "2")]
    pub r#type: u32,
    #[prost(bytes = "bytes", tag = "3")]
    pub message: Bytes,
}
