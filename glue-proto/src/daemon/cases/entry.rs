//! One case number: what both servers say of it, and the work on it.

use super::answered::Answered;
use super::ask::Ask;
use super::begin::Begin;
use super::incidents::{Incidents, Judged};
use super::knowledge::{Knowledge, ReadOutcome};
use super::progress::Progress;
use super::refusals::{Effect, Failure, NO_EFFECT, Refusals};
use super::steps::{Next, Rules, View, Work, goes_before_reading, urgency_of, what};
use super::tally::Tally;
use crate::daemon::exchange::{Acted, Answer, Done};
use crate::daemon::outbox::{Job, Outbox};
use crate::daemon::queue::Urgency;
use crate::decision::{Circumstances, Known, Outage, Refused, SourceId, Tracked};
use crate::face::{CaseNotice, Mono, Notice};
use crate::model::{Case, CaseId, Incident};
use crate::wire::argus::Filter;
use alloc::collections::BTreeSet;

/// One case number.
#[derive(Clone, Debug, Hash)]
pub(super) struct CaseEntry {
    number: CaseId,
    knowledge: Knowledge,
    incidents: Incidents,
    progress: Progress,
    /// The mark of the last write that has ended: an older listing does not show what it did.
    written_at: u64,
}

impl CaseEntry {
    /// Makes an entry; these steps were taken and refused when the number had one before.
    pub(super) fn new(number: CaseId, refusals: Refusals) -> Self {
        Self {
            number,
            knowledge: Knowledge::Unread { closed: false },
            incidents: Incidents::new(),
            progress: Progress::new(refusals),
            written_at: 0,
        }
    }

    /// Returns the case, as it was read last.
    pub(super) const fn case(&self) -> Option<&Case> {
        self.knowledge.case()
    }

    /// Returns the incidents.
    pub(super) fn incidents(&self) -> impl Iterator<Item = (SourceId, &Tracked)> {
        self.incidents.iter().map(|(id, record)| (id, &record.tracked))
    }

    /// Returns why the case is set aside, if it is.
    pub(super) fn trouble(&self) -> Option<&str> {
        self.progress.trouble()
    }

    /// Counts the incidents.
    pub(super) fn tally(&self) -> Tally {
        self.incidents.tally()
    }

    /// Tells whether some incident is open.
    pub(super) fn is_running(&self) -> bool {
        self.incidents.is_running()
    }

    /// Tells whether the case, as it was read last, was closed while its own incident was open.
    fn has_final_words(&self) -> bool {
        let Some(case) = self.case() else { return false };
        let own = self.incidents.get(self.incidents.own_id(case));
        case.is_closed() && own.is_some_and(|record| record.tracked.is_running())
    }

    /// Tells whether both the case and its incidents have come to their end.
    pub(super) fn is_over(&self) -> bool {
        let over = match self.knowledge.known() {
            Known::Unread => false,
            Known::Absent => true,
            Known::Present(case) => case.is_closed(),
        };
        over && !self.is_running()
    }

    /// Tells whether there is nothing left to keep: no case that could still change, no incident that is open.
    pub(super) fn is_spent(&self) -> bool {
        let absent = matches!(self.knowledge, Knowledge::Absent { .. } | Knowledge::Final(_));
        absent && self.is_idle() && !self.is_running()
    }

    /// Returns what servers have taken and refused: it outlives the entry.
    pub(super) fn take_refusals(&mut self) -> Refusals {
        self.progress.take_refusals()
    }

    /// All incidents are listed.
    pub(super) fn forget_vain_lookups(&mut self) {
        self.incidents.forget_vain_lookups();
    }

    /// Tells whether nothing is under way, nor to be looked up.
    fn is_idle(&self) -> bool {
        !self.progress.is_busy() && self.incidents.doubts().next().is_none()
    }

    /// Tells whether nothing is left to hand over to the primary.
    pub(super) fn is_handed_over(&self) -> bool {
        self.is_idle() && !self.is_running()
    }

