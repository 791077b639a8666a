//! Plugins for the Dragoman API gateway, in Rust.
//!
//! A plugin is a type with a configuration and a method for each phase; [`serve`] makes a plugin server of it, a process that
//! the gateway starts and talks to over a Unix socket, once for each phase of a request.
//!
//! ```no_run
//! use dragoman_plugin::{plugin, serve, Instance, Kong, KongConfig, Result};
//! use serde::Deserialize;
//!
//! #[derive(Deserialize, KongConfig)]
//! struct Config {
//!     #[kong(default = "hello", len_min = 1)]
//!     greeting: String,
//! }
//!
//! struct Hello(Config);
//!
//! #[plugin(name = "hello", version = "1.0.0", priority = 10, config = Config)]
//! impl Hello {
//!     fn new(config: Config, _: &Instance) -> Result<Self> {
//!         Ok(Self(config))
//!     }
//!
//!     async fn access(&self, kong: &Kong) -> Result {
//!         let Some(user) = kong.request().get_header("x-user").await? else {
//!             return kong.response().exit(401, "who are you?", []);
//!         };
//!         kong.service().request().set_header("x-greeting", format!("{} {user}", self.0.greeting));
//!         Ok(())
//!     }
//! }
//!
//! fn main() -> std::process::ExitCode {
//!     serve::<Hello>()
//! }
//! ```

extern crate self as dragoman_plugin;

mod condition;
mod connection;
mod contexts;
mod error;
mod frame;
mod headers;
pub mod kong;
mod plugin;
mod runner;
mod server;
pub mod testing;
pub mod value;
pub mod wire;

pub use dragoman_plugin_derive::{plugin, KongConfig};
pub use error::{Error, Result};
pub use kong::Kong;
pub use plugin::{Chunk, FieldType, Instance, KongConfig, Phase, Plugin, Registration};
pub use serde_json as json;
pub use server::{serve, serve_all};
pub use wire::{CachePart, Condition, Value};

/// What this is, in a hello and in logs.
pub(crate) const SOFTWARE: &str = concat!("dragoman-plugin-sdk-rust ", env!("CARGO_PKG_VERSION"));
