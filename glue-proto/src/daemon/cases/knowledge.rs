//! What is known of a case, and how good it is.

use crate::decision::Known;
use crate::model::Case;

/// What is known of a case.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Knowledge {
    /// It was never read.
    Unread {
        /// A notification said that it was closed (behaviour B27).
        closed: bool,
    },
    /// It was read.
    Read {
        /// What it said.
        case: Case,
        /// How good that is.
        quality: Quality,
        /// A notification said that it was closed.
        closed: bool,
    },
    /// It was read as closed before Zino forgot it (behaviour B31): that is the last that will be known of it.
    Final(Case),
    /// A notification said that it was closed, and reading it fails again and again (behaviour B27).
    Unreadable {
        /// What it said last, if it was closed then.
        last: Option<Case>,
    },
    /// Zino does not know such a case.
    Absent {
        /// A notification said that it was closed.
        closed: bool,
    },
}

/// How good a reading is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Quality {
    /// Of the present session with Zino.
    Current,
    /// Of an earlier session: it may be another case by now, and nothing is written to it before it is read again.
    Earlier,
    /// We have written to the case since: nothing is decided from it before it is read again.
    Outdated,
}

impl Knowledge {
    /// Returns the case, as it was read last.
    pub(super) const fn case(&self) -> Option<&Case> {
        match self {
            Self::Read { case, .. } | Self::Final(case) => Some(case),
            Self::Unreadable { last } => last.as_ref(),
            Self::Unread { .. } | Self::Absent { .. } => None,
        }
    }

    /// Returns the case, as it was read last, to be changed.
    pub(super) const fn case_mut(&mut self) -> Option<&mut Case> {
        match self {
            Self::Read { case, .. } | Self::Final(case) => Some(case),
            Self::Unreadable { last } => last.as_mut(),
            Self::Unread { .. } | Self::Absent { .. } => None,
        }
    }

    /// Returns the case as the decision wants it.
    pub(super) const fn known(&self) -> Known<&Case> {
        match self {
            Self::Unread { .. } => Known::Unread,
            Self::Read { case, .. } | Self::Final(case) | Self::Unreadable { last: Some(case) } => {
                Known::Present(case)
            }
            Self::Absent { .. } | Self::Unreadable { last: None } => Known::Absent,
        }
    }

    /// Tells whether a notification said that the case was closed.
    pub(super) const fn is_announced_closed(&self) -> bool {
        match self {
            Self::Unread { closed } | Self::Read { closed, .. } | Self::Absent { closed } => *closed,
            Self::Final(_) | Self::Unreadable { .. } => true,
        }
    }

    /// Tells whether the case has been announced as closed and can no longer be read: that ends its incidents (behaviour
    /// B27), and no further evidence is needed. A case that can be read speaks for its own incident only.
    pub(super) const fn is_proved_closed(&self) -> bool {
        matches!(self, Self::Absent { closed: true } | Self::Unreadable { last: None })
    }

    /// Tells whether something may be decided from it. A reading that a write of ours has outdated says nothing, nor does
    /// one as open of a case that was announced as closed: it is being read again.
    pub(super) fn decides(&self) -> bool {
        match self {
            Self::Unread { .. } => false,
            Self::Read { quality: Quality::Outdated, .. } => false,
            Self::Read { case, closed, .. } => !closed || case.is_closed(),
            Self::Final(_) | Self::Unreadable { .. } | Self::Absent { .. } => true,
        }
    }

    /// Tells whether the case may be written to: it was read in this session.
    pub(super) const fn is_current(&self) -> bool {
        matches!(self, Self::Read { quality: Quality::Current, .. } | Self::Final(_))
    }

    /// A notification says that the case was closed.
    pub(super) const fn announce_closed(&mut self) {
        match self {
            Self::Unread { closed } | Self::Read { closed, .. } | Self::Absent { closed } => *closed = true,
            Self::Final(_) | Self::Unreadable { .. } => {}
        }
    }

    /// Takes in a reading; `newest` tells whether nothing has happened to the case since it was asked for.
    pub(super) fn read(&mut self, new: Case, newest: bool) -> ReadOutcome {
        let announced = self.is_announced_closed();
        let closed = announced && (!newest || new.is_closed());
        let changed = self.case() != Some(&new);
        let was_poor = !matches!(self, Self::Read { quality: Quality::Current, .. });
        if changed {
            *self = Self::Read { case: new, quality: Quality::Current, closed };
            return ReadOutcome::Changed;
        }
        if let Self::Read { quality, closed: was_closed, .. } = self {
            (*quality, *was_closed) = (Quality::Current, closed);
        } else {
            *self = Self::Read { case: new, quality: Quality::Current, closed };
        }
        if was_poor || announced != closed { ReadOutcome::Confirmed } else { ReadOutcome::None }
    }

    /// Zino does not know the case. `final_words` tells whether what was read last is still needed.
    pub(super) fn miss(&mut self, final_words: bool) {
        let closed = self.is_announced_closed();
        let last = self.take_case().filter(|_| final_words);
        *self = last.map_or(Self::Absent { closed }, Self::Final);
    }

    /// Reading the case, which was announced as closed, fails again and again. `final_words` tells whether what was read last
    /// is still needed.
    pub(super) fn lose(&mut self, final_words: bool) {
        *self = Self::Unreadable { last: self.take_case().filter(|_| final_words) };
    }

