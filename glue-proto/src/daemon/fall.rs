//! Why a session with Zino ended.

use super::{Channel, Disconnect};
use crate::zino::ProtocolError;
use alloc::string::String;
use core::fmt;

/// Why a session was ended by us, or ended by itself.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Fall {
    Disconnected(Channel, Disconnect),
    Protocol(ProtocolError),
    Overdue(&'static str),
    Goodbye,
    TieRefused,
    LoginRefused(String),
    HandedOver,
}

impl fmt::Display for Fall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Disconnected(Channel::Api, reason) => reason.fmt(f),
            Self::Disconnected(Channel::Notify, reason) => write!(f, "notification channel: {reason}"),
            Self::Protocol(error) => error.fmt(f),
            Self::Overdue(what) => f.write_str(what),
            Self::Goodbye => f.write_str("the server ended the session"),
            Self::TieRefused => f.write_str("the server did not tie the two channels"),
            Self::LoginRefused(reply) => write!(f, "login refused: {reply}"),
            Self::HandedOver => f.write_str("writing was stopped by the change to STANDBY"),
        }
    }
}
