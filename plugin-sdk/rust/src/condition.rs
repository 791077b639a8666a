//! When an event is worth a call, and what an answer depends on: evaluated in the gateway, so a request that is not meant
//! costs it nothing.

use crate::wire::{
    CacheKind, CachePart, Condition, ConditionKind as Kind, ConditionList, NamedStrings, StatusRange,
    StringList,
};

fn strings<S: Into<String>>(list: impl IntoIterator<Item = S>) -> StringList {
    StringList { list: list.into_iter().map(Into::into).collect() }
}

fn named<S: Into<String>>(name: &str, list: impl IntoIterator<Item = S>) -> NamedStrings {
    NamedStrings { name: name.to_owned(), list: strings(list).list }
}

impl Condition {
    fn of(kind: Kind) -> Self {
        Self { kind: Some(kind) }
    }

    /// All of them hold.
    pub fn all(list: impl IntoIterator<Item = Condition>) -> Self {
        Self::of(Kind::All(ConditionList { list: list.into_iter().collect() }))
    }

    /// Any of them holds.
    pub fn any(list: impl IntoIterator<Item = Condition>) -> Self {
        Self::of(Kind::Any(ConditionList { list: list.into_iter().collect() }))
    }

    /// It does not hold.
    #[allow(clippy::should_implement_trait)]
    pub fn not(condition: Condition) -> Self {
        Self::of(Kind::Not(Box::new(condition)))
    }

    /// The method is one of these.
    pub fn method_in<S: Into<String>>(list: impl IntoIterator<Item = S>) -> Self {
        Self::of(Kind::MethodIn(strings(list)))
    }

    /// The path is one of these.
    pub fn path_in<S: Into<String>>(list: impl IntoIterator<Item = S>) -> Self {
        Self::of(Kind::PathIn(strings(list)))
    }

    /// The path begins with one of these.
    pub fn path_prefix<S: Into<String>>(list: impl IntoIterator<Item = S>) -> Self {
        Self::of(Kind::PathPrefix(strings(list)))
    }

    /// The request has that header.
    pub fn header_present(name: &str) -> Self {
        Self::of(Kind::HeaderPresent(name.to_owned()))
    }

    /// The header has one of these values.
    pub fn header_in<S: Into<String>>(name: &str, list: impl IntoIterator<Item = S>) -> Self {
        Self::of(Kind::HeaderIn(named(name, list)))
    }

    /// The header's value begins with one of these.
    pub fn header_prefix<S: Into<String>>(name: &str, list: impl IntoIterator<Item = S>) -> Self {
        Self::of(Kind::HeaderPrefix(named(name, list)))
    }

    /// The query has that argument.
    pub fn query_present(name: &str) -> Self {
        Self::of(Kind::QueryPresent(name.to_owned()))
    }

    /// The Route is one of these, by id or name.
    pub fn route_in<S: Into<String>>(list: impl IntoIterator<Item = S>) -> Self {
        Self::of(Kind::RouteIn(strings(list)))
    }

    /// The Service is one of these, by id or name.
    pub fn service_in<S: Into<String>>(list: impl IntoIterator<Item = S>) -> Self {
        Self::of(Kind::ServiceIn(strings(list)))
    }

    /// The consumer is one of these, by id, username or custom_id.
    pub fn consumer_in<S: Into<String>>(list: impl IntoIterator<Item = S>) -> Self {
        Self::of(Kind::ConsumerIn(strings(list)))
    }

    /// There is an authenticated consumer, or there is none.
    pub fn has_consumer(has: bool) -> Self {
        Self::of(Kind::HasConsumer(has))
    }

    /// Status of the response, both ends included; in the phases that have one.
    pub fn status(first: u16, last: u16) -> Self {
        let range = StatusRange { first: first.into(), last: last.into() };
        Self::of(Kind::Status(range))
    }
}

impl CachePart {
    fn of(kind: CacheKind, name: &str) -> Self {
        Self { kind: kind as i32, name: name.to_owned() }
    }

    /// The method.
    pub fn method() -> Self {
        Self::of(CacheKind::Method, "")
    }

    /// The host.
    pub fn host() -> Self {
        Self::of(CacheKind::Host, "")
    }

    /// The path.
    pub fn path() -> Self {
        Self::of(CacheKind::Path, "")
    }

    /// All values of a header.
    pub fn header(name: &str) -> Self {
        Self::of(CacheKind::Header, name)
    }

    /// An argument of the query; the whole query for "".
    pub fn query(name: &str) -> Self {
        Self::of(CacheKind::Query, name)
    }

    /// Address of the client behind trusted proxies.
    pub fn client_ip() -> Self {
        Self::of(CacheKind::ClientIp, "")
    }

    /// The Route.
    pub fn route() -> Self {
        Self::of(CacheKind::Route, "")
    }

    /// The Service.
    pub fn service() -> Self {
        Self::of(CacheKind::Service, "")
    }

    /// The consumer.
    pub fn consumer() -> Self {
        Self::of(CacheKind::Consumer, "")
    }
}
