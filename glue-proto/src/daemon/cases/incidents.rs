//! The incidents of ours with one case number, and which of them must be looked up.

use super::record::IncidentRecord;
use super::refusals::Doubt;
use super::steps::Work;
use super::tally::{Tally, is_among};
use crate::daemon::outbox::{Job, Outbox};
use crate::daemon::queue::Urgency;
use crate::decision::{Policy, SourceId, Step, Tracked};
use crate::face::{CaseNotice, Mono, Notice};
use crate::model::{Case, CaseId, Incident};
use crate::wire::argus::Filter;
use alloc::collections::{BTreeMap, BTreeSet};
use litemap::LiteMap;

/// The incidents of one case number. More than one where Zino's numbering was restarted.
#[derive(Clone, Debug, Default, Hash)]
pub(super) struct Incidents {
    /// A `BTreeMap` would have room for eleven in each of thousands of entries.
    records: LiteMap<SourceId, IncidentRecord>,
    /// What there is to be said of ids beside that: of most cases, nothing.
    lookups: BTreeMap<SourceId, Lookup>,
    /// Whether an earlier run may have had something carried out since they were read (behaviour B13): a step was left out for
    /// it, or their events were being read, when it might still be heard of.
    suspicious: bool,
}

/// The looking up of an id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Lookup {
    /// It must come before anything is concluded (behaviour B13).
    Due,
    /// It has found nothing.
    InVain,
}

/// What a judgement after a complete reading of Zino found in one entry.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Judged {
    /// When the case of the entry was opened, Unix seconds, if it was seen.
    pub(super) opened: Option<i64>,
    /// Open incidents.
    pub(super) running: usize,
    /// Open incidents whose case was seen.
    pub(super) present: usize,
    /// Open incidents whose case is missing.
    pub(super) missing: usize,
    /// When the oldest of them began, Unix seconds.
    pub(super) missing_since: Option<i64>,
    /// Those of them that would be ended now.
    pub(super) confirmed: usize,
    /// One of them was not missing for long enough to be sure.
    pub(super) unconfirmed: bool,
}

impl Incidents {
    pub(super) const fn new() -> Self {
        Self { records: LiteMap::new_vec(), lookups: BTreeMap::new(), suspicious: false }
    }

    /// Returns the incident of an id.
    pub(super) fn get(&self, id: SourceId) -> Option<&IncidentRecord> {
        self.records.get(&id)
    }

    /// Returns the incident of an id, to be changed.
    pub(super) fn get_mut(&mut self, id: SourceId) -> Option<&mut IncidentRecord> {
        self.records.get_mut(&id)
    }

    /// Returns them all, in the order of their ids.
    pub(super) fn iter(&self) -> impl Iterator<Item = (SourceId, &IncidentRecord)> {
        self.records.iter().map(|(id, record)| (*id, record))
    }

    /// Returns them all, to be changed.
    fn iter_mut(&mut self) -> impl Iterator<Item = (SourceId, &mut IncidentRecord)> {
        self.records.iter_mut().map(|(id, record)| (*id, record))
    }

    /// Returns those that are open.
    pub(super) fn running(&self) -> impl Iterator<Item = (SourceId, &IncidentRecord)> {
        self.iter().filter(|(_, record)| record.tracked.is_running())
    }

    fn running_mut(&mut self) -> impl Iterator<Item = &mut IncidentRecord> {
        self.records.iter_mut().map(|(_, record)| record).filter(|record| record.tracked.is_running())
    }

    /// Tells whether one is open.
    pub(super) fn is_running(&self) -> bool {
        self.running().next().is_some()
    }

    /// Returns the id that the incident of a case has, or would get (behaviour B25).
    pub(super) fn own_id(&self, case: &Case) -> SourceId {
        let number = case.attributes.id;
        let opened = case.attributes.opened;
        let exact = SourceId { case: number, opened: Some(opened) };
        let plain = SourceId { case: number, opened: None };
        let taken = |record: &IncidentRecord| !plain.fits(record.tracked.incident.start_time, opened);
        if self.records.contains_key(&exact) || self.get(plain).is_some_and(taken) { exact } else { plain }
    }

