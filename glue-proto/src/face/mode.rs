//! STANDBY or ACTIVE (behaviour, section 7).

use core::fmt;

/// Whether this daemon may write.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
pub enum Mode {
    /// The primary is at work: nothing is written to Zino or to incidents (behaviour B62).
    Standby,
    /// The primary is gone, or there is none: this daemon is at work.
    Active,
}

impl fmt::Display for Mode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Standby => "STANDBY",
            Self::Active => "ACTIVE",
        })
    }
}
