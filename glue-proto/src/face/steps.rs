//! What is counted of the steps that bring both sides in step: by kind, and what became of some of them (behaviour B71).

use super::{Direction, Histogram};

/// How many steps there were of each kind.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct StepCounts {
    /// Incidents created.
    pub create: u64,
    /// History entries copied.
    pub history: u64,
    /// Incidents brought up to date.
    pub update: u64,
    /// Incidents ended.
    pub end: u64,
    /// Incidents reopened.
    pub reopen: u64,
    /// Notes written to Zino.
    pub note: u64,
    /// States set in Zino.
    pub state: u64,
}

/// What became of writes of which it was not known whether they had been carried out: the answer was lost, or was an error
/// that does not tell (behaviour B13). A write that is tried several times counts once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct AmbiguousWrites {
    /// Both sides came to agree without a further try.
    pub found: u64,
    /// It was sent again, and the server took it.
    pub missing: u64,
}

/// Steps that were tried again after a server had refused them, or it was not known whether it had carried them out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Retries {
    /// Those on the side of Zino.
    pub zino: u64,
    /// Those on the side of Argus.
    pub argus: u64,
}

/// How long the answers to probes of the primary took, from the beginning of the probe. Those that never came do not count.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct ProbeTimes {
    /// Those of its SNMP agent.
    pub snmp: Histogram,
    /// Those of its daemon (behaviour B78).
    pub health: Histogram,
}

/// A kind of step that changes something on one of the two servers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum StepKind {
    Create,
    History,
    Update,
    End,
    Reopen,
    Note,
    State,
}

impl StepKind {
    /// Returns the direction in which it tells something.
    pub(crate) const fn direction(self) -> Direction {
        match self {
            Self::Create | Self::History | Self::Update | Self::End | Self::Reopen => Direction::ToArgus,
            Self::Note | Self::State => Direction::ToZino,
        }
    }
}

impl StepCounts {
    /// Counts one.
    pub(crate) const fn count(&mut self, kind: StepKind) {
        let counter = match kind {
            StepKind::Create => &mut self.create,
            StepKind::History => &mut self.history,
            StepKind::Update => &mut self.update,
            StepKind::End => &mut self.end,
            StepKind::Reopen => &mut self.reopen,
            StepKind::Note => &mut self.note,
            StepKind::State => &mut self.state,
        };
        *counter += 1;
    }
}