    /// Which ids were looked up in vain makes no difference any more: all are listed.
    pub(super) fn forget_vain_lookups(&mut self) {
        self.lookups.retain(|_, lookup| *lookup == Lookup::Due);
    }

    /// Tells whether Argus may have an incident with an id, although none is known.
    pub(super) fn may_exist(&self, id: SourceId) -> bool {
        !self.records.contains_key(&id) && self.lookups.get(&id) != Some(&Lookup::InVain)
    }

    /// Returns an id under which Argus may have an incident of a case, although none is known: first its number, then that
    /// with its opening (behaviour B25).
    pub(super) fn unknown_id(&self, case: &Case) -> Option<SourceId> {
        let number = case.attributes.id;
        let exact = SourceId { case: number, opened: Some(case.attributes.opened) };
        let plain = SourceId { case: number, opened: None };
        [plain, exact].into_iter().find(|id| self.may_exist(*id))
    }

    /// Takes in an incident that was not known before.
    pub(super) fn insert(&mut self, id: SourceId, record: IncidentRecord) {
        if !self.is_unread(id) {
            self.lookups.remove(&id);
        }
        if self.records.is_empty() {
            self.records = LiteMap::with_capacity(1);
        }
        self.records.insert(id, record);
    }

    /// Takes in what a listing or a lookup says of an incident.
    pub(super) fn list(&mut self, id: SourceId, incident: Incident) {
        match self.records.get_mut(&id) {
            Some(record) => record.tracked.relist(incident),
            None => self.insert(id, IncidentRecord::listed(Tracked::listed(incident))),
        }
    }

    /// Argus has no incident with this id.
    pub(super) fn lose(&mut self, id: SourceId) {
        self.records.remove(&id);
        self.lookups.insert(id, Lookup::InVain);
    }

    /// Finds out which entries of a case its own incident does not tell, unless that is known (behaviour B12).
    pub(super) fn compare(&mut self, case: &Case, policy: &Policy) {
        if let Some(record) = self.records.get_mut(&self.own_id(case)) {
            record.tracked.compare(case, policy);
        }
    }

    /// The case has changed: what was found by comparing it is worth nothing any more.
    pub(super) fn forget_comparisons(&mut self) {
        for (_, record) in self.records.iter_mut() {
            record.tracked.forget_comparison();
        }
    }

    /// Forgets everything.
    pub(super) fn clear(&mut self) {
        *self = Self::new();
    }

    /// Nothing is concluded before this id has been looked up.
    pub(super) fn doubt(&mut self, id: SourceId) {
        self.lookups.insert(id, Lookup::Due);
    }

    /// Nothing is concluded before what a step may have done has been read again.
    pub(super) fn doubt_again(&mut self, doubt: Doubt) {
        if doubt.incident {
            self.doubt(doubt.source);
        }
        if let Some(record) = self.get_mut(doubt.source).filter(|_| doubt.events) {
            record.doubt_events();
        }
    }

    /// Tells whether an earlier run may have had something carried out since they were read.
    pub(super) const fn is_suspicious(&self) -> bool {
        self.suspicious
    }

    /// Takes in what the latest decision says of that, while an earlier run may still be heard of.
    pub(super) const fn suspect(&mut self, suspicious: bool) {
        self.suspicious = suspicious;
    }

    /// An earlier run is no longer heard of; `doubtful` tells whether it may have done what seems to be missing. Then nothing
    /// is concluded about incidents that were there before this run before they, and the events of ours that they have, have
    /// been read again.
    pub(super) fn end_suspicion(&mut self, doubtful: bool) {
        self.suspicious = false;
        if doubtful {
            self.doubt_inherited();
        }
    }

    fn doubt_inherited(&mut self) {
        for (id, record) in self.records.iter_mut().filter(|(_, record)| record.is_inherited()) {
            self.lookups.insert(*id, Lookup::Due);
            record.doubt_ours();
        }
    }

    /// What was to end an incident, or to reopen it, had no effect: its text need not be there either.
    pub(super) fn doubt_transition(&mut self, work: &Work) {
        if let Work::Take(source, Step::Post(event)) = work
            && event.transition().is_some()
        {
            self.doubt_again(Doubt { source: *source, incident: false, events: true });
        }
    }

