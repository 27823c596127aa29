//! Whether Argus may be asked something now: pauses, one probe at a time while it is down, refused credentials.

use crate::daemon::retry::{Pauses, Retry};
use crate::face::{Millis, Mono, Seed};

/// The pauses between probes of a server that does not take connections. Short, because an answer is wanted the moment
/// it is back, and cheap, because a refused connection costs next to nothing.
const PAUSES: Pauses = Pauses::up_to(Millis::from_secs(5));
/// The pause before credentials that were refused are tried a second and last time (behaviour B52).
const REFUSED_PAUSE: Millis = Millis::from_secs(10);

/// What every request to Argus asks for leave.
#[derive(Clone, Debug, Default, Hash)]
pub(super) struct Availability {
    pause_until: Option<Mono>,
    is_down: bool,
    retry: Retry,
    refused_at: Option<Mono>,
}

impl Availability {
    /// Tells whether one more request may be sent beside those that are under way (behaviour B12, B51).
    pub(super) fn is_open(&self, under_way: usize, limit: usize, now: Mono) -> bool {
        let limit = if self.is_down || self.refused_at.is_some() { 1 } else { limit };
        under_way < limit && self.pause_until.is_none_or(|until| until <= now)
    }

    /// Returns until when nothing may be sent.
    pub(super) fn pause(&self, now: Mono) -> Option<Mono> {
        self.pause_until.filter(|until| *until > now)
    }

    /// The server could not be reached. Tells whether that is new. What was under way when the pause began says nothing
    /// new and does not make it longer.
    pub(super) fn unreachable(&mut self, now: Mono, seed: &mut Seed) -> bool {
        if self.is_down && self.pause(now).is_some() {
            return false;
        }
        let is_new = !self.is_down;
        self.is_down = true;
        let until = now + self.retry.failed_with_jitter(&PAUSES, now, seed);
        self.pause_until = self.pause_until.max(Some(until));
        is_new
    }

    /// The server answered, whatever it said. Tells whether it had been down.
    pub(super) fn answered(&mut self) -> bool {
        self.retry.reset();
        core::mem::take(&mut self.is_down)
    }

    /// The server wants to be left alone for a while.
    pub(super) fn throttled(&mut self, pause: Millis, now: Mono) {
        self.pause_until = self.pause_until.max(Some(now + pause));
    }

    /// The server refused our credentials for a request that was begun at `started`. Tells whether that was the second
    /// time, after the pause.
    pub(super) fn refused(&mut self, started: Mono, now: Mono) -> bool {
        match self.refused_at {
            None => {
                self.refused_at = Some(now);
                self.pause_until = self.pause_until.max(Some(now + REFUSED_PAUSE));
                false
            }
            // What was under way when the first refusal came says nothing new.
            Some(first) => started > first,
        }
    }

    /// The server took our credentials.
    pub(super) const fn accepted(&mut self) {
        self.refused_at = None;
    }

    /// Tells whether the server is thought to be unreachable.
    pub(super) const fn is_down(&self) -> bool {
        self.is_down
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn b51_a_server_that_is_down_is_probed_by_one_request_at_a_time() {
        let mut availability = Availability::default();
        let mut seed = Seed::new(1);
        assert!(availability.is_open(3, 4, Mono(0)) && !availability.is_open(4, 4, Mono(0)));
        assert!(availability.unreachable(Mono(0), &mut seed));
        assert!((0..3).all(|_| !availability.unreachable(Mono(0), &mut seed)));
        let until = availability.pause(Mono(0)).unwrap();
        assert!(until <= Mono(1100), "four that fail together make one pause");
        assert!(!availability.is_open(0, 4, Mono(until.0 - 1)));
        assert!(availability.is_open(0, 4, until) && !availability.is_open(1, 4, until));
        assert!(availability.answered() && !availability.answered());
        assert!(availability.is_open(3, 4, until));
    }

    #[test]
    fn b51_a_server_that_asks_for_a_pause_gets_it() {
        let mut availability = Availability::default();
        availability.throttled(Millis(7000), Mono(1000));
        availability.throttled(Millis(10), Mono(1000));
        assert!(!availability.is_open(0, 4, Mono(7999)) && availability.is_open(0, 4, Mono(8000)));
    }

    #[test]
    fn b52_credentials_are_tried_once_more_after_ten_seconds() {
        let mut availability = Availability::default();
        assert!(!availability.refused(Mono(0), Mono(100)));
        assert!(!availability.refused(Mono(50), Mono(120)), "it was under way already");
        assert!(!availability.refused(Mono(100), Mono(130)), "it was sent in the same instant");
        assert!(!availability.is_open(0, 4, Mono(10_099)) && availability.is_open(0, 4, Mono(10_100)));
        assert!(!availability.is_open(1, 4, Mono(10_100)), "one retry");
        assert!(availability.refused(Mono(10_100), Mono(10_200)));
        availability.accepted();
        assert!(!availability.refused(Mono(10_300), Mono(10_400)));
    }
}
