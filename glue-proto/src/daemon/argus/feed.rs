//! The event feed: what people did to our incidents, exactly, at a cost that does not depend on how many there are
//! (behaviour B11).
//!
//! A look reads the newest page, and further ones until nothing in a page is new and the page reaches back beyond the
//! look before. What is new is told by the numbers of the events: the feed is sorted by a time that whoever made an event
//! may have chosen, so that a new one may stand below old ones.

use crate::daemon::exchange::Acted;
use crate::face::{Millis, Mono, Now};
use crate::wire::argus::{Call, Feed as Page, FeedRow};
use alloc::collections::BTreeSet;
use alloc::string::String;
use alloc::vec::Vec;

/// How far behind the newest event of the look before an event may be dated that is found for sure, in seconds.
const MARGIN: i64 = 60;
/// So many pages in a row without anything new end a look that has not come that far: then very much happens.
const MOST_IDLE_PAGES: u8 = 2;
/// The most pages of one look.
const MOST_PAGES: u8 = 6;
/// A look that takes longer costs the server too much.
const SLOW: Millis = Millis::from_secs(1);
/// So many looks in a row that were slow, or refused, end the use of the feed.
const SEVERAL: u8 = 3;
/// After so long it is tried again: the server may be another one by now.
const AGAIN: Millis = Millis::from_secs(3600);

/// The feed.
#[derive(Clone, Debug, Hash)]
pub(super) struct Feed {
    clock: Clock,
    /// When the look before was begun; before the first one, when everything was read anew.
    looked_at: Mono,
    /// Events up to this number were there before the look before the last one: whatever was being carried out then has
    /// ended long since.
    settled: u64,
    /// The newest number that has been seen.
    newest: u64,
    /// The numbers above `settled` that have been seen.
    seen: BTreeSet<u64>,
    look: Option<Look>,
    /// How many looks in a row were slow, or refused.
    failures: u8,
    /// Until when the feed is not used.
    given_up_until: Option<Mono>,
    /// That it is not used has been told.
    told: bool,
}

/// The server's clock, as far as its answers show it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Clock {
    /// By how much it is ahead of ours at the least, in milliseconds: an event was taken before it was seen. Our own
    /// wall clock stands here before there was any.
    ahead: i64,
    is_seen: bool,
}

/// A look under way.
#[derive(Clone, Debug, Default, Hash)]
struct Look {
    began: Mono,
    /// The page to ask for; `None` for the newest one.
    query: Option<String>,
    pages: u8,
    idle_pages: u8,
    /// The least and the greatest number.
    numbers: Option<(u64, u64)>,
}

/// How a look goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Progress {
    /// With the next page.
    Page,
    /// It has found everything.
    Complete,
    /// There are more new events than one look reads.
    TooMany,
}

impl Feed {
    pub(super) fn new(now: Now) -> Self {
        Self {
            clock: Clock { ahead: Clock::ahead(now.wall.0, now.mono), is_seen: false },
            looked_at: now.mono,
            settled: 0,
            newest: 0,
            seen: BTreeSet::new(),
            look: None,
            failures: 0,
            given_up_until: None,
            told: false,
        }
    }

    /// What was seen so far is worth nothing: nobody has looked for a while, and everything is read anew.
    pub(super) fn forget(&mut self, now: Now) {
        let Self { failures, given_up_until, told, .. } = *self;
        *self = Self { failures, given_up_until, told, ..Self::new(now) };
    }

    /// Tells whether the feed is to be used.
    pub(super) fn is_used(&self, now: Mono) -> bool {
        self.given_up_until.is_none_or(|until| until <= now)
    }

    /// Begins a look. Not while another one is under way.
    pub(super) fn begin(&mut self, now: Mono) -> bool {
        let idle = self.look.is_none();
        if idle {
            self.look = Some(Look { began: now, ..Look::default() });
        }
        idle
    }

    /// Returns what to ask for next.
    pub(super) fn next_call(&self) -> Option<Call> {
        let query = self.look.as_ref()?.query.clone();
        Some(query.map_or(Call::Feed, |query| Call::FeedNext { query }))
    }

