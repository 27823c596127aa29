//! What a check has found out, as data: the shell prints it.

use super::hint::hint;
use super::item::Item;
use crate::face::{Channel, Disconnect, HttpCause, Millis, ProbeFailure};
use crate::model::CaseId;
use crate::wire::argus::ArgusError;
use crate::wire::snmp::SnmpError;
use crate::wire::zino::{DecodeError, ProtocolError};
use alloc::string::String;
use core::fmt;

/// By how many seconds the clock of Argus may differ from ours: less than people notice in a list of incidents, and more
/// than NTP leaves.
const MOST_OFF: u64 = 5;

/// What a check has found out about one item.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Checked {
    /// What it is about.
    pub item: Item,
    /// What was found.
    pub finding: Finding,
    /// How that is to be taken. That of the finding itself, but for an address of a primary that another one speaks for
    /// (behaviour B60).
    pub verdict: Verdict,
}

/// How a finding is to be taken. The worse one is the greater one: what counts of several is the greatest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verdict {
    /// All is well.
    Ok,
    /// It was not found out, because of something else or because the server does not tell. By itself it is no failure.
    NotTried,
    /// The daemon can work, but somebody should look at it.
    Warning,
    /// The peer cannot be reached, or is not the one that it should be (behaviour B2: status 75).
    Failed,
    /// The peer refuses our credentials (behaviour B2: status 77).
    Refused,
}

/// What has to be well before something else can be tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Needed {
    /// The login to Zino.
    Login,
    /// A token that Argus accepts.
    Token,
    /// Any answer of Argus.
    Answer,
}

/// What was found. `Display` says it in one line; what a peer says is quoted in it as it came.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Finding {
    /// Zino takes the login.
    LoggedIn {
        /// `zino.user`
        user: String,
    },
    /// The notification channel is tied to the session.
    Tied,
    /// A case was read.
    CaseRead {
        /// Which one.
        case: CaseId,
        /// How many there are.
        of: usize,
    },
    /// There is no case that could be read.
    NoCase,
    /// The case was there a moment ago, and is not any more.
    CaseGone {
        /// Which one.
        case: CaseId,
    },
    /// Argus takes the token.
    TokenAccepted {
        /// How many incidents of ours are open, if the server can count them.
        open: Option<u64>,
    },
    /// The token belongs to a source system.
    SourceSystem {
        /// Its name.
        name: String,
    },
    /// The server knows it.
    Supported,
    /// The clock of Argus, as its `Date` tells.
    Clock {
        /// By how many seconds it is ahead of ours at least; less than 0 if it is behind.
        ahead: i64,
    },
    /// The primary answers.
    PrimaryAnswered {
        /// zinoUpTime.0, seconds.
        uptime: u32,
    },
    /// The primary's daemon answers.
    PeerHealth {
        /// With which status: 200 says that it is ACTIVE and able to work, 503 that it is not.
        status: u16,
    },
    /// It was not tried.
    NotTried(Needed),
    /// The server does not tell.
    NotTold(ArgusError),
    /// The answers have no `Date`.
    NoDate,
    /// None of the source systems that were looked at is ours, and there are more of them.
    NotAmong {
        /// How many were looked at.
        sources: usize,
    },
    /// The server does not know it.
    NotSupported,
    /// Zino lists the case, but what it says of it cannot be understood.
    CaseUnreadable {
        /// Which one.
        case: CaseId,
        /// Why.
        error: DecodeError,
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
    /// Argus takes the token, but from it no incidents: it is one of a person.
    NoSource {
        /// Whose it is.
        user: String,
    },
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
    /// Zino does not list its cases.
    NotListed {
        /// What is wrong.
        reason: String,
    },
    /// What answers at Zino's ports does not speak like Zino.
    NotZino(ProtocolError),
    /// The request to Argus, or to the primary's daemon, was not answered.
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

impl Checked {
    pub(super) const fn new(item: Item, finding: Finding) -> Self {
        let verdict = finding.verdict();
        Self { item, finding, verdict }
    }

    /// Returns what its reader can do about it. `None` where all is well, or where another line says it.
    #[must_use]
    pub const fn hint(&self) -> Option<&'static str> {
        hint(self)
    }
}

impl Verdict {
    /// Returns the word for it in data.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::NotTried => "not_tried",
            Self::Warning => "warning",
            Self::Failed => "failed",
            Self::Refused => "refused",
        }
    }
}

