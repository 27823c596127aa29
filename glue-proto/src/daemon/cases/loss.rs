//! What becomes of incidents whose cases are gone: they are ended, or held back because Zino has probably lost its state
//! (behaviour B28).

use super::entry::CaseEntry;
use super::judgement::{Judgement, end_renumbered};
use super::record::APART;
use crate::daemon::outbox::Outbox;
use crate::decision::Policy;
use crate::face::{Notice, OperatorNotice, Timer};
use crate::model::CaseId;
use alloc::boxed::Box;
use alloc::collections::BTreeMap;

/// Every entry of the board.
type Entries = BTreeMap<CaseId, Box<CaseEntry>>;

/// Whether a loss of Zino's state is accepted.
#[derive(Clone, Debug, Hash)]
pub(super) struct Losses {
    /// Each one, as it was said at the start.
    accepts_all: bool,
    /// The one of now, as an operator has said (behaviour B77).
    accepts_this: bool,
}

impl Losses {
    pub(super) const fn new(accepts_all: bool) -> Self {
        Self { accepts_all, accepts_this: false }
    }

    /// Goes on with another answer of the configuration.
    pub(super) const fn accept_all(&mut self, accepts_all: bool) {
        self.accepts_all = accepts_all;
    }

    /// Judges, after a complete reading of Zino, which incidents have lost their cases.
    pub(super) fn judge(
        &mut self,
        entries: &mut Entries,
        is_readable: impl Fn(CaseId) -> bool,
        policy: &Policy,
        out: &mut Outbox,
    ) {
        let now = out.now.mono;
        let mut judgement = Judgement::default();
        let others_held_back = held_back(entries) > 0;
        for (id, entry) in &mut *entries {
            judgement.add(&entry.judge(is_readable(*id), others_held_back, now));
        }
        if judgement.is_unconfirmed() {
            out.timers.set(Timer::Recheck, now + APART);
        }
        let evidence = judgement.state_loss();
        self.accepts_this &= evidence.is_some();
        if let Some(evidence) = evidence.filter(|_| !self.accepts_all && !self.accepts_this) {
            let new = entries.values_mut().filter_map(|entry| entry.hold_back().then_some(()));
            if new.count() > 0 {
                out.tell(Notice::StateLost { incidents: judgement.missing(), evidence });
            }
        }
        if held_back(entries) > 0 {
            end_renumbered(entries, is_readable, policy, out);
        }
        self.conclude(entries, out);
    }

    /// Ends what is held back now, and what the readings to come show to be lost with it.
    pub(super) fn accept(&mut self, entries: &mut Entries, out: &mut Outbox) {
        out.tell(Notice::Operator(OperatorNotice::StateLossAccepted { incidents: held_back(entries) }));
        self.accepts_this = true;
        self.conclude(entries, out);
    }

    fn conclude(&self, entries: &mut Entries, out: &mut Outbox) {
        for entry in entries.values_mut() {
            entry.conclude(self.accepts_this, out);
        }
    }
}

/// Returns how many incidents are held back.
pub(super) fn held_back(entries: &Entries) -> usize {
    entries.values().map(|entry| entry.held_back()).sum()
}