    /// Asks what is to be done.
    pub(super) const fn ask(&self) -> Ask<'_> {
        Ask {
            case: self.number,
            knowledge: &self.knowledge,
            incidents: &self.incidents,
            progress: &self.progress,
        }
    }

    /// Begins the next step, if there is one and it may be taken now; one that matters less than what else is waiting goes
    /// back into the queue.
    pub(super) fn next(
        &mut self,
        urgency: Urgency,
        rules: &Rules<'_>,
        view: &View,
        out: &mut Outbox,
    ) -> Next {
        let now = out.now.mono;
        let (is_busy, only_reads) = (self.progress.is_busy(), rules.looked_up.is_some());
        let ready_at = self.progress.ready_at().filter(|_| !(is_busy && only_reads));
        let Some(ready_at) = ready_at else { return Next::Later };
        if ready_at > now {
            self.request(urgency, ready_at, out);
            return Next::Later;
        }
        self.progress.take_doubts(now).into_iter().for_each(|doubt| self.incidents.doubt_again(doubt));
        if let Some(case) = self.knowledge.case() {
            self.incidents.compare(case, rules.policy);
        }
        let circumstances = view.circumstances(out.now.wall, rules.earlier);
        if !is_busy && rules.earlier.is_none() && self.knowledge.decides() && self.incidents.is_suspicious() {
            let doubtful = self.ask().may_lack_what_was_sent(rules.policy, &circumstances);
            self.incidents.end_suspicion(doubtful);
        }
        let left_out = self.ask().left_out(now);
        let Some(work) = self.ask().due(&left_out, rules, &circumstances) else { return Next::Later };
        if is_busy && !goes_before_reading(&work) {
            return Next::Later;
        }
        if rules.earlier.is_some() {
            let leaves = self.ask().leaves_to_earlier_run(&work, &left_out, rules.policy, &circumstances);
            self.incidents.suspect(leaves);
        }
        if work == Work::Rest {
            return self.rest(rules, &circumstances, out);
        }
        let key = self.ask().key(&work, rules.policy);
        if self.progress.refusals().had_no_effect(key) {
            self.progress.refuse(self.number, what(&work), key, &Failure::of(NO_EFFECT), out);
            self.incidents.doubt_transition(&work);
            self.request(urgency, now, out);
            return Next::Later;
        }
        let over = self.knowledge.is_announced_closed() || self.case().is_some_and(Case::is_closed);
        let real = urgency_of(&work, over, |id| self.incidents.get(id));
        if real > urgency && out.jobs.has_ready() {
            self.request(real, now, out);
            return Next::Later;
        }
        let begin = Begin {
            case: self.number,
            knowledge: &mut self.knowledge,
            incidents: &mut self.incidents,
            progress: &mut self.progress,
        };
        begin.begin(work, key, rules, view, out).map_or(Next::Later, Next::Want)
    }

    /// Nothing can be done now: both sides agree, or the case has to be read first, or what is left was refused and waits for
    /// its time.
    fn rest(&mut self, rules: &Rules<'_>, circumstances: &Circumstances, out: &mut Outbox) -> Next {
        let policy = rules.policy;
        if !self.knowledge.decides() {
            return Next::Later;
        }
        // The decision of just now says so.
        let waits = rules.earlier.is_some() && self.incidents.is_suspicious();
        if waits {
            self.request(Urgency::Soon, rules.earlier_until, out);
        }
        let refusals = self.progress.refusals();
        if !refusals.is_empty() && self.ask().work(Refused::NONE, policy, circumstances) != Work::Rest {
            if let Some(at) = refusals.next_try(out.now.mono) {
                self.request(Urgency::Soon, at, out);
            }
            out.on_the_way.left(self.number);
            return Next::Later;
        }
        if waits {
            return Next::Later;
        }
        self.progress.succeed(out.now.mono);
        out.settled(self.number);
        Next::Settled
    }

    /// Takes in what became of a step on the side of Argus. Tells whether the server has shown that it does not know how to
    /// reopen an incident.
    pub(super) fn done(&mut self, done: Done, out: &mut Outbox) -> bool {
        if done.call.is_write() || !matches!(done.answer, Answer::Reply(_)) {
            self.written_at = done.mark;
        }
        let answered = Answered {
            case: self.number,
            knowledge: &self.knowledge,
            incidents: &mut self.incidents,
            progress: &mut self.progress,
            in_outage: done.in_outage,
        };
        answered.done(done, out)
    }

    /// Takes in that somebody has done something to an incident. What we did ourselves is known. Tells whether to be told
    /// again once the step that is under way has ended: what that reads may be older.
    pub(super) fn acted(&mut self, acted: Acted, out: &mut Outbox) -> bool {
        let is_meant =
            |incident: &Incident| incident.pk == acted.incident && incident.source_user != acted.actor;
        let Some((id, _)) = self.incidents().find(|(_, tracked)| is_meant(&tracked.incident)) else {
            return false;
        };
        self.incidents.doubt_people(id);
        self.progress.forget_ends();
        out.on_the_way.acted(self.number, acted.at, out.now.mono);
        self.request(Urgency::Soon, out.now.mono, out);
        self.progress.is_busy()
    }

    /// Takes in that Zino has taken, or refused, what we wrote.
    pub(super) fn written(&mut self, refused: Option<&str>, out: &mut Outbox) {
        let key = self.progress.end();
        self.knowledge.outdate();
        match (key, refused) {
            (Some(key), None) => {
                out.taken(self.number, key);
                self.progress.take(key, Effect::Changes, out.now.mono);
            }
            (Some(key), Some(reason)) => {
                self.progress.refuse(self.number, "write to Zino", key, &Failure::of(reason), out);
            }
            (None, _) => {}
        }
    }

    /// A write to Zino was dropped before it was sent.
    pub(super) fn withdrawn(&mut self) {
        self.progress.end();
    }

    /// The session with Zino is gone: what was being written must be read before anything is decided about it.
    pub(super) fn end_session(&mut self, writing: Option<CaseId>, out: &mut Outbox) {
        self.knowledge.end_session();
        let Some(key) = self.progress.end_session() else { return };
        self.knowledge.outdate();
        if writing == Some(self.number) {
            out.lost_writes.add(self.number, key);
        }
    }

    /// A notification says that the case was closed, or scavenged.
    pub(super) const fn announce_closed(&mut self) {
        self.knowledge.announce_closed();
    }

    /// Takes in a reading of the case.
    pub(super) fn read(&mut self, case: Case, newest: bool, out: &mut Outbox) {
        let outcome = self.knowledge.read(case, newest);
        out.on_the_way.read(self.number, newest, outcome == ReadOutcome::Changed, out.now.mono);
        match outcome {
            ReadOutcome::Changed => {
                self.incidents.forget_comparisons();
                self.progress.try_at_once();
            }
            ReadOutcome::Confirmed => {}
            ReadOutcome::None => return,
        }
        self.request(Urgency::Now, out.now.mono, out);
    }

    /// Takes in that Zino does not know the case. Tells whether only a read of everything can say what that means.
    pub(super) fn miss(&mut self, out: &mut Outbox) -> bool {
        self.knowledge.miss(self.has_final_words());
        self.request(Urgency::Now, out.now.mono, out);
        self.is_running() && !self.knowledge.is_announced_closed()
    }

    /// Takes in that what Zino says of the case cannot be read, for a while.
    pub(super) fn unreadable(&mut self, out: &mut Outbox) {
        if self.knowledge.is_announced_closed() && self.is_running() {
            self.knowledge.lose(self.has_final_words());
            self.request(Urgency::Now, out.now.mono, out);
        }
    }

    /// Takes in a row of a listing, unless something is written to its incident, or was since the listing began.
    pub(super) fn list(&mut self, id: SourceId, row: Incident, since: u64, out: &mut Outbox) {
        if self.believes(since) {
            self.incidents.list(id, row);
            self.request(Urgency::Background, out.now.mono, out);
        }
    }

    /// Takes in the pks of what a listing has shown.
    pub(super) fn miss_rows(&mut self, filter: Filter, all: &BTreeSet<u64>, since: u64, out: &mut Outbox) {
        if self.believes(since) && self.incidents.miss_rows(filter, all) {
            self.request(Urgency::Soon, out.now.mono, out);
        }
    }

    /// Tells whether a listing that began under a mark says anything about it.
    const fn believes(&self, since: u64) -> bool {
        !self.progress.is_busy() && self.written_at <= since
    }

    /// The events of acknowledged incidents are to be read again.
    pub(super) fn distrust_acks(&mut self) {
        self.incidents.distrust_acks();
    }

    /// Others may have written meanwhile: what was known of Argus is worth nothing.
    pub(super) fn forget_incidents(&mut self, now: Mono) {
        self.incidents.clear();
        self.progress.begin_anew(now);
    }

    /// Judges, after a complete reading of Zino, which incidents have lost their case; `is_readable` tells whether that
    /// reading showed the case, `others_held_back` whether other incidents are held back.
    pub(super) fn judge(&mut self, is_readable: bool, others_held_back: bool, now: Mono) -> Judged {
        if self.knowledge.is_proved_closed() || matches!(self.knowledge, Knowledge::Unread { .. }) {
            return Judged::default();
        }
        // What is known of it may be old: from before it could not be read any more.
        let opened = self.seen_case().filter(|_| is_readable).map(|case| case.attributes.opened);
        let own = self.case().map(|case| self.incidents.own_id(case));
        self.incidents.judge(own, opened, others_held_back, now)
    }

    /// Returns the case, if the last reading of Zino showed it: what is known otherwise are its final words.
    pub(super) fn seen_case(&self) -> Option<&Case> {
        self.case().filter(|_| !matches!(self.knowledge, Knowledge::Final(_)))
    }

    /// Returns what the incidents are about that are held back.
    pub(super) fn held_outages(&self) -> impl Iterator<Item = (SourceId, Outage)> {
        let held = self.incidents.running().filter(|(_, record)| record.is_held_back());
        held.filter_map(|(id, record)| Some((id, Outage::of_incident(&record.tracked.incident)?)))
    }

    /// The outage of an incident that is held back is open again as another case.
    pub(super) fn renumber(&mut self, id: SourceId, now: CaseId, out: &mut Outbox) {
        if let Some(record) = self.incidents.get_mut(id) {
            record.renumber(now);
            let what = CaseNotice::Renumbered { incident: record.tracked.incident.pk, now };
            out.tell(Notice::Case { case: self.number, what });
            self.request(Urgency::Now, out.now.mono, out);
        }
    }

    /// Zino has probably lost its state: nothing is ended for being missing. Tells whether that is new.
    pub(super) fn hold_back(&mut self) -> bool {
        !self.knowledge.is_proved_closed() && self.incidents.hold_back()
    }

    /// An operator wants what has failed to be tried again now (behaviour B77).
    pub(super) fn retry(&mut self, now: Mono) {
        self.progress.begin_anew(now);
    }

    /// Takes the cases for gone that two complete readings have missed, and if that is wanted, those that are held back.
    pub(super) fn conclude(&mut self, accepts_loss: bool, out: &mut Outbox) {
        if accepts_loss {
            self.incidents.release();
        }
        if !self.knowledge.is_proved_closed() {
            self.incidents.conclude(self.number, out);
        }
    }

    /// Returns how many incidents are held back because Zino has probably lost its state.
    pub(super) fn held_back(&self) -> usize {
        self.incidents.held_back()
    }

    fn request(&self, urgency: Urgency, at: Mono, out: &mut Outbox) {
        out.request_at(Job::Case(self.number), urgency, at);
    }
}

