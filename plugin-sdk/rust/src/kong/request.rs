//! `kong.request`: the client's request, as it was received.

use bytes::Bytes;

use super::{stale, Kong};
use crate::error::Result;
use crate::headers::text_of;
use crate::value::FromValue;
use crate::wire::{Value, BODY_HERE, BODY_NONE};

/// Headers or arguments that are read here at most; Kong's own limit when none is given.
const READ_HERE_MAX: usize = 100;

/// The client's request. Phases: rewrite, access, response, header_filter, body_filter, log.
pub struct Request<'a>(pub(super) &'a Kong);

macro_rules! asked {
    ($($(#[$doc:meta])* $name:ident = $wire:literal -> $result:ty;)*) => {
        $($(#[$doc])* pub async fn $name(&self) -> Result<$result> {
            self.0.ask($wire, vec![]).await
        })*
    };
}

impl Request<'_> {
    fn has_request(&self) -> bool {
        !self.0.state.event.method.is_empty()
    }

    async fn own<T: FromValue>(&self, here: Option<T>, method: &str) -> Result<T> {
        match here {
            Some(value) if self.has_request() => {
                self.0.note(method, "");
                Ok(value)
            }
            _ => self.0.ask(method, vec![]).await,
        }
    }

    fn target(&self) -> (&[u8], Option<&[u8]>) {
        let target = &self.0.state.event.target[..];
        match target.iter().position(|c| *c == b'?') {
            Some(at) => (&target[..at], Some(&target[at + 1..])),
            None => (target, None),
        }
    }

    /// Scheme of the connection: "http" or "https".
    pub async fn get_scheme(&self) -> Result<String> {
        let scheme = self.0.state.event.scheme.clone();
        self.own(Some(scheme), "kong.request.get_scheme").await
    }

    /// Host of the request, in lower case, without a port.
    pub async fn get_host(&self) -> Result<String> {
        let here = (!self.0.is_stale(stale::HOST)).then(|| text_of(&self.0.state.event.host));
        self.own(here, "kong.request.get_host").await
    }

    /// Port that the client connected to.
    pub async fn get_port(&self) -> Result<u16> {
        let port = self.0.state.event.port as u16;
        self.own(Some(port), "kong.request.get_port").await
    }

    /// Scheme that the client used towards the first proxy, by trusted `X-Forwarded-Proto`.
    pub async fn get_forwarded_scheme(&self) -> Result<String> {
        let event = &self.0.state.event;
        let scheme = or_else(&event.forwarded_scheme, &event.scheme);
        self.own(Some(scheme), "kong.request.get_forwarded_scheme").await
    }

    /// Host that the client used, by trusted `X-Forwarded-Host`.
    pub async fn get_forwarded_host(&self) -> Result<String> {
        let event = &self.0.state.event;
        let host = if event.forwarded_host.is_empty() { &event.host } else { &event.forwarded_host };
        let here = (!self.0.is_stale(stale::HOST)).then(|| text_of(host));
        self.own(here, "kong.request.get_forwarded_host").await
    }

    /// Port that the client used, by trusted `X-Forwarded-Port`.
    pub async fn get_forwarded_port(&self) -> Result<u16> {
        let event = &self.0.state.event;
        let port = match event.forwarded_request_port {
            0 => event.port,
            port => port,
        };
        self.own(Some(port as u16), "kong.request.get_forwarded_port").await
    }

    asked! {
        /// Path of the request that the client made to the first proxy.
        get_forwarded_path = "kong.request.get_forwarded_path" -> String;
        /// Prefix of the path that was cut off, by trusted `X-Forwarded-Prefix` or `strip_path`.
        get_forwarded_prefix = "kong.request.get_forwarded_prefix" -> Option<String>;
        /// Captures of the Route's path: `{"unnamed": [...], "named": {...}}`.
        get_uri_captures = "kong.request.get_uri_captures" -> serde_json::Value;
    }

    /// 1.0, 1.1 or 2.0.
    pub async fn get_http_version(&self) -> Result<f64> {
        let version = f64::from(self.0.state.event.http_version) / 10.0;
        self.own(Some(version), "kong.request.get_http_version").await
    }

    /// Method, in upper case.
    pub async fn get_method(&self) -> Result<String> {
        let here = (!self.0.is_stale(stale::METHOD)).then(|| self.0.state.event.method.clone());
        self.own(here, "kong.request.get_method").await
    }

    /// Path, normalised, without the query.
    pub async fn get_path(&self) -> Result<String> {
        let (path, _) = self.target();
        let here = is_normal_path(path).then(|| text_of(path));
        self.own(here, "kong.request.get_path").await
    }

    /// Path as received, without the query.
    pub async fn get_raw_path(&self) -> Result<String> {
        let path = text_of(self.target().0);
        self.own(Some(path), "kong.request.get_raw_path").await
    }

    /// Path and query as received.
    pub async fn get_path_with_query(&self) -> Result<String> {
        let here = (!self.0.is_stale(stale::QUERY)).then(|| text_of(&self.0.state.event.target));
        self.own(here, "kong.request.get_path_with_query").await
    }

    /// Query as received, without `?`; "" if there is none.
    pub async fn get_raw_query(&self) -> Result<String> {
        let query = text_of(self.target().1.unwrap_or_default());
        let here = (!self.0.is_stale(stale::QUERY)).then_some(query);
        self.own(here, "kong.request.get_raw_query").await
    }

    /// The arguments of the query where they can be read without decoding.
    fn plain_query(&self) -> Option<Vec<(&str, Option<&str>)>> {
        if self.0.is_stale(stale::QUERY) || !self.has_request() {
            return None;
        }
        let query = std::str::from_utf8(self.target().1.unwrap_or_default()).ok()?;
        if query.contains(['%', '+']) {
            return None;
        }
        let parts = query.split('&').filter(|part| !part.is_empty());
        let list: Vec<_> = parts
            .map(|part| match part.split_once('=') {
                Some((name, value)) => (name, Some(value)),
                None => (part, None),
            })
            .collect();
        (list.len() <= READ_HERE_MAX).then_some(list)
    }

    /// First value of an argument of the query, decoded; "" where it has none (`?name`), `None` where it is not there.
    pub async fn get_query_arg(&self, name: &str) -> Result<Option<String>> {
        if let Some(list) = self.plain_query() {
            self.0.note("kong.request.get_query_arg", name);
            let found = list.into_iter().find(|(n, _)| *n == name);
            return Ok(found.map(|(_, value)| value.unwrap_or_default().to_owned()));
        }
        let value: Value = self.0.ask("kong.request.get_query_arg", vec![name.into()]).await?;
        Ok(match value.kind {
            Some(crate::wire::ValueKind::Boolean(_)) => Some(String::new()),
            _ => String::from_value(value),
        })
    }

    /// Arguments of the query with all their values, decoded; an argument without a value has an empty list. At most 100.
    pub async fn get_query(&self) -> Result<Vec<(String, Vec<String>)>> {
        let Some(list) = self.plain_query() else {
            return self.0.ask("kong.request.get_query", vec![]).await;
        };
        self.0.note("kong.request.get_query", "");
        let mut all: Vec<(String, Vec<String>)> = Vec::new();
        for (name, value) in list {
            let at = all.iter().position(|(n, _)| n == name).unwrap_or_else(|| {
                all.push((name.to_owned(), Vec::new()));
                all.len() - 1
            });
            all[at].1.extend(value.map(str::to_owned));
        }
        Ok(all)
    }

    /// First value of a header; the name is compared without case.
    pub async fn get_header(&self, name: &str) -> Result<Option<String>> {
        {
            let headers = self.0.state.headers.borrow();
            if self.has_request() && !headers.is_stale {
                self.0.note("kong.request.get_header", name);
                return Ok(headers.get(name).map(|value| text_of(&value)));
            }
        }
        self.0.ask("kong.request.get_header", vec![name.into()]).await
    }

    /// All headers, names in lower case, with all their values. At most 100.
    pub async fn get_headers(&self) -> Result<Vec<(String, Vec<String>)>> {
        {
            let headers = self.0.state.headers.borrow();
            if self.has_request() && !headers.is_stale && headers.count() <= READ_HERE_MAX {
                self.0.note("kong.request.get_headers", "");
                return Ok(headers.all());
            }
        }
        self.0.ask("kong.request.get_headers", vec![]).await
    }

    /// When the request was received, in milliseconds of the epoch.
    pub async fn get_start_time(&self) -> Result<f64> {
        let start = self.0.state.event.start_ms as f64;
        self.own(Some(start), "kong.request.get_start_time").await
    }

    /// The whole body; empty where there is none. Phases: rewrite, access, response, log.
    pub async fn get_raw_body(&self) -> Result<Bytes> {
        let event = &self.0.state.event;
        if !self.0.is_stale(stale::BODY) && self.has_request() {
            if event.body_state == BODY_NONE || event.body_state == BODY_HERE {
                self.0.note("kong.request.get_raw_body", "");
            }
            match event.body_state {
                BODY_NONE => return Ok(Bytes::new()),
                BODY_HERE => return Ok(event.body.clone()),
                _ => (),
            }
        }
        let body: Option<Bytes> = self.0.ask("kong.request.get_raw_body", vec![]).await?;
        Ok(body.unwrap_or_default())
    }

    /// The body, parsed by its Content-Type: form, multipart or JSON.
    pub async fn get_body(&self) -> Result<serde_json::Value> {
        self.0.ask("kong.request.get_body", vec![]).await
    }
}

fn or_else(first: &str, second: &str) -> String {
    if first.is_empty() {
        second.to_owned()
    } else {
        first.to_owned()
    }
}

/// Is the path what normalising it would give? `A-Z a-z 0-9 / - _ ~`, and dots inside of segments.
fn is_normal_path(path: &[u8]) -> bool {
    path.first() == Some(&b'/')
        && path.iter().enumerate().all(|(at, c)| match c {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'~' => true,
            b'/' => at == 0 || path[at - 1] != b'/',
            b'.' => path[at - 1] != b'/' && path[at - 1] != b'.',
            _ => false,
        })
}

#[cfg(test)]
mod tests {
    use super::is_normal_path;

    #[test]
    fn knows_paths_that_normalising_leaves_alone() {
        for path in ["/", "/a/b-c_d~e", "/a.b", "/v1/x.json/"] {
            assert!(is_normal_path(path.as_bytes()), "{path}");
        }
        for path in ["", "a", "//", "/a//b", "/.", "/a/../b", "/a..b", "/a%20", "/caf\u{e9}", "/a;b"] {
            assert!(!is_normal_path(path.as_bytes()), "{path}");
        }
    }
}
