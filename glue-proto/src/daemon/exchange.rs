//! What the parts of the machine say to each other. No part imports another one: the machine carries these between them.

use crate::decision::SourceId;
use crate::face::{Millis, Mono};
use crate::model::{CaseId, Incident};
use crate::wire::argus::{ArgusError, Call, FeedRow, Filter, Reply};
use crate::wire::zino::Command;
use alloc::collections::BTreeSet;
use alloc::vec::Vec;

/// The most case numbers that are known, and that wait to be read (behaviour B51, invariant 9). No Zino has as many cases;
/// one that makes numbers up, or somebody in its place, costs no more memory than that.
pub(super) const MOST_CASES: usize = 200_000;

/// How long handing over may take at most: what could not be ended by then stays open (behaviour B64, B80).
pub(super) const HANDOVER: Millis = Millis::from_secs(60);

/// For how long a reading of events goes before everything else about its case, and takes the place of another request: most
/// take milliseconds (behaviour B14).
pub(super) const QUICK_READING: Millis = Millis::from_secs(1);

/// What the cases want of the other parts.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Want {
    /// A step on the side of Argus.
    Call {
        case: CaseId,
        source: SourceId,
        call: Call,
        /// How often it was tried before without an answer.
        tries: u32,
    },
    /// A step on the side of Zino.
    Write { case: CaseId, command: Command },
    /// A read of everything in Zino.
    ReadAll,
    /// Nothing is known of this case any more, and nothing needs to be.
    Forget(CaseId),
}

/// What became of a step on the side of Argus.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Done {
    pub(super) case: CaseId,
    pub(super) source: SourceId,
    pub(super) call: Call,
    pub(super) answer: Answer,
    /// It has failed as everything does at present: that is no fault of the step (behaviour B51).
    pub(super) in_outage: bool,
    /// When nothing of it can still be under way (behaviour B51).
    pub(super) over_by: Mono,
    /// Tells what was known before this step from what was read after it: see [`Seen::since`].
    pub(super) mark: u64,
}

/// What became of a step about an incident about ourselves (behaviour B80).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct OwnDone {
    pub(super) answer: Answer,
    /// See [`Done::over_by`].
    pub(super) over_by: Mono,
    /// See [`Done::mark`].
    pub(super) mark: u64,
}

/// How a step was answered.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Answer {
    /// As was hoped for.
    Reply(Reply),
    /// With an error that is about this step.
    Refused(ArgusError),
    /// With an error that is about the server: the step is taken again.
    Postponed {
        /// It may have been carried out all the same.
        ambiguous: bool,
        /// The server may still be at work on it.
        at_work: bool,
    },
    /// Not at all: it may have been carried out (behaviour B13).
    Lost {
        /// The connection was cut: we did not give up waiting.
        cut: bool,
    },
}

/// Somebody has done something to an incident.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Acted {
    /// The `pk` of the incident. It may be anybody's.
    pub(super) incident: u64,
    /// The `pk` of the user. It may be ours.
    pub(super) actor: u64,
    /// When Argus took it in, Unix seconds by its own clock.
    pub(super) at: i64,
}

impl From<&FeedRow> for Acted {
    fn from(row: &FeedRow) -> Self {
        Self { incident: row.incident, actor: row.actor, at: row.received }
    }
}

/// A page of a listing of our incidents.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Seen {
    pub(super) filter: Filter,
    pub(super) rows: Vec<Incident>,
    /// The mark when the listing began: what was written under a later one is not in these rows.
    pub(super) since: u64,
    /// With the last page: the pks of all incidents that the listing has shown.
    pub(super) all: Option<BTreeSet<u64>>,
}
