//! How many requests a server can use at once, found out from how long it takes to answer.
//!
//! A server with two workers gains nothing from sixteen requests at once: they wait for each other, and what is urgent
//! waits with them. One that is far away needs many, or most of the time nobody has anything to do. [`Limit`] tells the
//! two apart by the latency gradient, as the library [concurrency-limits] does (its `GradientLimit`): as long as the
//! latency stays near the least one that was seen, there is no queue at the server, and the limit grows; when it is more
//! than twice as long, there is one, and the limit shrinks in proportion. The least latency is measured again from time
//! to time at half the limit, when the queue has drained, as BBR does (its `ProbeRTT`): otherwise a queue that never
//! ends would come to be taken for the server's own slowness.
//!
//! [concurrency-limits]: https://github.com/Netflix/concurrency-limits
#![cfg_attr(
    not(feature = "internals"),
    expect(unreachable_pub, reason = "the feature `internals` shows it to the tests of this workspace")
)]

use crate::face::{Millis, Mono};

/// What the limit begins with: enough for the smallest servers, and soon doubled for others.
const FIRST: u32 = 4;
/// The limit is kept in parts of a request.
const ONE: u32 = 64;
/// How many times the least latency is still no sign of a queue.
const TOLERANCE: u64 = 2;
/// Added to each latency unless told otherwise: a busy caller cannot tell less.
const SLACK: Millis = Millis(3);
/// The fewest answers from which anything is concluded.
const LEAST_ANSWERS: u32 = 8;
/// After so many answers the least latency is measured again.
const MEASURE_AFTER: u32 = 500;

/// What a request does. The server takes about as long for all of one kind, and the kinds are not compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Makes an incident.
    Create,
    /// Adds an event.
    Post,
    /// Changes an incident.
    Patch,
    /// Looks for an incident.
    Lookup,
    /// Reads the events of an incident.
    Events,
    /// Reads a case of Zino.
    Case,
}

const KINDS: usize = 6;

/// How many requests may be under way at once: from 1 up to a cap.
///
/// It knows no clock: the moments come with the calls. The same calls give the same limits.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Limit {
    cap: u32,
    slack: Millis,
    /// In parts of [`ONE`].
    limit: u32,
    /// No queue has been seen yet: the limit doubles.
    ramps_up: bool,
    least: [Least; KINDS],
    window: Window,
    /// Answers since the least latency was measured.
    answers: u32,
    /// The limit to go back to, while the least latency is being measured.
    measuring: Option<u32>,
}

/// The least latency of one kind: of the present period, and of the one before.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
struct Least {
    now: Option<Millis>,
    before: Option<Millis>,
}

/// The answers to requests that were begun under the present limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
struct Window {
    since: Mono,
    answers: u32,
    /// The sums of what they took and of the least that they could have taken, milliseconds.
    taken: u64,
    least: u64,
    /// The most requests that were under way at once.
    most: u32,
}

impl Limit {
    /// Begins with a limit of 4, or the cap where that is less. A cap of 0 counts as 1.
    #[must_use]
    pub fn new(cap: usize) -> Self {
        let cap = fit(cap);
        Self {
            cap,
            slack: SLACK,
            limit: cap.min(FIRST) * ONE,
            ramps_up: true,
            least: [Least::default(); KINDS],
            window: Window::default(),
            answers: 0,
            measuring: None,
        }
    }

    /// Sets how much longer than twice the least latency is still no sign of a queue: 3 ms by default. At least 1 ms, for a
    /// clock of whole milliseconds cannot tell less.
    #[must_use]
    pub const fn with_slack(self, slack: Millis) -> Self {
        Self { slack: if slack.0 == 0 { Millis(1) } else { slack }, ..self }
    }

    /// Sets another cap. A limit above it is as high as it may be.
    pub fn set_cap(&mut self, cap: usize) {
        self.cap = fit(cap);
        self.limit = self.limit.min(self.cap * ONE);
        self.measuring = self.measuring.map(|limit| limit.min(self.cap * ONE));
    }

    /// Returns how many requests may be under way at once.
    #[must_use]
    pub const fn get(&self) -> usize {
        (self.limit / ONE) as usize
    }

    /// Returns how many there may be at the most.
    #[must_use]
    pub const fn most(&self) -> usize {
        self.cap as usize
    }

