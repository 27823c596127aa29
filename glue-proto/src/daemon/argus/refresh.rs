//! Looking for what people did in Argus (behaviour B11).

use super::feed::{Feed, Progress};
use crate::daemon::exchange::Acted;
use crate::daemon::outbox::{Job, Outbox};
use crate::daemon::queue::Urgency;
use crate::daemon::retry::{Pauses, Retry};
use crate::face::{Millis, Mono, Notice, Now, SyncSettings, Timer};
use crate::wire::argus::{ArgusError, Call, Feed as Page, Filter};
use alloc::collections::BTreeMap;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

/// How often a server that cannot count is listed instead.
const LISTING_INTERVAL: Millis = Millis::from_secs(30);
/// Counts that were taken beside a write prove nothing; after so many in a row the incidents are listed all the same.
const MOST_INCONCLUSIVE: u32 = 6;
/// Without the event feed, every so many refreshes list what is counted beside the open incidents: one that is
/// acknowledged while another acknowledgement expires changes no count.
const LISTED_EVERY: u32 = 5;
/// A difference that a listing has not settled calls for the next one after pauses that grow up to the time at which all
/// incidents are listed anyway. (Argus's pages lose rows, see behaviour B51.)
const UNSETTLED: Pauses = Pauses::new(Millis::from_secs(10), Millis::from_secs(300));

