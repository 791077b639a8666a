//! What a plugin server answers to an event: calls, writes, the end.

use bytes::Bytes;
use prost::{Enumeration, Message};

use super::Value;

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
    #[prost(string, repeated, tag = "8")]
    pub reads: Vec<String>,
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
    #[prost(string, repeated, tag = "6")]
    pub reads: Vec<String>,
}
