//! `kong.response`: what goes to the client.

use bytes::Bytes;

use super::{plain_text, Kong};
use crate::error::{Error, Result};
use crate::headers::{is_token, text_of};
use crate::value::{map, NIL};
use crate::wire::{Op, Value, Write};

const READ_HERE_MAX: usize = 100;
const SOURCES: [&str; 4] = ["", "service", "exit", "error"];

/// The response to the client.
pub struct Response<'a>(pub(super) &'a Kong);

impl Response<'_> {
    fn is_here(&self) -> bool {
        self.0.state.event.status != 0
    }

    /// Status. Phases: response, header_filter, body_filter, log.
    pub async fn get_status(&self) -> Result<u16> {
        if self.is_here() {
            self.0.note("kong.response.get_status", "");
            return Ok(self.0.state.status.get() as u16);
        }
        self.0.ask("kong.response.get_status", vec![]).await
    }

    /// First value of a header. Phases: response, header_filter, body_filter, log.
    pub async fn get_header(&self, name: &str) -> Result<Option<String>> {
        {
            let headers = self.0.state.response_headers.borrow();
            if self.is_here() && !headers.is_stale {
                self.0.note("kong.response.get_header", name);
                return Ok(headers.get(name).map(|value| text_of(&value)));
            }
        }
        self.0.ask("kong.response.get_header", vec![name.into()]).await
    }

    /// All headers, names in lower case. Phases: response, header_filter, body_filter, log.
    pub async fn get_headers(&self) -> Result<Vec<(String, Vec<String>)>> {
        {
            let headers = self.0.state.response_headers.borrow();
            if self.is_here() && !headers.is_stale && headers.count() <= READ_HERE_MAX {
                self.0.note("kong.response.get_headers", "");
                return Ok(headers.all());
            }
        }
        self.0.ask("kong.response.get_headers", vec![]).await
    }

    /// Who made the response: "service", "exit" (a plugin) or "error".
    pub async fn get_source(&self) -> Result<String> {
        let source = SOURCES.get(self.0.state.event.source as usize).copied().unwrap_or("");
        if self.is_here() && !source.is_empty() {
            self.0.note("kong.response.get_source", "");
            return Ok(source.to_owned());
        }
        self.0.ask("kong.response.get_source", vec![]).await
    }

    /// Set the status. Phases: rewrite, access, response, header_filter.
    pub fn set_status(&self, status: u16) {
        self.0.state.status.set(status.into());
        if (100..=599).contains(&status) {
            self.0.push(Write {
                op: Op::ResponseSetStatus as i32,
                number: status.into(),
                ..Write::default()
            });
        } else {
            self.0.write("kong.response.set_status", vec![status.into()]);
        }
    }

    fn change(&self, op: Op, method: &'static str, name: &str, value: Value) {
        let mut headers = self.0.state.response_headers.borrow_mut();
        let short = plain_text(&value).filter(|_| is_token(name));
        let Some(text) = short else {
            headers.is_stale = true;
            drop(headers);
            return self.0.write(method, vec![name.into(), value]);
        };
        let name = Bytes::copy_from_slice(name.as_bytes());
        let value = Bytes::copy_from_slice(text.as_bytes());
        if self.is_here() {
            if op == Op::ResponseAddHeader {
                headers.add(&name, &value);
            } else {
                headers.set(&name, &value);
            }
        }
        self.0.push(Write { op: op as i32, name, value, ..Write::default() });
    }

    /// Set a header in place of all of its name. The value is text, a number or a list. Phases: rewrite, access, response,
    /// header_filter.
    pub fn set_header(&self, name: &str, value: impl Into<Value>) {
        self.change(Op::ResponseSetHeader, "kong.response.set_header", name, value.into());
    }

    /// Add a header beside those of its name. Phases as [`Self::set_header`].
    pub fn add_header(&self, name: &str, value: impl Into<Value>) {
        self.change(Op::ResponseAddHeader, "kong.response.add_header", name, value.into());
    }

    /// Remove every header of that name. Phases as [`Self::set_header`].
    pub fn clear_header(&self, name: &str) {
        if !is_token(name) {
            return self.0.write("kong.response.clear_header", vec![name.into()]);
        }
        if self.is_here() {
            self.0.state.response_headers.borrow_mut().clear(name);
        }
        let name = Bytes::copy_from_slice(name.as_bytes());
        self.0.push(Write { op: Op::ResponseClearHeader as i32, name, ..Write::default() });
    }

    /// Set several headers; others stay as they are. Phases as [`Self::set_header`].
    pub fn set_headers<V: Into<Value>>(&self, headers: impl IntoIterator<Item = (String, V)>) {
        self.0.state.response_headers.borrow_mut().is_stale = true;
        self.0.write("kong.response.set_headers", vec![map(headers)]);
    }

    /// The whole body, in body_filter; asks the gateway.
    pub async fn get_raw_body(&self) -> Result<Option<Bytes>> {
        self.0.ask("kong.response.get_raw_body", vec![]).await
    }

    /// Put a body in place of the response's. Phase: body_filter.
    pub fn set_raw_body(&self, body: impl Into<Value>) {
        self.0.write("kong.response.set_raw_body", vec![body.into()]);
    }

    fn end(&self, method: &'static str, args: Vec<Value>) -> Result {
        self.0.write(method, args);
        self.0.state.has_exited.set(true);
        Err(Error::Exited)
    }

    /// Answer, and end the request's way to the Service: `return kong.response().exit(403, "no", [])`.
    ///
    /// The body is text, bytes, or a table that becomes JSON. Phases: rewrite, access, response (and header_filter
    /// without a body).
    pub fn exit<'h>(
        &self,
        status: u16,
        body: impl Into<Value>,
        headers: impl IntoIterator<Item = (&'h str, &'h str)>,
    ) -> Result {
        let table = map(headers);
        self.end("kong.response.exit", vec![status.into(), body.into(), table])
    }

    /// Answer with the gateway's own error in the format that the client accepts.
    pub fn error(&self, status: u16, message: Option<&str>) -> Result {
        let message = message.map_or(NIL, Value::from);
        self.end("kong.response.error", vec![status.into(), message])
    }
}
