//! Our picture of Argus: the listing of our incidents, and the counts that tell whether it still holds (behaviour B11).

use super::calls::{Purpose, UnderWay};
use super::queue::Urgency;
use super::{Daemon, Job, Notice};
use crate::decision::{Known, SourceId};
use crate::face::Mode;
use crate::face::Timer;
use crate::face::{Millis, Mono};
use crate::model::{EndTime, Incident};
use crate::wire::argus::{Call, Filter, Page};
use alloc::collections::{BTreeMap, BTreeSet};
use alloc::string::String;
use alloc::vec::Vec;

/// How often a server that cannot count is listed instead (behaviour B11).
const LISTING_INTERVAL: Millis = Millis::from_secs(30);
/// The pause before a listing that failed is tried again.
const RETRY: Millis = Millis::from_secs(1);
/// The longest such pause. Nothing can be done before the first listing, so it is shorter than that of a case.
const LONGEST_RETRY: Millis = Millis::from_secs(15);
/// Counts that were taken beside a write prove nothing; after so many in a row the incidents are listed all the same.
const MOST_INCONCLUSIVE: u32 = 6;

/// A listing is at its end after so many pages in a row that bring nothing new.
const MOST_BARREN: u8 = 10;

/// The picture.
#[derive(Clone, Debug, Default, Hash)]
pub(super) struct Survey {
    /// Whether all open incidents have been listed: before that nothing is concluded from one that is not known.
    pub(super) listed: bool,
    run: Option<Run>,
    open: BTreeSet<u64>,
    acked: BTreeSet<u64>,
    ticketed: BTreeSet<u64>,
    /// What a count said when it called for a listing, and by how much the listing then fell short of it: paging can
    /// lose rows for good, and that must not call for a listing again and again.
    counted: BTreeMap<Filter, u64>,
    bias: BTreeMap<Filter, i64>,
    cannot_count: bool,
    inconclusive: u32,
    listed_at: Mono,
    failures: u32,
}

/// A listing under way.
#[derive(Clone, Debug, Hash)]
struct Run {
    filter: Filter,
    rows: BTreeMap<u64, Incident>,
    /// How many writes had ended when it began: rows of what was written later are outdated.
    writes_before: u64,
    /// The page that was asked for last.
    asked: Option<String>,
    /// How many pages in a row have brought nothing new.
    barren: u8,
}

impl Survey {
    const fn set(&mut self, filter: Filter) -> &mut BTreeSet<u64> {
        match filter {
            Filter::Open => &mut self.open,
            Filter::Acked => &mut self.acked,
            Filter::Ticketed => &mut self.ticketed,
        }
    }

    /// Takes in what is known of one incident.
    pub(super) fn see(&mut self, incident: &Incident) {
        let open = incident.end_time == EndTime::Infinity;
        for (filter, member) in [
            (Filter::Open, open),
            (Filter::Acked, open && incident.acked),
            (Filter::Ticketed, open && !incident.ticket_url.is_empty()),
        ] {
            let set = self.set(filter);
            if member {
                set.insert(incident.pk)
            } else {
                set.remove(&incident.pk)
            };
        }
    }

    /// Takes in that an incident is not there any more.
    pub(super) fn lose(&mut self, pk: u64) {
        for filter in [Filter::Open, Filter::Acked, Filter::Ticketed] {
            self.set(filter).remove(&pk);
        }
    }

    /// Returns how many incidents of ours are open, as far as is known.
    pub(super) fn open(&self) -> usize {
        self.open.len()
    }

    /// Nothing is concluded until the incidents have been listed again.
    pub(super) const fn forget(&mut self) {
        self.listed = false;
    }
}

