//! Values of the PDK.

use bytes::Bytes;
use prost::{Message, Oneof};

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
