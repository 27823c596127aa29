//! Which incidents have lost their cases, and whether that means that Zino has lost its state (behaviour B28).

use super::entry::CaseEntry;
use super::incidents::Judged;
use crate::daemon::outbox::Outbox;
use crate::decision::{DAYLIGHT_SAVING, Outage, Policy, SourceId};
use crate::face::StateLoss;
use crate::model::CaseId;
use alloc::boxed::Box;
use alloc::collections::BTreeMap;
use alloc::vec::Vec;

/// From so many open incidents on, all cases missing at once means that Zino has lost its state.
const MANY: usize = 3;
/// So many incidents are not ended at once if they are more than half of those that are open.
const MANY_AT_ONCE: usize = 10;

/// What a complete reading of Zino says of all incidents. The entries are added in the order of their numbers.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Judgement {
    all: Judged,
    /// When the latest of the cases so far was opened.
    latest: Option<i64>,
    /// A case has a smaller number than one that is missing, and was opened later.
    restarted: bool,
}

impl Judgement {
    /// Takes in what was found in the next entry.
    pub(super) fn add(&mut self, judged: &Judged) {
        let Self { all, latest, restarted } = self;
        let is_older = |missing: i64| latest.is_some_and(|latest| latest - missing > DAYLIGHT_SAVING);
        *restarted |= judged.missing_since.is_some_and(is_older);
        *latest = (*latest).max(judged.opened);
        all.running += judged.running;
        all.present += judged.present;
        all.missing += judged.missing;
        all.confirmed += judged.confirmed;
        all.unconfirmed |= judged.unconfirmed;
    }

    /// Tells whether another reading is needed to be sure.
    pub(super) const fn is_unconfirmed(&self) -> bool {
        self.all.unconfirmed
    }

    /// Returns how many open incidents have no case.
    pub(super) const fn missing(&self) -> usize {
        self.all.missing
    }

    /// Returns what speaks for Zino having lost its state.
    pub(super) const fn state_loss(&self) -> Option<StateLoss> {
        let Judged { running, present, missing, confirmed, .. } = self.all;
        if present == 0 && missing >= MANY {
            Some(StateLoss::All)
        } else if self.restarted {
            Some(StateLoss::NumbersAgain)
        } else if confirmed >= MANY_AT_ONCE && confirmed * 2 > running {
            Some(StateLoss::ManyAtOnce)
        } else {
            None
        }
    }
}

/// Ends those of the incidents that are held back whose outage is open again as another case.
pub(super) fn end_renumbered(
    entries: &mut BTreeMap<CaseId, Box<CaseEntry>>,
    is_readable: impl Fn(CaseId) -> bool,
    policy: &Policy,
    out: &mut Outbox,
) {
    let mut outages: BTreeMap<Outage, (Vec<SourceId>, Vec<CaseId>)> = BTreeMap::new();
    for entry in entries.values() {
        for (id, outage) in entry.held_outages() {
            outages.entry(outage).or_default().0.push(id);
        }
    }
    for (id, entry) in entries.iter().filter(|(id, _)| is_readable(**id)) {
        if let Some(case) = entry.seen_case().filter(|case| !case.is_closed())
            && let Some((_, cases)) = outages.get_mut(&Outage::of_case(&case.attributes, policy))
        {
            cases.push(*id);
        }
    }
    for (held, cases) in outages.into_values() {
        if let ([held], [now]) = (&*held, &*cases)
            && let Some(entry) = entries.get_mut(&held.case)
        {
            entry.renumber(*held, *now, out);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn b28_what_speaks_for_a_lost_state() {
        let judged = |running, present, confirmed| Judged {
            running,
            present,
            missing: running - present,
            confirmed,
            ..Judged::default()
        };
        for (judged, expected) in [
            (judged(2, 0, 2), None),
            (judged(3, 0, 0), Some(StateLoss::All)),
            (judged(4, 1, 3), None),
            (judged(17, 8, 9), None),
            (judged(19, 9, 10), Some(StateLoss::ManyAtOnce)),
            (judged(20, 10, 10), None),
            (judged(40, 10, 9), None),
        ] {
            let mut judgement = Judgement::default();
            judgement.add(&judged);
            assert_eq!(judgement.state_loss(), expected, "{judged:?}");
        }
    }

    #[test]
    fn b28_a_smaller_number_that_was_opened_later_proves_that_the_numbering_was_restarted() {
        let there = |opened| Judged { present: 1, running: 1, opened: Some(opened), ..Judged::default() };
        let missing =
            |start| Judged { missing: 1, running: 1, missing_since: Some(start), ..Judged::default() };
        for (entries, expected) in [
            ([there(9_000), missing(100)], true),
            ([there(3_701), missing(100)], true),
            ([there(3_700), missing(100)], false),
            ([missing(100), there(9_000)], false),
            ([there(100), missing(9_000)], false),
        ] {
            let mut judgement = Judgement::default();
            entries.iter().for_each(|judged| judgement.add(judged));
            let expected = expected.then_some(StateLoss::NumbersAgain);
            assert_eq!(judgement.state_loss(), expected, "{entries:?}");
        }
        // A number that comes again is no smaller one.
        let mut judgement = Judgement::default();
        judgement.add(&Judged { opened: Some(9_000), present: 1, ..missing(100) });
        assert_eq!(judgement.state_loss(), None);
    }
}
