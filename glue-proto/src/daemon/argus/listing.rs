//! Listing our incidents, page by page (behaviour B11, B51).

use crate::daemon::exchange::Seen;
use crate::daemon::outbox::{Job, Outbox};
use crate::daemon::queue::Urgency;
use crate::daemon::retry::{Pauses, Retry};
use crate::face::{Millis, Mono, Notice, Timer};
use crate::model::Incident;
use crate::wire::argus::{BadRow, Filter, Page};
use alloc::collections::BTreeSet;
use alloc::string::String;
use alloc::vec::Vec;

/// The pauses before a listing that failed is tried again. Nothing can be done before the first one, so they are shorter
/// than those of a case.
const PAUSES: Pauses = Pauses::up_to(Millis::from_secs(15));
/// How long a listing waits for another one that is under way.
const TURN: Millis = Millis::from_secs(1);
/// How long nothing is done about a case before all incidents were listed (behaviour B51, invariant 11): at a start that is
/// much cheaper than to look up each.
const PATIENCE: Millis = Millis::from_secs(5);
/// How many rows that cannot be understood are remembered as told; further ones are not told.
const MOST_TOLD: usize = 64;
/// A listing is at its end after so many pages in a row that bring nothing new.
const MOST_IDLE_PAGES: u8 = 10;
/// The most pages of a listing (behaviour B51).
const MOST_PAGES: u32 = 2_000;
/// The most rows of a listing (behaviour B51).
const MOST_ROWS: usize = 200_000;

/// The listing.
#[derive(Clone, Debug, Default, Hash)]
pub(in crate::daemon) struct Listing {
    /// Since when all open incidents are known.
    completed_at: Option<Mono>,
    /// Whether they were once, of this server.
    were_known: bool,
    /// From when on they should be, where they are not.
    expected_by: Mono,
    run: Option<Run>,
    /// When the last one that began did so.
    began_at: Mono,
    retry: Retry,
    /// The rows that could not be understood, each with the reason, as far as they have been told.
    told: BTreeSet<(Option<String>, String)>,
    /// That a listing was left before its end has been told.
    told_too_long: bool,
}

/// A listing under way.
#[derive(Clone, Debug, Hash)]
struct Run {
    filter: Filter,
    /// The mark when it began.
    since: u64,
    /// The pks of what it has shown. The rows themselves are handed on with each page: of a hundred thousand open incidents
    /// they are fifty megabytes.
    shown: BTreeSet<u64>,
    /// What it has shown was forgotten meanwhile.
    outdated: bool,
    /// The page that was asked for last.
    asked: Option<String>,
    pages: u32,
    /// How many pages in a row have brought nothing new.
    idle_pages: u8,
}

impl Listing {
    /// Tells whether all open incidents have been listed.
    pub(in crate::daemon) const fn is_complete(&self) -> bool {
        self.completed_at.is_some()
    }

    /// Returns how many listings in a row have failed.
    pub(in crate::daemon) const fn failures(&self) -> u32 {
        self.retry.failures()
    }

    /// Returns when all open incidents were listed last.
    pub(super) const fn completed_at(&self) -> Option<Mono> {
        self.completed_at
    }

    /// All open incidents are known now. Tells whether that is new.
    pub(super) fn complete(&mut self, out: &mut Outbox) -> bool {
        out.timers.put(Timer::Listing, None);
        self.were_known = true;
        self.completed_at.replace(out.now.mono).is_none()
    }

    /// What was listed, if anything was, is worth nothing any more: it is to be listed soon.
    pub(super) fn expect(&mut self, out: &mut Outbox) {
        self.run.iter_mut().for_each(|run| run.outdated = true);
        self.completed_at = None;
        self.expected_by = out.now.mono + PATIENCE;
        out.timers.set(Timer::Listing, self.expected_by);
    }

    /// Returns when the listing began whose last page has just come.
    pub(in crate::daemon) const fn began_at(&self) -> Mono {
        self.began_at
    }

    /// Tells whether it is not known by now which incidents are open, although it should be.
    pub(super) fn is_late(&self, now: Mono) -> bool {
        !self.is_complete() && self.expected_by <= now
    }

