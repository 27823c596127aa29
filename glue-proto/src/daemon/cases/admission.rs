//! How many case numbers are known at the most (behaviour B51, invariant 9).

use crate::daemon::exchange::MOST_CASES;
use crate::daemon::outbox::Outbox;
use crate::face::Notice;
use crate::model::CaseId;
use alloc::vec::Vec;

/// Who lets case numbers in.
#[derive(Clone, Debug, Default, Hash)]
pub(super) struct Admission {
    /// That some were left out has been told.
    is_told: bool,
}

impl Admission {
    /// Tells whether one more number may become known beside so many others.
    pub(super) fn admit(&mut self, known: usize, out: &mut Outbox) -> bool {
        let has_room = known < MOST_CASES;
        if !has_room {
            self.leave_out(1, out);
        }
        has_room
    }

    /// Leaves out those listed numbers for which there is no room beside so many that are known.
    pub(super) fn admit_listed(
        &mut self,
        mut ids: Vec<CaseId>,
        known: usize,
        is_known: impl Fn(CaseId) -> bool,
        out: &mut Outbox,
    ) -> Vec<CaseId> {
        let (listed, mut room) = (ids.len(), MOST_CASES.saturating_sub(known));
        ids.retain(|id| {
            let is_in = is_known(*id) || room > 0;
            room = room.saturating_sub(usize::from(!is_known(*id)));
            is_in
        });
        let left_out = listed - ids.len();
        if left_out == 0 {
            self.is_told = false;
        } else {
            self.leave_out(left_out, out);
        }
        ids
    }

    /// Tells of numbers that are left out: once, until all that are listed are let in again.
    fn leave_out(&mut self, count: usize, out: &mut Outbox) {
        if !core::mem::replace(&mut self.is_told, true) {
            out.tell(Notice::TooManyCases { most: MOST_CASES, left_out: count });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::face::{Action, Mono, Now, Wall};

    fn outbox() -> Outbox {
        Outbox::new(Now { mono: Mono(0), wall: Wall(0) }, 1)
    }

    #[test]
    fn b51_numbers_beyond_the_limit_are_left_out_and_told_once_until_all_are_let_in_again() {
        let (mut admission, mut out) = (Admission::default(), outbox());
        let ids = || [1, 2, 3, 4].map(CaseId).to_vec();
        let is_known = |id: CaseId| id.0 == 4;
        for (known, expected, told) in [
            (100, &[1, 2, 3, 4][..], 0),
            (MOST_CASES - 3, &[1, 2, 3, 4], 0),
            (MOST_CASES - 2, &[1, 2, 4], 1),
            (MOST_CASES, &[4], 0),
            (100, &[1, 2, 3, 4], 0),
            (MOST_CASES, &[4], 3),
        ] {
            let let_in = admission.admit_listed(ids(), known, is_known, &mut out);
            assert_eq!(let_in.iter().map(|id| id.0).collect::<Vec<_>>(), expected, "{known}");
            let notice = (told > 0)
                .then_some(Action::Notice(Notice::TooManyCases { most: MOST_CASES, left_out: told }));
            assert_eq!(out.poll_action(), notice);
        }
        assert!(!admission.admit(MOST_CASES, &mut out) && admission.admit(MOST_CASES - 1, &mut out));
        assert_eq!(out.poll_action(), None, "told before");
    }
}