impl Daemon {
    /// Asks for what the refresh needs, and sets the time of the next (behaviour B11).
    pub(super) fn refresh(&mut self) {
        let now = self.out.now.mono;
        self.out.timers.set(Timer::Refresh, now + self.settings.sync.refresh_interval);
        if self.mode() != Mode::Active || !self.survey.listed {
            return;
        }
        if self.survey.cannot_count {
            if now.since(self.survey.listed_at) >= LISTING_INTERVAL {
                self.queue.request(Job::List(Filter::Open), Urgency::Later, now, now);
            }
            return;
        }
        let mut filters = Vec::from([Filter::Open]);
        if self.policy.acknowledge.is_some() {
            filters.push(Filter::Acked);
        }
        if self.policy.ticket {
            filters.push(Filter::Ticketed);
        }
        for filter in filters {
            self.queue.request(Job::Count(filter), Urgency::Later, now, now);
        }
    }

    /// Begins a listing, unless one is under way.
    pub(super) fn start_listing(&mut self, filter: Filter) {
        if self.survey.run.is_some() {
            let now = self.out.now.mono;
            self.queue.request(Job::List(filter), Urgency::Later, now + RETRY, now);
            return;
        }
        let writes_before = self.calls.writes;
        self.survey.run = Some(Run { filter, rows: BTreeMap::new(), writes_before, asked: None, barren: 0 });
        self.calls.start(Call::List { filter }, Purpose::Listing, &mut self.out);
    }

    /// The listing came to nothing: it is tried again.
    pub(super) fn listing_failed(&mut self, penalty: bool) {
        let Some(run) = self.survey.run.take() else { return };
        let now = self.out.now.mono;
        let mut pause = Millis(0);
        if penalty {
            pause = Millis(RETRY.0 << self.survey.failures.min(10)).min(LONGEST_RETRY);
            self.survey.failures += 1;
        }
        self.queue.request(Job::List(run.filter), Urgency::Now, now + pause, now);
    }

    /// Takes in a page, and asks for the next one or finishes the listing.
    pub(super) fn listed_page(&mut self, page: Page) {
        let Some(run) = &mut self.survey.run else { return };
        let before = run.rows.len();
        for row in page.rows {
            run.rows.insert(row.pk, row);
        }
        for bad in page.bad_rows {
            self.out.tell(Notice::RowUnreadable { id: bad.source_incident_id, reason: bad.reason });
        }
        // Between pages the order of equal start times may change, so one page may bring what all others have shown, and
        // the next one something new. With more than a thousand of them Argus's cursor goes round for ever (behaviour B51).
        run.barren = if run.rows.len() > before { 0 } else { run.barren + 1 };
        let goes_round = |query: &String| run.barren > 0 && run.asked.as_ref() == Some(query);
        match page.next {
            Some(query) if run.barren < MOST_BARREN && !goes_round(&query) => {
                run.asked = Some(query);
                // It takes its turn: Argus may have asked for a pause meanwhile.
                let now = self.out.now.mono;
                self.queue.request(Job::Page, Urgency::Now, now, now);
            }
            Some(_) | None => self.finish_listing(),
        }
    }

    /// Asks for the page that comes next.
    pub(super) fn next_page(&mut self) {
        let query = self.survey.run.as_ref().and_then(|run| run.asked.clone());
        if let Some(query) = query {
            self.calls.start(Call::ListNext { query }, Purpose::Listing, &mut self.out);
        }
    }

    fn finish_listing(&mut self) {
        let Some(run) = self.survey.run.take() else { return };
        let now = self.out.now.mono;
        self.survey.failures = 0;
        let listed: BTreeSet<u64> = run.rows.keys().copied().collect();
        let skipped = self.unlist_missing(&run, &listed);
        *self.survey.set(run.filter) = listed;
        for pk in skipped {
            self.survey.set(run.filter).insert(pk);
        }
        let (filter, writes_before) = (run.filter, run.writes_before);
        for row in run.rows.into_values() {
            self.take_row(row, writes_before);
        }
        let len = i64::try_from(self.survey.set(filter).len()).unwrap_or(i64::MAX);
        if let Some(counted) = self.survey.counted.remove(&filter) {
            self.survey.bias.insert(filter, i64::try_from(counted).unwrap_or(i64::MAX).saturating_sub(len));
        }
        if filter == Filter::Open {
            self.survey.listed_at = now;
            self.survey.inconclusive = 0;
            if !core::mem::replace(&mut self.survey.listed, true) {
                self.out.tell(Notice::Listed { incidents: self.survey.open.len() });
                // The case of an open incident that was not there when Zino was read may be gone: that takes a reading
                // which knows of the incident.
                if self.slots.values().any(|slot| slot.is_running() && slot.case.present().is_none()) {
                    self.zino.read_all();
                }
            }
            self.request_all();
        }
    }