    /// Tells whether that is a reason not to be ready: whoever takes over has known them, and knows them again soon.
    pub(in crate::daemon) fn is_missed(&self, now: Mono) -> bool {
        !self.is_complete() && (!self.were_known || self.is_late(now))
    }

    /// The server is another one, of which nothing is known.
    pub(super) const fn begin_elsewhere(&mut self) {
        self.were_known = false;
    }

    /// Begins a listing under a mark. Not while another one is under way: then it takes its turn later.
    pub(super) fn begin(&mut self, filter: Filter, since: u64, out: &mut Outbox) -> bool {
        if self.run.is_some() {
            out.request_at(Job::List(filter), Urgency::Later, out.now.mono + TURN);
            return false;
        }
        self.began_at = out.now.mono;
        let shown = BTreeSet::new();
        self.run = Some(Run { filter, since, shown, outdated: false, asked: None, pages: 0, idle_pages: 0 });
        true
    }

    /// Returns the query of the page that comes next.
    pub(super) fn next_page(&self) -> Option<String> {
        self.run.as_ref()?.asked.clone()
    }

    /// The listing failed: it is tried again, after a pause if there is a reason for one.
    pub(super) fn fail(&mut self, pauses: bool, out: &mut Outbox) {
        let Some(run) = self.run.take() else { return };
        let now = out.now.mono;
        let at = if pauses { self.retry.failed(&PAUSES, now) } else { now };
        out.request_at(Job::List(run.filter), Urgency::Now, at);
    }

    /// Takes in a page. Asks for the next one, or says with it that it was the last.
    pub(super) fn page(&mut self, page: Page, out: &mut Outbox) -> Option<Seen> {
        if self.run.as_ref()?.outdated {
            self.fail(false, out);
            return None;
        }
        let mut run = self.run.take()?;
        page.bad_rows.into_iter().for_each(|bad| self.tell_once(bad, out));
        let mut seen =
            Seen { filter: run.filter, rows: run.take_rows(page.rows), since: run.since, all: None };
        match page.next {
            Some(query) if run.goes_on(&query) && !run.is_too_long() => {
                run.asked = Some(query);
                self.run = Some(run);
                // It takes its turn: Argus may have asked for a pause meanwhile.
                out.request(Job::Page, Urgency::Now);
            }
            next => {
                self.retry.reset();
                self.tell_length(&run, next.is_some_and(|query| run.goes_on(&query)), out);
                seen.all = Some(run.shown);
            }
        }
        Some(seen)
    }
}

impl Listing {
    /// Tells of a row that cannot be understood: once, not at every listing (behaviour B14).
    fn tell_once(&mut self, bad: BadRow, out: &mut Outbox) {
        let BadRow { source_incident_id: id, reason, .. } = bad;
        if self.told.len() < MOST_TOLD && self.told.insert((id.clone(), reason.clone())) {
            out.tell(Notice::RowUnreadable { id, reason });
        }
    }

    /// Tells of a listing that was left before its end: once, until one has come to its end.
    fn tell_length(&mut self, run: &Run, left: bool, out: &mut Outbox) {
        if left && !self.told_too_long {
            out.tell(Notice::ListingTooLong { pages: run.pages, rows: run.shown.len() });
        }
        self.told_too_long = left;
    }
}

impl Run {
    /// Notes what a page shows. Returns as much of it as the listing may have.
    fn take_rows(&mut self, mut rows: Vec<Incident>) -> Vec<Incident> {
        let before = self.shown.len();
        self.pages += 1;
        rows.truncate(MOST_ROWS - before);
        self.shown.extend(rows.iter().map(|row| row.pk));
        self.idle_pages = if self.shown.len() > before { 0 } else { self.idle_pages + 1 };
        rows
    }

    /// Tells whether it has as many pages, or rows, as it may have.
    fn is_too_long(&self) -> bool {
        self.pages >= MOST_PAGES || self.shown.len() >= MOST_ROWS
    }