    /// Takes in that a request has begun, and how many are under way with it. A limit that is not used up does not grow.
    pub fn began(&mut self, under_way: usize) {
        if self.cap > 1 {
            self.window.most = self.window.most.max(u32::try_from(under_way).unwrap_or(u32::MAX));
        }
    }

    /// Takes in that the server has answered a request, whatever it said, and when it had that request: from the moment
    /// on at which there was a connection.
    pub fn answered(&mut self, kind: Kind, began: Mono, now: Mono) {
        if self.cap == 1 {
            return;
        }
        let taken = now.since(began);
        let least = self.least[kind as usize].take(taken);
        if began < self.window.since {
            // It tells of the limit before.
            return;
        }
        let window = &mut self.window;
        window.answers += 1;
        window.taken += taken.0.saturating_add(self.slack.0);
        window.least += least.0.saturating_add(self.slack.0);
        if window.answers >= (self.limit / ONE).max(LEAST_ANSWERS) {
            self.conclude(now);
        }
    }

    /// Takes in that a request failed because the server is overloaded, failed, or was silent for too long: the
    /// limit is halved, once for all requests that were under way then.
    pub fn failed(&mut self, began: Mono, now: Mono) {
        if self.cap == 1 || began < self.window.since {
            return;
        }
        self.ramps_up = false;
        self.limit = (self.measuring.take().unwrap_or(self.limit) / 2).max(ONE);
        // What is under way in this millisecond was begun under the former limit.
        self.window = Window { since: Mono(now.0.saturating_add(1)), ..Window::default() };
    }

    fn conclude(&mut self, now: Mono) {
        let window = core::mem::replace(&mut self.window, Window { since: now, ..Window::default() });
        self.answers += window.answers;
        if let Some(limit) = self.measuring.take() {
            self.limit = limit;
            return;
        }
        let one = u64::from(ONE);
        let gradient = (TOLERANCE * window.least * one / window.taken.max(1)).clamp(one / 2, one);
        let shrunk = u64::from(self.limit) * gradient / one;
        let is_used_up = window.most >= self.limit / ONE;
        self.ramps_up &= gradient == one;
        let step = match (is_used_up, self.ramps_up) {
            (false, _) => 0,
            (true, false) => one,
            (true, true) => shrunk,
        };
        let limit = u32::try_from(shrunk + step).unwrap_or(u32::MAX);
        self.limit = limit.clamp(ONE, self.cap * ONE);
        if self.answers >= MEASURE_AFTER {
            self.answers = 0;
            self.least.iter_mut().for_each(Least::turn);
            self.measuring = Some(self.limit);
            self.limit = (self.limit / 2).max(ONE);
        }
    }
}

impl Least {
    /// Takes in a latency, and returns the least one.
    fn take(&mut self, taken: Millis) -> Millis {
        let now = self.now.map_or(taken, |now| now.min(taken));
        self.now = Some(now);
        self.before.map_or(now, |before| before.min(now))
    }

    /// A period ends: what was before it counts no more, if there is anything newer.
    fn turn(&mut self) {
        if let Some(now) = self.now.take() {
            self.before = Some(now);
        }
    }
}

