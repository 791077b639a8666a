//! The small model of a gateway behind the harness: what writes do to a request and a response.

use bytes::Bytes;
use serde_json::{json, Value as Json};

use super::{Outcome, TestRequest, TestResponse, Upstream};
use crate::headers::{same_name, text_of};
use crate::value::FromValue;
use crate::wire::{Op, Value, ValueKind, Write};

pub(super) struct Model {
    pub request: TestRequest,
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Bytes,
    /// What a plugin answered with.
    pub answer: Option<(u16, Bytes)>,
    pub upstream: Option<Upstream>,
    shared: serde_json::Map<String, Json>,
    calls: Vec<String>,
}

/// Header lines, as they travel.
pub(super) fn block(headers: &[(String, String)]) -> Bytes {
    let lines = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n"));
    lines.collect::<String>().into()
}

/// Put defaults of a schema's fields where a configuration has nothing.
pub(super) fn fill_defaults(config: &mut Json, fields: &Json) {
    let Some(table) = config.as_object_mut() else {
        return;
    };
    for field in fields.as_array().into_iter().flatten() {
        for (name, schema) in field.as_object().into_iter().flatten() {
            let is_record = schema["type"] == "record";
            if let Some(value) = schema.get("default") {
                table.entry(name.clone()).or_insert_with(|| value.clone());
            } else if is_record && schema["required"] == true {
                table.entry(name.clone()).or_insert_with(|| json!({}));
            }
            if let (true, Some(inner)) = (is_record, table.get_mut(name)) {
                fill_defaults(inner, &schema["fields"]);
            }
        }
    }
}

fn set(headers: &mut Vec<(String, String)>, name: &str, value: String) {
    clear(headers, name);
    headers.push((name.to_owned(), value));
}

fn clear(headers: &mut Vec<(String, String)>, name: &str) {
    headers.retain(|(one, _)| !same_name(one.as_bytes(), name.as_bytes()));
}

fn text(args: &[Value], at: usize) -> String {
    args.get(at).cloned().and_then(String::from_value).unwrap_or_default()
}

fn entries(args: &[Value], at: usize) -> Vec<(String, Value)> {
    match args.get(at).and_then(|value| value.kind.clone()) {
        Some(ValueKind::Map(map)) => {
            map.entries.into_iter().map(|entry| (entry.key, entry.value.unwrap_or_default())).collect()
        }
        _ => Vec::new(),
    }
}

impl Model {
    pub fn new(request: TestRequest) -> Self {
        Self {
            request,
            status: 0,
            headers: Vec::new(),
            body: Bytes::new(),
            answer: None,
            upstream: None,
            shared: serde_json::Map::new(),
            calls: Vec::new(),
        }
    }

    pub fn shared(&self) -> Bytes {
        if self.shared.is_empty() {
            return Bytes::new();
        }
        Json::Object(self.shared.clone()).to_string().into()
    }

    /// The request goes to the Service, which answers.
    pub fn reach_upstream(&mut self, service: &TestResponse) {
        self.upstream = Some(Upstream {
            method: self.request.method.clone(),
            target: self.request.target.clone(),
            headers: self.request.headers.clone(),
            body: self.request.body.clone(),
        });
        self.status = service.status;
        let early = std::mem::replace(&mut self.headers, service.headers.clone());
        for (name, value) in early {
            self.headers.push((name, value));
        }
        self.body = service.chunks.concat().into();
    }

    /// The response is known: the Service's, or a plugin's.
    pub fn begin_response(&mut self) {
        if let Some((status, body)) = self.answer.take() {
            self.status = status;
            self.body = body;
        }
    }

    /// The body in pieces.
    pub fn pieces(&self, service: &TestResponse) -> Vec<Bytes> {
        let is_theirs = self.upstream.is_some() && service.chunks.concat() == self.body;
        match is_theirs && !service.chunks.is_empty() {
            true => service.chunks.clone(),
            false => vec![self.body.clone()],
        }
    }

    pub fn apply(&mut self, writes: Vec<Write>) {
        for write in writes {
            let (name, value) = (text_of(&write.name), text_of(&write.value));
            match Op::try_from(write.op) {
                Ok(Op::ServiceRequestSetHeader) => set(&mut self.request.headers, &name, value),
                Ok(Op::ServiceRequestAddHeader) => self.request.headers.push((name, value)),
                Ok(Op::ServiceRequestClearHeader) => clear(&mut self.request.headers, &name),
                Ok(Op::ResponseSetHeader) => set(&mut self.headers, &name, value),
                Ok(Op::ResponseAddHeader) => self.headers.push((name, value)),
                Ok(Op::ResponseClearHeader) => clear(&mut self.headers, &name),
                Ok(Op::ResponseSetStatus) => self.status = write.number as u16,
                Ok(Op::Call) => self.call(&name, &write.args),
                Ok(Op::NextInstance) | Err(_) => (),
            }
        }
    }

    fn call(&mut self, name: &str, args: &[Value]) {
        self.calls.push(name.to_owned());
        match name {
            "kong.response.exit" => self.exit(args),
            "kong.response.error" => {
                let body = json!({"message": text(args, 1)}).to_string();
                self.answer = Some((text(args, 0).parse().unwrap_or(500), body.into()));
            }
            "kong.service.request.set_method" => self.request.method = text(args, 0),
            "kong.service.request.set_path" => {
                let query = self.request.target.split_once('?').map(|(_, query)| query);
                let query = query.map_or(String::new(), |query| format!("?{query}"));
                self.request.target = text(args, 0) + &query;
            }
            "kong.service.request.set_raw_query" => {
                let path = self.request.target.split('?').next().unwrap_or_default();
                self.request.target = format!("{path}?{}", text(args, 0));
            }
            "kong.service.request.set_raw_body" => {
                let body = args.first().cloned().and_then(Bytes::from_value);
                self.request.body = body.unwrap_or_default();
            }
            "kong.service.request.set_header" => {
                set(&mut self.request.headers, &text(args, 0), text(args, 1))
            }
            "kong.service.request.set_headers" => {
                for (name, value) in entries(args, 0) {
                    set(&mut self.request.headers, &name, String::from_value(value).unwrap_or_default());
                }
            }
            "kong.response.set_header" => set(&mut self.headers, &text(args, 0), text(args, 1)),
            "kong.response.set_headers" => {
                for (name, value) in entries(args, 0) {
                    set(&mut self.headers, &name, String::from_value(value).unwrap_or_default());
                }
            }
            "kong.ctx.shared.set" => {
                let value = args.get(1).cloned().unwrap_or_default();
                self.shared.insert(text(args, 0), value.into());
            }
            _ => (),
        }
    }

    fn exit(&mut self, args: &[Value]) {
        let status = text(args, 0).parse().unwrap_or(500);
        let body = match args.get(1).and_then(|value| value.kind.clone()) {
            None => Bytes::new(),
            Some(ValueKind::Map(_) | ValueKind::List(_)) => {
                set(&mut self.headers, "Content-Type", "application/json; charset=utf-8".to_owned());
                Json::from(args[1].clone()).to_string().into()
            }
            Some(_) => args.get(1).cloned().and_then(Bytes::from_value).unwrap_or_default(),
        };
        for (name, value) in entries(args, 2) {
            set(&mut self.headers, &name, String::from_value(value).unwrap_or_default());
        }
        self.answer = Some((status, body));
    }

    pub fn outcome(self, log: Vec<(String, String)>) -> Outcome {
        Outcome {
            status: self.status,
            headers: self.headers,
            body: self.body,
            upstream: self.upstream,
            log,
            calls: self.calls,
        }
    }
}
