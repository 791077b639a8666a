//! Values of the PDK: what goes into a call and comes out of it, and their likeness to JSON.

use bytes::Bytes;

use crate::wire::{MapEntry, Value, ValueKind, ValueList, ValueMap};

/// Nil, as an argument.
pub const NIL: Value = Value { kind: None };

macro_rules! from {
    ($($type:ty => |$value:ident| $kind:expr),* $(,)?) => {
        $(impl From<$type> for Value {
            fn from($value: $type) -> Self {
                Value { kind: Some($kind) }
            }
        })*
    };
}

from! {
    bool => |v| ValueKind::Boolean(v),
    i32 => |v| ValueKind::Integer(v.into()),
    u16 => |v| ValueKind::Integer(v.into()),
    u32 => |v| ValueKind::Integer(v.into()),
    i64 => |v| ValueKind::Integer(v),
    f64 => |v| ValueKind::Number(v),
    &str => |v| ValueKind::Text(v.to_owned()),
    &String => |v| ValueKind::Text(v.clone()),
    String => |v| ValueKind::Text(v),
    Bytes => |v| bytes_kind(v),
    &[u8] => |v| bytes_kind(Bytes::copy_from_slice(v)),
    Vec<u8> => |v| bytes_kind(Bytes::from(v)),
    Vec<Value> => |v| ValueKind::List(ValueList { list: v }),
    Vec<&str> => |v| ValueKind::List(ValueList { list: v.into_iter().map(Value::from).collect() }),
    Vec<String> => |v| ValueKind::List(ValueList { list: v.into_iter().map(Value::from).collect() }),
}

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(NIL, Into::into)
    }
}

/// Bytes that are text travel as text, as a plugin in any other language would send them.
fn bytes_kind(bytes: Bytes) -> ValueKind {
    match std::str::from_utf8(&bytes) {
        Ok(text) => ValueKind::Text(text.to_owned()),
        Err(_) => ValueKind::Bytes(bytes),
    }
}

/// A table with these entries.
pub fn map<K: Into<String>, V: Into<Value>>(entries: impl IntoIterator<Item = (K, V)>) -> Value {
    let entries = entries
        .into_iter()
        .map(|(key, value)| MapEntry { key: key.into(), value: Some(value.into()) })
        .collect();
    Value { kind: Some(ValueKind::Map(ValueMap { entries })) }
}

impl From<serde_json::Value> for Value {
    fn from(json: serde_json::Value) -> Self {
        use serde_json::Value as Json;
        match json {
            Json::Null => NIL,
            Json::Bool(v) => v.into(),
            Json::Number(v) => match v.as_i64() {
                Some(whole) => whole.into(),
                None => v.as_f64().unwrap_or(0.0).into(),
            },
            Json::String(v) => v.into(),
            Json::Array(list) => list.into_iter().map(Value::from).collect::<Vec<_>>().into(),
            Json::Object(entries) => map(entries),
        }
    }
}

impl From<Value> for serde_json::Value {
    fn from(value: Value) -> Self {
        match value.kind {
            None => Self::Null,
            Some(ValueKind::Boolean(v)) => v.into(),
            Some(ValueKind::Integer(v)) => v.into(),
            Some(ValueKind::Number(v)) => v.into(),
            Some(ValueKind::Text(v)) => v.into(),
            Some(ValueKind::Bytes(v)) => String::from_utf8_lossy(&v).into_owned().into(),
            Some(ValueKind::List(v)) => v.list.into_iter().map(Self::from).collect(),
            Some(ValueKind::Map(v)) => v
                .entries
                .into_iter()
                .map(|entry| (entry.key, Self::from(entry.value.unwrap_or(NIL))))
                .collect(),
        }
    }
}

/// What a PDK function can give.
pub trait FromValue: Sized {
    /// `None` where the value is of another kind; nil is a value of `Option`, `()` and JSON.
    fn from_value(value: Value) -> Option<Self>;
}

impl FromValue for () {
    fn from_value(_: Value) -> Option<Self> {
        Some(())
    }
}

impl FromValue for Value {
    fn from_value(value: Value) -> Option<Self> {
        Some(value)
    }
}

impl FromValue for serde_json::Value {
    fn from_value(value: Value) -> Option<Self> {
        Some(value.into())
    }
}

impl FromValue for bool {
    fn from_value(value: Value) -> Option<Self> {
        match value.kind {
            Some(ValueKind::Boolean(v)) => Some(v),
            None => Some(false),
            _ => None,
        }
    }
}

impl FromValue for String {
    fn from_value(value: Value) -> Option<Self> {
        match value.kind? {
            ValueKind::Text(v) => Some(v),
            ValueKind::Bytes(v) => Some(String::from_utf8_lossy(&v).into_owned()),
            ValueKind::Integer(v) => Some(v.to_string()),
            ValueKind::Number(v) => Some(v.to_string()),
            _ => None,
        }
    }
}

impl FromValue for Bytes {
    fn from_value(value: Value) -> Option<Self> {
        match value.kind? {
            ValueKind::Text(v) => Some(v.into()),
            ValueKind::Bytes(v) => Some(v),
            _ => None,
        }
    }
}

impl FromValue for f64 {
    fn from_value(value: Value) -> Option<Self> {
        match value.kind? {
            ValueKind::Number(v) => Some(v),
            ValueKind::Integer(v) => Some(v as f64),
            _ => None,
        }
    }
}

impl FromValue for u16 {
    fn from_value(value: Value) -> Option<Self> {
        f64::from_value(value).map(|v| v as u16)
    }
}

impl<T: FromValue> FromValue for Option<T> {
    fn from_value(value: Value) -> Option<Self> {
        if value.kind.is_none() {
            return Some(None);
        }
        T::from_value(value).map(Some)
    }
}

/// Names with all their values, in the order of the gateway.
impl FromValue for Vec<(String, Vec<String>)> {
    fn from_value(value: Value) -> Option<Self> {
        match value.kind {
            None => Some(Vec::new()),
            Some(ValueKind::List(list)) if list.list.is_empty() => Some(Vec::new()),
            Some(ValueKind::Map(table)) => Some(
                table
                    .entries
                    .into_iter()
                    .map(|entry| (entry.key, texts(entry.value.unwrap_or(NIL))))
                    .collect(),
            ),
            _ => None,
        }
    }
}

fn texts(value: Value) -> Vec<String> {
    match value.kind {
        Some(ValueKind::List(v)) => v.list.into_iter().filter_map(String::from_value).collect(),
        // an argument without a value
        Some(ValueKind::Boolean(_)) | None => Vec::new(),
        _ => String::from_value(value).into_iter().collect(),
    }
}
