//! STANDBY or ACTIVE, and what decides between them (behaviour, section 7).

use super::{Failback, Mono};
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

/// What the watch on the primary has seen.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct FailoverStatus {
    /// How many probes in a row have had the outcome that the next change of mode needs.
    pub probes_in_a_row: u32,
    /// How many it takes.
    pub threshold: u32,
    /// Whether the probes make that change. Else only a command does: an operator has decided in their place, or ACTIVE ends
    /// by command alone.
    pub probes_decide: bool,
    /// What an operator has decided in place of the probes.
    pub overridden: Option<Override>,
    /// How ACTIVE ends.
    pub failback: Failback,
    /// Whether the primary's daemon is asked, too (behaviour B78).
    pub asks_health: bool,
}

/// What an operator has decided in place of the probes. It is over when it is resumed, or with the process.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "snake_case"))]
pub enum Override {
    /// The mode that it was in is kept, until then or until it is resumed.
    Paused(Option<Mono>),
    /// This mode is kept.
    Kept(Mode),
}