    fn take_case(&mut self) -> Option<Case> {
        match core::mem::replace(self, Self::Unread { closed: true }) {
            Self::Read { case, .. } | Self::Final(case) => Some(case),
            Self::Unreadable { last } => last,
            Self::Unread { .. } | Self::Absent { .. } => None,
        }
    }

    /// We have written to the case, or may have.
    pub(super) const fn outdate(&mut self) {
        if let Self::Read { quality, .. } = self {
            *quality = Quality::Outdated;
        }
    }

    /// The session with Zino has ended.
    pub(super) const fn end_session(&mut self) {
        if let Self::Read { quality: quality @ Quality::Current, .. } = self {
            *quality = Quality::Earlier;
        }
    }
}

/// What a reading says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum ReadOutcome {
    /// The case is not what it was.
    Changed,
    /// The case is what it was, and only now something may be decided from that.
    Confirmed,
    /// Nothing.
    None,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decision::testing::{case, close};

    fn open() -> Case {
        case(1, 50)
    }

    fn closed() -> Case {
        let mut case = case(1, 50);
        close(&mut case, 60, "monitor");
        case
    }

    fn read(case: Case, quality: Quality, closed: bool) -> Knowledge {
        Knowledge::Read { case, quality, closed }
    }

    #[test]
    fn b13_b27_what_may_be_decided_and_written_depends_on_how_good_the_knowledge_is() {
        use Quality::{Current, Earlier, Outdated};
        for (knowledge, decides, current) in [
            (Knowledge::Unread { closed: false }, false, false),
            (read(open(), Current, false), true, true),
            (read(open(), Earlier, false), true, false),
            (read(open(), Outdated, false), false, false),
            (read(open(), Current, true), false, true),
            (read(closed(), Current, true), true, true),
            (Knowledge::Final(closed()), true, true),
            (Knowledge::Unreadable { last: None }, true, false),
            (Knowledge::Unreadable { last: Some(closed()) }, true, false),
            (Knowledge::Absent { closed: false }, true, false),
        ] {
            assert_eq!((knowledge.decides(), knowledge.is_current()), (decides, current), "{knowledge:?}");
        }
    }

    #[test]
    fn b14_a_reading_tells_whether_it_says_anything_new() {
        use Quality::{Current, Earlier, Outdated};
        for (mut before, newest, news) in [
            (Knowledge::Unread { closed: false }, true, ReadOutcome::Changed),
            (Knowledge::Absent { closed: false }, true, ReadOutcome::Changed),
            (Knowledge::Unreadable { last: None }, true, ReadOutcome::Changed),
            (Knowledge::Unreadable { last: Some(closed()) }, true, ReadOutcome::Changed),
            (Knowledge::Unreadable { last: Some(open()) }, true, ReadOutcome::Confirmed),
            (read(closed(), Current, false), true, ReadOutcome::Changed),
            (read(open(), Current, false), true, ReadOutcome::None),
            (read(open(), Earlier, false), true, ReadOutcome::Confirmed),
            (read(open(), Outdated, false), true, ReadOutcome::Confirmed),
            (read(open(), Current, true), true, ReadOutcome::Confirmed),
            (read(open(), Current, true), false, ReadOutcome::None),
        ] {
            let shown = alloc::format!("{before:?}");
            assert_eq!(before.read(open(), newest), news, "{shown}");
            assert_eq!(before.case(), Some(&open()));
        }
    }

    #[test]
    fn b27_an_announced_closing_stands_until_a_newer_reading_shows_the_case_open() {
        let mut knowledge = Knowledge::Unread { closed: false };
        knowledge.announce_closed();
        knowledge.read(open(), false);
        assert!(knowledge.is_announced_closed(), "that was asked for before the announcement");
        knowledge.read(closed(), true);
        assert!(knowledge.is_announced_closed());
        knowledge.read(open(), true);
        assert!(!knowledge.is_announced_closed(), "it was reopened");
    }

    #[test]
    fn b31_a_case_that_zino_forgot_keeps_its_final_words_only_where_they_are_needed() {
        let mut knowledge = read(closed(), Quality::Current, false);
        knowledge.miss(true);
        assert_eq!(knowledge, Knowledge::Final(closed()));
        assert!(knowledge.is_announced_closed());
        knowledge.miss(false);
        assert_eq!(knowledge, Knowledge::Absent { closed: true });
        knowledge.miss(true);
        assert_eq!(knowledge, Knowledge::Absent { closed: true });
        let mut unread = Knowledge::Unread { closed: false };
        unread.miss(false);
        assert_eq!(unread, Knowledge::Absent { closed: false });
    }

    #[test]
    fn b50_the_end_of_a_session_and_a_write_of_ours_make_a_reading_worse_never_better() {
        let mut knowledge = read(open(), Quality::Current, false);
        knowledge.end_session();
        assert_eq!(knowledge, read(open(), Quality::Earlier, false));
        knowledge.outdate();
        assert_eq!(knowledge, read(open(), Quality::Outdated, false));
        knowledge.end_session();
        assert_eq!(knowledge, read(open(), Quality::Outdated, false));
    }
}
