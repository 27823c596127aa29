//! Why a session with Zino ended.

use crate::face::{Channel, Disconnect};
use crate::model::CaseId;
use crate::wire::zino::ProtocolError;
use alloc::string::String;
use core::fmt;

/// Why a session was ended by us, or ended by itself.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum SessionEnd {
    Disconnected(Channel, Disconnect),
    Protocol(ProtocolError),
    Overdue(&'static str),
    /// A reply did not come in time; the case that it is about.
    ReplyOverdue(Option<CaseId>),
    Goodbye,
    TieRefused,
    LoginRefused(String),
    HandedOver,
}

impl SessionEnd {
    /// Returns the case that has probably ended the session.
    pub(super) const fn blamed(&self) -> Option<CaseId> {
        match self {
            Self::Protocol(error) => error.blamed(),
            Self::ReplyOverdue(case) => *case,
            Self::Disconnected(..)
            | Self::Overdue(_)
            | Self::Goodbye
            | Self::TieRefused
            | Self::LoginRefused(_)
            | Self::HandedOver => None,
        }
    }
}

impl fmt::Display for SessionEnd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Disconnected(Channel::Api, reason) => reason.fmt(f),
            Self::Disconnected(Channel::Notify, reason) => write!(f, "notification channel: {reason}"),
            Self::Protocol(error) => error.fmt(f),
            Self::Overdue(what) => f.write_str(what),
            Self::ReplyOverdue(_) => f.write_str("a reply did not come in time"),
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
            (SessionEnd::ReplyOverdue(Some(CaseId(1))), "a reply did not come in time"),
            (SessionEnd::Goodbye, "the server ended the session"),
            (SessionEnd::TieRefused, "the server did not tie the two channels"),
            (SessionEnd::LoginRefused("no such user".into()), "login refused: no such user"),
            (SessionEnd::HandedOver, "writing was stopped by the change to STANDBY"),
        ] {
            assert_eq!(end.to_string(), text);
        }
    }
}