    /// Takes in one row of a listing, unless we have written to its incident since the listing began.
    fn take_row(&mut self, row: Incident, writes_before: u64) {
        let Some(id) = SourceId::parse(&row.source_incident_id) else {
            self.survey.see(&row);
            return;
        };
        let is_new = !self.slots.contains_key(&id.case);
        let slot = self.slot(id.case);
        if slot.busy.is_some() || slot.written_at > writes_before {
            // The next count will differ from our picture, and call for a new listing.
            return;
        }
        self.survey.see(&row);
        self.slot(id.case).list(id, row);
        let now = self.out.now.mono;
        self.queue.request(Job::Case(id.case), Urgency::Background, now, now);
        if is_new {
            // Its case is asked for by number.
            self.zino.read_all();
        }
    }

    /// Finds the incidents that should have been listed and were not. A missing row proves nothing: it is looked up
    /// (behaviour B51). Returns those of which the listing can say nothing.
    fn unlist_missing(&mut self, run: &Run, listed: &BTreeSet<u64>) -> Vec<u64> {
        let now = self.out.now.mono;
        let mut skipped = Vec::new();
        for slot in self.slots.values_mut() {
            for (id, held) in &mut slot.incidents {
                let incident = &held.tracked.incident;
                let expected = match run.filter {
                    Filter::Open => held.tracked.is_running(),
                    Filter::Acked => held.tracked.is_running() && incident.acked,
                    Filter::Ticketed => held.tracked.is_running() && !incident.ticket_url.is_empty(),
                };
                if !expected || listed.contains(&incident.pk) {
                    continue;
                }
                if slot.busy.is_some() || slot.written_at > run.writes_before {
                    skipped.push(incident.pk);
                    continue;
                }
                slot.unread.insert(*id);
                self.queue.request(Job::Case(slot.number), Urgency::Soon, now, now);
            }
        }
        skipped
    }

    /// Takes in a count: where it differs from our picture, the incidents are listed.
    pub(super) fn counted(&mut self, filter: Filter, count: u64, under_way: &UnderWay) {
        let beside_write = under_way.began_beside_write
            || self.calls.is_writing()
            || self.calls.writes != under_way.writes_before;
        let bias = self.survey.bias.get(&filter).copied().unwrap_or(0);
        let known = i64::try_from(self.survey.set(filter).len()).unwrap_or(i64::MAX);
        if i64::try_from(count) == Ok(known.saturating_add(bias)) {
            return;
        }
        if beside_write && self.survey.inconclusive < MOST_INCONCLUSIVE {
            self.survey.inconclusive += 1;
            return;
        }
        self.survey.inconclusive = 0;
        self.survey.counted.insert(filter, count);
        let now = self.out.now.mono;
        self.queue.request(Job::List(filter), Urgency::Soon, now, now);
    }

    /// Takes in that the server does not know how to count.
    pub(super) fn cannot_count(&mut self) {
        if !core::mem::replace(&mut self.survey.cannot_count, true) {
            self.out.tell(Notice::CannotCount);
            let now = self.out.now.mono;
            self.queue.request(Job::List(Filter::Open), Urgency::Later, now, now);
        }
    }

    /// Reads the events of acknowledged incidents again: a second acknowledgement shows in no count.
    pub(super) fn distrust_acks(&mut self) {
        if self.policy.acknowledge.is_none() {
            return;
        }
        for slot in self.slots.values_mut() {
            for (_, held) in slot.incidents.iter_mut() {
                if held.tracked.incident.acked {
                    held.tracked.people = Known::Unread;
                }
            }
        }
    }
}
