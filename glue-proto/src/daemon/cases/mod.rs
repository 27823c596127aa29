//! All cases: what is known of each, and the next step of each. The only writer of a case entry.
//!
//! | file | what it holds |
//! |---|---|
//! | `mod.rs` | the board: every entry, and what concerns all of them |
//! | `entry.rs` | one case number |
//! | `ask.rs` | what is to be done for it, and why |
//! | `begin.rs`, `answered.rs` | how a step begins, and what became of it on the side of Argus |
//! | `knowledge.rs` | what is known of the case, and how good it is |
//! | `incidents.rs`, `record.rs` | its incidents, and what speaks for their case being gone |
//! | `progress.rs` | the work on it: what is under way, what went wrong, when to go on |
//! | `refusals.rs` | steps that a server would not take |
//! | `earlier.rs` | what a run before this one may have done |
//! | `ended.rs` | what is remembered of cases that are gone |
//! | `foresight.rs`, `survey.rs` | all that is to be done, step by step, for one case and for all of them |
//! | `steps.rs` | what is to be done next, and how much it matters |
//! | `judgement.rs`, `loss.rs` | which incidents have lost their cases, whether Zino has lost its state, and what becomes of them then |
//! | `tally.rs` | how many incidents there are |
//! | `admission.rs` | how many case numbers are known at the most |
//! | `foreign.rs` | incidents of our source that are about no case |
//! | `types.rs` | the types of cases that this program does not know |

mod admission;
mod answered;
mod ask;
mod begin;
mod earlier;
mod ended;
mod entry;
mod foreign;
mod foresight;
mod incidents;
mod judgement;
mod knowledge;
mod loss;
mod progress;
mod record;
mod refusals;
mod reload;
mod steps;
mod survey;
mod tally;
mod types;

pub(super) use steps::View;

use super::exchange::{Acted, Done, Seen, Want};
use super::outbox::{Job, Outbox};
use super::queue::Urgency;
use crate::decision::{Policy, SourceId, Tracked};
use crate::face::{Millis, Mono, Notice, OperatorNotice, Purpose, Settings};
use crate::model::{Case, CaseId, Incident};
use crate::wire::argus::{Call, Filter};
use crate::wire::zino::Notification;
use admission::Admission;
use alloc::boxed::Box;
use alloc::collections::{BTreeMap, BTreeSet, VecDeque, btree_map};
use alloc::vec::Vec;
use earlier::EarlierRuns;
use ended::Ended;
use entry::CaseEntry;
use loss::Losses;
use steps::{Next, Rules};
use tally::Tally;
use types::UnknownTypes;

/// The board.
#[derive(Clone, Debug, Hash)]
pub(super) struct Cases {
    policy: Policy,
    losses: Losses,
    earlier: EarlierRuns,
    entries: BTreeMap<CaseId, Box<CaseEntry>>,
    ended: Ended,
    tally: Tally,
    /// Whose each incident is, for the event feed names it alone (behaviour B11). A place to look at, and no proof: the
    /// entry of the case says which incidents it has.
    owners: BTreeMap<u64, CaseId>,
    /// Incidents of our source whose ids this daemon does not make: they are counted and not touched.
    foreign: BTreeMap<u64, Incident>,
    /// What people did to incidents of which a step was under way.
    acted_meanwhile: BTreeMap<CaseId, BTreeSet<Acted>>,
    unknown_types: UnknownTypes,
    admission: Admission,
    /// Where the machine only reads: the ids that were looked up in Argus (behaviour B76).
    looked_up: Option<BTreeSet<SourceId>>,
    wants: VecDeque<Want>,
}

