//! What is remembered of cases that are gone, should a server have said that it ended their incidents and not have done so
//! (behaviour B14).

use super::refusals::Refusals;
use crate::face::Mono;
use crate::model::CaseId;
use alloc::collections::BTreeMap;

/// Cases of which nothing else is kept.
#[derive(Clone, Debug, Default, Hash)]
pub(super) struct Ended(BTreeMap<CaseId, Refusals>);

impl Ended {
    /// A case is forgotten: whether its incident was ended is not, for a while.
    pub(super) fn remember(&mut self, case: CaseId, refusals: Refusals) {
        if refusals.remembers_end_until().is_some() {
            self.0.insert(case, refusals);
        }
    }

    /// There is something of the case again.
    pub(super) fn recall(&mut self, case: CaseId) -> Refusals {
        self.0.remove(&case).unwrap_or_default()
    }

    /// Forgets what is old.
    pub(super) fn tidy(&mut self, now: Mono) {
        self.0.retain(|_, refusals| refusals.remembers_end_until() > Some(now));
    }
}

#[cfg(test)]
mod tests {
    use super::super::refusals::Effect;
    use super::*;
    use crate::decision::{SourceId, StepKey};

    #[test]
    fn b14_an_end_is_remembered_for_a_quarter_of_an_hour_and_what_else_was_taken_is_not() {
        let key = StepKey::lookup(SourceId { case: CaseId(1), opened: None });
        for (effect, secs, remembered) in
            [(Effect::Ends, 899, true), (Effect::Ends, 900, false), (Effect::Adds, 0, false)]
        {
            let mut refusals = Refusals::default();
            refusals.take(key, effect, Mono(5000));
            let mut ended = Ended::default();
            ended.remember(CaseId(1), refusals);
            ended.tidy(Mono(5000 + secs * 1000));
            assert!(!ended.recall(CaseId(2)).had_no_effect(key));
            assert_eq!(ended.recall(CaseId(1)).had_no_effect(key), remembered, "{effect:?} {secs}");
            assert!(!ended.recall(CaseId(1)).had_no_effect(key), "it is handed over");
        }
    }
}
