//! Argus's own clock, as its answers tell it (behaviour B15).

use crate::face::{Mono, Now};

use crate::wire::argus::{Call, http_date};

/// A `Date` header has whole seconds: what lies ahead by less than that may be now.
const RESOLUTION: i64 = 1000;

/// The clock. Until Argus has told a date, our own one has to do.
#[derive(Clone, Debug, Default, Hash)]
pub(super) struct Clock {
    /// By how much it is ahead of our monotonic clock, in milliseconds. Rather too little than too much.
    ahead: Option<i64>,
}

impl Clock {
    /// Takes in the `Date` of an answer to a request that was sent at `sent` and answered now. What is known stays as long as
    /// it agrees with that.
    pub(super) fn see(&mut self, date: Option<&str>, sent: Mono, now: Mono) {
        let Some(date) = date.and_then(http_date) else { return };
        let told = date.0.saturating_mul(1000);
        let least = told.saturating_sub(millis(now));
        let most = told.saturating_add(RESOLUTION).saturating_sub(millis(sent));
        if !self.ahead.is_some_and(|ahead| (least..most).contains(&ahead)) {
            self.ahead = Some(least);
        }
    }

    /// Returns by how many milliseconds it is ahead of our monotonic clock, if that is known, rather too little than too much.
    pub(super) const fn ahead(&self) -> Option<i64> {
        self.ahead
    }

    /// Sees to it that a call does not end an incident, or reopen it, in Argus's future: until then it would stay as it is.
    pub(super) fn in_time(&self, mut call: Call, now: Now) -> Call {
        if let Call::Post { event, .. } = &mut call
            && event.transition().is_some()
        {
            event.at = event.at.min(self.latest(event.at, now));
        }
        call
    }

    /// Returns the time itself, in unix seconds, if it may have come, else the present moment.
    fn latest(&self, at: i64, now: Now) -> i64 {
        let own = now.wall.0.saturating_mul(1000);
        let moment = self.ahead.map_or(own, |ahead| ahead.saturating_add(millis(now.mono)));
        if at.saturating_mul(1000) <= moment.saturating_add(RESOLUTION) {
            at
        } else {
            moment.div_euclid(1000)
        }
    }
}

fn millis(moment: Mono) -> i64 {
    i64::try_from(moment.0).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::face::Wall;
    use crate::model::{EventType, NewEvent};

    const NOON: i64 = 1_795_348_800;
    const DATE: &str = "Sun, 22 Nov 2026 12:00:00 GMT";
    const LATER: &str = "Sun, 22 Nov 2026 12:00:07 GMT";

    fn at(millis: u64, wall: i64) -> Now {
        Now { mono: Mono(millis), wall: Wall(wall) }
    }

    /// Returns the time that an event gets that is due at `due`.
    fn told(clock: &Clock, event_type: EventType, due: i64, now: Now) -> i64 {
        let event = NewEvent { at: due, event_type, description: "x".into() };
        let Call::Post { pk: 7, event } = clock.in_time(Call::Post { pk: 7, event }, now) else {
            panic!("another call")
        };
        assert_eq!((event.event_type, &*event.description), (event_type, "x"));
        event.at
    }

    #[test]
    fn b15_what_lies_in_the_future_of_argus_is_told_as_of_now() {
        let mut clock = Clock::default();
        clock.see(Some(DATE), Mono(4_900), Mono(5_000));
        for (due, expected) in [(-3600, -3600), (10, 10), (11, 11), (12, 10), (3600, 10), (i64::MAX, 10)] {
            let due = NOON.saturating_add(due);
            for kind in [EventType::End, EventType::Restart] {
                assert_eq!(told(&clock, kind, due, at(15_000, 0)), due.min(NOON + expected), "{due}");
            }
            assert_eq!(told(&clock, EventType::Other, due, at(15_000, 0)), due, "history keeps its time");
        }
    }

    #[test]
    fn b15_our_own_clock_has_to_do_where_argus_tells_none() {
        let mut clock = Clock::default();
        for date in [None, Some("12"), Some("soon"), Some("")] {
            clock.see(date, Mono(0), Mono(100));
            let told = |due| told(&clock, EventType::End, due, at(500, 1000));
            assert_eq!([900, 1001, 1002, 9999].map(told), [900, 1001, 1000, 1000]);
        }
    }

    #[test]
    fn b15_what_is_known_stays_as_long_as_answers_agree_and_follows_a_clock_that_was_put_right() {
        let mut clock = Clock::default();
        clock.see(Some(DATE), Mono(0), Mono(300));
        let first = clock.ahead;
        // Seven seconds later, give or take what a date leaves out and an answer takes.
        for (sent, answered) in [(7_300, 7_300), (8_000, 8_299), (7_000, 7_900), (2_000, 9_000)] {
            clock.see(Some(LATER), Mono(sent), Mono(answered));
            assert_eq!(clock.ahead, first, "{sent} {answered}");
        }
        clock.see(Some(LATER), Mono(7_100), Mono(7_100));
        assert_eq!(clock.ahead, Some(NOON * 1000 - 100), "this one was answered sooner");
        for (date, millis) in [(LATER, 60_000), (DATE, 61_000), (LATER, 62_000)] {
            clock.see(Some(date), Mono(millis), Mono(millis + 20));
            let shown = if date == DATE { NOON } else { NOON + 7 };
            assert_eq!(told(&clock, EventType::End, NOON + 9999, at(millis + 20, 0)), shown);
        }
    }
}
