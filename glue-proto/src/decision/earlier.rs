//! What a run of the daemon that was killed may have sent, and Argus may still carry out (behaviour B13).

use crate::model::{Case, NewEvent, Transition};

/// What the first reading of a case showed: a run before this one may have seen it, and have sent what follows from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct EarlierRun {
    /// The time of the newest history entry, in unix seconds.
    newest: i64,
    closed: bool,
}

impl EarlierRun {
    /// Stands for whatever can be known of a case that was not read.
    pub const UNKNOWN: Self = Self { newest: i64::MAX, closed: true };

    /// Takes in the first reading of a case.
    #[must_use]
    pub fn of(case: &Case) -> Self {
        let newest = case.history.iter().map(|entry| entry.at).max();
        Self { newest: newest.unwrap_or(i64::MIN), closed: case.is_closed() }
    }

    /// Tells whether an earlier run may have sent an event. What had not happened yet it cannot have told.
    pub(super) fn may_have_sent(self, event: &NewEvent) -> bool {
        match event.transition() {
            Some(Transition::End) => self.closed,
            Some(Transition::Restart) => true,
            None => self.may_have_copied(event.at),
        }
    }

    /// Tells whether an earlier run may have copied a history entry of that time.
    pub(super) const fn may_have_copied(self, at: i64) -> bool {
        at <= self.newest
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decision::testing::{case, close, entry};
    use crate::model::EventType;

    fn event(event_type: EventType, at: i64) -> NewEvent {
        NewEvent { at, event_type, description: "x".into() }
    }

    #[test]
    fn b13_a_former_run_may_have_sent_what_the_first_reading_shows_and_nothing_newer() {
        use EventType::{End, Other, Restart};
        let mut open = case(1, 50);
        open.history.push(entry(70, "alice"));
        let mut closed = open.clone();
        close(&mut closed, 90, "monitor");
        let bare = Case { history: [].into(), ..open.clone() };
        for (case, event_type, at, expected) in [
            (&open, Other, 70, true),
            (&open, Other, 71, false),
            (&open, End, 80, false),
            (&open, Restart, 999, true),
            (&closed, Other, 90, true),
            (&closed, End, 90, true),
            (&closed, Other, 91, false),
            (&bare, Other, 50, false),
        ] {
            let earlier = EarlierRun::of(case);
            assert_eq!(earlier.may_have_sent(&event(event_type, at)), expected, "{event_type:?} {at}");
        }
        assert!(EarlierRun::UNKNOWN.may_have_sent(&event(End, 999)));
        assert!(EarlierRun::UNKNOWN.may_have_sent(&event(Other, 999)));
    }
}
