//! What the gateway says of a request: events and the pieces of a body.

use bytes::Bytes;
use prost::Message;

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
pub struct Chunk {
    #[prost(bytes = "bytes", tag = "1")]
    pub data: Bytes,
    #[prost(bool, tag = "2")]
    pub is_last: bool,
}
