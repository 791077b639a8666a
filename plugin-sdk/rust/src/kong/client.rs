//! `kong.client`: who made the request.

use super::{entity, stale, Kong};
use crate::error::Result;
use crate::value::NIL;
use crate::wire::Value;

/// The connection, the consumer and the credential.
pub struct Client<'a>(pub(super) &'a Kong);

impl Client<'_> {
    fn has_client(&self) -> bool {
        !self.0.state.event.client_ip.is_empty()
    }

    /// Address of the direct peer.
    pub async fn get_ip(&self) -> Result<String> {
        if self.has_client() {
            self.0.note("kong.client.get_ip", "");
            return Ok(self.0.state.event.client_ip.clone());
        }
        self.0.ask("kong.client.get_ip", vec![]).await
    }

    /// Address of the client behind trusted proxies.
    pub async fn get_forwarded_ip(&self) -> Result<String> {
        if self.has_client() {
            self.0.note("kong.client.get_forwarded_ip", "");
            return Ok(self.0.state.event.forwarded_ip.clone());
        }
        self.0.ask("kong.client.get_forwarded_ip", vec![]).await
    }

    /// Port of the direct peer.
    pub async fn get_port(&self) -> Result<u16> {
        if self.has_client() {
            self.0.note("kong.client.get_port", "");
            return Ok(self.0.state.event.client_port as u16);
        }
        self.0.ask("kong.client.get_port", vec![]).await
    }

    /// Port of the client behind trusted proxies; `None` where they did not tell.
    pub async fn get_forwarded_port(&self) -> Result<Option<u16>> {
        if self.has_client() {
            self.0.note("kong.client.get_forwarded_port", "");
            return Ok(Some(self.0.state.event.forwarded_port as u16).filter(|port| *port != 0));
        }
        self.0.ask("kong.client.get_forwarded_port", vec![]).await
    }

    /// The credential that the request was authenticated with. Phases: access, response, header_filter, body_filter, log.
    pub async fn get_credential(&self) -> Result<Option<serde_json::Value>> {
        let state = &self.0.state;
        if self.has_client() && !self.0.is_stale(stale::CONSUMER) && state.event.credential != 0 {
            self.0.note("kong.client.get_credential", "");
            return entity(&state.entities.credential);
        }
        self.0.ask("kong.client.get_credential", vec![]).await
    }

    /// The authenticated consumer. Phases: access, response, header_filter, body_filter, log.
    pub async fn get_consumer(&self) -> Result<Option<serde_json::Value>> {
        let state = &self.0.state;
        if self.has_client() && !self.0.is_stale(stale::CONSUMER) && state.event.consumer != 0 {
            self.0.note("kong.client.get_consumer", "");
            return entity(&state.entities.consumer);
        }
        self.0.ask("kong.client.get_consumer", vec![]).await
    }

    /// A consumer by its id, or by its username too.
    pub async fn load_consumer(
        &self,
        consumer: &str,
        by_username: bool,
    ) -> Result<Option<serde_json::Value>> {
        let args = vec![consumer.into(), by_username.into()];
        self.0.ask("kong.client.load_consumer", args).await
    }

    /// Set who the request is from. One of the two may be `None`. Phase: access.
    pub fn authenticate(&self, consumer: Option<serde_json::Value>, credential: Option<serde_json::Value>) {
        self.0.mark_stale(stale::CONSUMER);
        let table = |one: Option<serde_json::Value>| one.map_or(NIL, Value::from);
        self.0.write("kong.client.authenticate", vec![table(consumer), table(credential)]);
    }

    /// Protocol of the Route that matched: "http", "https", "grpc", "grpcs".
    ///
    /// `allow_terminated`: believe a trusted `X-Forwarded-Proto`.
    pub async fn get_protocol(&self, allow_terminated: bool) -> Result<Option<String>> {
        let args = vec![allow_terminated.into()];
        self.0.ask("kong.client.get_protocol", args).await
    }

    /// Ask for the client's certificate. Phase: certificate.
    pub async fn request_client_certificate(&self) -> Result<bool> {
        self.0.ask("kong.client.tls.request_client_certificate", vec![]).await
    }

    /// Let no later connection resume this TLS session. Phase: certificate.
    pub async fn disable_session_reuse(&self) -> Result<bool> {
        self.0.ask("kong.client.tls.disable_session_reuse", vec![]).await
    }

    /// The client's certificate and its chain, as PEM.
    pub async fn get_full_client_certificate_chain(&self) -> Result<Option<String>> {
        self.0.ask("kong.client.tls.get_full_client_certificate_chain", vec![]).await
    }

    /// What `X-Client-Verify`-like variables say: "SUCCESS", "NONE" or "FAILED:reason".
    pub fn set_client_verify(&self, verify: &str) {
        self.0.write("kong.client.tls.set_client_verify", vec![verify.into()]);
    }
}
