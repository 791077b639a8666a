//! How a handler ends before its last line.

use std::fmt;

/// Why a handler, or a call in it, did not go on.
pub enum Error {
    /// `kong.response().exit` or `error`: the answer is recorded, and nothing of the plugin runs behind it.
    Exited,
    /// The gateway refused a call (a wrong phase, an argument that cannot be), or wants no answer any more.
    Cancelled(String),
    /// A PDK function gave nothing, and said why (the second result of Kong's function).
    Pdk(String),
    /// Anything else that went wrong: the event fails, and the text goes into the gateway's log.
    Failed(Box<dyn std::error::Error>),
}

/// What handlers give.
pub type Result<T = ()> = std::result::Result<T, Error>;

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exited => f.write_str("the plugin has answered"),
            Self::Cancelled(why) => write!(f, "the gateway ended the call: {why}"),
            Self::Pdk(why) => f.write_str(why),
            Self::Failed(cause) => fmt::Display::fmt(cause, f),
        }
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

// `Error` itself is no `std::error::Error`, so that `?` takes every error of others
impl<E: Into<Box<dyn std::error::Error>>> From<E> for Error {
    fn from(cause: E) -> Self {
        Self::Failed(cause.into())
    }
}
