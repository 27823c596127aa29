//! What can be wrong with what the server says.

use super::line::LineTooLong;
use crate::model::CaseId;
use crate::text::zino::floor_boundary;
use alloc::string::String;

/// How much of the server's text an error or event quotes, in bytes, before the ellipsis.
pub const MAX_QUOTE: usize = 200;

/// Shortens a text that goes into an error or event, so that those stay small whatever the server sends.
pub(super) fn quote(text: &str) -> String {
    if text.len() <= MAX_QUOTE {
        return text.into();
    }
    let mut short = String::from(&text[..floor_boundary(text, MAX_QUOTE)]);
    short.push('…');
    short
}

/// Why the reply about one case cannot be used. The session goes on; the case is to be quarantined (behaviour B14).
#[derive(Clone, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum DecodeError {
    /// An attribute that every case has is not there.
    #[error("the attribute {name:?} is missing")]
    Missing {
        /// The name of the attribute, as the server writes it.
        name: &'static str,
    },
    /// An attribute that is a number holds none, or one that is too large.
    #[error("the attribute {name:?} is not a number: {value:?}")]
    NotANumber {
        /// The name of the attribute, as the server writes it.
        name: &'static str,
        /// Its value, shortened.
        value: String,
    },
    /// A line continues something before anything has begun.
    #[error("a continuation line comes first: {line:?}")]
    StrayLine {
        /// The line, shortened.
        line: String,
    },
    /// A history entry does not begin with a time in Unix seconds.
    #[error("a history entry has no time: {line:?}")]
    NoStamp {
        /// The line, shortened.
        line: String,
    },
    /// The server failed in the middle of the list (reference zino-protocol 4, "broken list").
    #[error("the server failed in the middle of its reply")]
    BrokenOff,
    /// The list is longer than what is accepted.
    #[error("the reply is too long")]
    TooLong,
    /// The server answered with an error that is not about the case's existence.
    #[error("the server answered with an error: {reply:?}")]
    Refused {
        /// The reply, shortened.
        reply: String,
    },
}

/// Why a session with Zino must be ended: what follows on the channel cannot be trusted any more.
#[derive(Clone, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum ProtocolError {
    /// A line has no end within the limit.
    #[error("{error}")]
    LineTooLong {
        /// The limit.
        error: LineTooLong,
        /// The case whose list was being read.
        blamed: Option<CaseId>,
    },
    /// A reply has no end within the limit.
    #[error("a reply is longer than {limit} bytes")]
    ReplyTooLong {
        /// The limit, in bytes.
        limit: usize,
        /// The case whose list was being read.
        blamed: Option<CaseId>,
    },
    /// The first line of the API channel is no greeting with a challenge.
    #[error("not the greeting of a Zino server: {line:?}")]
    NotAGreeting {
        /// The line, shortened.
        line: String,
    },
    /// The first line of the notification channel is no nonce.
    #[error("not the nonce of a Zino server: {line:?}")]
    NotANonce {
        /// The line, shortened.
        line: String,
    },
    /// The server failed while it checked our credentials, which says nothing about them.
    #[error("the server failed during the login: {reply:?}")]
    LoginFailed {
        /// The reply, shortened.
        reply: String,
    },
    /// A line is no reply where one must begin.
    #[error("not a reply: {line:?}")]
    NotAReply {
        /// The line, shortened.
        line: String,
        /// The case whose list was read last: a line of one dot in a value of it ends the list too early (reference
        /// zino-protocol 5.2).
        blamed: Option<CaseId>,
    },
    /// A reply came that no command waits for.
    #[error("nothing waits for the reply {reply:?}")]
    Unexpected {
        /// The first line of the reply, shortened.
        reply: String,
        /// The case whose list was read last.
        blamed: Option<CaseId>,
    },
    /// A note was refused after its text had been asked for: nobody knows whether the server still waits for text, and
    /// would store the next commands as such.
    #[error("the server asked for the text of a note, and refused it: {reply:?}")]
    NoteRefused {
        /// The reply, shortened.
        reply: String,
        /// The case that the note was for.
        id: CaseId,
    },
    /// A good reply came that a command waits for, but not the oldest one.
    #[error("the reply {reply:?} came out of order")]
    OutOfOrder {
        /// The first line of the reply, shortened.
        reply: String,
        /// The case whose list was read last.
        blamed: Option<CaseId>,
    },
    /// An error came that may belong to any of several commands.
    #[error("the error {reply:?} may belong to any of several commands")]
    Unattributable {
        /// The reply, shortened.
        reply: String,
    },
}

impl ProtocolError {
    /// Tells whether the next session should work with a window of 1, because only the answer to a lone command can be
    /// told apart (behaviour B50).
    #[must_use]
    pub const fn wants_narrow_window(&self) -> bool {
        matches!(self, Self::OutOfOrder { .. } | Self::Unattributable { .. })
    }

    /// Returns the case that probably caused the error, so that it can be quarantined and the next session is
    /// spared it (behaviour B14).
    #[must_use]
    pub const fn blamed(&self) -> Option<CaseId> {
        match self {
            Self::LineTooLong { blamed, .. }
            | Self::ReplyTooLong { blamed, .. }
            | Self::NotAReply { blamed, .. }
            | Self::Unexpected { blamed, .. }
            | Self::OutOfOrder { blamed, .. } => *blamed,
            Self::NoteRefused { id, .. } => Some(*id),
            Self::NotAGreeting { .. }
            | Self::NotANonce { .. }
            | Self::LoginFailed { .. }
            | Self::Unattributable { .. } => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_are_short_and_whole_characters() {
        assert_eq!(quote("short"), "short");
        let long = quote(&"å".repeat(500));
        assert_eq!((long.len(), long.chars().count()), (MAX_QUOTE + 3, MAX_QUOTE / 2 + 1));
        assert!(quote(&"漢".repeat(500)).len() <= MAX_QUOTE + 3);
    }
}
