//! Looking for what people did in Argus (behaviour B11).

use crate::daemon::outbox::{Job, Outbox};
use crate::daemon::queue::Urgency;
use crate::daemon::retry::{Pauses, Retry};
use crate::face::{Millis, Mono, Notice, SyncSettings, Timer};
use crate::wire::argus::Filter;
use alloc::collections::BTreeMap;
use alloc::vec::Vec;

/// How often a server that cannot count is listed instead.
const LISTING_INTERVAL: Millis = Millis::from_secs(30);
/// Counts that were taken beside a write prove nothing; after so many in a row the incidents are listed all the same.
const MOST_INCONCLUSIVE: u32 = 6;
/// A difference that a listing has not settled calls for the next one after pauses that grow up to the time at which all
/// incidents are listed anyway. (Argus's pages lose rows, see behaviour B51.)
const UNSETTLED: Pauses = Pauses::new(Millis::from_secs(10), Millis::from_secs(300));

/// The refresh.
#[derive(Clone, Debug, Hash)]
pub(super) struct Refresh {
    interval: Millis,
    /// What is counted.
    filters: Vec<Filter>,
    /// The server does not know how to count.
    cannot_count: bool,
    /// How many counts in a row have proved nothing.
    inconclusive: u32,
    differences: BTreeMap<Filter, Difference>,
}

/// By how much a count differs from what is known, and when that calls for a listing again.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Difference {
    by: i64,
    retry: Retry,
}

impl Refresh {
    pub(super) fn new(settings: &SyncSettings) -> Self {
        let mut filters = Vec::from([Filter::Open]);
        if settings.acknowledge.is_some() {
            filters.push(Filter::Acked);
        }
        if settings.ticket {
            filters.push(Filter::Ticketed);
        }
        Self {
            interval: settings.refresh_interval,
            filters,
            cannot_count: false,
            inconclusive: 0,
            differences: BTreeMap::new(),
        }
    }

    /// The next refresh is due. `listed_at` says when the incidents were listed last; without it nothing is asked for.
    pub(super) fn due(&self, listed_at: Option<Mono>, out: &mut Outbox) {
        let now = out.now.mono;
        out.timers.set(Timer::Refresh, now + self.interval);
        let Some(listed_at) = listed_at else { return };
        if !self.cannot_count {
            for filter in &self.filters {
                out.request(Job::Count(*filter), Urgency::Later);
            }
        } else if now.since(listed_at) >= LISTING_INTERVAL {
            out.request(Job::List(Filter::Open), Urgency::Later);
        }
    }

    /// Takes in that Argus has counted so many incidents where so many are known: where they differ, they are listed.
    pub(super) fn compare(
        &mut self,
        filter: Filter,
        count: u64,
        known: usize,
        beside_write: bool,
        out: &mut Outbox,
    ) {
        let number = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
        let by = number(count).saturating_sub(number(known as u64));
        if by == 0 {
            self.differences.remove(&filter);
            return;
        }
        if beside_write && self.inconclusive < MOST_INCONCLUSIVE {
            self.inconclusive += 1;
            return;
        }
        self.inconclusive = 0;
        let now = out.now.mono;
        let known = self.differences.entry(filter).or_insert(Difference { by, retry: Retry::default() });
        if known.by != by {
            *known = Difference { by, retry: Retry::default() };
        }
        if known.retry.until() <= now {
            known.retry.failed(&UNSETTLED, now);
            out.request(Job::List(filter), Urgency::Soon);
        }
    }

    /// All open incidents have been listed.
    pub(super) const fn listed(&mut self) {
        self.inconclusive = 0;
    }