impl Cases {
    pub(super) fn new(settings: &Settings, now: Mono) -> Self {
        let reads_only = settings.purpose() == Purpose::Plan;
        // What an earlier run may have sent keeps nobody from saying what is missing.
        let argus = settings.argus();
        let wait = if reads_only { Millis(0) } else { argus.timeout() + argus.write_timeout() };
        Self {
            policy: Policy::new(settings),
            losses: Losses::new(settings.accept_state_loss()),
            earlier: EarlierRuns::new(now + wait),
            entries: BTreeMap::new(),
            ended: Ended::default(),
            tally: Tally::default(),
            owners: BTreeMap::new(),
            foreign: BTreeMap::new(),
            acted_meanwhile: BTreeMap::new(),
            unknown_types: UnknownTypes::default(),
            admission: Admission::default(),
            looked_up: reads_only.then(BTreeSet::new),
            wants: VecDeque::new(),
        }
    }

    /// Takes what is wanted of another part next.
    pub(super) fn poll_want(&mut self) -> Option<Want> {
        self.wants.pop_front()
    }

    /// Does the next piece of work on a case, if there is any.
    pub(super) fn work_on(&mut self, id: CaseId, urgency: Urgency, view: &View, out: &mut Outbox) {
        if view.obstacle().is_some() {
            return;
        }
        let Some(entry) = self.entries.get_mut(&id) else { return };
        let earlier = self.earlier.of(id, out.now.mono);
        let (policy, looked_up) = (&self.policy, self.looked_up.as_ref());
        let rules = Rules { policy, earlier, earlier_until: self.earlier.until(), looked_up };
        match entry.next(urgency, &rules, view, out) {
            Next::Want(want) => self.wants.push_back(want),
            Next::Settled => self.forget_if_spent(id, out),
            Next::Later => {}
        }
    }

    /// Takes in what became of a step on the side of Argus.
    pub(super) fn done(&mut self, done: Done, out: &mut Outbox) {
        let (case, finds) = (done.case, matches!(done.call, Call::Create(_) | Call::Lookup { .. }));
        if let (Some(looked_up), Call::Lookup { .. }) = (&mut self.looked_up, &done.call) {
            looked_up.insert(done.source);
        }
        let Some(cannot_restart) = self.edit(case, |entry| entry.done(done, out)) else { return };
        if cannot_restart {
            self.policy.can_restart = false;
        }
        for acted in self.acted_meanwhile.remove(&case).into_iter().flatten() {
            self.acted(acted, out);
        }
        if finds && let Some(entry) = self.entries.get(&case) {
            self.owners.extend(entry.incidents().map(|(_, tracked)| (tracked.incident.pk, case)));
        }
    }

    /// Takes in what somebody has done to incidents; `all` tells whether that is all that is new.
    pub(super) fn looked(&mut self, acted: &[Acted], all: bool, out: &mut Outbox) {
        acted.iter().for_each(|acted| self.acted(*acted, out));
        if !all {
            self.distrust_acks();
        }
    }

    fn acted(&mut self, acted: Acted, out: &mut Outbox) {
        let Some(case) = self.owners.get(&acted.incident).copied() else { return };
        if self.entries.get_mut(&case).is_some_and(|entry| entry.acted(acted, out)) {
            self.acted_meanwhile.entry(case).or_default().insert(acted);
        }
    }

    /// Takes in a page of a listing of our incidents.
    pub(super) fn seen(&mut self, seen: Seen, out: &mut Outbox) {
        let Seen { filter, rows, since, all } = seen;
        for row in rows {
            self.take_row(row, since, out);
        }
        let Some(all) = all else { return };
        for entry in self.entries.values_mut() {
            entry.miss_rows(filter, &all, since, out);
        }
        if filter == Filter::Open {
            self.foreign.retain(|pk, _| all.contains(pk));
        }
    }

    fn take_row(&mut self, row: Incident, since: u64, out: &mut Outbox) {
        let Some(id) = SourceId::parse(&row.source_incident_id) else {
            self.foreign.insert(row.pk, row);
            return;
        };
        if !self.admits(id.case, out) {
            return;
        }
        if let btree_map::Entry::Vacant(place) = self.entries.entry(id.case) {
            place.insert(Box::new(CaseEntry::new(id.case, self.ended.recall(id.case))));
            // Its case is asked for by number.
            self.wants.push_back(Want::ReadAll);
        }
        self.owners.insert(row.pk, id.case);
        self.edit(id.case, |entry| entry.list(id, row, since, out));
    }