    /// Nothing is concluded before the incident, and what people did to it, have been read again.
    pub(super) fn doubt_people(&mut self, id: SourceId) {
        self.doubt(id);
        if let Some(record) = self.get_mut(id) {
            record.doubt_people();
        }
    }

    /// This id has been looked up.
    pub(super) fn look_up(&mut self, id: SourceId) {
        if self.is_unread(id) {
            self.lookups.remove(&id);
        }
    }

    /// Tells whether this id is to be looked up.
    pub(super) fn is_unread(&self, id: SourceId) -> bool {
        self.lookups.get(&id) == Some(&Lookup::Due)
    }

    /// Returns the ids that are to be looked up.
    pub(super) fn doubts(&self) -> impl Iterator<Item = SourceId> {
        self.lookups.iter().filter(|(_, lookup)| **lookup == Lookup::Due).map(|(id, _)| *id)
    }

    /// Takes in the pks of all that a listing has shown: one that is missing proves nothing, and is looked up (behaviour
    /// B51). Tells whether there is one.
    pub(super) fn miss_rows(&mut self, filter: Filter, all: &BTreeSet<u64>) -> bool {
        let missing = self.records.iter().filter(|(_, record)| {
            let incident = &record.tracked.incident;
            is_among(incident, filter) && !all.contains(&incident.pk)
        });
        let before = self.doubts().count();
        self.lookups.extend(missing.map(|(id, _)| (*id, Lookup::Due)));
        self.doubts().count() > before
    }

    /// The events of acknowledged incidents are to be read again: a second acknowledgement shows in no count.
    pub(super) fn distrust_acks(&mut self) {
        for (_, record) in self.records.iter_mut() {
            if record.tracked.incident.acked {
                record.doubt_people();
            }
        }
    }

    /// Judges, after a complete reading of Zino, which have lost their case: all but the one with the id `own`. `opened` says
    /// when the case was opened if that reading showed it, `others_held_back` whether other incidents are held back.
    pub(super) fn judge(
        &mut self,
        own: Option<SourceId>,
        opened: Option<i64>,
        others_held_back: bool,
        now: Mono,
    ) -> Judged {
        let mut judged = Judged { opened, ..Judged::default() };
        for (id, record) in self.iter_mut().filter(|(_, record)| record.tracked.is_running()) {
            judged.running += 1;
            if own == Some(id) {
                record.find();
                judged.present += usize::from(opened.is_some());
            } else {
                judged.missing += 1;
                judged.unconfirmed |= record.miss(others_held_back, now);
                judged.confirmed += usize::from(record.is_about_to_go(now));
                let start = record.tracked.incident.start_time;
                judged.missing_since = Some(judged.missing_since.map_or(start, |least| least.min(start)));
            }
        }
        judged
    }

    /// Zino has probably lost its state: nothing is ended for being missing. Tells whether that is new.
    pub(super) fn hold_back(&mut self) -> bool {
        self.running_mut().filter_map(|record| record.hold_back().then_some(())).count() > 0
    }

    /// Nothing is held back any more.
    pub(super) fn release(&mut self) {
        self.running_mut().for_each(IncidentRecord::release);
    }

    /// Takes the cases for gone that two complete readings have missed.
    pub(super) fn conclude(&mut self, case: CaseId, out: &mut Outbox) {
        let now = out.now.mono;
        for record in self.running_mut().filter_map(|record| record.conclude(now).then_some(record)) {
            out.request(Job::Case(case), Urgency::Now);
            let what = CaseNotice::Gone { incident: record.tracked.incident.pk };
            out.tell(Notice::Case { case, what });
        }
    }

    /// Returns how many are held back because Zino has probably lost its state.
    pub(super) fn held_back(&self) -> usize {
        self.records.values().filter(|record| record.is_held_back()).count()
    }