    /// Takes in that the server does not know how to count.
    pub(super) fn cannot_count(&mut self, out: &mut Outbox) {
        if !core::mem::replace(&mut self.cannot_count, true) {
            out.tell(Notice::CannotCount);
            out.request(Job::List(Filter::Open), Urgency::Later);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::face::{AckState, Now, Settings, Wall};

    fn at(secs: u64) -> Outbox {
        Outbox::new(Now { mono: Mono(secs * 1000), wall: Wall(0) }, 1)
    }

    fn jobs(out: &mut Outbox) -> Vec<Job> {
        let now = out.now.mono;
        core::iter::from_fn(|| out.jobs.pop(now)).map(|(job, _)| job).collect()
    }

    fn refresh() -> Refresh {
        Refresh::new(&Settings::example().sync)
    }

    /// Compares a count of open incidents at a second; tells whether that calls for a listing.
    fn lists(refresh: &mut Refresh, secs: u64, count: u64, known: usize, beside_write: bool) -> bool {
        let mut out = at(secs);
        refresh.compare(Filter::Open, count, known, beside_write, &mut out);
        jobs(&mut out) == [Job::List(Filter::Open)]
    }

    #[test]
    fn b11_what_the_operator_wants_to_know_is_counted() {
        let mut settings = Settings::example().sync;
        for (acknowledge, ticket, expected) in [
            (None, false, &[Job::Count(Filter::Open)][..]),
            (Some(AckState::Working), false, &[Job::Count(Filter::Open), Job::Count(Filter::Acked)]),
            (None, true, &[Job::Count(Filter::Open), Job::Count(Filter::Ticketed)]),
        ] {
            (settings.acknowledge, settings.ticket) = (acknowledge, ticket);
            let mut out = at(100);
            Refresh::new(&settings).due(Some(Mono(0)), &mut out);
            assert_eq!(jobs(&mut out), expected);
            assert_eq!(out.timers.next().unwrap().at, Mono(110_000));
            Refresh::new(&settings).due(None, &mut out);
            assert_eq!(jobs(&mut out), []);
        }
    }

    #[test]
    fn b11_a_difference_calls_for_a_listing_whichever_side_is_ahead() {
        for (count, known, expected) in [(3, 3, false), (4, 3, true), (2, 3, true), (u64::MAX, 0, true)] {
            assert_eq!(lists(&mut refresh(), 0, count, known, false), expected, "{count} {known}");
        }
    }

    #[test]
    fn b11_a_difference_that_a_listing_has_not_settled_calls_for_the_next_one_later_and_later() {
        let mut refresh = refresh();
        let listed: Vec<u64> =
            (0..1000).step_by(10).filter(|at| lists(&mut refresh, *at, 7, 5, false)).collect();
        assert_eq!(listed, [0, 10, 30, 70, 150, 310, 610, 910]);
        assert!(lists(&mut refresh, 1000, 8, 5, false), "another difference is looked into at once");
        assert!(!lists(&mut refresh, 1005, 8, 5, false));
        assert!(!lists(&mut refresh, 1010, 5, 5, false), "none any more");
        assert!(lists(&mut refresh, 1011, 8, 5, false));
    }

    #[test]
    fn b11_counts_beside_writes_prove_nothing_but_not_for_ever() {
        let mut refresh = refresh();
        let listed = (0..8).filter(|at| lists(&mut refresh, *at, 7, 5, true)).collect::<Vec<_>>();
        assert_eq!(listed, [6]);
    }

    #[test]
    fn b11_a_server_that_cannot_count_is_listed_now_and_then() {
        let mut refresh = refresh();
        let mut out = at(0);
        refresh.cannot_count(&mut out);
        refresh.cannot_count(&mut out);
        let told = core::iter::from_fn(|| out.poll_action()).count();
        assert_eq!((jobs(&mut out), told), (Vec::from([Job::List(Filter::Open)]), 1));
        for (secs, expected) in [(29, &[][..]), (30, &[Job::List(Filter::Open)])] {
            let mut out = at(secs);
            refresh.due(Some(Mono(0)), &mut out);
            assert_eq!(jobs(&mut out), expected);
        }
    }
}
