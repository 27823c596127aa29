//! What the machine has to say to people: typed log records.

use super::{CaseNotice, HealthAnswer, Level, Millis, Mode, OperatorNotice, ProbeResult, SelfIncidentNotice};
use crate::model::CaseId;
use alloc::string::String;
use core::fmt;

/// One log record. Its `Display` is the line of the log, without time and level; it never holds a secret (behaviour B4).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
#[expect(missing_docs, reason = "each record is documented by the line that it prints, below")]
pub enum Notice {
    Started { mode: Mode },
    Stopping,
    Reconciling,
    ZinoReady,
    ZinoLost { why: String, retry: Millis, was_ready: bool },
    ZinoRead { cases: usize },
    ListUnreadable { reason: String },
    TooManyCases { most: usize, left_out: usize },
    CaseUnreadable { case: CaseId, reason: String },
    NotificationUnreadable { line: String },
    UnknownType { case: CaseId, case_type: String },
    ArgusUnreachable { cause: String },
    ArgusBack,
    ArgusThrottled { status: u16, pause: Millis },
    Unanswered { what: &'static str, case: Option<CaseId>, cause: String },
    Credentials { by: &'static str, what: CredentialsNotice },
    CannotCount,
    NoFeed { reason: String },
    NoHeartbeat { reason: String },
    Listed { incidents: usize },
    ListingTooLong { pages: u32, rows: usize },
    RowUnreadable { id: Option<String>, reason: String },
    Case { case: CaseId, what: CaseNotice },
    StateLost { incidents: usize, evidence: StateLoss },
    PrimaryAnswered { uptime: u32 },
    PrimarySilent { reason: String },
    ModeChanged { to: Mode, count: u32 },
    HandedOver { left: usize },
    Operator(OperatorNotice),
    NoPrimary,
    GivenUp { why: GiveUp },
    PrimaryHealth { answer: Option<HealthAnswer> },
    SelfIncident { trouble: &'static str, what: SelfIncidentNotice },
}

impl Notice {
    /// Returns how much it matters.
    #[must_use]
    pub const fn level(&self) -> Level {
        match self {
            Self::Case { what, .. } => what.level(),
            Self::Credentials { what, .. } => what.level(),
            Self::Operator(what) => what.level(),
            Self::SelfIncident { what, .. } => what.level(),
            Self::StateLost { .. } | Self::GivenUp { .. } => Level::Error,
            Self::ZinoLost { .. }
            | Self::ListUnreadable { .. }
            | Self::TooManyCases { .. }
            | Self::ListingTooLong { .. }
            | Self::CaseUnreadable { .. }
            | Self::ArgusUnreachable { .. }
            | Self::ArgusThrottled { .. }
            | Self::CannotCount
            | Self::NoFeed { .. }
            | Self::NoHeartbeat { .. }
            | Self::RowUnreadable { .. }
            | Self::ModeChanged { .. }
            | Self::HandedOver { .. }
            | Self::Unanswered { .. } => Level::Warn,
            Self::Started { .. }
            | Self::Stopping
            | Self::Reconciling
            | Self::NoPrimary
            | Self::ZinoReady
            | Self::ArgusBack
            | Self::UnknownType { .. }
            | Self::Listed { .. } => Level::Info,
            Self::ZinoRead { .. } | Self::NotificationUnreadable { .. } | Self::PrimarySilent { .. } => {
                Level::Debug
            }
            Self::PrimaryHealth { answer } => match health(*answer) {
                ProbeResult::Ok => Level::Trace,
                ProbeResult::Fail | ProbeResult::Silent => Level::Debug,
            },
            Self::PrimaryAnswered { .. } => Level::Trace,
        }
    }
}

impl Notice {
    /// Returns the case that it is about, if it is about one.
    #[must_use]
    pub const fn case(&self) -> Option<CaseId> {
        if let Self::CaseUnreadable { case, .. } | Self::UnknownType { case, .. } | Self::Case { case, .. } =
            self
        {
            Some(*case)
        } else if let Self::Unanswered { case, .. } = self {
            *case
        } else if let Self::Operator(OperatorNotice::Retrying { case }) = self {
            Some(*case)
        } else {
            None
        }
    }

    /// Returns the pk of the incident that it is about, if it is about one.
    #[must_use]
    pub const fn incident(&self) -> Option<u64> {
        if let Self::Case { what, .. } = self {
            what.incident()
        } else if let Self::SelfIncident { what, .. } = self {
            what.incident()
        } else {
            None
        }
    }

    /// Returns the rule of the behaviour from which it follows, if it follows from one more than from others.
    #[must_use]
    pub const fn rule(&self) -> Option<&'static str> {
        Some(match self {
            Self::Case { what, .. } => return what.rule(),
            Self::Stopping => "B2",
            Self::Reconciling | Self::CannotCount | Self::NoFeed { .. } | Self::Listed { .. } => "B11",
            Self::CaseUnreadable { .. } | Self::RowUnreadable { .. } | Self::ListUnreadable { .. } => "B14",
            Self::UnknownType { .. } => "B20",
            Self::TooManyCases { .. } | Self::ListingTooLong { .. } => "B51",
            Self::StateLost { .. } => "B28",
            Self::ZinoReady
            | Self::ZinoLost { .. }
            | Self::ZinoRead { .. }
            | Self::NotificationUnreadable { .. } => "B50",
            Self::ArgusUnreachable { .. }
            | Self::ArgusBack
            | Self::ArgusThrottled { .. }
            | Self::Unanswered { .. } => "B51",
            Self::Credentials { .. } => "B52",
            Self::NoHeartbeat { .. } => "B53",
            Self::Started { .. } | Self::PrimaryAnswered { .. } | Self::PrimarySilent { .. } => "B60",
            Self::PrimaryHealth { .. } => "B78",
            Self::ModeChanged { .. } => "B61",
            Self::HandedOver { .. } => "B64",
            Self::NoPrimary => "B75",
            Self::Operator(_) => "B77",
            Self::GivenUp { .. } => "B76",
            Self::SelfIncident { .. } => "B80",
        })
    }
}

fn tell_unanswered(what: &str, case: Option<CaseId>, cause: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    match case {
        None => write!(f, "Argus: {what} failed ({cause})"),
        Some(case) => write!(f, "Argus: {what} for case {case} failed ({cause})"),
    }
}

/// Says how the answer of the primary's daemon is to be taken, where there is one.
pub(super) const fn health(answer: Option<HealthAnswer>) -> ProbeResult {
    match answer {
        Some(answer) => answer.result(),
        None => ProbeResult::Silent,
    }
}

fn tell_health(answer: Option<HealthAnswer>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let Some(answer) = answer else {
        return f.write_str("primary: its daemon does not say whether it works (no answer in time)");
    };
    match answer.result() {
        ProbeResult::Ok => f.write_str("primary: its daemon works"),
        ProbeResult::Fail => write!(f, "primary: its daemon does not work ({answer})"),
        ProbeResult::Silent => write!(f, "primary: its daemon does not say whether it works ({answer})"),
    }
}

fn tell_mode(to: Mode, count: u32, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    match to {
        Mode::Active => {
            write!(f, "primary: {count} probes in a row failed, changing from STANDBY to ACTIVE")
        }
        Mode::Standby => {
            write!(f, "primary: {count} probes in a row answered, changing from ACTIVE to STANDBY")
        }
    }
}

impl fmt::Display for Notice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Started { mode } => write!(f, "starting in {mode}"),
            Self::Stopping => f.write_str("shutting down"),
            Self::Reconciling => f.write_str("reading both servers again on request"),
            Self::ZinoReady => f.write_str("Zino: connected, reading all cases"),
            Self::ZinoLost { why, retry, was_ready } => {
                let what = if *was_ready { "connection lost" } else { "no connection" };
                write!(f, "Zino: {what} ({why}), trying again in {retry}")
            }
            Self::ZinoRead { cases } => write!(f, "Zino: full read done, cases: {cases}"),
            Self::ListUnreadable { reason } => write!(f, "Zino: the list of cases cannot be read: {reason}"),
            Self::TooManyCases { most, left_out } => {
                write!(f, "Zino: there are more than {most} cases, left out: {left_out} at least")
            }
            Self::CaseUnreadable { case, reason } => {
                write!(f, "case {case}: set aside, Zino's reply about it cannot be understood: {reason}")
            }
            Self::NotificationUnreadable { line } => {
                write!(f, "Zino: notification not understood, dropped: {line:?}")
            }
            Self::UnknownType { case, case_type } => {
                write!(f, "case {case} has the unknown type {case_type:?}: such cases are left out")
            }
            Self::ArgusUnreachable { cause } => {
                write!(f, "Argus: cannot be reached ({cause}), trying again until it is back")
            }
            Self::ArgusBack => f.write_str("Argus: is back"),
            Self::ArgusThrottled { status, pause } => {
                write!(f, "Argus: answered {status}, sending nothing for {pause}")
            }
            Self::Unanswered { what, case, cause } => tell_unanswered(what, *case, cause, f),
            Self::Credentials { by, what } => write!(f, "{by}: our credentials {what}"),
            Self::CannotCount => {
                f.write_str("Argus: this server cannot count incidents; listing them instead")
            }
            Self::NoFeed { reason } => {
                write!(f, "Argus: the event feed of this server cannot be used ({reason}), counting instead")
            }
            Self::ListingTooLong { pages, rows } => {
                write!(f, "Argus: a listing does not end, left after {pages} pages and {rows} rows")
            }
            Self::NoHeartbeat { reason } => {
                write!(
                    f,
                    "Argus: this server does not accept heartbeats ({reason}), trying again every 15 min"
                )
            }
            Self::Listed { incidents } => write!(f, "Argus: our incidents were listed, open: {incidents}"),
            Self::RowUnreadable { id, reason } => {
                let id = id.as_deref().unwrap_or("unknown");
                write!(f, "Argus: an incident cannot be understood ({reason}), id {id}")
            }
            Self::StateLost { incidents, evidence } => evidence.tell(*incidents, f),
            Self::PrimaryAnswered { uptime } => write!(f, "primary: up for {uptime} s"),
            Self::PrimarySilent { reason } => write!(f, "primary: no answer ({reason})"),
            Self::PrimaryHealth { answer } => tell_health(*answer, f),
            Self::ModeChanged { to, count } => tell_mode(*to, *count, f),
            Self::HandedOver { left } => {
                write!(f, "handed over to the primary, {left} of our incidents could not be ended")
            }
            Self::Operator(what) => what.fmt(f),
            Self::NoPrimary => f.write_str("no primary to watch any more, changing from STANDBY to ACTIVE"),
            Self::GivenUp { why } => write!(f, "giving up: {why}"),
            Self::SelfIncident { trouble, what } => write!(f, "about this daemon, {trouble}: {what}"),
            Self::Case { case, what } => write!(f, "case {case}: {what}"),
        }
    }
}

