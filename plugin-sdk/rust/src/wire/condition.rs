//! When an event is worth a call, and what an answer depends on: parts of Started.

use prost::{Enumeration, Message, Oneof};

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
