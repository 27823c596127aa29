//! Writes of which it is not known whether they were carried out, until that has shown (behaviour B13, B71). Nothing is decided
//! from it: what is read again, and when, is decided by the case.

use crate::decision::StepKey;
use crate::model::CaseId;
use alloc::collections::{BTreeMap, BTreeSet};
use core::hash::{Hash, Hasher};

/// The most of them that are remembered at once. What becomes of others beside them is not counted.
const MOST: usize = 10_000;

/// The writes, by case. Two machines that differ in nothing else behave alike, so it is no part of the machine's hash.
#[derive(Clone, Debug, Default)]
pub(super) struct LostWrites {
    keys: BTreeMap<CaseId, BTreeSet<StepKey>>,
    count: usize,
}

impl LostWrites {
    /// A write may have been carried out, or not.
    pub(super) fn add(&mut self, case: CaseId, key: StepKey) {
        if self.count < MOST && self.keys.entry(case).or_default().insert(key) {
            self.count += 1;
        }
    }

    /// Tells whether this is such a write.
    pub(super) fn holds(&self, case: CaseId, key: StepKey) -> bool {
        self.keys.get(&case).is_some_and(|keys| keys.contains(&key))
    }

    /// A server has taken a write. Tells whether it was such a one.
    pub(super) fn taken(&mut self, case: CaseId, key: StepKey) -> bool {
        let Some(keys) = self.keys.get_mut(&case) else { return false };
        let was_lost = keys.remove(&key);
        if keys.is_empty() {
            self.keys.remove(&case);
        }
        self.count -= usize::from(was_lost);
        was_lost
    }

    /// Forgets those of a case. Returns how many there were.
    pub(super) fn take(&mut self, case: CaseId) -> usize {
        let count = self.keys.remove(&case).map_or(0, |keys| keys.len());
        self.count -= count;
        count
    }

    /// Forgets all.
    pub(super) fn forget_all(&mut self) {
        *self = Self::default();
    }
}

impl Hash for LostWrites {
    fn hash<H: Hasher>(&self, _: &mut H) {}
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decision::SourceId;

    fn key(number: u64) -> StepKey {
        StepKey::lookup(SourceId { case: CaseId(number), opened: None })
    }

    #[test]
    fn b71_each_write_is_resolved_once() {
        let mut lost = LostWrites::default();
        for number in [1, 1, 2, 3] {
            lost.add(CaseId(7), key(number));
        }
        lost.add(CaseId(8), key(1));
        assert!(lost.holds(CaseId(7), key(1)) && !lost.holds(CaseId(9), key(1)));
        assert!(lost.taken(CaseId(7), key(1)) && !lost.taken(CaseId(7), key(1)));
        assert_eq!((lost.take(CaseId(7)), lost.take(CaseId(7))), (2, 0));
        assert!(lost.taken(CaseId(8), key(1)));
        assert!(lost.keys.is_empty() && lost.count == 0);
    }

    #[test]
    fn b71_no_more_writes_are_remembered_than_there_is_room_for() {
        let mut lost = LostWrites::default();
        for number in 0..20_000 {
            lost.add(CaseId(number % 3), key(number));
        }
        assert_eq!(lost.count, MOST);
        lost.add(CaseId(30_000), key(1));
        assert_eq!((0..3).map(|case| lost.take(CaseId(case))).sum::<usize>(), MOST);
        lost.add(CaseId(1), key(1));
        lost.forget_all();
        assert_eq!(lost.count, 0);
    }
}