/// Why a machine that looks once gives up (behaviour B76).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum GiveUp {
    /// There is no session with Zino, or none lasts.
    NoZino,
    /// Zino's list of cases cannot be read.
    NoCases,
    /// Argus cannot be reached.
    NoArgus,
    /// Argus does not list our incidents.
    NoIncidents,
    /// A server refuses our credentials: status 77.
    Credentials,
    /// The primary answers: its daemon does what is to be done.
    Primary,
    /// It was told to end.
    Interrupted,
}

impl fmt::Display for GiveUp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoZino => "there is no session with Zino",
            Self::NoCases => "Zino's list of cases cannot be read",
            Self::NoArgus => "Argus cannot be reached",
            Self::NoIncidents => "Argus does not list our incidents",
            Self::Credentials => "our credentials are refused",
            Self::Primary => "the primary answers, its daemon does this work",
            Self::Interrupted => "interrupted",
        })
    }
}

/// What a server thinks of our credentials (behaviour B52).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
#[expect(missing_docs, reason = "each record is documented by the line that it prints, below")]
pub enum CredentialsNotice {
    Refused { reason: String },
    RefusedAgain { reason: String },
    Expired { reason: String },
    NoSource,
    Accepted,
}

impl CredentialsNotice {
    const fn level(&self) -> Level {
        match self {
            Self::Refused { .. } => Level::Warn,
            Self::RefusedAgain { .. } | Self::Expired { .. } | Self::NoSource => Level::Error,
            Self::Accepted => Level::Info,
        }
    }
}