    /// Takes in a page. Returns what in it is new, and how the look goes on.
    pub(super) fn page(&mut self, page: Page, now: Mono) -> (Vec<Acted>, Progress) {
        let Some(mut look) = self.look.take() else { return (Vec::new(), Progress::Complete) };
        look.pages += 1;
        let new: Vec<Acted> = page.rows.iter().filter(|row| self.is_new(row)).map(Acted::from).collect();
        look.take_rows(&page.rows);
        page.rows.iter().for_each(|row| self.clock.see(row.received, now));
        // What people do is dated by the server. It stands below what is dated ahead of that, however much there is.
        let present = self.clock.at(now);
        let lies_ahead = !page.rows.is_empty() && page.rows.iter().all(|row| row.at > present);
        look.idle_pages = if new.is_empty() { look.idle_pages + u8::from(!lies_ahead) } else { 0 };
        let enough = self.clock.at(self.looked_at).saturating_sub(MARGIN);
        let reaches_back = page.rows.iter().any(|row| row.at < enough);
        let is_enough = look.idle_pages >= if reaches_back { 1 } else { MOST_IDLE_PAGES };
        let progress = match page.next {
            Some(query) if !is_enough && look.pages < MOST_PAGES => {
                self.look = Some(Look { query: Some(query), ..look });
                return (new, Progress::Page);
            }
            Some(_) if !is_enough => Progress::TooMany,
            Some(_) | None => Progress::Complete,
        };
        self.end(&look);
        (new, progress)
    }

    fn is_new(&mut self, row: &FeedRow) -> bool {
        row.pk > self.settled && self.seen.insert(row.pk)
    }

    fn end(&mut self, look: &Look) {
        self.looked_at = look.began;
        let Some((least, greatest)) = look.numbers else { return };
        // What the first look did not come to is old.
        self.settled = if self.newest == 0 { least } else { self.newest };
        self.newest = self.newest.max(greatest);
        self.seen = self.seen.split_off(&self.settled.saturating_add(1));
    }

    /// Takes in how long a look took. Tells whether the feed is given up for that, and people do not know yet.
    pub(super) fn took(&mut self, time: Millis, now: Mono) -> bool {
        if time <= SLOW {
            self.failures = 0;
            return false;
        }
        self.fail(1, now)
    }

    /// A look was refused; `is_missing` tells whether the server knows no feed. Tells whether the feed is given up for that,
    /// and people do not know yet.
    pub(super) fn refused(&mut self, is_missing: bool, now: Mono) -> bool {
        self.drop_look();
        self.fail(if is_missing { SEVERAL } else { 1 }, now)
    }

    /// A look was not answered; the next one begins anew.
    pub(super) fn drop_look(&mut self) {
        self.look = None;
    }

    fn fail(&mut self, by: u8, now: Mono) -> bool {
        self.failures = self.failures.saturating_add(by);
        if self.failures < SEVERAL {
            return false;
        }
        self.failures = 0;
        self.given_up_until = Some(now + AGAIN);
        !core::mem::replace(&mut self.told, true)
    }
}

impl Clock {
    fn ahead(server: i64, now: Mono) -> i64 {
        server.saturating_mul(1000).saturating_sub(i64::try_from(now.0).unwrap_or(i64::MAX))
    }

    /// Takes in that it has shown so many unix seconds.
    fn see(&mut self, shown: i64, now: Mono) {
        let ahead = Self::ahead(shown, now);
        self.ahead = if self.is_seen { self.ahead.max(ahead) } else { ahead };
        self.is_seen = true;
    }

    /// Returns what it showed at that moment at the least, in unix seconds.
    fn at(&self, moment: Mono) -> i64 {
        self.ahead.saturating_add(i64::try_from(moment.0).unwrap_or(i64::MAX)).div_euclid(1000)
    }
}