    /// Every open incident is known now: asks for what could not be done before.
    pub(super) fn all_listed(&mut self, is_first: bool, out: &mut Outbox) {
        if is_first {
            out.tell(Notice::Listed { incidents: self.count(Filter::Open) });
            self.entries.values_mut().for_each(|entry| entry.forget_vain_lookups());
            // The case of an open incident that was not there when Zino was read may be gone: that takes a reading which
            // knows of the incident.
            if self.entries.values().any(|entry| entry.is_running() && entry.case().is_none()) {
                self.wants.push_back(Want::ReadAll);
            }
        }
        self.request_all(out);
    }

    /// Takes in a notification: one that says that a case was closed, or scavenged, is proof.
    pub(super) fn notified(&mut self, notification: &Notification, out: &mut Outbox) {
        if notification.says_closed() && self.admits(notification.id, out) {
            self.entry(notification.id).announce_closed();
        }
    }

    /// Takes in a reading of a case.
    pub(super) fn read(&mut self, case: Case, newest: bool, out: &mut Outbox) {
        let id = case.attributes.id;
        if !self.admits(id, out) {
            return self.wants.push_back(Want::Forget(id));
        }
        self.earlier.read(&case, out.now.mono);
        self.unknown_types.note(id, &case.attributes.case_type, out);
        self.entry(id).read(case, newest, out);
    }

    /// Takes in that Zino does not know a case; `in_full` tells whether a read of everything says so.
    pub(super) fn missing(&mut self, id: CaseId, in_full: bool, out: &mut Outbox) {
        let Some(entry) = self.entries.get_mut(&id) else { return out.on_the_way.forget(id) };
        out.on_the_way.missed(id);
        // Only a read of everything is evidence. The one that has just found it missing is such a read: to ask for another
        // one each time would be to read without a pause for as long as the incident is open.
        if entry.miss(out) && !in_full {
            self.wants.push_back(Want::ReadAll);
        }
        self.forget_if_spent(id, out);
    }

    /// Takes in that what Zino says of a case cannot be read. One that was announced as closed is closed all the same
    /// (behaviour B27), if that `lasts`: what has failed for a moment is tried again, and tells what it has said last.
    pub(super) fn unreadable(&mut self, id: CaseId, lasts: bool, out: &mut Outbox) {
        if let Some(entry) = self.entries.get_mut(&id).filter(|_| lasts) {
            entry.unreadable(out);
        }
    }

    /// Takes in that Zino has taken, or refused, what we wrote.
    pub(super) fn written(&mut self, id: CaseId, refused: Option<&str>, out: &mut Outbox) {
        if let Some(entry) = self.entries.get_mut(&id) {
            if refused.is_none() {
                let kind = out.on_the_way.take_written(id);
                kind.into_iter().for_each(|kind| out.delivered(id, kind));
            }
            entry.written(refused, out);
        }
    }

    /// Takes in that writes to Zino were dropped before they were sent.
    pub(super) fn withdrawn(&mut self, ids: &[CaseId]) {
        for id in ids {
            self.entries.get_mut(id).into_iter().for_each(|entry| entry.withdrawn());
        }
    }

    /// Takes in that the session with Zino is gone, and which case was being written to.
    pub(super) fn end_session(&mut self, writing: Option<CaseId>, out: &mut Outbox) {
        self.entries.values_mut().for_each(|entry| entry.end_session(writing, out));
    }

    /// Takes in which numbers Zino lists. Returns those that are let in.
    pub(super) fn listed(&mut self, ids: Vec<CaseId>, out: &mut Outbox) -> Vec<CaseId> {
        let entries = &self.entries;
        self.admission.admit_listed(ids, entries.len(), |id| entries.contains_key(&id), out)
    }

    fn admits(&mut self, id: CaseId, out: &mut Outbox) -> bool {
        self.entries.contains_key(&id) || self.admission.admit(self.entries.len(), out)
    }

