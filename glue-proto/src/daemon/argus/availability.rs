//! Whether Argus may be asked something now: pauses, one probe at a time while it is down, refused credentials.

use crate::daemon::credentials::{Credentials, Refusal};
use crate::daemon::retry::{Pauses, Retry};
use crate::face::{Millis, Mono, Notice, Seed};
use crate::wire::argus::{ArgusError, MAX_RETRY_AFTER};

/// The pauses between probes of a server that does not take connections. Short, because an answer is wanted the moment
/// it is back, and cheap, because a refused connection costs next to nothing.
const PAUSES: Pauses = Pauses::up_to(Millis::from_secs(5));
/// So many failures in a row, by which a server shows that it is overloaded or gone, are an outage.
const SEVERAL: u8 = 3;

/// How often it is found out at the most whether a server that fails at one incident fails at everything.
const LOOKED_INTO: Millis = Millis::from_secs(10);

/// The pause that a server gets that asks for one without saying how long.
pub(super) const PAUSE: Millis = Millis::from_secs(2);
/// The least pause that a server gets that asks for one: `Retry-After: 0`, or a moment that has passed, is no invitation to
/// ask as often as the network allows.
pub(super) const LEAST_PAUSE: Millis = Millis::from_secs(1);

/// What every request to Argus asks for leave.
#[derive(Clone, Debug, Default, Hash)]
pub(super) struct Availability {
    pause_until: Option<Mono>,
    /// Until when credentials that were refused are not tried again.
    refused_until: Option<Mono>,
    is_down: bool,
    /// What concerns no single incident was answered with an error of the server, and nothing has succeeded since.
    is_failing: bool,
    /// When it failed at one incident, and it was last asked for something that concerns none.
    looked_into: Option<Mono>,
    /// Failures in a row.
    failures: u8,
    retry: Retry,
    /// The server asked for a pause that is longer than it gets: one request at a time finds out whether it is over.
    is_tentative: bool,
    credentials: Credentials,
}

impl Availability {
    /// Tells whether one more request may be sent beside those that are under way (behaviour B12, B51).
    pub(super) fn is_open(&self, under_way: usize, limit: usize, now: Mono) -> bool {
        let limit = if self.is_doubtful() { 1 } else { limit };
        under_way < limit && self.pause(now).is_none()
    }

    /// Tells whether one request has to find out first whether the server can be asked at all.
    pub(super) const fn is_doubtful(&self) -> bool {
        self.is_down || self.is_failing || self.is_tentative || self.is_refused()
    }

