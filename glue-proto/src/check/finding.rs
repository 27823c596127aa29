//! What a check has found out, as data: the shell prints it, and can say what to do about it.

use crate::face::{Channel, Disconnect, HttpCause, Millis, ProbeFailure};
use crate::wire::argus::ArgusError;
use crate::wire::snmp::SnmpError;
use crate::wire::zino::ProtocolError;
use alloc::string::String;
use core::fmt;

/// Whom a finding is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Peer {
    /// The Zino server, both its ports.
    Zino,
    /// The Argus server.
    Argus,
    /// The SNMP agent of the primary.
    Primary,
}

/// What a check has found out about one peer.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Checked {
    /// Whom it is about.
    pub peer: Peer,
    /// What was found.
    pub finding: Finding,
}

/// How a finding is to be taken. The worse one is the greater one: what counts of several is the greatest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verdict {
    /// All is well.
    Ok,
    /// The peer cannot be reached, or is not the one that it should be (behaviour B2: status 75).
    Failed,
    /// The peer refuses our credentials (behaviour B2: status 77).
    Refused,
}

/// What was found. `Display` says it in one line; what a peer says is quoted in it as it came.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Finding {
    /// Zino takes the login, and the notification channel is tied to it.
    LoggedIn {
        /// `zino.user`
        user: String,
    },
    /// Argus takes the token.
    TokenAccepted {
        /// How many incidents of ours are open, if the server can count them.
        open: Option<u64>,
    },
    /// The primary answers.
    PrimaryAnswered {
        /// zinoUpTime.0, seconds.
        uptime: u32,
    },
    /// Zino refuses the login.
    LoginRefused {
        /// `zino.user`
        user: String,
        /// What Zino says.
        reply: String,
    },
    /// Argus refuses the token.
    TokenRefused(ArgusError),
    /// The peer has not answered, or not to the end, in the time that it has.
    Silent {
        /// How long that is.
        patience: Millis,
    },
    /// A connection to Zino could not be made, or was ended by the other side.
    Disconnected {
        /// To which port.
        channel: Channel,
        /// Why.
        reason: Disconnect,
    },
    /// Zino takes the login, but does not tie the notification channel to it.
    NotTied {
        /// What Zino says.
        reply: String,
    },
    /// What answers at Zino's ports does not speak like Zino.
    NotZino(ProtocolError),
    /// The request to Argus was not answered.
    Unanswered(HttpCause),
    /// What answers in Argus's place says something else.
    NotArgus(ArgusError),
    /// The probe could not be sent, or nobody takes it.
    ProbeFailed(ProbeFailure),
    /// The agent answers, but not with an uptime.
    NotThePrimary(SnmpError),
    /// The check was ended before.
    Interrupted,
}

impl Finding {
    /// Returns how it is to be taken.
    #[must_use]
    pub const fn verdict(&self) -> Verdict {
        match self {
            Self::LoggedIn { .. } | Self::TokenAccepted { .. } | Self::PrimaryAnswered { .. } => Verdict::Ok,
            Self::LoginRefused { .. } | Self::TokenRefused(_) => Verdict::Refused,
            Self::Silent { .. }
            | Self::Disconnected { .. }
            | Self::NotTied { .. }
            | Self::NotZino(_)
            | Self::Unanswered(_)
            | Self::NotArgus(_)
            | Self::ProbeFailed(_)
            | Self::NotThePrimary(_)
            | Self::Interrupted => Verdict::Failed,
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::LoggedIn { user } => write!(f, "logged in as {user}, notifications are tied"),
            Self::TokenAccepted { open: Some(open) } => {
                write!(f, "the token is accepted, open incidents: {open}")
            }
            Self::TokenAccepted { open: None } => f.write_str("the token is accepted"),
            Self::PrimaryAnswered { uptime } => write!(f, "answered, up for {uptime} s"),
            Self::LoginRefused { user, reply } => write!(f, "the login of {user} was refused: {reply}"),
            Self::Silent { patience } => write!(f, "no answer within {patience}"),
            Self::Disconnected { channel: Channel::Api, reason } => write!(f, "API port: {reason}"),
            Self::Disconnected { channel: Channel::Notify, reason } => {
                write!(f, "notification port: {reason}")
            }
            Self::NotTied { reply } => write!(f, "notifications could not be tied: {reply}"),
            Self::NotZino(error) => error.fmt(f),
            Self::Unanswered(cause) => cause.fmt(f),
            Self::TokenRefused(error) | Self::NotArgus(error) => error.fmt(f),
            Self::ProbeFailed(reason) => reason.fmt(f),
            Self::NotThePrimary(error) => error.fmt(f),
            Self::Interrupted => f.write_str("interrupted"),
        }
    }
}