impl Finding {
    /// Returns how it is to be taken by itself.
    #[must_use]
    pub const fn verdict(&self) -> Verdict {
        match self {
            Self::LoggedIn { .. }
            | Self::Tied
            | Self::CaseRead { .. }
            | Self::NoCase
            | Self::CaseGone { .. }
            | Self::TokenAccepted { .. }
            | Self::SourceSystem { .. }
            | Self::Supported
            | Self::PeerHealth { status: 200 }
            | Self::PrimaryAnswered { .. } => Verdict::Ok,
            Self::Clock { ahead } if ahead.unsigned_abs() <= MOST_OFF => Verdict::Ok,
            Self::NotTried(_) | Self::NotTold(_) | Self::NoDate | Self::NotAmong { .. } => Verdict::NotTried,
            Self::Clock { .. }
            | Self::NotSupported
            | Self::CaseUnreadable { .. }
            | Self::PeerHealth { status: 503 } => Verdict::Warning,
            Self::LoginRefused { .. } | Self::TokenRefused(_) | Self::NoSource { .. } => Verdict::Refused,
            Self::Silent { .. }
            | Self::Disconnected { .. }
            | Self::NotTied { .. }
            | Self::NotListed { .. }
            | Self::NotZino(_)
            | Self::Unanswered(_)
            | Self::NotArgus(_)
            | Self::ProbeFailed(_)
            | Self::NotThePrimary(_)
            | Self::PeerHealth { .. }
            | Self::Interrupted => Verdict::Failed,
        }
    }
}

/// As it is shown: what needs somebody stands out.
impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Ok => "ok",
            Self::NotTried => "not tried",
            Self::Warning => "WARNING",
            Self::Failed => "FAILED",
            Self::Refused => "REFUSED",
        })
    }
}

impl fmt::Display for Needed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Login => "it takes a login",
            Self::Token => "it takes a token that is accepted",
            Self::Answer => "it takes an answer",
        })
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::LoggedIn { user } => write!(f, "logged in as {user}"),
            Self::Tied => f.write_str("tied to the session"),
            Self::CaseRead { case, of } => write!(f, "case {case} was read, one of {of}"),
            Self::NoCase => f.write_str("there is none at present"),
            Self::CaseGone { case } => write!(f, "case {case} has gone just now"),
            Self::TokenAccepted { open: Some(open) } => write!(f, "accepted, open incidents: {open}"),
            Self::TokenAccepted { open: None } => f.write_str("accepted"),
            Self::SourceSystem { name } => write!(f, "{name}"),
            Self::Supported => f.write_str("supported"),
            Self::Clock { ahead: 0 } => f.write_str("the same as ours"),
            Self::Clock { ahead: ahead @ 1.. } => write!(f, "{ahead} s ahead of ours"),
            Self::Clock { ahead } => write!(f, "{} s behind ours", ahead.unsigned_abs()),
            Self::PrimaryAnswered { uptime } => write!(f, "answered, up for {uptime} s"),
            Self::PeerHealth { status: 200 } => f.write_str("ACTIVE, and able to work"),
            Self::PeerHealth { status: 503 } => f.write_str("not ACTIVE, or not able to work"),
            Self::PeerHealth { status } => write!(f, "answers with status {status}"),
            Self::NotTried(needed) => needed.fmt(f),
            Self::NotTold(error) => write!(f, "the server does not tell: {error}"),
            Self::NoDate => f.write_str("the server does not tell its time"),
            Self::NotAmong { sources } => {
                write!(f, "none of the first {sources} source systems has this user")
            }
            Self::NotSupported => f.write_str("not supported"),
            Self::CaseUnreadable { case, error } => write!(f, "case {case} cannot be read: {error}"),
            Self::LoginRefused { user, reply } => write!(f, "the login of {user} was refused: {reply}"),
            Self::NoSource { user } => {
                write!(f, "the token belongs to {user}, a user without a source system")
            }
            Self::Silent { patience } => write!(f, "no answer within {patience}"),
            Self::Disconnected { reason, .. } => reason.fmt(f),
            Self::NotTied { reply } => write!(f, "could not be tied: {reply}"),
            Self::NotListed { reason } => write!(f, "the cases were not listed: {reason}"),
            Self::NotZino(error) => error.fmt(f),
            Self::Unanswered(cause) => cause.fmt(f),
            Self::TokenRefused(error) | Self::NotArgus(error) => error.fmt(f),
            Self::ProbeFailed(reason) => reason.fmt(f),
            Self::NotThePrimary(error) => error.fmt(f),
            Self::Interrupted => f.write_str("interrupted"),
        }
    }
}
