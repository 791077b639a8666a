//! The smaller namespaces: node, router, ip, nginx, vault.

use super::{entity, Kong};
use crate::error::Result;

/// The gateway's node. Any phase.
pub struct Node<'a>(pub(super) &'a Kong);

impl Node<'_> {
    /// Id of the node.
    pub fn get_id(&self) -> &str {
        self.0.note("kong.node.get_id", "");
        &self.0.state.gateway.node_id
    }

    /// Name of its host.
    pub fn get_hostname(&self) -> &str {
        self.0.note("kong.node.get_hostname", "");
        &self.0.state.gateway.hostname
    }

    /// Memory of its workers; `unit` is one of "b", "k", "m", "g".
    pub async fn get_memory_stats(&self, unit: &str, scale: u32) -> Result<serde_json::Value> {
        let args = vec![unit.into(), scale.into()];
        self.0.ask("kong.node.get_memory_stats", args).await
    }
}

/// What matched. Phases: access and later.
pub struct Router<'a>(pub(super) &'a Kong);

impl Router<'_> {
    /// The Route that matched, as in the Admin API.
    pub async fn get_route(&self) -> Result<Option<serde_json::Value>> {
        let state = &self.0.state;
        if state.event.route != 0 {
            self.0.note("kong.router.get_route", "");
            return entity(&state.entities.route);
        }
        self.0.ask("kong.router.get_route", vec![]).await
    }

    /// Its Service.
    pub async fn get_service(&self) -> Result<Option<serde_json::Value>> {
        let state = &self.0.state;
        if state.event.service != 0 {
            self.0.note("kong.router.get_service", "");
            return entity(&state.entities.service);
        }
        self.0.ask("kong.router.get_service", vec![]).await
    }
}

/// Addresses. Any phase.
pub struct Ip<'a>(pub(super) &'a Kong);

impl Ip<'_> {
    /// Is the address among the gateway's `trusted_ips`?
    pub async fn is_trusted(&self, address: &str) -> Result<bool> {
        self.0.ask("kong.ip.is_trusted", vec![address.into()]).await
    }
}

/// Variables and numbers of the proxy. Any phase.
pub struct Nginx<'a>(pub(super) &'a Kong);

impl Nginx<'_> {
    /// A variable by its nginx name.
    pub async fn get_var(&self, name: &str) -> Result<Option<String>> {
        self.0.ask("kong.nginx.get_var", vec![name.into()]).await
    }

    /// A value of the request's context.
    pub async fn get_ctx(&self, key: &str) -> Result<serde_json::Value> {
        self.0.ask("kong.nginx.get_ctx", vec![key.into()]).await
    }

    /// Set a value of the request's context.
    pub fn set_ctx(&self, key: &str, value: serde_json::Value) {
        self.0.write("kong.nginx.set_ctx", vec![key.into(), value.into()]);
    }

    /// Version of TLS that the client speaks.
    pub async fn get_tls1_version_str(&self) -> Result<Option<String>> {
        self.0.ask("kong.nginx.get_tls1_version_str", vec![]).await
    }

    /// Connections and requests, counted.
    pub async fn get_statistics(&self) -> Result<serde_json::Value> {
        self.0.ask("kong.nginx.get_statistics", vec![]).await
    }

    /// "http" or "stream".
    pub async fn get_subsystem(&self) -> Result<String> {
        self.0.ask("kong.nginx.get_subsystem", vec![]).await
    }
}

/// Secrets. Any phase.
pub struct Vault<'a>(pub(super) &'a Kong);

impl Vault<'_> {
    /// The value that a reference (`{vault://env/name}`) stands for.
    pub async fn get(&self, reference: &str) -> Result<Option<String>> {
        self.0.ask("kong.vault.get", vec![reference.into()]).await
    }

    /// Is the text a reference?
    pub async fn is_reference(&self, reference: &str) -> Result<bool> {
        self.0.ask("kong.vault.is_reference", vec![reference.into()]).await
    }
}