#[cfg(test)]
mod tests {
    use super::super::progress::Server;
    use super::super::record::IncidentRecord;
    use super::*;
    use crate::daemon::exchange::Want;
    use crate::decision::testing::{case, close, entry as history_entry, incident, policy};
    use crate::decision::{EarlierRun, People, Policy, Remark, Step, StepKey};
    use crate::face::{Now, Wall};
    use crate::model::{Actor, EndTime, Event, EventType};
    use crate::wire::argus::{ArgusError, Call, Events, Page, Reply};
    use crate::wire::zino::Command;
    use alloc::string::String;
    use alloc::vec::Vec;

    fn id(opened: Option<i64>) -> SourceId {
        SourceId { case: CaseId(1), opened }
    }

    fn outbox() -> Outbox {
        Outbox::new(Now { mono: Mono(60_000), wall: Wall(0) }, 1)
    }

    fn closed() -> Case {
        let mut case = case(1, 50);
        close(&mut case, 60, "monitor");
        case
    }

    /// Makes an entry of a case, if it was read, with incidents of these ids and start times.
    fn entry(case: Option<Case>, incidents: &[(Option<i64>, i64)]) -> CaseEntry {
        let mut entry = CaseEntry::new(CaseId(1), Refusals::default());
        for (opened, start) in incidents {
            entry.list(id(*opened), incident(1, *start), 0, &mut outbox());
        }
        if let Some(case) = case {
            entry.read(case, true, &mut outbox());
        }
        entry
    }

