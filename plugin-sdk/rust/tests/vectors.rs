//! The golden vectors of the protocol: each is read, compared with its JSON, and written again to the same bytes.

use dragoman_plugin::wire::*;
use prost::Message;
use serde_json::{json, Map, Value as Json};

const ENTITY_KINDS: [&str; 5] = ["KIND_UNKNOWN", "ROUTE", "SERVICE", "CONSUMER", "CREDENTIAL"];
const BODIES: [&str; 3] = ["BODY_ASK", "BODY_NONE", "BODY_HERE"];
const SOURCES: [&str; 4] = ["SOURCE_NONE", "SERVICE", "EXIT", "ERROR"];
const REASONS: [&str; 5] = ["REASON_UNKNOWN", "DEADLINE", "CLIENT_GONE", "REFUSED", "EXITED"];
const CACHE_KINDS: [&str; 10] = [
    "KIND_UNKNOWN",
    "METHOD",
    "HOST",
    "PATH",
    "HEADER",
    "QUERY",
    "CLIENT_IP",
    "ROUTE",
    "SERVICE",
    "CONSUMER",
];
const OPS: [&str; 9] = [
    "CALL",
    "SERVICE_REQUEST_SET_HEADER",
    "SERVICE_REQUEST_ADD_HEADER",
    "SERVICE_REQUEST_CLEAR_HEADER",
    "RESPONSE_SET_HEADER",
    "RESPONSE_ADD_HEADER",
    "RESPONSE_CLEAR_HEADER",
    "RESPONSE_SET_STATUS",
    "NEXT_INSTANCE",
];

/// protobuf's JSON of a field; null and what is empty are left out.
trait AsJson {
    fn as_json(&self) -> Json;
}

macro_rules! plain {
    ($($type:ty)*) => { $(impl AsJson for $type {
        fn as_json(&self) -> Json {
            if *self == <$type>::default() { Json::Null } else { json!(self) }
        }
    })* };
}
plain!(u32 i32 bool String);

impl AsJson for u64 {
    fn as_json(&self) -> Json {
        if *self == 0 {
            Json::Null
        } else {
            json!(self.to_string())
        }
    }
}

impl AsJson for bytes::Bytes {
    fn as_json(&self) -> Json {
        if self.is_empty() {
            Json::Null
        } else {
            json!(base64(self))
        }
    }
}

impl<T: AsJson> AsJson for Vec<T> {
    fn as_json(&self) -> Json {
        if self.is_empty() {
            return Json::Null;
        }
        self.iter()
            .map(|one| match one.as_json() {
                Json::Null => json!(0),
                other => other,
            })
            .collect()
    }
}

impl<T: AsJson> AsJson for Option<T> {
    fn as_json(&self) -> Json {
        self.as_ref().map_or(Json::Null, AsJson::as_json)
    }
}

macro_rules! messages {
    ($($type:ident { $($field:ident $(: $names:ident)?),* $(,)? })*) => {
        $(impl AsJson for $type {
            fn as_json(&self) -> Json {
                #[allow(unused_mut)]
                let mut table = Map::new();
                $(
                    let value = self.$field.as_json();
                    $(let value = if self.$field == 0 { value } else { json!($names[self.$field as usize]) };)?
                    if !value.is_null() {
                        table.insert(stringify!($field).trim_start_matches("r#").to_owned(), value);
                    }
                )*
                Json::Object(table)
            }
        })*

        /// Read a message of that type; its JSON and its bytes.
        fn again(of: &str, bytes: &[u8]) -> Option<(Json, Vec<u8>)> {
            match if of == "Result" { "CallResult" } else { of } {
                $(stringify!($type) => {
                    let message = $type::decode(bytes).unwrap();
                    Some((message.as_json(), message.encode_to_vec()))
                })*
                "Value" => {
                    let message = Value::decode(bytes).unwrap();
                    Some((message.as_json(), message.encode_to_vec()))
                }
                _ => None,
            }
        }
    };
}