impl Look {
    fn take_rows(&mut self, rows: &[FeedRow]) {
        for row in rows {
            let (least, greatest) = self.numbers.unwrap_or((row.pk, row.pk));
            self.numbers = Some((least.min(row.pk), greatest.max(row.pk)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::face::Wall;
    use alloc::vec;

    /// Rows of a page: the number of each event, and when it was made.
    fn page(rows: &[(u64, i64)], more: bool) -> Page {
        let row = |(pk, at): &(u64, i64)| FeedRow {
            pk: *pk,
            incident: 1000 + pk,
            actor: 9,
            at: *at,
            received: *at,
        };
        Page { rows: rows.iter().map(row).collect(), next: more.then(|| "cursor=a".into()) }
    }

    fn at(secs: u64) -> Now {
        Now { mono: Mono(secs * 1000), wall: Wall(1000 + secs.cast_signed()) }
    }

    /// Gives the look at a second a page; returns the numbers of what is new.
    fn look(feed: &mut Feed, secs: u64, rows: &[(u64, i64)], more: bool) -> (Vec<u64>, Progress) {
        feed.begin(at(secs).mono);
        let (new, progress) = feed.page(page(rows, more), at(secs).mono);
        (new.iter().map(|acted| acted.incident - 1000).collect(), progress)
    }

    fn looked(rows: &[(u64, i64)]) -> Feed {
        let mut feed = Feed::new(at(0));
        assert_eq!(look(&mut feed, 0, rows, false).1, Progress::Complete);
        feed
    }

    #[test]
    fn b11_what_is_new_is_told_once_wherever_it_stands() {
        let old = [(7, 990), (6, 980), (3, 10)];
        let mut feed = looked(&old);
        assert_eq!(look(&mut feed, 10, &old, true), (vec![], Progress::Complete));
        let more = [(8, 1005), (7, 990), (9, 500)];
        assert_eq!(look(&mut feed, 20, &more, false).0, [8, 9]);
        assert_eq!(look(&mut feed, 30, &more, true), (vec![], Progress::Complete));
    }

    #[test]
    fn b11_an_event_that_is_stored_after_a_newer_one_is_new_all_the_same() {
        let mut feed = looked(&[(7, 990)]);
        assert_eq!(look(&mut feed, 10, &[(10, 1010), (7, 990)], false).0, [10]);
        assert_eq!(look(&mut feed, 20, &[(10, 1010), (9, 1009), (8, 1009), (7, 990)], false).0, [9, 8]);
        assert_eq!(look(&mut feed, 30, &[(13, 1025)], false).0, [13], "nothing older is shown");
        assert_eq!(look(&mut feed, 40, &[(13, 1025), (12, 1024)], false).0, [12]);
    }

    #[test]
    fn b11_only_what_the_last_looks_have_shown_is_remembered() {
        let mut feed = looked(&[(7, 990)]);
        for number in 8..100 {
            assert_eq!(look(&mut feed, number, &[(number, 1000)], false).0, [number]);
            assert!(feed.seen.len() <= 2, "{:?}", feed.seen);
        }
    }

    #[test]
    fn b11_how_far_to_look_back_is_told_by_the_clock_of_a_server_that_is_behind() {
        let mut feed = looked(&[(7, 600)]);
        assert_eq!(look(&mut feed, 10, &[(8, 605), (7, 600)], true).1, Progress::Page);
        assert_eq!(look(&mut feed, 10, &[(6, 540)], true).1, Progress::Page);
        assert_eq!(look(&mut feed, 10, &[(5, 539)], true).1, Progress::Complete);
    }

    #[test]
    fn b11_a_look_that_was_refused_is_over() {
        let mut feed = looked(&[]);
        assert!(feed.begin(Mono(5000)) && !feed.begin(Mono(5000)));
        feed.refused(false, Mono(5000));
        assert!(feed.begin(Mono(6000)));
    }

    #[test]
    fn b11_a_look_goes_on_while_something_is_new_and_until_it_reaches_back_far_enough() {
        let mut feed = looked(&[(7, 1000)]);
        assert_eq!(look(&mut feed, 10, &[(8, 1005), (7, 1000)], true).1, Progress::Page);
        assert_eq!(feed.next_call(), Some(Call::FeedNext { query: "cursor=a".into() }));
        assert_eq!(
            look(&mut feed, 10, &[(6, 940)], true),
            (vec![], Progress::Page),
            "not yet beyond the margin"
        );
        assert_eq!(look(&mut feed, 10, &[(5, 939)], true), (vec![], Progress::Complete));
        assert_eq!(feed.next_call(), None);
        feed.begin(at(20).mono);
        assert_eq!(feed.next_call(), Some(Call::Feed));
    }

    #[test]
    fn b11_one_page_is_enough_once_it_was_quiet_for_the_margin() {
        let full = [(8, 1009), (7, 1009)];
        let mut feed = looked(&[(7, 1000)]);
        for (secs, expected) in
            [(10, Progress::Page), (20, Progress::Page), (80, Progress::Page), (90, Progress::Complete)]
        {
            assert_eq!(look(&mut feed, secs, &full, true).1, expected, "{secs}");
            look(&mut feed, secs, &[(6, 500)], true);
        }
    }

    #[test]
    fn b11_a_clock_that_is_ahead_of_ours_is_known_by_the_events() {
        let mut clock = Clock { ahead: Clock::ahead(1000, Mono(0)), is_seen: false };
        assert_eq!(clock.at(Mono(5_000)), 1005);
        for (shown, expected) in [(400, 400), (300, 400), (5000, 5000)] {
            clock.see(shown, Mono(7_000));
            assert_eq!(clock.at(Mono(7_000)), expected);
        }
    }

    #[test]
    fn b11_a_look_that_finds_no_end_is_given_up() {
        let mut feed = looked(&[(7, 1000)]);
        let pages = (0..20).map(|number| look(&mut feed, 10, &[(1000 - number, 2000)], true).1);
        let pages: Vec<Progress> = pages.take_while(|progress| *progress == Progress::Page).collect();
        assert_eq!(pages.len() + 1, usize::from(MOST_PAGES));
        assert_eq!(look(&mut feed, 20, &[(1000, 2000), (999, 2000)], true).1, Progress::Page);
        assert_eq!(
            look(&mut feed, 20, &[(998, 2000)], true).1,
            Progress::Complete,
            "two pages without anything new"
        );
    }

    #[test]
    fn b11_what_people_do_is_found_below_events_that_are_dated_ahead() {
        let ahead = |pk| FeedRow { pk, incident: 1000 + pk, actor: 9, at: 2000, received: 1000 };
        let mut feed = Feed::new(at(0));
        feed.begin(Mono(0));
        let rows = [3, 2, 1].map(ahead).into();
        assert_eq!(feed.page(Page { rows, next: None }, Mono(0)).1, Progress::Complete);
        feed.begin(at(10).mono);
        for number in [3, 2, 1] {
            let page = Page { rows: vec![ahead(number)], next: Some("cursor=a".into()) };
            assert_eq!(feed.page(page, at(10).mono), (vec![], Progress::Page));
        }
        assert_eq!(look(&mut feed, 10, &[(4, 1010)], false), (vec![4], Progress::Complete));
    }

    #[test]
    fn b11_what_the_first_look_did_not_come_to_is_old() {
        let mut feed = Feed::new(at(0));
        assert_eq!(look(&mut feed, 5, &[(70, 900), (69, 899)], true).1, Progress::Page);
        assert_eq!(look(&mut feed, 5, &[(68, 898)], false).1, Progress::Complete);
        assert_eq!(look(&mut feed, 15, &[(71, 1003), (70, 900), (5, 800)], true).0, [71]);
    }

    #[test]
    fn b11_a_feed_that_is_missing_or_slow_is_given_up_for_an_hour_and_told_once() {
        let now = Mono(5000);
        let mut feed = looked(&[]);
        assert!(feed.refused(true, now) && !feed.is_used(now));
        assert!(!feed.is_used(Mono(3_604_999)) && feed.is_used(Mono(3_605_000)));
        assert!(!feed.refused(false, Mono(3_605_000)) && feed.is_used(Mono(3_605_000)), "counted anew");
        assert!(!feed.refused(true, Mono(3_605_000)) && !feed.is_used(Mono(3_605_000)), "told before");
        let mut feed = looked(&[]);
        let looks = [(1001, false), (1001, false), (1000, false), (1001, false), (5000, false), (1001, true)];
        for (millis, given_up) in looks {
            assert_eq!(feed.took(Millis(millis), now), given_up);
            assert_eq!(feed.is_used(now), !given_up);
        }
        let mut feed = looked(&[]);
        assert!(!feed.refused(false, now) && !feed.refused(false, now) && feed.is_used(now));
        assert!(feed.refused(false, now));
    }

    #[test]
    fn b11_a_feed_that_begins_anew_finds_everything_new() {
        let mut feed = looked(&[(7, 990)]);
        feed.begin(at(5).mono);
        feed.forget(at(5));
        assert_eq!(look(&mut feed, 10, &[(8, 1004), (7, 990)], true).0, [8, 7]);
    }
}
