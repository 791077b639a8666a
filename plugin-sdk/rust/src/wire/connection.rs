//! The connection itself: hello, plugin configs, entities, log lines, and the end of things.

use bytes::Bytes;
use prost::Message;

use super::{CacheKey, PhaseCondition};

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
    #[prost(bool, tag = "9")]
    pub wants_reads: bool,
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
pub struct Entity {
    #[prost(uint32, tag = "1")]
    pub number: u32,
    #[prost(int32, tag = "2")]
    pub kind: i32,
    #[prost(bytes = "bytes", tag = "3")]
    pub json: Bytes,
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