    /// Returns the numbers that are to be asked for when Zino is read: those that are not over, or all.
    pub(super) fn numbers(&self, all: bool) -> Vec<CaseId> {
        let wanted = self.entries.iter().filter(|(_, entry)| all || !entry.is_over());
        wanted.map(|(id, _)| *id).collect()
    }

    /// Judges, after a complete reading of Zino, which incidents have lost their cases (behaviour B28).
    pub(super) fn judge(&mut self, is_readable: impl Fn(CaseId) -> bool, out: &mut Outbox) {
        self.losses.judge(&mut self.entries, is_readable, &self.policy, out);
        self.ended.tidy(out.now.mono);
    }

    /// Ends what is held back, as the operator wants it (behaviour B77).
    pub(super) fn accept_state_loss(&mut self, out: &mut Outbox) {
        self.losses.accept(&mut self.entries, out);
    }

    /// Tells whether a case number is known.
    pub(super) fn knows(&self, id: CaseId) -> bool {
        self.entries.contains_key(&id)
    }

    /// Tries a case again at once, as the operator wants it (behaviour B77).
    pub(super) fn retry(&mut self, id: CaseId, out: &mut Outbox) {
        out.tell(Notice::Operator(OperatorNotice::Retrying { case: id }));
        if let Some(entry) = self.entries.get_mut(&id) {
            entry.retry(out.now.mono);
            out.request(Job::Case(id), Urgency::Now);
        }
    }

    /// The events of acknowledged incidents are to be read again: a second acknowledgement shows in no count.
    pub(super) fn distrust_acks(&mut self) {
        if self.policy.acknowledge.is_some() {
            self.entries.values_mut().for_each(|entry| entry.distrust_acks());
        }
    }

    /// Asks for work on every case.
    pub(super) fn request_all(&self, out: &mut Outbox) {
        for id in self.entries.keys() {
            out.request(Job::Case(*id), Urgency::Now);
        }
    }

    /// Asks for work on every case whose incidents have to be looked up, the newest first. Whatever happens goes first.
    pub(super) fn request_lookups(&self, out: &mut Outbox) {
        self.entries.keys().rev().for_each(|id| out.request(Job::Case(*id), Urgency::Soon));
    }

    /// Tells whether nothing is left to hand over to the primary (behaviour B64).
    pub(super) fn is_handed_over(&self) -> bool {
        self.entries.values().all(|entry| entry.is_handed_over())
    }

    /// Returns how many cases have an open incident.
    pub(super) fn running(&self) -> usize {
        self.entries.values().filter(|entry| entry.is_running()).count()
    }

    /// Returns how many case numbers are known.
    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    /// Returns every case that could be read.
    pub(super) fn readable(&self) -> impl Iterator<Item = &Case> {
        self.entries.values().filter_map(|entry| entry.case())
    }

    /// Returns how many incidents are held back because Zino has probably lost its state.
    pub(super) fn held_back(&self) -> usize {
        loss::held_back(&self.entries)
    }

    /// Returns the cases that are set aside, each with the reason.
    pub(super) fn set_aside(&self) -> impl Iterator<Item = (CaseId, &str)> {
        self.entries.iter().filter_map(|(id, entry)| Some((*id, entry.trouble()?)))
    }

    /// Returns every incident with an id of ours.
    pub(super) fn incidents(&self) -> impl Iterator<Item = (SourceId, &Tracked)> {
        self.entries.values().flat_map(|entry| entry.incidents())
    }

    fn entry(&mut self, id: CaseId) -> &mut CaseEntry {
        let Self { entries, ended, .. } = self;
        entries.entry(id).or_insert_with(|| Box::new(CaseEntry::new(id, ended.recall(id))))
    }

    /// Changes an entry, and keeps the tally of what it counts.
    fn edit<R>(&mut self, id: CaseId, change: impl FnOnce(&mut CaseEntry) -> R) -> Option<R> {
        let entry = self.entries.get_mut(&id)?;
        let before = entry.tally();
        let result = change(entry);
        self.tally.replace(before, entry.tally());
        Some(result)
    }