    /// Tells whether the next page is worth asking for. Between pages the order of equal start times may change, so one
    /// page may bring what all others have shown, and the next one something new. With more than a thousand of them Argus's
    /// cursor goes round for ever (behaviour B51).
    fn goes_on(&self, query: &String) -> bool {
        let goes_round = self.idle_pages > 0 && self.asked.as_ref() == Some(query);
        self.idle_pages < MOST_IDLE_PAGES && !goes_round
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decision::testing::incident;
    use crate::face::{Action, Now, Wall};

    fn outbox() -> Outbox {
        Outbox::new(Now { mono: Mono(5000), wall: Wall(0) }, 1)
    }

    fn page(numbers: &[u64], next: Option<&str>) -> Page {
        let rows = numbers.iter().map(|number| incident(*number, 50)).collect();
        Page { rows, bad_rows: Vec::new(), next: next.map(String::from) }
    }

    fn begun(out: &mut Outbox) -> Listing {
        let mut listing = Listing::default();
        assert!(listing.begin(Filter::Open, 3, out));
        listing
    }

    #[test]
    fn b51_the_rows_of_every_page_are_there_at_the_end_the_last_page_included() {
        let mut out = outbox();
        let mut listing = begun(&mut out);
        let seen = |numbers: &[u64], all: Option<&[u64]>| {
            let rows = page(numbers, None).rows;
            let all = all.map(|all| all.iter().map(|number| number + 1000).collect());
            Some(Seen { filter: Filter::Open, rows, since: 3, all })
        };
        assert_eq!(listing.page(page(&[1, 2], Some("cursor=a")), &mut out), seen(&[1, 2], None));
        assert_eq!(listing.next_page().as_deref(), Some("cursor=a"));
        assert_eq!(out.jobs.pop(Mono(5000)), Some((Job::Page, Urgency::Now)));
        assert_eq!(listing.page(page(&[2, 3], Some("cursor=b")), &mut out), seen(&[2, 3], None));
        assert_eq!(listing.page(page(&[4], None), &mut out), seen(&[4], Some(&[1, 2, 3, 4])));
        assert!(!listing.is_complete(), "until it is taken in");
    }

    #[test]
    fn b63_a_listing_of_which_a_part_was_forgotten_begins_anew() {
        let mut out = outbox();
        let mut listing = begun(&mut out);
        assert!(listing.page(page(&[1], Some("cursor=a")), &mut out).is_some());
        out.jobs.pop(Mono(5000));
        listing.expect(&mut out);
        assert_eq!(listing.page(page(&[2], None), &mut out), None);
        assert_eq!(out.jobs.pop(Mono(5000)), Some((Job::List(Filter::Open), Urgency::Now)));
        assert!(listing.begin(Filter::Open, 4, &mut out));
        assert!(has_ended(listing.page(page(&[1, 2], None), &mut out)));
    }

    fn has_ended(seen: Option<Seen>) -> bool {
        seen.unwrap().all.is_some()
    }

    #[test]
    fn b14_a_row_that_cannot_be_understood_is_told_and_costs_itself_alone() {
        let mut out = outbox();
        let mut listing = begun(&mut out);
        let bad = |reason: &str| {
            let row = BadRow { pk: Some(7), source_incident_id: Some("9".into()), reason: reason.into() };
            Page { bad_rows: Vec::from([row]), ..page(&[1], None) }
        };
        let told = |reason: &str| {
            Some(Action::Notice(Notice::RowUnreadable { id: Some("9".into()), reason: reason.into() }))
        };
        assert_eq!(listing.page(bad("no level"), &mut out).unwrap().rows.len(), 1);
        assert_eq!((out.poll_action(), out.poll_action()), (told("no level"), None));
        for (reason, expected) in [("no level", None), ("no pk", told("no pk")), ("no level", None)] {
            assert!(listing.begin(Filter::Open, 4, &mut out));
            listing.page(bad(reason), &mut out);
            assert_eq!(out.poll_action(), expected, "{reason}");
        }
    }

    #[test]
    fn b51_a_cursor_that_goes_round_ends_the_listing() {
        let mut out = outbox();
        let mut listing = begun(&mut out);
        assert!(!has_ended(listing.page(page(&[1], Some("cursor=a")), &mut out)));
        let more = listing.page(page(&[1], Some("cursor=b")), &mut out);
        assert!(!has_ended(more), "another page may bring more");
        assert!(has_ended(listing.page(page(&[1], Some("cursor=b")), &mut out)));
        let mut listing = begun(&mut out);
        let next = |at: u8| alloc::format!("cursor={at}");
        let pages = (0..50).take_while(|at| !has_ended(listing.page(page(&[1], Some(&next(*at))), &mut out)));
        assert_eq!(pages.count(), usize::from(MOST_IDLE_PAGES));
    }

    #[test]
    fn b51_a_listing_without_end_is_left_at_its_limits_and_that_is_told_once() {
        let (mut out, mut listing) = (outbox(), Listing::default());
        let next = |at: u64| alloc::format!("cursor={at}");
        for (rows, pages, told) in [(1, 2_000, 1), (5_000, 40, 0), (150, 1_334, 0)] {
            assert!(listing.begin(Filter::Open, 0, &mut out));
            let of_page = |at: u64| page(&(at * rows..(at + 1) * rows).collect::<Vec<_>>(), Some(&next(at)));
            let (mut shown, mut all) = (0, None);
            let asked = (0..3_000).take_while(|at| {
                let seen = listing.page(of_page(*at), &mut out).unwrap();
                (shown, all) = (shown + seen.rows.len(), seen.all);
                all.is_none()
            });
            assert_eq!(asked.count() as u64 + 1, pages, "{rows}");
            assert_eq!((shown as u64, all.unwrap().len()), ((rows * pages).min(200_000), shown));
            assert_eq!(core::iter::from_fn(|| out.poll_action()).count(), told, "{rows}");
        }
        listing.begin(Filter::Open, 0, &mut out);
        assert!(has_ended(listing.page(page(&[1], None), &mut out)) && out.poll_action().is_none());
        assert!(!listing.told_too_long, "that one has ended");
    }

    #[test]
    fn b51_a_listing_that_failed_is_tried_again_after_pauses_that_grow() {
        let mut pauses = Vec::new();
        let mut listing = Listing::default();
        for penalty in [true, true, true, true, true, true, false] {
            let mut out = outbox();
            assert!(listing.begin(Filter::Open, 0, &mut out));
            listing.fail(penalty, &mut out);
            listing.fail(penalty, &mut out);
            pauses.push(out.jobs.next_due().map_or(0, |at| at.since(Mono(5000)).0 / 1000));
        }
        assert_eq!(pauses, [1, 2, 4, 8, 15, 15, 0]);
        let mut out = outbox();
        listing.begin(Filter::Open, 0, &mut out);
        listing.page(page(&[], None), &mut out);
        listing.begin(Filter::Open, 0, &mut out);
        listing.fail(true, &mut out);
        assert_eq!(out.jobs.next_due(), Some(Mono(6000)), "the first failure again");
    }

    #[test]
    fn b11_one_listing_at_a_time() {
        let mut out = outbox();
        let mut listing = begun(&mut out);
        assert!(!listing.begin(Filter::Acked, 4, &mut out));
        assert_eq!(out.jobs.next_due(), Some(Mono(6000)));
        assert_eq!(listing.page(page(&[1], None), &mut out).unwrap().filter, Filter::Open);
        assert!(listing.complete(&mut out) && !listing.complete(&mut out));
        assert_eq!(listing.completed_at(), Some(Mono(5000)));
        listing.expect(&mut out);
        assert!(!listing.is_complete());
    }

    #[test]
    fn b51_a_listing_that_takes_longer_than_five_seconds_is_late_until_it_is_there() {
        let (mut out, mut listing) = (outbox(), Listing::default());
        listing.expect(&mut out);
        assert_eq!(out.timers.next().map(|wakeup| wakeup.at), Some(Mono(10_000)));
        assert!(!listing.is_late(Mono(9_999)) && listing.is_late(Mono(10_000)));
        assert!(listing.is_missed(Mono(5_000)), "nothing is known yet");
        listing.complete(&mut out);
        assert!(!listing.is_late(Mono(10_000)) && out.timers.next().is_none());
        listing.expect(&mut out);
        assert!(!listing.is_missed(Mono(9_999)) && listing.is_missed(Mono(10_000)), "they were known before");
        listing.begin_elsewhere();
        assert!(listing.is_missed(Mono(9_999)));
        listing.complete(&mut out);
        assert!(!listing.is_missed(Mono(10_000)));
    }
}