impl fmt::Display for CredentialsNotice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused { reason } => write!(f, "were refused ({reason}), trying once more in 10 s"),
            Self::RefusedAgain { reason } => write!(f, "were refused again ({reason}), giving up"),
            Self::Expired { reason } => {
                write!(f, "are no longer accepted ({reason}), trying again every 60 s")
            }
            Self::NoSource => f.write_str(
                "belong to a user without a source system: no incident can be created, trying again every 60 s",
            ),
            Self::Accepted => f.write_str("are accepted again"),
        }
    }
}

/// What speaks for Zino having lost its state (behaviour B28).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum StateLoss {
    /// Not one of several open incidents has its case any more.
    All,
    /// A case has a smaller number than one that is missing, and was opened later.
    NumbersAgain,
    /// More than half of the open incidents have lost their cases at once.
    ManyAtOnce,
}

impl StateLoss {
    fn tell(self, incidents: usize, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::All => write!(f, "none of the {incidents} open incidents still has its case in Zino"),
            Self::NumbersAgain => {
                write!(f, "{incidents} open incidents have no case in Zino, which gives their numbers again")
            }
            Self::ManyAtOnce => {
                write!(f, "{incidents} open incidents, more than half of all, have lost their cases at once")
            }
        }?;
        f.write_str(
            ": Zino has probably lost its state. They stay open; start with --accept-state-loss to end them",
        )
    }
}