    /// Forgets a case of which nothing is left to keep.
    fn forget_if_spent(&mut self, id: CaseId, out: &mut Outbox) {
        let Some(entry) = self.entries.get_mut(&id) else { return };
        if entry.is_spent() {
            self.ended.remember(id, entry.take_refusals());
            for (_, tracked) in entry.incidents() {
                self.owners.remove(&tracked.incident.pk);
            }
            self.entries.remove(&id);
            out.jobs.remove(Job::Case(id));
            out.on_the_way.forget(id);
            out.lost_writes.take(id);
            self.wants.push_back(Want::Forget(id));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::daemon::exchange::Answer;
    use crate::decision::testing::{case, incident, policy};
    use crate::face::{Now, Wall};
    use crate::model::EndTime;
    use crate::wire::argus::{Events, Page, Reply};

    const CASE: CaseId = CaseId(1);
    const PK: u64 = 1001;
    const VIEW: View = View::AT_WORK;

    /// Somebody else has done something to the incident.
    const ACTED: Acted = Acted { incident: PK, actor: 99, at: 0 };

    /// A board that has been there for so long that no earlier run matters.
    fn board() -> (Cases, Outbox) {
        let cases = Cases { policy: policy(), ..Cases::new(&Settings::example(), Mono(0)) };
        (cases, Outbox::new(Now { mono: Mono(600_000), wall: Wall(0) }, 1))
    }

    /// An incident of which people's actions are read, for Zino is to be told of its ticket.
    fn ticketed() -> Incident {
        Incident { ticket_url: "https://tickets.example.org/7".into(), ..incident(1, 50) }
    }

    fn list(cases: &mut Cases, filter: Filter, rows: &[Incident], out: &mut Outbox) {
        let all = Some(rows.iter().map(|row| row.pk).collect());
        cases.seen(Seen { filter, rows: rows.into(), since: 0, all }, out);
    }

    /// Lists the incident of an open case that was read.
    fn listed(incident: Incident) -> (Cases, Outbox) {
        let (mut cases, mut out) = board();
        list(&mut cases, Filter::Open, &[incident], &mut out);
        cases.read(case(1, 50), true, &mut out);
        drain(&mut cases);
        (cases, out)
    }

    fn drain(cases: &mut Cases) -> Vec<Want> {
        core::iter::from_fn(|| cases.poll_want()).collect()
    }

    /// Works on the case once; returns what is wanted for that.
    fn work(cases: &mut Cases, out: &mut Outbox) -> Want {
        cases.work_on(CASE, Urgency::Background, &VIEW, out);
        cases.poll_want().unwrap()
    }

    /// Ends a step that was wanted.
    fn answer(cases: &mut Cases, want: Want, reply: Reply, out: &mut Outbox) {
        let Want::Call { case, source, call, .. } = want else { panic!("{want:?}") };
        let answer = Answer::Reply(reply);
        cases.done(Done { case, source, call, answer, in_outage: false, over_by: Mono(0), mark: 0 }, out);
    }

    /// Reads the events of the incident: there are none.
    fn read_events(cases: &mut Cases, out: &mut Outbox) {
        let want = work(cases, out);
        answer(cases, want, Reply::Events(Events::default()), out);
    }

    fn is_unread(cases: &Cases) -> bool {
        cases.incidents().all(|(_, tracked)| tracked.people.is_unread())
    }

    #[test]
    fn b11_what_somebody_did_while_a_step_was_under_way_is_read_after_it() {
        for acted in [&[][..], &[ACTED]] {
            let (mut cases, mut out) = listed(ticketed());
            let want = work(&mut cases, &mut out);
            cases.looked(acted, true, &mut out);
            answer(&mut cases, want, Reply::Events(Events::default()), &mut out);
            assert_eq!(is_unread(&cases), !acted.is_empty(), "those events may be older");
            assert!(cases.acted_meanwhile.is_empty());
        }
    }

    #[test]
    fn b11_every_acknowledgement_is_read_again_where_not_all_of_the_feed_was() {
        for (acked, all, again) in [(true, true, false), (true, false, true), (false, false, false)] {
            let (mut cases, mut out) = listed(Incident { acked, ..ticketed() });
            read_events(&mut cases, &mut out);
            cases.looked(&[], all, &mut out);
            assert_eq!(is_unread(&cases), again, "{acked} {all}");
        }
    }

    #[test]
    fn b11_incidents_with_ids_that_are_not_ours_are_counted_as_the_last_listing_of_all_showed_them() {
        let (mut cases, mut out) = board();
        let foreign = Incident { source_incident_id: "by hand".into(), ..incident(1, 50) };
        for (filter, rows, count) in [
            (Filter::Open, &[foreign][..], 1),
            (Filter::Acked, &[], 1),
            (Filter::Ticketed, &[], 1),
            (Filter::Open, &[], 0),
        ] {
            list(&mut cases, filter, rows, &mut out);
            assert_eq!((cases.count(Filter::Open), cases.len()), (count, 0), "{filter:?}");
        }
    }

    #[test]
    fn b28_zino_is_read_once_more_where_the_first_listing_shows_an_incident_without_a_case() {
        for (read, first, wanted) in [(false, true, 1), (false, false, 0), (true, true, 0)] {
            let (mut cases, mut out) = board();
            list(&mut cases, Filter::Open, &[incident(1, 50)], &mut out);
            assert_eq!(drain(&mut cases), [Want::ReadAll]);
            if read {
                cases.read(case(1, 50), true, &mut out);
            }
            cases.all_listed(first, &mut out);
            assert_eq!(drain(&mut cases), alloc::vec![Want::ReadAll; wanted], "{read} {first}");
        }
    }

    #[test]
    fn b31_nothing_is_kept_of_a_case_that_zino_forgot_after_its_incident_had_ended() {
        let (mut cases, mut out) = listed(incident(1, 50));
        cases.looked(&[ACTED], true, &mut out);
        let want = work(&mut cases, &mut out);
        let ended = Incident { end_time: EndTime::At(60), ..incident(1, 50) };
        let page = Page { rows: [ended].into(), ..Page::default() };
        answer(&mut cases, want, Reply::Page(page), &mut out);
        assert_eq!((cases.len(), cases.owners.len(), cases.count(Filter::Open)), (1, 1, 0));
        cases.missing(CASE, true, &mut out);
        assert_eq!((cases.len(), cases.owners.len(), out.jobs.len()), (0, 0, 0));
        assert_eq!(drain(&mut cases), [Want::Forget(CASE)]);
    }

    #[test]
    fn b50_writes_to_zino_that_were_dropped_are_wanted_again() {
        let (mut cases, mut out) = listed(ticketed());
        read_events(&mut cases, &mut out);
        let want = work(&mut cases, &mut out);
        assert!(matches!(want, Want::Write { .. }), "{want:?}");
        cases.withdrawn(&[CaseId(2), CASE]);
        assert_eq!(work(&mut cases, &mut out), want);
    }

    #[test]
    fn b63_nothing_is_known_of_argus_after_a_standby() {
        let (mut cases, mut out) = listed(ticketed());
        let foreign = Incident { source_incident_id: "by hand".into(), ..incident(2, 50) };
        list(&mut cases, Filter::Open, &[ticketed(), foreign], &mut out);
        work(&mut cases, &mut out);
        cases.looked(&[ACTED], true, &mut out);
        assert_eq!((cases.count(Filter::Open), cases.acted_meanwhile.len()), (2, 1));
        cases.forget_incidents(out.now.mono);
        assert_eq!((cases.count(Filter::Open), cases.incidents().count()), (0, 0));
        assert!(cases.owners.is_empty() && cases.acted_meanwhile.is_empty());
        assert_eq!(cases.tally, Tally::default());
    }
}
