//! What an operator can ask of a running machine (behaviour B77).

use super::{Level, Millis, Mode};
use crate::model::CaseId;
use core::fmt;

/// What an operator can ask of a running daemon. `Daemon::accepts` tells beforehand whether it can be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum Operator {
    /// Read everything on both sides again, now.
    Reconcile,
    /// Something about the watch on the primary.
    Failover(FailoverCommand),
    /// End the incidents that are held back because Zino has probably lost its state (behaviour B28): those of now, not
    /// those of another loss.
    AcceptStateLoss,
    /// Try again at once what was refused for a case, or what could not be read of it (behaviour B14).
    Retry(CaseId),
}

/// What an operator can ask of the watch on the primary.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum FailoverCommand {
    /// Keep the mode of now, whatever the primary does: for so long, or until it is resumed.
    Pause(Option<Millis>),
    /// Let the probes decide again, beginning with the next one.
    Resume,
    /// Change to a mode, and keep it until it is resumed.
    Keep(Mode),
}

/// Why a command of an operator cannot be carried out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CommandRefused {
    /// There is no primary: the mode is always ACTIVE.
    NoPrimary,
    /// Nothing is held back.
    NothingHeldBack,
    /// Nothing is known of the case.
    UnknownCase(CaseId),
}

/// What an operator has made the machine do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
#[expect(missing_docs, reason = "each record is documented by the line that it prints, below")]
pub enum OperatorNotice {
    FailoverPaused { mode: Mode, period: Option<Millis> },
    FailoverResumed,
    ModeOrdered { to: Mode, changed: bool },
    StateLossAccepted { incidents: usize },
    Retrying { case: CaseId },
    Refused { command: Operator, why: CommandRefused },
}

impl OperatorNotice {
    pub(super) const fn level(self) -> Level {
        match self {
            Self::Retrying { .. } => Level::Info,
            Self::FailoverPaused { .. }
            | Self::FailoverResumed
            | Self::ModeOrdered { .. }
            | Self::StateLossAccepted { .. }
            | Self::Refused { .. } => Level::Warn,
        }
    }
}

impl fmt::Display for OperatorNotice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::FailoverPaused { mode, period: None } => {
                write!(f, "failover: paused by command, staying {mode} until it is resumed")
            }
            Self::FailoverPaused { mode, period: Some(period) } => {
                write!(f, "failover: paused by command, staying {mode} for {period}")
            }
            Self::FailoverResumed => f.write_str("failover: resumed, the probes of the primary decide again"),
            Self::ModeOrdered { to, changed: true } => {
                write!(f, "failover: changing to {to} by command, and staying so until it is resumed")
            }
            Self::ModeOrdered { to, changed: false } => {
                write!(f, "failover: staying {to} by command until it is resumed")
            }
            Self::StateLossAccepted { incidents } => {
                write!(
                    f,
                    "accepted by command that Zino has lost its state, incidents held back: {incidents}"
                )
            }
            Self::Retrying { case } => write!(f, "case {case}: trying again by command"),
            Self::Refused { command, why } => write!(f, "cannot {command}: {why}"),
        }
    }
}

impl fmt::Display for Operator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Reconcile => f.write_str("read both servers again"),
            Self::Failover(FailoverCommand::Pause(None)) => f.write_str("pause failover"),
            Self::Failover(FailoverCommand::Pause(Some(period))) => write!(f, "pause failover for {period}"),
            Self::Failover(FailoverCommand::Resume) => f.write_str("resume failover"),
            Self::Failover(FailoverCommand::Keep(mode)) => write!(f, "keep {mode}"),
            Self::AcceptStateLoss => f.write_str("accept the loss of Zino's state"),
            Self::Retry(case) => write!(f, "try case {case} again"),
        }
    }
}

impl fmt::Display for CommandRefused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoPrimary => f.write_str("there is no [failover] in the configuration"),
            Self::NothingHeldBack => f.write_str("no incident is held back"),
            Self::UnknownCase(case) => write!(f, "nothing is known of case {case}"),
        }
    }
}