    /// Makes an entry of an open case whose incident somebody has acknowledged: Zino is to be told that.
    fn acknowledged() -> CaseEntry {
        let mut acked = Tracked::created(incident(1, 50));
        acked.incident.acked = true;
        let remark = Remark { at: 60, user: "ann".into(), text: "mine".into() };
        acked.people = Known::Present(People { acks: [remark].into(), ..Default::default() });
        let mut entry = entry(Some(case(1, 50)), &[]);
        entry.incidents.insert(id(None), IncidentRecord::created(acked));
        entry
    }

    fn view() -> View {
        View::AT_WORK
    }

    /// Rules for a daemon that has run for so long that no earlier run matters.
    fn rules(policy: &Policy) -> Rules<'_> {
        Rules { policy, earlier: None, earlier_until: Mono(0), looked_up: None }
    }

    fn next(entry: &mut CaseEntry, view: View) -> Next {
        entry.next(Urgency::Now, &rules(&policy()), &view, &mut outbox())
    }

    fn next_with(entry: &mut CaseEntry, out: &mut Outbox) -> Next {
        entry.next(Urgency::Now, &rules(&policy()), &view(), out)
    }

    fn work(entry: &CaseEntry) -> Work {
        entry.ask().work(Refused::NONE, &policy(), &Circumstances::default())
    }

    fn ends(entry: &CaseEntry) -> Option<String> {
        match work(entry) {
            Work::Take(_, Step::Post(event)) if event.event_type == EventType::End => Some(event.description),
            Work::Take(..) | Work::Rest | Work::Lookup(_) => None,
        }
    }

    /// Takes the next step; returns the call.
    fn step(entry: &mut CaseEntry) -> (SourceId, Call) {
        match next(entry, view()) {
            Next::Want(Want::Call { source, call, .. }) => (source, call),
            other @ (Next::Want(_) | Next::Settled | Next::Later) => panic!("{other:?}"),
        }
    }

    /// Takes the next step and answers it; returns when the next one may be taken, in seconds from then.
    fn answer(entry: &mut CaseEntry, answer: Answer) -> u64 {
        let (source, call) = step(entry);
        let done =
            Done { case: CaseId(1), source, call, answer, in_outage: false, over_by: Mono(92_000), mark: 1 };
        entry.done(done, &mut outbox());
        entry.progress.ready_at().unwrap().since(Mono(60_000)).0 / 1000
    }

    #[test]
    fn b25_b28_an_old_incident_is_ended_only_when_its_case_is_confirmed_gone() {
        let mut entry = entry(Some(case(1, 9000)), &[(None, 50)]);
        assert_eq!(work(&entry), Work::Take(id(Some(9000)), Step::Create));
        for now in [Mono(0), Mono(10_000)] {
            let judged = entry.judge(true, false, now);
            assert_eq!((judged.present, judged.missing, judged.unconfirmed), (0, 1, now == Mono(0)));
            entry.conclude(false, &mut Outbox::new(Now { mono: now, wall: Wall(0) }, 1));
        }
        assert_eq!(ends(&entry).as_deref(), Some("This case no longer exists in Zino"));
    }

    #[test]
    fn b13_what_is_unread_is_looked_up_before_anything_else() {
        let mut entry = entry(Some(case(1, 50)), &[]);
        assert_eq!(
            answer(&mut entry, Answer::Lost { cut: false }),
            2,
            "an effect that is there is seen early"
        );
        assert_eq!(work(&entry), Work::Lookup(id(None)));
    }

    #[test]
    fn b13_nothing_is_decided_from_a_case_that_we_have_written_to() {
        let mut entry = entry(Some(closed()), &[(None, 50)]);
        entry.written(None, &mut outbox());
        assert_eq!(work(&entry), Work::Rest);
    }

    #[test]
    fn b27_an_announced_closing_ends_the_incident_of_a_case_that_cannot_be_read() {
        let mut entry = entry(None, &[(None, 50)]);
        assert!(entry.miss(&mut outbox()), "only a read of everything can say what that means");
        assert_eq!(work(&entry), Work::Rest);
        entry.announce_closed();
        assert_eq!(ends(&entry).as_deref(), Some("This case was closed in Zino"));
        assert!(!entry.miss(&mut outbox()));
        let judged = entry.judge(true, false, Mono(0));
        assert_eq!(judged, Judged::default(), "no evidence is needed");
    }

    #[test]
    fn b27_a_case_that_was_announced_as_closed_and_is_read_as_open_decides_nothing() {
        let mut entry = entry(Some(case(1, 50)), &[]);
        assert_eq!(work(&entry), Work::Take(id(None), Step::Create));
        entry.announce_closed();
        assert_eq!(work(&entry), Work::Rest);
        entry.read(case(1, 50), true, &mut outbox());
        assert_eq!(work(&entry), Work::Take(id(None), Step::Create));
    }

    /// Returns for how many seconds the next step is left out.
    fn left_out(entry: &CaseEntry) -> u64 {
        entry.progress.refusals().next_try(Mono(60_000)).map_or(0, |at| at.since(Mono(60_000)).0 / 1000)
    }

    #[test]
    fn b14_a_refused_step_is_tried_again_by_itself_and_at_once_when_it_would_send_something_else() {
        let refused = || Answer::Refused(ArgusError::Refused { status: 400, reason: "no".into() });
        let mut entry = entry(Some(case(1, 50)), &[]);
        assert_eq!((answer(&mut entry, refused()), left_out(&entry)), (0, 1));
        assert_eq!(entry.trouble(), Some("400: no"));
        let mut out = outbox();
        assert_eq!(next_with(&mut entry, &mut out), Next::Later);
        assert_eq!(out.jobs.next_due(), Some(Mono(61_000)));
        let mut changed = case(1, 50);
        changed.attributes.updated = Some(99);
        entry.read(changed.clone(), true, &mut outbox());
        assert_eq!(next(&mut entry, view()), Next::Later, "that would send the same");
        changed.attributes.priority = 7;
        entry.read(changed, true, &mut outbox());
        assert_eq!(
            (answer(&mut entry, refused()), left_out(&entry)),
            (0, 1),
            "another one: the first in a row"
        );
    }

    #[test]
    fn b14_a_refused_history_entry_costs_itself_alone() {
        let mut noted = case(1, 50);
        noted.history.push(crate::decision::testing::entry(60, "alice\none"));
        noted.history.push(crate::decision::testing::entry(61, "alice\ntwo"));
        let mut entry = entry(Some(noted.clone()), &[]);
        entry.incidents.insert(id(None), IncidentRecord::created(Tracked::created(incident(1, 50))));
        let refused = || Answer::Refused(ArgusError::Refused { status: 400, reason: "no".into() });
        answer(&mut entry, refused());
        let (_, call) = step(&mut entry);
        assert!(matches!(&call, Call::Post { event, .. } if event.description == "alice\ntwo"), "{call:?}");
        entry.progress.end();
        close(&mut noted, 70, "monitor");
        entry.read(noted, true, &mut outbox());
        answer(&mut entry, refused());
        let (_, call) = step(&mut entry);
        assert!(matches!(&call, Call::Post { event, .. } if event.event_type == EventType::End), "{call:?}");
    }

    #[test]
    fn b14_a_step_that_is_wanted_again_although_it_was_taken_waits_like_a_refused_one() {
        let mut entry = entry(Some(case(1, 50)), &[]);
        entry.incidents.insert(id(None), IncidentRecord::created(Tracked::created(incident(1, 50))));
        let mut raised = case(1, 50);
        raised.attributes.priority = 500;
        entry.read(raised, true, &mut outbox());
        let (policy, mut out, mut sent) = (policy(), outbox(), Vec::new());
        let rules = rules(&policy);
        for secs in 0..40 {
            out.now.mono = Mono(60_000 + secs * 1000);
            while out.jobs.pop(out.now.mono).is_some() {}
            while let Next::Want(Want::Call { source, call, .. }) =
                entry.next(Urgency::Soon, &rules, &view(), &mut out)
            {
                // The server takes the PATCH, and stores what it had.
                sent.push(secs);
                let answer = Answer::Reply(Reply::Patched(incident(1, 50)));
                let done = Done {
                    case: CaseId(1),
                    source,
                    call,
                    answer,
                    in_outage: false,
                    over_by: Mono(0),
                    mark: 1,
                };
                entry.done(done, &mut out);
            }
        }
        assert_eq!(sent, [0, 1, 3, 7, 15, 31]);
        assert_eq!(entry.trouble(), Some(NO_EFFECT));
    }

    #[test]
    fn b51_a_write_that_was_not_sent_is_taken_again_at_once() {
        let mut entry = entry(Some(case(1, 50)), &[]);
        let not_sent = Answer::Postponed { ambiguous: false, at_work: false };
        assert_eq!((answer(&mut entry, not_sent), left_out(&entry)), (0, 0));
        assert_eq!(work(&entry), Work::Take(id(None), Step::Create));
        let at_work = Answer::Postponed { ambiguous: true, at_work: true };
        assert_eq!((answer(&mut entry, at_work), left_out(&entry)), (0, 0), "it is the same twice");
        assert_eq!(work(&entry), Work::Lookup(id(None)));
    }

    #[test]
    fn b51_a_creation_that_was_cut_off_is_repeated_at_once_and_one_that_is_cut_off_again_waits() {
        let mut entry = entry(Some(case(1, 50)), &[]);
        assert_eq!((answer(&mut entry, Answer::Lost { cut: true }), left_out(&entry)), (0, 0));
        let Next::Want(Want::Call { call: Call::Create(_), tries: 1, .. }) = next(&mut entry, view()) else {
            panic!("not repeated")
        };
        entry.progress.end();
        answer(&mut entry, Answer::Lost { cut: true });
        assert_eq!((work(&entry), left_out(&entry)), (Work::Lookup(id(None)), 32));
    }

    #[test]
    fn b21_a_creation_that_is_refused_as_a_duplicate_looks_the_incident_up_at_once_the_first_time() {
        let mut entry = entry(Some(case(1, 50)), &[]);
        assert_eq!(answer(&mut entry, Answer::Refused(ArgusError::Duplicate)), 0);
        let page = |rows| Answer::Reply(Reply::Page(Page { rows, ..Page::default() }));
        assert_eq!(answer(&mut entry, page(alloc::vec![])), 0);
        assert_eq!(work(&entry), Work::Take(id(None), Step::Create), "it was deleted");
        assert_eq!(answer(&mut entry, Answer::Refused(ArgusError::Duplicate)), 2);
    }

    #[test]
    fn b13_what_an_earlier_run_may_have_sent_is_waited_for_and_looked_for() {
        let mut entry = entry(Some(closed()), &[(None, 50)]);
        let mut out = outbox();
        let policy = policy();
        let earlier = Some(EarlierRun::of(&closed()));
        let rules = Rules { policy: &policy, earlier, earlier_until: Mono(65_000), looked_up: None };
        assert_eq!(entry.next(Urgency::Now, &rules, &view(), &mut out), Next::Later);
        assert_eq!((out.jobs.next_due(), entry.progress.ready_at()), (Some(Mono(65_000)), Some(Mono(0))));
        out.now.mono = Mono(65_000);
        let rules = Rules { earlier: None, ..rules };
        let next = entry.next(Urgency::Now, &rules, &view(), &mut out);
        assert!(matches!(next, Next::Want(Want::Call { call: Call::Lookup { .. }, .. })), "{next:?}");
    }

    #[test]
    fn b13_where_nothing_can_be_judged_while_an_earlier_run_is_heard_of_its_effects_are_looked_for_after_it()
    {
        let policy = policy();
        let earlier =
            Rules { earlier: Some(EarlierRun::of(&closed())), earlier_until: Mono(65_000), ..rules(&policy) };
        for (outdated, lookup) in [(false, false), (true, false), (false, true)] {
            let mut entry = entry(Some(closed()), &[(None, 50)]);
            let mut out = outbox();
            assert_eq!(entry.next(Urgency::Now, &earlier, &view(), &mut out), Next::Later);
            if outdated {
                entry.knowledge.outdate();
                assert_eq!(entry.next(Urgency::Now, &earlier, &view(), &mut out), Next::Later);
                entry.read(closed(), true, &mut out);
            }
            if lookup {
                entry.incidents.doubt(id(None));
                let next = entry.next(Urgency::Now, &earlier, &view(), &mut out);
                assert!(matches!(next, Next::Want(Want::Call { call: Call::Lookup { .. }, .. })), "{next:?}");
                entry.progress.end();
                entry.incidents.look_up(id(None));
            }
            out.now.mono = Mono(65_001);
            let next = entry.next(Urgency::Now, &rules(&policy), &view(), &mut out);
            let looks = matches!(next, Next::Want(Want::Call { call: Call::Lookup { .. }, .. }));
            assert!(looks, "{outdated} {lookup}: {next:?}");
        }
    }

    #[test]
    fn b13_whatever_is_under_way_while_an_earlier_run_is_heard_of_its_effects_are_looked_for_after_it() {
        let mut old = case(1, 50);
        old.history.push(history_entry(60, "ann"));
        let policy = policy();
        let earlier =
            Rules { earlier: Some(EarlierRun::of(&old)), earlier_until: Mono(65_000), ..rules(&policy) };
        // The first is answered when no earlier run is heard of any more: the reading, or the update after it.
        for in_time in [0, 1] {
            let mut entry = entry(Some(old.clone()), &[(None, 50)]);
            entry.incidents.get_mut(id(None)).unwrap().tracked.incident.tags.pop();
            let mut out = outbox();
            for nth in 0..=in_time {
                let Next::Want(Want::Call { source, call, .. }) =
                    entry.next(Urgency::Background, &earlier, &view(), &mut out)
                else {
                    panic!("{nth}")
                };
                let reply = if nth == 0 {
                    assert!(matches!(call, Call::Events { .. }), "{call:?}");
                    Reply::Events(Events::default())
                } else {
                    assert!(matches!(call, Call::Patch { .. }), "{call:?}");
                    Reply::Patched(incident(1, 50))
                };
                if nth == in_time {
                    out.now.mono = Mono(65_001);
                }
                let (answer, over_by) = (Answer::Reply(reply), Mono(92_000));
                let done = Done { case: CaseId(1), source, call, answer, in_outage: false, over_by, mark: 1 };
                entry.done(done, &mut out);
            }
            let next = next_with(&mut entry, &mut out);
            assert!(matches!(next, Next::Want(Want::Call { call: Call::Lookup { .. }, .. })), "{next:?}");
            entry.progress.end();
        }
    }

    #[test]
    fn b14_an_end_without_effect_is_remembered_although_its_case_is_gone_and_its_text_is_looked_for() {
        let mut entry = entry(None, &[(None, 50)]);
        entry.announce_closed();
        let _ = entry.miss(&mut outbox());
        let event = Event {
            pk: 1,
            actor: Actor { pk: 7, name: "glue".into() },
            at: 60,
            received: 60,
            event_type: EventType::End,
            description: "This case was closed in Zino".into(),
        };
        assert_eq!(answer(&mut entry, Answer::Reply(Reply::Posted(event))), 0);
        assert_eq!(next(&mut entry, view()), Next::Settled);
        assert!(entry.is_spent());
        // The server shows it as open all the same.
        entry.list(id(None), incident(1, 50), 9, &mut outbox());
        assert_eq!(next(&mut entry, view()), Next::Later);
        assert_eq!((entry.trouble(), left_out(&entry)), (Some(NO_EFFECT), 1));
        assert!(entry.incidents.get(id(None)).unwrap().tracked.ours.is_unread());
        // Somebody has opened it again: that is another matter.
        let acted = Acted { incident: 1001, actor: 99, at: 0 };
        entry.acted(acted, &mut outbox());
        assert_eq!((entry.trouble(), left_out(&entry)), (None, 0));
    }

    #[test]
    fn b11_a_row_that_a_write_has_outdated_is_not_believed() {
        let mut entry = entry(Some(case(1, 50)), &[]);
        let row = || incident(1, 50);
        let (source, call) = step(&mut entry);
        entry.list(id(None), row(), 9, &mut outbox());
        assert_eq!(entry.incidents().count(), 0, "a write is under way");
        let answer = Answer::Reply(Reply::Created(row()));
        entry.done(
            Done { case: CaseId(1), source, call, answer, in_outage: false, over_by: Mono(0), mark: 5 },
            &mut outbox(),
        );
        for (since, believed) in [(4, false), (5, true)] {
            entry.list(id(None), Incident { acked: true, ..row() }, since, &mut outbox());
            assert_eq!(entry.incidents().any(|(_, tracked)| tracked.incident.acked), believed);
            entry.miss_rows(Filter::Open, &BTreeSet::new(), since, &mut outbox());
            assert_eq!(entry.incidents.doubts().count(), usize::from(believed));
        }
        assert_eq!(work(&entry), Work::Lookup(id(None)));
    }

    #[test]
    fn b50_a_write_to_zino_waits_for_a_reading_and_for_a_session() {
        let mut entry = acknowledged();
        assert_eq!(next(&mut entry, View { is_zino_ready: false, ..view() }), Next::Later);
        let Next::Want(Want::Write { command, .. }) = next(&mut entry, view()) else { panic!("no write") };
        assert_eq!(command, Command::AddHistory { id: CaseId(1), text: "mine (ann)".into() });
        entry.withdrawn();
        entry.end_session(None, &mut outbox());
        assert_eq!(next(&mut entry, view()), Next::Later, "it was read in an earlier session");
        entry.read(case(1, 50), true, &mut outbox());
        assert_eq!(next(&mut entry, View { is_reading: true, ..view() }), Next::Later);
        assert_eq!(work(&entry), Work::Rest, "until that reading is there");
    }

    #[test]
    fn b31_an_entry_is_over_when_its_case_and_its_incidents_are_and_spent_when_nothing_is_to_be_kept() {
        for (case, missing, incidents, over, spent) in [
            (None, false, &[][..], false, false),
            (None, true, &[][..], true, true),
            (None, true, &[(None, 50)][..], false, false),
            (Some(case(1, 50)), false, &[][..], false, false),
            (Some(closed()), false, &[][..], true, false),
            (Some(closed()), false, &[(None, 50)][..], false, false),
        ] {
            let mut entry = entry(case, incidents);
            if missing {
                entry.miss(&mut outbox());
            }
            assert_eq!((entry.is_over(), entry.is_spent()), (over, spent), "{entry:?}");
        }
        for (busy, unread) in [(true, false), (false, true)] {
            let mut entry = entry(None, &[]);
            entry.miss(&mut outbox());
            if busy {
                entry.progress.begin(Server::Argus, StepKey::lookup(id(None)));
            }
            if unread {
                entry.incidents.doubt(id(None));
            }
            assert!(!entry.is_spent() && !entry.is_handed_over());
        }
    }

    #[test]
    fn b27_a_case_that_was_read_as_closed_while_its_own_incident_was_open_has_final_words() {
        let mut late = case(1, 9000);
        close(&mut late, 9060, "monitor");
        for (case, incidents, expected) in [
            (None, &[(None, 9000)][..], false),
            (Some(case(1, 9000)), &[(None, 9000)], false),
            (Some(late.clone()), &[], false),
            (Some(late.clone()), &[(None, 9000)], true),
            (Some(late), &[(None, 50)], false),
        ] {
            let mut entry = entry(case, incidents);
            entry.miss(&mut outbox());
            assert_eq!(entry.case().is_some(), expected, "{incidents:?}");
        }
    }

    #[test]
    fn b28_what_is_held_back_is_so_until_its_case_is_there_again() {
        let mut entry = entry(Some(case(1, 9000)), &[(None, 50)]);
        entry.judge(true, false, Mono(0));
        assert!(entry.hold_back() && !entry.hold_back());
        assert_eq!(entry.held_back(), 1);
        entry.read(case(1, 50), true, &mut outbox());
        let judged = entry.judge(true, true, Mono(1));
        assert_eq!((judged.present, entry.held_back()), (1, 0));
        assert_eq!(entry.judge(false, true, Mono(2)).present, 0, "what is known of it may be old");
    }

    #[test]
    fn b28_an_incident_whose_outage_goes_on_under_another_number_is_ended_at_once() {
        let mut entry = entry(None, &[(None, 50)]);
        let mut out = outbox();
        entry.renumber(id(None), CaseId(7), &mut out);
        assert_eq!(out.jobs.pop(out.now.mono), Some((Job::Case(CaseId(1)), Urgency::Now)));
    }

    #[test]
    fn b13_what_a_lost_write_may_have_done_is_looked_for_after_two_seconds_and_before_other_work() {
        let mut entry = entry(Some(case(1, 50)), &[]);
        let (source, call) = step(&mut entry);
        let mut out = outbox();
        let answer = Answer::Lost { cut: false };
        entry.done(
            Done { case: CaseId(1), source, call, answer, in_outage: false, over_by: Mono(92_000), mark: 1 },
            &mut out,
        );
        let job = out.jobs.pop(out.now.mono);
        assert_eq!(job, Some((Job::Case(CaseId(1)), Urgency::Now)));
        assert_eq!(next_with(&mut entry, &mut out), Next::Later);
        assert_eq!(out.jobs.next_due(), Some(Mono(62_000)));
        out.now.mono = Mono(62_000);
        let looked_up = next_with(&mut entry, &mut out);
        assert!(
            matches!(looked_up, Next::Want(Want::Call { call: Call::Lookup { .. }, .. })),
            "{looked_up:?}"
        );
    }

    #[test]
    fn b64_every_open_incident_is_ended_before_standby_whatever_is_known_of_its_case() {
        let handing_over = Circumstances { handing_over: true, ..Circumstances::default() };
        let entry = entry(None, &[(None, 50)]);
        assert_eq!(work(&entry), Work::Rest, "its case was not read");
        let work = entry.ask().work(Refused::NONE, &policy(), &handing_over);
        let Work::Take(_, Step::Post(event)) = work else { panic!("{work:?}") };
        assert_eq!(event.event_type, EventType::End);
    }

    #[test]
    fn b50_a_write_that_was_not_sent_to_zino_is_wanted_again() {
        let mut entry = acknowledged();
        let wanted = next(&mut entry, view());
        assert!(matches!(wanted, Next::Want(Want::Write { .. })), "{wanted:?}");
        assert_eq!(next(&mut entry, view()), Next::Later, "it is under way");
        entry.withdrawn();
        assert_eq!(next(&mut entry, view()), wanted);
    }

    #[test]
    fn b50_nothing_is_decided_from_a_case_that_was_being_written_to_when_the_session_ended() {
        let mut entry = acknowledged();
        next(&mut entry, view());
        entry.end_session(None, &mut outbox());
        assert_eq!(work(&entry), Work::Rest);
        entry.read(case(1, 50), true, &mut outbox());
        assert!(matches!(work(&entry), Work::Take(_, Step::Note(_))), "it was not carried out");
    }

    #[test]
    fn b51_an_incident_that_a_listing_lacks_is_looked_up_soon() {
        let mut entry = entry(None, &[(None, 50)]);
        let mut out = outbox();
        entry.miss_rows(Filter::Open, &BTreeSet::new(), 0, &mut out);
        assert_eq!(out.jobs.pop(out.now.mono), Some((Job::Case(CaseId(1)), Urgency::Soon)));
        assert_eq!(work(&entry), Work::Lookup(id(None)));
    }

    #[test]
    fn b63_what_was_refused_before_a_standby_is_tried_at_once_after_it() {
        let mut entry = entry(Some(case(1, 50)), &[]);
        let no = ArgusError::Refused { status: 400, reason: "no".into() };
        answer(&mut entry, Answer::Refused(no));
        assert_eq!(next(&mut entry, view()), Next::Later);
        entry.forget_incidents(Mono(2000));
        assert_eq!(entry.trouble(), None);
        assert!(matches!(step(&mut entry).1, Call::Create(_)));
    }

    #[test]
    fn b30_where_nobody_knows_who_ended_an_incident_it_is_read_again_later_with_its_events() {
        let mut ended = Tracked::created(incident(1, 50));
        ended.incident.end_time = EndTime::At(60);
        let mut entry = entry(Some(case(1, 50)), &[]);
        entry.incidents.insert(id(None), IncidentRecord::created(ended));
        let mut out = outbox();
        assert_eq!(next_with(&mut entry, &mut out), Next::Later);
        assert!(entry.trouble().is_some());
        assert_eq!(work(&entry), Work::Lookup(id(None)));
        assert!(entry.incidents.get(id(None)).unwrap().tracked.people.is_unread());
        assert_eq!(out.jobs.next_due(), Some(Mono(61_000)));
    }
}
