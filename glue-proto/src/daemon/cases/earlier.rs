//! For how long a run of the daemon that was killed may still be heard of, and what it may have known (behaviour B13).

use crate::decision::EarlierRun;
use crate::face::Mono;
use crate::model::{Case, CaseId};
use alloc::collections::BTreeMap;

/// The first readings of this run, for as long as they matter.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct EarlierRuns {
    until: Mono,
    first: BTreeMap<CaseId, EarlierRun>,
}

impl EarlierRuns {
    /// What an earlier run has sent is carried out until then, or never.
    pub(super) const fn new(until: Mono) -> Self {
        Self { until, first: BTreeMap::new() }
    }

    /// Returns until when something may still arrive.
    pub(super) const fn until(&self) -> Mono {
        self.until
    }

    /// Takes in a reading: the first one of a case counts.
    pub(super) fn read(&mut self, case: &Case, now: Mono) {
        if now < self.until {
            self.first.entry(case.attributes.id).or_insert_with(|| EarlierRun::of(case));
        } else {
            self.first.clear();
        }
    }

    /// Returns what an earlier run may have known of a case, if anything of it may still arrive.
    pub(super) fn of(&self, case: CaseId, now: Mono) -> Option<EarlierRun> {
        (now < self.until).then(|| self.first.get(&case).copied().unwrap_or(EarlierRun::UNKNOWN))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decision::testing::{case, close};

    #[test]
    fn b13_the_first_reading_counts_and_only_for_a_while() {
        let open = case(1, 50);
        let mut closed = case(1, 50);
        close(&mut closed, 60, "monitor");
        let mut runs = EarlierRuns::new(Mono(32_000));
        assert_eq!(runs.of(CaseId(1), Mono(5)), Some(EarlierRun::UNKNOWN));
        runs.read(&open, Mono(5));
        runs.read(&closed, Mono(6));
        assert_eq!(runs.of(CaseId(1), Mono(31_999)), Some(EarlierRun::of(&open)));
        assert_eq!(runs.of(CaseId(1), Mono(32_000)), None);
        runs.read(&closed, Mono(32_000));
        assert_eq!(runs, EarlierRuns::new(Mono(32_000)), "nothing is kept");
    }
}