/// Converts a cap, of which 0 counts as 1.
fn fit(cap: usize) -> u32 {
    u32::try_from(cap).unwrap_or(u32::MAX / ONE).clamp(1, u32::MAX / ONE)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Lets as many requests as the limit allows be answered together, after so many milliseconds.
    fn round(limit: &mut Limit, begin: u64, took: u64) -> u64 {
        let many = limit.get();
        (1..=many).for_each(|under_way| limit.began(under_way));
        (0..many).for_each(|_| limit.answered(Kind::Post, Mono(begin), Mono(begin + took)));
        begin + took
    }

    #[test]
    fn b12_a_server_that_is_far_away_gets_all_and_one_that_fails_half() {
        let mut limit = Limit::new(16);
        // A server that takes 20 ms for each, however many there are: it is far away.
        for round in 0..20 {
            let (begin, end) = (Mono(20 * round), Mono(20 * round + 20));
            for under_way in 1..=limit.get() {
                limit.began(under_way);
            }
            for _ in 0..limit.get() {
                limit.answered(Kind::Post, begin, end);
            }
        }
        assert_eq!(limit.get(), 16);
        // It fails: half as many, once for all that were under way.
        limit.failed(Mono(400), Mono(420));
        limit.failed(Mono(400), Mono(420));
        assert_eq!(limit.get(), 8);
    }

    #[test]
    fn b12_a_cap_of_one_is_the_limit() {
        for cap in [0, 1] {
            let mut limit = Limit::new(cap);
            (0..50).fold(0, |now, _| round(&mut limit, now, 20));
            limit.failed(Mono(2000), Mono(2000));
            assert_eq!(limit, Limit::new(cap), "nothing is kept that decides nothing");
        }
    }

    #[test]
    fn b12_a_limit_that_is_not_used_up_stays() {
        let mut limit = Limit::new(16);
        for moment in (0..10_000).step_by(20) {
            limit.began(1);
            limit.answered(Kind::Post, Mono(moment), Mono(moment + 20));
        }
        assert_eq!(limit.get(), 4);
    }

    #[test]
    fn b12_where_requests_wait_for_each_other_the_limit_shrinks() {
        let mut limit = Limit::new(64);
        let mut now = 0;
        for _ in 0..500 {
            let many = limit.get() as u64;
            (1..=limit.get()).for_each(|under_way| limit.began(under_way));
            // Two workers: the first two are answered at once, the last ones when all others have been.
            for place in 0..many {
                limit.answered(Kind::Post, Mono(now), Mono(now + 20 * (place / 2 + 1)));
            }
            now += 20 * many.div_ceil(2);
        }
        assert!((4..=9).contains(&limit.get()), "{}", limit.get());
    }

    #[test]
    fn b12_a_server_that_becomes_slower_for_all_is_measured_anew() {
        let mut limit = Limit::new(16);
        let fast = (0..100).fold(0, |now, _| round(&mut limit, now, 20));
        assert_eq!(limit.get(), 16);
        let shrunk = (0..20).fold(fast, |now, _| round(&mut limit, now, 200));
        assert!(limit.get() < 5, "{}", limit.get());
        (0..1000).fold(shrunk, |now, _| round(&mut limit, now, 200));
        assert_eq!(limit.get(), 16);
    }

    #[test]
    fn b12_failures_halve_the_limit_once_for_all_that_were_under_way_down_to_one() {
        let mut limit = Limit::new(16);
        let mut now = (0..20).fold(0, |now, _| round(&mut limit, now, 20));
        for expected in [8, 4, 2, 1, 1] {
            (0..3).for_each(|_| limit.failed(Mono(now), Mono(now + 30)));
            assert_eq!(limit.get(), expected);
            now += 31;
        }
        (0..40).fold(now, |now, _| round(&mut limit, now, 20));
        assert_eq!(limit.get(), 16);
    }

    #[test]
    fn b12_while_the_least_latency_is_measured_the_limit_is_half_and_then_what_it_was() {
        let mut limit = Limit::new(16);
        let grown = (0..20).fold(0, |now, _| round(&mut limit, now, 20));
        assert_eq!(limit.get(), 16);
        let now =
            (0..100).fold(grown, |now, _| if limit.get() < 16 { now } else { round(&mut limit, now, 20) });
        assert_eq!(limit.get(), 8);
        let now = round(&mut limit, now, 200);
        assert_eq!(limit.get(), 16, "slow answers are measured, and nothing is concluded from them");
        round(&mut limit, now, 200);
        assert_eq!(limit.get(), 9, "the least latency of the period before still counts");
    }

    #[test]
    fn b12_a_server_that_has_failed_gets_no_twice_as_many_requests_any_more() {
        let mut limit = Limit::new(64);
        limit.failed(Mono(0), Mono(0));
        assert_eq!(limit.get(), 2);
        let now = (0..4).fold(1, |now, _| round(&mut limit, now, 20));
        assert_eq!(limit.get(), 3, "one more, instead of twice as many");
        let begun_before = now - 1;
        limit.failed(Mono(now), Mono(now));
        limit.began(3);
        (0..50).for_each(|_| limit.answered(Kind::Post, Mono(begun_before), Mono(now + 20)));
        assert_eq!(limit.get(), 1, "answers to requests from before the failure prove nothing");
    }
}
