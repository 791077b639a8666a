//! `kong.service`: where the request goes, what goes there, and what came back.

use bytes::Bytes;

use super::{plain_text, stale, Kong};
use crate::error::Result;
use crate::headers::{is_token, same_name};
use crate::value::map;
use crate::wire::{Op, Value, Write, BODY_HERE};

/// Where the request goes. Phase: access, if nothing else is said.
pub struct Service<'a>(pub(super) &'a Kong);

impl<'a> Service<'a> {
    /// The request that goes to the Service.
    pub fn request(&self) -> ServiceRequest<'a> {
        ServiceRequest(self.0)
    }

    /// The answer that came from it.
    pub fn response(&self) -> ServiceResponse<'a> {
        ServiceResponse(self.0)
    }

    /// Send the request to an Upstream by its name. An error where there is none of that name.
    pub async fn set_upstream(&self, host: &str) -> Result<bool> {
        self.0.ask("kong.service.set_upstream", vec![host.into()]).await
    }

    /// Send the request to a host and port.
    pub fn set_target(&self, host: &str, port: u16) {
        self.0.write("kong.service.set_target", vec![host.into(), port.into()]);
    }

    /// How often the request may be tried again.
    pub fn set_retries(&self, retries: u16) {
        self.0.write("kong.service.set_retries", vec![retries.into()]);
    }

    /// Limits for connecting, writing and reading, in milliseconds.
    pub fn set_timeouts(&self, connect_ms: u32, write_ms: u32, read_ms: u32) {
        let args = vec![connect_ms.into(), write_ms.into(), read_ms.into()];
        self.0.write("kong.service.set_timeouts", args);
    }

    /// Is the Service's certificate verified?
    pub async fn set_tls_verify(&self, on: bool) -> Result<bool> {
        self.0.ask("kong.service.set_tls_verify", vec![on.into()]).await
    }

    /// How long a chain of certificates may be.
    pub async fn set_tls_verify_depth(&self, depth: u32) -> Result<bool> {
        self.0.ask("kong.service.set_tls_verify_depth", vec![depth.into()]).await
    }
}

/// The request that goes to the Service. Phases: rewrite, access.
pub struct ServiceRequest<'a>(pub(super) &'a Kong);

