//! What the machine has to say of one case.

use super::Level;
use crate::model::CaseId;
use alloc::string::String;
use core::fmt;

/// What happened to one case.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
#[expect(missing_docs, reason = "each record is documented by the line that it prints, below")]
pub enum CaseNotice {
    Created { incident: u64, about: String },
    Copied { incident: u64 },
    Updated { incident: u64 },
    Ended { incident: u64, about: String },
    Restarted { incident: u64 },
    Noting,
    SettingState { state: String },
    Quarantined { reason: String },
    Refused { what: &'static str, reason: String },
    Gone { incident: u64 },
    Renumbered { incident: u64, now: CaseId },
}

impl CaseNotice {
    pub(super) const fn level(&self) -> Level {
        match self {
            Self::Quarantined { .. } | Self::Refused { .. } => Level::Warn,
            Self::Created { .. }
            | Self::Copied { .. }
            | Self::Updated { .. }
            | Self::Ended { .. }
            | Self::Restarted { .. }
            | Self::Noting
            | Self::SettingState { .. }
            | Self::Gone { .. }
            | Self::Renumbered { .. } => Level::Info,
        }
    }
}

impl CaseNotice {
    pub(super) const fn incident(&self) -> Option<u64> {
        match self {
            Self::Created { incident, .. }
            | Self::Copied { incident }
            | Self::Updated { incident }
            | Self::Ended { incident, .. }
            | Self::Restarted { incident }
            | Self::Gone { incident }
            | Self::Renumbered { incident, .. } => Some(*incident),
            Self::Noting | Self::SettingState { .. } | Self::Quarantined { .. } | Self::Refused { .. } => {
                None
            }
        }
    }

    pub(super) const fn rule(&self) -> Option<&'static str> {
        Some(match self {
            Self::Created { .. } => "B21",
            Self::Copied { .. } => "B26",
            Self::Updated { .. } => "B29",
            Self::Ended { .. } => "B27",
            Self::Restarted { .. } => "B30",
            Self::SettingState { .. } => "B40",
            Self::Quarantined { .. } | Self::Refused { .. } => "B14",
            Self::Gone { .. } | Self::Renumbered { .. } => "B28",
            // An acknowledgement, a ticket or a closing.
            Self::Noting => return None,
        })
    }
}

impl fmt::Display for CaseNotice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Created { incident, about } => write!(f, "created incident {incident}: {about}"),
            Self::Copied { incident } => write!(f, "history copied to incident {incident}"),
            Self::Updated { incident } => write!(f, "incident {incident} brought up to date"),
            Self::Ended { incident, about } => write!(f, "incident {incident} ended: {about}"),
            Self::Restarted { incident } => write!(f, "incident {incident} reopened"),
            Self::Noting => f.write_str("writing to Zino what was done in Argus"),
            Self::SettingState { state } => write!(f, "setting the state to {state}"),
            Self::Quarantined { reason } => write!(f, "set aside, will be tried again: {reason}"),
            Self::Refused { what, reason } => {
                write!(f, "{what} refused ({reason}), will be tried again; everything else goes on")
            }
            Self::Gone { incident } => write!(f, "no longer exists in Zino, ending incident {incident}"),
            Self::Renumbered { incident, now } => {
                write!(
                    f,
                    "has the number {now} since Zino's numbering was restarted, ending incident {incident}"
                )
            }
        }
    }
}