messages! {
    Hello {
        protocol_versions, software, frame_bytes_max, pid, node_id, hostname, kong_version, kong_version_num,
        wants_reads, plugins, concurrency_max,
    }
    PluginInfo { name, priority, version, phases, schema, reads_request_body }
    Draining { reason }
    Ping { token }
    Start { instance, plugin, config, phases }
    Started { instance, conditions, cache_key }
    StartFailed { instance, message }
    Stop { instance }
    PhaseCondition { phases, condition }
    ConditionList { list }
    StringList { list }
    NamedStrings { name, list }
    StatusRange { first, last }
    CacheKey { parts }
    CachePart { kind: CACHE_KINDS, name }
    Entity { number, kind: ENTITY_KINDS, json }
    Event {
        phase, instances, request, deadline_ms, id, method, target, http_version, scheme, host, port, headers, client_ip,
        client_port, forwarded_ip, forwarded_port, forwarded_scheme, forwarded_host, forwarded_request_port, route,
        service, consumer, credential, start_ms, body_state: BODIES, body, shared, shared_is_partial, status,
        response_headers, source: SOURCES, service_status, response_body_state: BODIES, response_body, plugin, configs,
    }
    Call { writes, method, args }
    CallResult { value, error }
    Done { writes, ran, failure, keeps_context, cache_ms, wants_body, plugin_us, reads }
    Write { op: OPS, name, value, number, args }
    Chunk { data, is_last }
    ChunkDone { data, is_last, is_unchanged, writes, failure, reads }
    Cancel { reason: REASONS, message }
    Forget { requests }
    LogLine { level, message, plugin }
    Frame { stream, r#type, message }
}

impl AsJson for Value {
    fn as_json(&self) -> Json {
        match &self.kind {
            None => json!({}),
            Some(ValueKind::Boolean(v)) => json!({ "boolean": v }),
            Some(ValueKind::Integer(v)) => json!({ "integer": v.to_string() }),
            Some(ValueKind::Number(v)) => json!({ "number": v }),
            Some(ValueKind::Text(v)) => json!({ "text": v }),
            Some(ValueKind::Bytes(v)) => json!({ "bytes": base64(v) }),
            Some(ValueKind::List(v)) if v.list.is_empty() => json!({ "list": {} }),
            Some(ValueKind::List(v)) => json!({ "list": { "list": v.list.as_json() } }),
            Some(ValueKind::Map(v)) if v.entries.is_empty() => json!({ "map": {} }),
            Some(ValueKind::Map(v)) => {
                let entries: Vec<_> = v
                    .entries
                    .iter()
                    .map(|one| json!({ "key": one.key, "value": one.value.as_json() }))
                    .collect();
                json!({ "map": { "entries": entries } })
            }
        }
    }
}

impl AsJson for Condition {
    fn as_json(&self) -> Json {
        use ConditionKind as Kind;
        match self.kind.as_ref().unwrap() {
            Kind::All(v) => json!({ "all": v.as_json() }),
            Kind::Any(v) => json!({ "any": v.as_json() }),
            Kind::Not(v) => json!({ "not": v.as_json() }),
            Kind::MethodIn(v) => json!({ "method_in": v.as_json() }),
            Kind::PathIn(v) => json!({ "path_in": v.as_json() }),
            Kind::PathPrefix(v) => json!({ "path_prefix": v.as_json() }),
            Kind::HeaderPresent(v) => json!({ "header_present": v }),
            Kind::HeaderIn(v) => json!({ "header_in": v.as_json() }),
            Kind::HeaderPrefix(v) => json!({ "header_prefix": v.as_json() }),
            Kind::QueryPresent(v) => json!({ "query_present": v }),
            Kind::RouteIn(v) => json!({ "route_in": v.as_json() }),
            Kind::ServiceIn(v) => json!({ "service_in": v.as_json() }),
            Kind::ConsumerIn(v) => json!({ "consumer_in": v.as_json() }),
            Kind::HasConsumer(v) => json!({ "has_consumer": v }),
            Kind::Status(v) => json!({ "status": v.as_json() }),
        }
    }
}

fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for part in bytes.chunks(3) {
        let number =
            part.iter().fold(0_u32, |sum, byte| sum << 8 | u32::from(*byte)) << (8 * (3 - part.len()));
        for at in 0..4 {
            let letter = LETTERS[(number >> (18 - 6 * at)) as usize & 63];
            text.push(if at <= part.len() { letter.into() } else { '=' });
        }
    }
    text
}

fn from_hex(text: &str) -> Vec<u8> {
    let pairs = (0..text.len()).step_by(2);
    pairs.map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
}

#[test]
fn mean_what_their_json_says_and_come_out_as_they_were() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../proto/vectors.json");
    let vectors: Vec<Json> = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    assert!(vectors.len() >= 37);
    for vector in vectors {
        let shows = format!("{} {}", vector["type"], vector["shows"]);
        let bytes = from_hex(vector["hex"].as_str().unwrap());
        let (json, written) = again(vector["type"].as_str().unwrap(), &bytes).expect(&shows);
        assert_eq!(json, vector["json"], "{shows}");
        assert_eq!(written, bytes, "{shows}");
    }
}

#[test]
fn a_message_with_unknown_fields_is_read() {
    // field 999, a varint
    let with_more = [0x10, 1, 0xb8, 0x3e, 5];
    assert_eq!(Done::decode(&with_more[..]).unwrap().ran, 1);
}