impl ServiceRequest<'_> {
    /// Hold the whole response before it is sent on, so that [`ServiceResponse::get_raw_body`] has it.
    pub fn enable_buffering(&self) {
        self.0.write("kong.service.request.enable_buffering", vec![]);
    }

    /// "http" or "https".
    pub fn set_scheme(&self, scheme: &str) {
        self.0.write("kong.service.request.set_scheme", vec![scheme.into()]);
    }

    /// Path, without a query; begins with "/".
    pub fn set_path(&self, path: &str) {
        self.0.write("kong.service.request.set_path", vec![path.into()]);
    }

    /// Query as it goes on the wire, without "?".
    pub fn set_raw_query(&self, query: &str) {
        self.0.mark_stale(stale::QUERY);
        self.0.write("kong.service.request.set_raw_query", vec![query.into()]);
    }

    /// Method, in upper case.
    pub fn set_method(&self, method: &str) {
        self.0.mark_stale(stale::METHOD);
        self.0.write("kong.service.request.set_method", vec![method.into()]);
    }

    /// All arguments of the query: text, truth values or lists of them; they are escaped and sorted.
    pub fn set_query<V: Into<Value>>(&self, args: impl IntoIterator<Item = (String, V)>) {
        self.0.mark_stale(stale::QUERY);
        self.0.write("kong.service.request.set_query", vec![map(args)]);
    }

    /// Remove an argument of the query.
    pub fn clear_query_arg(&self, name: &str) {
        self.0.mark_stale(stale::QUERY);
        self.0.write("kong.service.request.clear_query_arg", vec![name.into()]);
    }

    fn touch_host(&self, name: &str) {
        if same_name(name.as_bytes(), b"host") {
            self.0.mark_stale(stale::HOST);
        }
    }

    fn change(&self, op: Op, method: &'static str, name: &str, value: Value) {
        self.touch_host(name);
        let mut headers = self.0.state.headers.borrow_mut();
        let short = plain_text(&value).filter(|_| is_token(name));
        let Some(text) = short else {
            headers.is_stale = true;
            drop(headers);
            return self.0.write(method, vec![name.into(), value]);
        };
        let name = Bytes::copy_from_slice(name.as_bytes());
        let value = Bytes::copy_from_slice(text.as_bytes());
        if op == Op::ServiceRequestAddHeader {
            headers.add(&name, &value);
        } else {
            headers.set(&name, &value);
        }
        self.0.push(Write { op: op as i32, name, value, ..Write::default() });
    }

    /// Set a header in place of all of its name. The value is text, a number or a list.
    pub fn set_header(&self, name: &str, value: impl Into<Value>) {
        let op = Op::ServiceRequestSetHeader;
        self.change(op, "kong.service.request.set_header", name, value.into());
    }

    /// Add a header beside those of its name.
    pub fn add_header(&self, name: &str, value: impl Into<Value>) {
        let op = Op::ServiceRequestAddHeader;
        self.change(op, "kong.service.request.add_header", name, value.into());
    }

    /// Remove every header of that name.
    pub fn clear_header(&self, name: &str) {
        self.touch_host(name);
        if !is_token(name) {
            return self.0.write("kong.service.request.clear_header", vec![name.into()]);
        }
        self.0.state.headers.borrow_mut().clear(name);
        let name = Bytes::copy_from_slice(name.as_bytes());
        self.0.push(Write { op: Op::ServiceRequestClearHeader as i32, name, ..Write::default() });
    }

    /// Set several headers; others stay as they are.
    pub fn set_headers<V: Into<Value>>(&self, headers: impl IntoIterator<Item = (String, V)>) {
        self.0.mark_stale(stale::HOST);
        self.0.state.headers.borrow_mut().is_stale = true;
        self.0.write("kong.service.request.set_headers", vec![map(headers)]);
    }

    /// The whole body.
    pub fn set_raw_body(&self, body: impl Into<Value>) {
        self.0.mark_stale(stale::BODY);
        self.0.state.headers.borrow_mut().is_stale = true;
        self.0.write("kong.service.request.set_raw_body", vec![body.into()]);
    }

    /// A table as body, written by the request's Content-Type or by `mime`: form, multipart or JSON.
    pub fn set_body(&self, body: serde_json::Value, mime: Option<&str>) {
        self.0.mark_stale(stale::BODY);
        self.0.state.headers.borrow_mut().is_stale = true;
        self.0.write("kong.service.request.set_body", vec![body.into(), mime.into()]);
    }
}

/// The Service's answer. Phases: response, header_filter, body_filter, log.
pub struct ServiceResponse<'a>(pub(super) &'a Kong);

impl ServiceResponse<'_> {
    /// Its status; `None` where the Service gave none.
    pub async fn get_status(&self) -> Result<Option<u16>> {
        match self.0.state.event.service_status {
            0 => self.0.ask("kong.service.response.get_status", vec![]).await,
            status => {
                self.0.note("kong.service.response.get_status", "");
                Ok(Some(status as u16))
            }
        }
    }

    /// First value of a header; asks the gateway.
    pub async fn get_header(&self, name: &str) -> Result<Option<String>> {
        self.0.ask("kong.service.response.get_header", vec![name.into()]).await
    }

    /// All headers; asks the gateway.
    pub async fn get_headers(&self) -> Result<Vec<(String, Vec<String>)>> {
        self.0.ask("kong.service.response.get_headers", vec![]).await
    }

    /// The whole body, where the response is buffered.
    pub async fn get_raw_body(&self) -> Result<Bytes> {
        let event = &self.0.state.event;
        if event.response_body_state == BODY_HERE {
            self.0.note("kong.service.response.get_raw_body", "");
            return Ok(event.response_body.clone());
        }
        self.0.ask("kong.service.response.get_raw_body", vec![]).await
    }

    /// The body, parsed by its Content-Type.
    pub async fn get_body(&self) -> Result<serde_json::Value> {
        self.0.ask("kong.service.response.get_body", vec![]).await
    }
}