/// The refresh.
#[derive(Clone, Debug, Hash)]
pub(super) struct Refresh {
    interval: Millis,
    feed: Feed,
    /// What is counted without the feed, beside the open incidents.
    filters: Vec<Filter>,
    /// How many refreshes have done without the feed.
    counted: u32,
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
        Self {
            interval: settings.refresh_interval(),
            feed: Feed::new(Now::default()),
            filters: filters(settings),
            counted: 0,
            cannot_count: false,
            inconclusive: 0,
            differences: BTreeMap::new(),
        }
    }

    /// Goes on with other settings; another interval begins now.
    pub(super) fn reload(&mut self, settings: &SyncSettings, out: &mut Outbox) {
        self.filters = filters(settings);
        if self.interval != settings.refresh_interval() {
            self.interval = settings.refresh_interval();
            out.timers.set(Timer::Refresh, out.now.mono + self.interval);
        }
    }

    /// The next refresh is due. `listed_at` says when the incidents were listed last; without it nothing is asked for.
    pub(super) fn due(&mut self, listed_at: Option<Mono>, out: &mut Outbox) {
        let now = out.now.mono;
        out.timers.set(Timer::Refresh, now + self.interval);
        let Some(listed_at) = listed_at else { return };
        let feeds = self.feed.is_used(now);
        // People wait for what it finds.
        if feeds && self.feed.begin(now) {
            out.request(Job::Feed, Urgency::Soon);
        }
        if self.cannot_count {
            if now.since(listed_at) >= LISTING_INTERVAL {
                out.request(Job::List(Filter::Open), Urgency::Later);
            }
            return;
        }
        out.request(Job::Count(Filter::Open), Urgency::Later);
        if !feeds {
            self.counted += 1;
            let lists = self.counted.is_multiple_of(LISTED_EVERY);
            for filter in &self.filters {
                let job = if lists { Job::List(*filter) } else { Job::Count(*filter) };
                out.request(job, Urgency::Later);
            }
        }
    }

    /// Asks for something that concerns no single incident, and that costs the server little: one row, where it cannot count.
    pub(super) fn look_into(out: &mut Outbox) {
        out.request(Job::Count(Filter::Open), Urgency::Soon);
    }

    /// Everything is read anew: so is the feed.
    pub(super) fn begin_anew(&mut self, now: Now) {
        self.feed.forget(now);
    }

    /// Returns the next page to read of the look under way.
    pub(super) fn next_look(&self) -> Option<Call> {
        self.feed.next_call()
    }

    /// Takes in a page of the feed, and how long it took. Returns what is new, and whether that is all of it.
    pub(super) fn looked(&mut self, page: Page, took: Millis, out: &mut Outbox) -> (Vec<Acted>, bool) {
        let (new, progress) = self.feed.page(page, out.now.mono);
        match progress {
            Progress::Page => out.request(Job::Feed, Urgency::Soon),
            Progress::Complete => {}
            Progress::TooMany => self.list_all(out),
        }
        self.note_time(took, out);
        (new, progress != Progress::TooMany)
    }

    /// Takes in that a look was refused. One that an overload is to blame for says nothing about the feed.
    pub(super) fn look_refused(&mut self, error: &ArgusError, out: &mut Outbox) {
        if error.is_overload() {
            self.feed.drop_look();
            return;
        }
        let is_missing = matches!(error, ArgusError::Refused { status: 404, .. });
        if self.feed.refused(is_missing, out.now.mono) {
            out.tell(Notice::NoFeed { reason: error.to_string() });
        }
        self.make_up(out);
    }

    /// Takes in that a look was not answered; `took` says how long we waited, if we gave up on it.
    pub(super) fn look_lost(&mut self, took: Option<Millis>, out: &mut Outbox) {
        self.feed.drop_look();
        let Some(took) = took else { return };
        self.note_time(took, out);
        self.make_up(out);
    }

    fn note_time(&mut self, took: Millis, out: &mut Outbox) {
        if self.feed.took(took, out.now.mono) {
            out.tell(Notice::NoFeed { reason: String::from("it took too long three times in a row") });
        }
    }

    /// A look that came to nothing was the last one for a while: what it would have shown is listed.
    fn make_up(&self, out: &mut Outbox) {
        if !self.feed.is_used(out.now.mono) {
            self.list_all(out);
        }
    }

    /// Lists what the feed may have failed to show.
    fn list_all(&self, out: &mut Outbox) {
        for filter in [Filter::Open].iter().chain(&self.filters) {
            out.request(Job::List(*filter), Urgency::Later);
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

/// Returns what is counted without the feed, beside the open incidents.
fn filters(settings: &SyncSettings) -> Vec<Filter> {
    let acked = settings.acknowledge().is_some().then_some(Filter::Acked);
    let ticketed = settings.ticket().then_some(Filter::Ticketed);
    acked.into_iter().chain(ticketed).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::face::{AckState, Settings, Wall};
    use crate::wire::argus::FeedRow;

    fn at(secs: u64) -> Outbox {
        Outbox::new(Now { mono: Mono(secs * 1000), wall: Wall(0) }, 1)
    }

    fn jobs(out: &mut Outbox) -> Vec<Job> {
        let now = out.now.mono;
        core::iter::from_fn(|| out.jobs.pop(now)).map(|(job, _)| job).collect()
    }

    fn refresh() -> Refresh {
        Refresh::new(Settings::example().sync())
    }

    /// Compares a count of open incidents at a second; tells whether that calls for a listing.
    fn lists(refresh: &mut Refresh, secs: u64, count: u64, known: usize, beside_write: bool) -> bool {
        let mut out = at(secs);
        refresh.compare(Filter::Open, count, known, beside_write, &mut out);
        jobs(&mut out) == [Job::List(Filter::Open)]
    }

    fn not_found() -> ArgusError {
        ArgusError::Refused { status: 404, reason: String::new() }
    }

    #[test]
    fn b11_a_refresh_reads_the_feed_and_counts_what_is_open() {
        let mut refresh = refresh();
        let mut out = at(100);
        refresh.due(None, &mut out);
        assert_eq!(jobs(&mut out), [], "nothing is known yet");
        refresh.due(Some(Mono(0)), &mut out);
        assert_eq!(jobs(&mut out), [Job::Feed, Job::Count(Filter::Open)]);
        assert_eq!(out.timers.next().unwrap().at, Mono(110_000));
        refresh.due(Some(Mono(0)), &mut out);
        assert_eq!(jobs(&mut out), [Job::Count(Filter::Open)], "one look at a time");
        assert_eq!(refresh.looked(Page::default(), Millis(20), &mut out), (Vec::new(), true));
        refresh.due(Some(Mono(0)), &mut out);
        assert_eq!(jobs(&mut out), [Job::Feed, Job::Count(Filter::Open)]);
    }

    #[test]
    fn b11_without_a_feed_what_the_operator_wants_to_know_is_counted_and_now_and_then_listed() {
        use Filter::{Acked, Open, Ticketed};
        for (acknowledge, ticket, filters) in [
            (None, false, &[][..]),
            (Some(AckState::Working), false, &[Acked]),
            (None, true, &[Ticketed]),
            (Some(AckState::Working), true, &[Acked, Ticketed]),
        ] {
            let builder = Settings::example().to_builder().acknowledge(acknowledge).ticket(ticket);
            let mut refresh = Refresh::new(builder.build().unwrap().sync());
            let mut out = at(100);
            refresh.look_refused(&not_found(), &mut out);
            assert_eq!(core::iter::from_fn(|| out.poll_action()).count(), 1, "it is told");
            let listed: Vec<Job> = [Open].iter().chain(filters).map(|filter| Job::List(*filter)).collect();
            assert_eq!(jobs(&mut out), listed, "what the feed has not shown");
            for time in 1..=10 {
                refresh.due(Some(Mono(0)), &mut out);
                let job =
                    |filter: &Filter| if time % 5 == 0 { Job::List(*filter) } else { Job::Count(*filter) };
                let expected: Vec<Job> =
                    [Job::Count(Open)].into_iter().chain(filters.iter().map(job)).collect();
                assert_eq!(jobs(&mut out), expected, "{time}");
            }
            let mut out = at(4_000);
            refresh.due(Some(Mono(0)), &mut out);
            assert_eq!(jobs(&mut out), [Job::Feed, Job::Count(Open)], "it may be another server by now");
            refresh.look_refused(&not_found(), &mut out);
            assert_eq!((jobs(&mut out), out.poll_action()), (listed, None), "told before");
        }
    }

    #[test]
    fn b11_a_look_that_was_not_answered_is_made_again_at_the_next_refresh() {
        let mut refresh = refresh();
        let mut out = at(100);
        let overload = ArgusError::Server { status: 502, reason: String::new() };
        for _ in 0..9 {
            refresh.due(Some(Mono(0)), &mut out);
            assert_eq!(jobs(&mut out), [Job::Feed, Job::Count(Filter::Open)]);
            refresh.look_refused(&overload, &mut out);
            refresh.due(Some(Mono(0)), &mut out);
            refresh.look_lost(None, &mut out);
        }
        for left in [2, 1, 0] {
            refresh.due(Some(Mono(0)), &mut out);
            refresh.look_lost(Some(Millis(2000)), &mut out);
            assert_eq!(core::iter::from_fn(|| out.poll_action()).count(), usize::from(left == 0));
            let listed = jobs(&mut out).contains(&Job::List(Filter::Open));
            assert_eq!(listed, left == 0, "what it would have shown, once it is given up");
        }
    }

    #[test]
    fn b11_more_than_a_look_reads_calls_for_a_listing() {
        let mut refresh = refresh();
        let mut out = at(100);
        for number in 0..10 {
            refresh.due(Some(Mono(0)), &mut out);
            let row = FeedRow { pk: 100 + number, incident: 1, actor: 9, at: 5_000, received: 5_000 };
            let page = Page { rows: Vec::from([row]), next: Some("cursor=a".into()) };
            if !refresh.looked(page, Millis(20), &mut out).1 {
                assert!(jobs(&mut out).contains(&Job::List(Filter::Open)));
                return;
            }
        }
        panic!("it goes on for ever");
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
        let mut listed = |times: core::ops::Range<u64>, known| {
            times.filter(|at| lists(&mut refresh, *at, 7, known, true)).collect::<Vec<_>>()
        };
        assert_eq!(listed(0..8, 5), [6]);
        assert_eq!(listed(8..20, 4), [13], "one was beside a write before, and six more");
    }

    #[test]
    fn b11_a_listing_takes_the_place_of_counts_that_proved_nothing() {
        let mut refresh = refresh();
        for at in 0..6 {
            assert!(!lists(&mut refresh, at, 7, 5, true));
        }
        refresh.listed();
        let listed = (6..20).filter(|at| lists(&mut refresh, *at, 7, 5, true)).collect::<Vec<_>>();
        assert_eq!(listed.first(), Some(&12));
    }

    #[test]
    fn b11_a_difference_that_was_settled_and_comes_back_is_looked_into_at_once() {
        let mut refresh = refresh();
        assert!(lists(&mut refresh, 0, 7, 5, false));
        assert!(!lists(&mut refresh, 1, 7, 5, false), "a listing is on its way");
        assert!(lists(&mut refresh, 1, 3, 5, false), "too few instead of too many is another difference");
        assert!(!lists(&mut refresh, 2, 5, 5, false), "settled");
        assert!(lists(&mut refresh, 3, 3, 5, false));
    }

    #[test]
    fn b11_a_server_that_cannot_count_is_listed_now_and_then() {
        let mut refresh = refresh();
        let mut out = at(0);
        refresh.cannot_count(&mut out);
        refresh.cannot_count(&mut out);
        let told = core::iter::from_fn(|| out.poll_action()).count();
        assert_eq!((jobs(&mut out), told), (Vec::from([Job::List(Filter::Open)]), 1));
        for (secs, expected) in [(29, &[Job::Feed][..]), (30, &[Job::List(Filter::Open)])] {
            let mut out = at(secs);
            refresh.due(Some(Mono(0)), &mut out);
            assert_eq!(jobs(&mut out), expected);
        }
    }
}