    /// Counts them.
    pub(super) fn tally(&self) -> Tally {
        Tally::of(self.records.values().map(|record| &record.tracked.incident))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decision::testing::{case, incident};
    use crate::model::EndTime;

    fn id(opened: Option<i64>) -> SourceId {
        SourceId { case: CaseId(1), opened }
    }

    #[test]
    fn b25_a_case_whose_number_is_taken_gets_an_id_with_its_opening() {
        let case = case(1, 9000);
        for (incidents, expected) in [
            (&[][..], None),
            (&[(None, 9000)], None),
            (&[(None, 5400)], None),
            (&[(None, 12600)], None),
            (&[(None, 50)], Some(9000)),
            (&[(None, 50), (Some(9000), 9000)], Some(9000)),
            (&[(Some(9000), 9000)], Some(9000)),
            (&[(Some(50), 50)], None),
        ] {
            let mut incidents_of_case = Incidents::new();
            for (opened, start) in incidents {
                incidents_of_case.list(id(*opened), incident(1, *start));
            }
            assert_eq!(incidents_of_case.own_id(&case), id(expected), "{incidents:?}");
        }
    }

    #[test]
    fn b25_b51_without_a_listing_both_ids_of_a_case_are_looked_up_once() {
        let (case, exact) = (case(1, 9000), id(Some(9000)));
        let mut incidents = Incidents::new();
        assert_eq!(incidents.unknown_id(&case), Some(id(None)));
        incidents.lose(id(None));
        incidents.look_up(id(None));
        assert_eq!(incidents.unknown_id(&case), Some(exact));
        incidents.lose(exact);
        assert_eq!((incidents.unknown_id(&case), incidents.doubts().count()), (None, 0));
        incidents.forget_vain_lookups();
        assert_eq!(incidents.unknown_id(&case), Some(id(None)));
        incidents.list(id(None), incident(1, 50));
        assert_eq!(incidents.unknown_id(&case), Some(exact), "that one is of another case");
        incidents.doubt(exact);
        incidents.list(exact, incident(1, 9000));
        assert!(incidents.is_unread(exact), "a listing settles no doubt");
        assert_eq!(incidents.unknown_id(&case), None);
    }

    #[test]
    fn b51_a_row_that_a_listing_should_have_shown_is_looked_up() {
        let acked = Incident { acked: true, ..incident(1, 50) };
        let ended = Incident { end_time: EndTime::At(60), ..incident(1, 50) };
        let here = BTreeSet::from([incident(1, 50).pk]);
        for (known, filter, rows, missing) in [
            (incident(1, 50), Filter::Open, &BTreeSet::new(), true),
            (incident(1, 50), Filter::Open, &here, false),
            (incident(1, 50), Filter::Acked, &BTreeSet::new(), false),
            (acked.clone(), Filter::Acked, &BTreeSet::new(), true),
            (acked, Filter::Ticketed, &BTreeSet::new(), false),
            (ended, Filter::Open, &BTreeSet::new(), false),
        ] {
            let mut incidents_of_case = Incidents::new();
            incidents_of_case.list(id(None), known);
            assert_eq!(incidents_of_case.miss_rows(filter, rows), missing, "{filter:?}");
            assert_eq!(incidents_of_case.doubts().next(), missing.then_some(id(None)));
            incidents_of_case.look_up(id(None));
            assert_eq!(incidents_of_case.doubts().next(), None);
        }
    }

    #[test]
    fn b11_acknowledgements_are_read_again_where_there_are_some() {
        for acked in [false, true] {
            let mut incidents_of_case = Incidents::new();
            incidents_of_case.insert(
                id(None),
                IncidentRecord::created(Tracked::created(Incident { acked, ..incident(1, 50) })),
            );
            incidents_of_case.distrust_acks();
            assert_eq!(incidents_of_case.get(id(None)).unwrap().tracked.people.is_unread(), acked);
        }
    }

    #[test]
    fn b63_nothing_is_left_to_be_looked_up_of_what_was_forgotten() {
        let mut incidents_of_case = Incidents::new();
        incidents_of_case.list(id(None), incident(1, 50));
        incidents_of_case.doubt(id(None));
        incidents_of_case.clear();
        assert_eq!((incidents_of_case.iter().count(), incidents_of_case.doubts().count()), (0, 0));
    }
}