    /// Returns until when nothing may be sent.
    pub(super) fn pause(&self, now: Mono) -> Option<Mono> {
        self.pause_until.max(self.refused_until).filter(|until| *until > now)
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

    /// The server has shown that it is overloaded, or has not answered. Several times in a row that is an outage, as if it
    /// could not be reached. Tells whether that is new.
    pub(super) fn overloaded(&mut self, now: Mono, seed: &mut Seed) -> bool {
        self.failures = self.failures.saturating_add(1);
        (self.is_down || self.failures >= SEVERAL) && self.unreachable(now, seed)
    }

    /// The server has answered as one that is well, whatever it said. Tells whether it had been down.
    pub(super) fn answered(&mut self) -> bool {
        self.retry.reset();
        self.failures = 0;
        self.is_tentative = false;
        core::mem::take(&mut self.is_down)
    }

    /// The server has failed at something that concerns no single incident: then it is no step's fault if it fails at that,
    /// too. A server without its database answers everything with 500.
    pub(super) const fn failed_at_large(&mut self) {
        self.is_failing = true;
    }

    /// The server has failed at a single incident. Tells whether to find out now if it fails at everything: it may be long until
    /// anything else is asked for.
    pub(super) fn failed_at_one(&mut self, now: Mono) -> bool {
        let is_due = !self.is_failing && self.looked_into.is_none_or(|at| now.since(at) >= LOOKED_INTO);
        if is_due {
            self.looked_into = Some(now);
        }
        is_due
    }

    /// The server has done what it was asked for.
    pub(super) const fn succeeded(&mut self) {
        self.is_failing = false;
    }

    /// Tells whether the server fails at everything.
    pub(super) const fn is_failing(&self) -> bool {
        self.is_failing
    }

    /// The server wants to be left alone for a while.
    pub(super) fn throttled(&mut self, pause: Millis, now: Mono) {
        self.is_tentative = pause >= MAX_RETRY_AFTER;
        self.pause_until = self.pause_until.max(Some(now + pause));
    }

    /// The server refused our credentials for a request that was begun at `started` (behaviour B52).
    pub(super) fn refused(&mut self, error: &ArgusError, started: Mono, now: Mono) -> Refusal {
        let refusal = if let ArgusError::NoSource { .. } = error {
            self.credentials.lack_source(started, now)
        } else {
            self.credentials.refused(started, now)
        };
        if let Some(pause) = refusal.pause() {
            self.refused_until = Some(now + pause);
        }
        refusal
    }

    /// There are other credentials: they are tried at once, where those before were refused.
    pub(super) fn renewed(&mut self, now: Mono) {
        self.refused_until = None;
        self.credentials.renewed(now);
    }

    /// The server took our credentials; `as_source` tells whether for what only a source system may do. Returns what there
    /// is to tell.
    pub(super) fn accepted(&mut self, as_source: bool) -> Option<Notice> {
        let notice = if as_source {
            self.credentials.accepted("Argus")
        } else {
            self.credentials.accepted_for_reading("Argus")
        };
        // A request that was begun before the refusal may say so: then nothing waits for the next try.
        if notice.is_some() {
            self.refused_until = None;
        }
        notice
    }

    /// Tells whether the server does not take our credentials.
    pub(super) const fn is_refused(&self) -> bool {
        self.credentials.are_refused()
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
    fn b51_a_server_that_was_well_in_between_is_probed_soon_again() {
        let mut availability = Availability::default();
        let mut seed = Seed::new(1);
        for secs in [0, 10, 20, 30] {
            availability.unreachable(Mono(secs * 1000), &mut seed);
        }
        assert!(availability.pause(Mono(30_000)).unwrap() > Mono(33_000), "the pauses have grown");
        assert!(availability.answered());
        availability.unreachable(Mono(60_000), &mut seed);
        assert!(availability.pause(Mono(60_000)).unwrap() <= Mono(61_100));
    }

    #[test]
    fn b51_a_server_that_asks_for_a_pause_gets_it() {
        let mut availability = Availability::default();
        availability.throttled(Millis(7000), Mono(1000));
        availability.throttled(Millis(10), Mono(1000));
        assert!(!availability.is_open(0, 4, Mono(7999)) && availability.is_open(0, 4, Mono(8000)));
    }

    #[test]
    fn b51_a_server_that_asks_for_a_long_pause_is_asked_once_a_minute_whether_it_is_over() {
        let mut availability = Availability::default();
        availability.throttled(MAX_RETRY_AFTER, Mono(0));
        assert!(!availability.is_open(0, 4, Mono(59_999)) && availability.is_open(0, 4, Mono(60_000)));
        assert!(!availability.is_open(1, 4, Mono(60_000)), "one request finds out");
        availability.throttled(MAX_RETRY_AFTER, Mono(60_100));
        assert!(!availability.is_open(0, 4, Mono(120_000)));
        assert!(!availability.answered() && availability.is_open(3, 4, Mono(120_100)));
    }

    #[test]
    fn b51_several_failures_in_a_row_are_an_outage_and_are_told_once() {
        let mut availability = Availability::default();
        let mut seed = Seed::new(1);
        let mut fail = |availability: &mut Availability, at| availability.overloaded(Mono(at), &mut seed);
        assert!(!fail(&mut availability, 0) && !fail(&mut availability, 10));
        assert!(!availability.answered(), "an answer between them");
        assert!(!fail(&mut availability, 20) && !fail(&mut availability, 30));
        assert!(availability.is_open(3, 4, Mono(30)));
        assert!(fail(&mut availability, 40) && availability.is_down());
        assert!(!fail(&mut availability, 50) && !fail(&mut availability, 9_000));
        assert!(!availability.is_open(1, 4, Mono(60_000)) && availability.is_open(0, 4, Mono(60_000)));
        let pause = availability.pause(Mono(9_000)).unwrap();
        assert!(pause <= Mono(14_500), "a probe every five seconds at most");
        assert!(availability.answered());
    }

    #[test]
    fn b52_while_credentials_are_refused_one_request_at_a_time_tries_them() {
        let mut availability = Availability::default();
        availability.accepted(false);
        assert_eq!(
            availability.refused(&unauthorized(), Mono(0), Mono(100)),
            Refusal::Expired { tell: true }
        );
        assert!(!availability.is_open(0, 4, Mono(60_099)) && availability.is_open(0, 4, Mono(60_100)));
        assert!(availability.is_refused() && !availability.is_open(1, 4, Mono(60_100)));
        assert!(availability.accepted(false).is_some() && !availability.is_refused());
        assert!(availability.is_open(1, 4, Mono(1_000)), "nothing waits any more");
    }

    fn unauthorized() -> ArgusError {
        ArgusError::Unauthorized { reason: "x".into() }
    }

    #[test]
    fn b52_a_token_of_nobody_is_accepted_again_only_for_what_a_source_system_may_do() {
        let mut availability = Availability::default();
        availability.accepted(false);
        let error = ArgusError::NoSource { status: 400 };
        let refused = availability.refused(&error, Mono(0), Mono(100));
        assert_eq!(refused, Refusal::NoSource { tell: true });
        assert_eq!(availability.refused(&error, Mono(100), Mono(100)), Refusal::Known, "under way then");
        assert!(!availability.is_open(0, 4, Mono(60_099)) && availability.is_open(0, 4, Mono(60_100)));
        assert!(availability.accepted(false).is_none() && availability.is_refused());
        assert!(!availability.is_open(1, 4, Mono(60_100)), "one request at a time");
        let again = availability.refused(&error, Mono(60_100), Mono(60_200));
        assert_eq!(again, Refusal::NoSource { tell: false });
        assert!(availability.accepted(true).is_some() && !availability.is_refused());
        assert!(availability.accepted(true).is_none());
    }

    #[test]
    fn b51_a_server_that_fails_at_what_concerns_nobody_gets_one_request_at_a_time_until_something_succeeds() {
        let mut availability = Availability::default();
        availability.failed_at_large();
        assert!(!availability.answered(), "it is not out of reach");
        assert!(availability.is_failing() && !availability.is_open(1, 4, Mono(0)));
        availability.succeeded();
        assert!(!availability.is_failing() && availability.is_open(1, 4, Mono(0)));
    }
}
