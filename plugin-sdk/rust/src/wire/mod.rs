//! Messages of the native protocol: `proto/dragoman/plugin.proto`, written by hand so that nothing has to be generated.
//!
//! Field numbers and types are the contract's; `tests/vectors.rs` holds every message to the golden vectors.

mod answer;
mod condition;
mod connection;
mod event;
mod value;

pub use answer::*;
pub use condition::*;
pub use connection::*;
pub use event::*;
pub use value::*;

/// Number of a frame's message.
pub mod frame {
    pub const HELLO: u8 = 1;
    pub const START: u8 = 2;
    pub const STARTED: u8 = 3;
    pub const START_FAILED: u8 = 4;
    pub const STOP: u8 = 5;
    pub const ENTITY: u8 = 6;
    pub const FORGET_ENTITIES: u8 = 7;
    pub const EVENT: u8 = 8;
    pub const CALL: u8 = 9;
    pub const RESULT: u8 = 10;
    pub const DONE: u8 = 11;
    pub const CHUNK: u8 = 12;
    pub const CHUNK_DONE: u8 = 13;
    pub const CANCEL: u8 = 14;
    pub const FORGET: u8 = 15;
    pub const LOG: u8 = 16;
    pub const PING: u8 = 17;
    pub const PONG: u8 = 18;
    pub const DRAINING: u8 = 19;
}
