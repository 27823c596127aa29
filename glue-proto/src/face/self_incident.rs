//! What the machine has to say of the incidents about itself (behaviour B80).

use super::Level;
use alloc::string::String;
use core::fmt;

/// What happened to an incident about the daemon itself.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
#[expect(missing_docs, reason = "each record is documented by the line that it prints, below")]
pub enum SelfIncidentNotice {
    Created { incident: u64 },
    Ended { incident: u64 },
    Refused { reason: String },
    LeftOpen,
}

impl SelfIncidentNotice {
    pub(super) const fn level(&self) -> Level {
        match self {
            Self::Created { .. } | Self::Ended { .. } => Level::Info,
            Self::Refused { .. } | Self::LeftOpen => Level::Warn,
        }
    }

    pub(super) const fn incident(&self) -> Option<u64> {
        match self {
            Self::Created { incident } | Self::Ended { incident } => Some(*incident),
            Self::Refused { .. } | Self::LeftOpen => None,
        }
    }
}

impl fmt::Display for SelfIncidentNotice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Created { incident } => write!(f, "incident {incident} created"),
            Self::Ended { incident } => write!(f, "incident {incident} ended"),
            Self::Refused { reason } => write!(f, "Argus refuses its incident, trying again later: {reason}"),
            Self::LeftOpen => f.write_str("its incident may still be open: it was not ended in time"),
        }
    }
}
