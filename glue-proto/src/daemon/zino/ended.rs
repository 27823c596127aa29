//! Why a session with Zino ended.

use crate::face::{Channel, Disconnect};
use crate::wire::zino::ProtocolError;
use alloc::string::String;
use core::fmt;

/// Why a session was ended by us, or ended by itself.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum SessionEnd {
    Disconnected(Channel, Disconnect),
    Protocol(ProtocolError),
    Overdue(&'static str),
    Goodbye,
    TieRefused,
    LoginRefused(String),
    HandedOver,
}

impl fmt::Display for SessionEnd {
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

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;

    #[test]
    fn operators_are_told_why_a_session_ended() {
        for (end, text) in [
            (SessionEnd::Disconnected(Channel::Api, Disconnect::Reset), "connection reset"),
            (
                SessionEnd::Disconnected(Channel::Notify, Disconnect::Refused),
                "notification channel: connection refused",
            ),
            (
                SessionEnd::Protocol(ProtocolError::Unattributable { reply: "odd".into() }),
                "the error \"odd\" may belong to any of several commands",
            ),
            (SessionEnd::Overdue("a reply did not come in time"), "a reply did not come in time"),
            (SessionEnd::Goodbye, "the server ended the session"),
            (SessionEnd::TieRefused, "the server did not tie the two channels"),
            (SessionEnd::LoginRefused("no such user".into()), "login refused: no such user"),
            (SessionEnd::HandedOver, "writing was stopped by the change to STANDBY"),
        ] {
            assert_eq!(end.to_string(), text);
        }
    }
}
