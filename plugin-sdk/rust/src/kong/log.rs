//! `kong.log`: lines in the gateway's log, and the log entry of the request.

use super::Kong;
use crate::error::Result;
use crate::wire::LogLine;

/// Lines in the gateway's log, with the request's id and the plugin's name. Any phase.
pub struct Log<'a>(pub(super) &'a Kong);

macro_rules! levels {
    ($($name:ident)*) => {
        $(#[doc = concat!("A line at level ", stringify!($name), ".")]
        pub fn $name(&self, message: impl std::fmt::Display) {
            self.line(stringify!($name), message.to_string());
        })*
    };
}

impl Log<'_> {
    levels!(debug info notice warn err crit alert emerg);

    fn line(&self, level: &str, message: String) {
        let line = LogLine { level: level.to_owned(), message, plugin: self.0.plugin.to_string() };
        self.0.state.link.log(self.0.state.stream, line);
    }

    /// Put a value into the request's log entry, at a dotted key ("request.user"). Phases: all with a request.
    pub fn set_serialize_value(&self, key: &str, value: serde_json::Value) {
        let args = vec![key.into(), value.into()];
        self.0.write("kong.log.set_serialize_value", args);
    }

    /// The request's log entry. Phase: log.
    pub async fn serialize(&self) -> Result<serde_json::Value> {
        let text: String = self.0.ask("kong.log.serialize", vec![]).await?;
        Ok(serde_json::from_str(&text)?)
    }
}
