//! Everything that is known of one case number: the case, the incidents with that number, and the work on them.

use crate::decision::{Absence, Circumstances, Known, Policy, SourceId, Step, Tracked, next_step};
use crate::face::{Millis, Mono};
use crate::model::{Case, CaseId, Incident};
use alloc::collections::BTreeSet;
use alloc::string::String;
use litemap::LiteMap;

/// One case number.
#[derive(Clone, Debug, Hash)]
pub(super) struct Slot {
    /// The number.
    pub(super) number: CaseId,
    /// The case, as it was read last.
    pub(super) case: Known<Case>,
    /// We have written to the case since it was read: nothing is decided until it is read again.
    pub(super) outdated: bool,
    /// The case was read in the present session with Zino. What an earlier session has read may be another case by now:
    /// nothing is written to it before it is read again.
    pub(super) fresh: bool,
    /// A notification told that the case was closed or scavenged (behaviour B27).
    pub(super) announced_closed: bool,
    /// Zino does not know the case any more: what is known of it are its last words.
    pub(super) scavenged: bool,
    /// The incidents of ours with this number, by their ids. More than one where Zino's numbering was restarted; a
    /// `BTreeMap` would have room for eleven in each of thousands of slots.
    pub(super) incidents: LiteMap<SourceId, Held>,
    /// Ids that must be looked up before anything is concluded (behaviour B13).
    pub(super) unread: BTreeSet<SourceId>,
    /// Where a step is under way, if one is.
    pub(super) busy: Option<Side>,
    /// Until when no step may be taken: something of an earlier one may still be under way (behaviour B51).
    pub(super) not_before: Mono,
    /// Until when no step is tried again after a failure, unless the case changes (behaviour B14).
    pub(super) pause_until: Mono,
    /// How many readings a write to Zino has waited for.
    pub(super) waits: u8,
    /// How many steps have failed in a row.
    pub(super) failures: u32,
    /// How often in a row what was read of both sides left no next step, although they do not agree.
    pub(super) puzzles: u32,
    /// Why the case is in quarantine, if it is (behaviour B14).
    pub(super) trouble: Option<String>,
    /// A writing call that ended later than a listing began makes that listing's row worthless.
    pub(super) written_at: u64,
}

/// One of the two servers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Side {
    Argus,
    Zino,
}

/// An incident, and what speaks for its case being gone.
#[derive(Clone, Debug, Hash)]
pub(super) struct Held {
    pub(super) tracked: Tracked,
    /// It was there before this life of the daemon began, or may have been.
    pub(super) inherited: bool,
    /// How many events it had when they were read last.
    pub(super) events: usize,
    /// Since when complete readings of Zino do not show its case.
    pub(super) missed_since: Option<Mono>,
    /// Two complete readings have confirmed that its case is gone (behaviour B28).
    pub(super) gone: bool,
    /// Its case is missing with all others: Zino has probably lost its state (behaviour B28).
    pub(super) lost: bool,
    /// Its case has been there in this life of the daemon.
    pub(super) seen: bool,
}

/// What to do next for a case number.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Work {
    /// Nothing until something changes.
    Rest,
    /// Look this id up.
    Lookup(SourceId),
    /// Take this step with the incident of this id.
    Take(SourceId, Step),
}

impl Held {
    pub(super) const fn new(tracked: Tracked) -> Self {
        Self {
            tracked,
            inherited: true,
            events: 0,
            missed_since: None,
            gone: false,
            lost: false,
            seen: false,
        }
    }

    /// The case is there.
    pub(super) const fn found(&mut self) {
        self.missed_since = None;
        self.gone = false;
        self.lost = false;
        self.seen = true;
    }
}

impl Slot {
    pub(super) const fn new(number: CaseId) -> Self {
        Self {
            number,
            case: Known::Unread,
            outdated: false,
            fresh: false,
            announced_closed: false,
            scavenged: false,
            incidents: LiteMap::new_vec(),
            unread: BTreeSet::new(),
            busy: None,
            not_before: Mono(0),
            pause_until: Mono(0),
            waits: 0,
            failures: 0,
            puzzles: 0,
            trouble: None,
            written_at: 0,
        }
    }

    /// Returns the id that the case's incident has, or would get (behaviour B25).
    pub(super) fn own_id(&self, case: &Case) -> SourceId {
        let opened = case.attributes.opened;
        let exact = SourceId { case: self.number, opened: Some(opened) };
        let plain = SourceId { case: self.number, opened: None };
        let taken = |held: &Held| !plain.fits(held.tracked.incident.start_time, opened);
        if self.incidents.contains_key(&exact) || self.incidents.get(&plain).is_some_and(taken) {
            exact
        } else {
            plain
        }
    }

    /// Tells whether some incident runs on.
    pub(super) fn is_running(&self) -> bool {
        self.incidents.values().any(|held| held.tracked.is_running())
    }

    /// Tells whether the case has been announced as closed and can no longer be read: that ends its incidents (behaviour
    /// B27), and no further evidence is needed. A case that can be read speaks for its own incident only.
    pub(super) const fn is_told_of_its_end(&self) -> bool {
        self.announced_closed && matches!(self.case, Known::Absent)
    }

    /// Tells whether the case, as it was read last, was closed while its own incident ran on.
    pub(super) fn has_last_words(&self) -> bool {
        let Known::Present(case) = &self.case else { return false };
        let own = self.incidents.get(&self.own_id(case));
        case.is_closed() && own.is_some_and(|held| held.tracked.is_running())
    }

    /// Tells whether both the case and its incidents have come to their end.
    pub(super) fn is_over(&self) -> bool {
        let over = match &self.case {
            Known::Unread => false,
            Known::Absent => true,
            Known::Present(case) => case.is_closed(),
        };
        over && !self.is_running()
    }

    /// Tells whether there is nothing left to keep: no case that could still change, no incident that runs.
    pub(super) fn is_spent(&self) -> bool {
        let absent = self.scavenged || matches!(self.case, Known::Absent);
        absent && self.busy.is_none() && self.unread.is_empty() && !self.is_running()
    }

    /// Says what to do next.
    pub(super) fn work(&self, policy: &Policy, base: &Circumstances) -> Work {
        if let Some(id) = self.unread.first() {
            return Work::Lookup(*id);
        }
        if base.handing_over {
            return self.first_running(base, |_, _| true, policy);
        }
        // Nobody has said why it is gone: the circumstances say so unless they are told otherwise.
        let work = self.first_running(base, |_, held| held.gone, policy);
        if work != Work::Rest || self.outdated {
            return work;
        }
        match &self.case {
            Known::Unread => Work::Rest,
            Known::Absent if self.announced_closed => {
                let closed = Circumstances { absence: Absence::Closed, ..*base };
                self.first_running(&closed, |_, _| true, policy)
            }
            Known::Absent => Work::Rest,
            // Closed, says the notification; it is being read again.
            Known::Present(case) if self.announced_closed && !case.is_closed() => Work::Rest,
            Known::Present(case) => {
                let id = self.own_id(case);
                let incident = match self.incidents.get(&id) {
                    Some(held) => Known::Present(&held.tracked),
                    None => Known::Absent,
                };
                Work::Take(id, next_step(Known::Present(case), incident, policy, base))
            }
        }
    }

    /// Says how to end the first running incident that a condition names, as one whose case is absent.
    fn first_running(
        &self,
        circumstances: &Circumstances,
        which: impl Fn(SourceId, &Held) -> bool,
        policy: &Policy,
    ) -> Work {
        let mut running = self.incidents.iter().filter(|(_, held)| held.tracked.is_running());
        match running.find(|(id, held)| which(**id, held)) {
            Some((id, held)) => Work::Take(
                *id,
                next_step(Known::Absent, Known::Present(&held.tracked), policy, circumstances),
            ),
            None => Work::Rest,
        }
    }

    /// Takes in an incident that was not known before.
    pub(super) fn hold(&mut self, id: SourceId, held: Held) {
        if self.incidents.is_empty() {
            self.incidents = LiteMap::with_capacity(1);
        }
        self.incidents.insert(id, held);
    }

    /// Takes in what a listing or a lookup says of an incident.
    pub(super) fn list(&mut self, id: SourceId, incident: Incident) {
        match self.incidents.get_mut(&id) {
            Some(held) => held.tracked.relist(incident),
            None => {
                self.hold(id, Held::new(Tracked::listed(incident)));
            }
        }
    }

    /// Counts a failure: the next try waits for one second, doubled with each failure up to `cap` (behaviour B14, B51).
    pub(super) fn fail(&mut self, cap: Millis, now: Mono) {
        let doublings = self.failures.min(20);
        self.failures = self.failures.saturating_add(1);
        self.pause_until = now + Millis::from_secs(1 << doublings).min(cap);
    }

    /// What is known of an incident leads nowhere: it may be known wrongly. All of it is read again, after a pause of one
    /// second, doubled each time up to `cap` (behaviour B14).
    pub(super) fn puzzle(&mut self, source: SourceId, cap: Millis, now: Mono) {
        let doublings = self.puzzles.min(20);
        self.puzzles = self.puzzles.saturating_add(1);
        self.pause_until = now + Millis::from_secs(1 << doublings).min(cap);
        self.unread.insert(source);
        if let Some(held) = self.incidents.get_mut(&source) {
            held.tracked.people = Known::Unread;
        }
    }

    /// Returns the moment from which on the next step may be taken.
    pub(super) fn ready_at(&self) -> Mono {
        self.not_before.max(self.pause_until)
    }

    /// Takes in a reading of the case. Tells whether it says anything new.
    pub(super) fn read(&mut self, case: Case, newest: bool) -> bool {
        let reopened = newest && !case.is_closed() && core::mem::take(&mut self.announced_closed);
        self.scavenged = false;
        let was_fresh = core::mem::replace(&mut self.fresh, true);
        let outdated = core::mem::take(&mut self.outdated) || !was_fresh;
        let changed = self.case.present() != Some(&case);
        if changed {
            self.case = Known::Present(case);
            self.pause_until = Mono(0);
        }
        changed || outdated || reopened
    }

    /// Something went well: the next failure is the first one again. What the trouble was is remembered until nothing is
    /// left to do, so that a trouble that comes back behind it is not told again.
    pub(super) const fn progress(&mut self) {
        self.failures = 0;
        self.pause_until = Mono(0);
    }

    /// All is well.
    pub(super) fn succeed(&mut self) {
        self.progress();
        self.waits = 0;
        self.puzzles = 0;
        self.trouble = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decision::testing::{case, close, incident, policy};

    fn id(opened: Option<i64>) -> SourceId {
        SourceId { case: CaseId(1), opened }
    }

    fn slot(case: Known<Case>, incidents: &[(Option<i64>, i64)]) -> Slot {
        let mut slot = Slot::new(CaseId(1));
        slot.case = case;
        for (opened, start) in incidents {
            slot.list(id(*opened), incident(1, *start));
        }
        slot
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
            let slot = slot(Known::Present(case.clone()), incidents);
            assert_eq!(slot.own_id(&case), id(expected), "{incidents:?}");
        }
    }

    #[test]
    fn b25_b28_an_old_incident_is_ended_only_when_its_case_is_confirmed_gone() {
        let mut slot = slot(Known::Present(case(1, 9000)), &[(None, 50)]);
        let work = slot.work(&policy(), &Circumstances::default());
        assert_eq!(work, Work::Take(id(Some(9000)), Step::Create));
        slot.incidents.get_mut(&id(None)).unwrap().gone = true;
        let work = slot.work(&policy(), &Circumstances::default());
        assert!(matches!(work, Work::Take(first, Step::Post(_)) if first == id(None)));
    }

    #[test]
    fn b13_what_is_unread_is_looked_up_before_anything_else() {
        let mut slot = slot(Known::Present(case(1, 50)), &[(None, 50)]);
        slot.unread.insert(id(None));
        assert_eq!(slot.work(&policy(), &Circumstances::default()), Work::Lookup(id(None)));
    }

    #[test]
    fn b13_nothing_is_decided_from_a_case_that_we_have_written_to() {
        let mut closed = case(1, 50);
        close(&mut closed, 60, "monitor");
        let mut slot = slot(Known::Present(closed), &[(None, 50)]);
        slot.outdated = true;
        assert_eq!(slot.work(&policy(), &Circumstances::default()), Work::Rest);
    }

    #[test]
    fn b27_an_announced_closing_ends_the_incident_of_a_case_that_cannot_be_read() {
        let mut slot = slot(Known::Absent, &[(None, 50)]);
        assert_eq!(slot.work(&policy(), &Circumstances::default()), Work::Rest);
        slot.announced_closed = true;
        let work = slot.work(&policy(), &Circumstances::default());
        let Work::Take(_, Step::Post(event)) = work else { panic!("{work:?}") };
        assert_eq!(event.description, "This case was closed in Zino");
    }

    #[test]
    fn b51_backoff_doubles_from_one_second_to_its_cap() {
        let mut slot = Slot::new(CaseId(1));
        let mut fail = |cap| {
            slot.fail(Millis::from_secs(cap), Mono(5000));
            slot.ready_at().since(Mono(5000)).0 / 1000
        };
        let waits: alloc::vec::Vec<u64> = (0..8).map(|_| fail(60)).collect();
        assert_eq!(waits, [1, 2, 4, 8, 16, 32, 60, 60]);
        assert!((0..100).all(|_| fail(900) <= 900));
        slot.succeed();
        slot.fail(Millis::from_secs(60), Mono(5000));
        assert_eq!(slot.ready_at(), Mono(6000));
    }

    #[test]
    fn b14_a_case_that_is_set_aside_is_tried_again_at_each_change_and_not_at_each_reading() {
        let mut slot = slot(Known::Unread, &[]);
        assert!(slot.read(case(1, 50), true), "the first reading says something new");
        slot.fail(Millis::from_secs(900), Mono(5000));
        assert!(!slot.read(case(1, 50), true));
        assert_eq!(slot.ready_at(), Mono(6000));
        let mut changed = case(1, 50);
        changed.attributes.priority = 7;
        assert!(slot.read(changed, true));
        assert_eq!(slot.ready_at(), Mono(0));
    }

    #[test]
    fn b27_what_is_known_of_a_case_that_was_announced_as_closed_and_is_read_as_open_decides_nothing() {
        let mut slot = slot(Known::Unread, &[]);
        assert!(slot.read(case(1, 50), true));
        assert_eq!(slot.work(&policy(), &Circumstances::default()), Work::Take(id(None), Step::Create));
        slot.announced_closed = true;
        assert_eq!(slot.work(&policy(), &Circumstances::default()), Work::Rest);
        assert!(!slot.read(case(1, 50), false), "that was asked for before the announcement");
        assert!(slot.announced_closed);
        assert!(slot.read(case(1, 50), true), "it was reopened");
        assert!(!slot.announced_closed);
        assert_eq!(slot.work(&policy(), &Circumstances::default()), Work::Take(id(None), Step::Create));
    }

    #[test]
    fn b27_an_announced_closing_stands_when_the_case_is_read_as_closed() {
        let mut closed = case(1, 50);
        close(&mut closed, 60, "monitor");
        let mut slot = slot(Known::Unread, &[]);
        slot.announced_closed = true;
        assert!(slot.read(closed, true));
        assert!(slot.announced_closed);
    }

    #[test]
    fn b31_a_slot_is_over_when_its_case_and_its_incidents_are_and_spent_when_nothing_is_to_be_kept() {
        let mut closed = case(1, 50);
        close(&mut closed, 60, "monitor");
        let running = [(None, 50)];
        for (case, incidents, over, spent) in [
            (Known::Unread, &[][..], false, false),
            (Known::Absent, &[][..], true, true),
            (Known::Absent, &running[..], false, false),
            (Known::Present(case(1, 50)), &[][..], false, false),
            (Known::Present(closed.clone()), &[][..], true, false),
            (Known::Present(closed), &running[..], false, false),
        ] {
            let slot = slot(case, incidents);
            assert_eq!((slot.is_over(), slot.is_spent()), (over, spent), "{slot:?}");
        }
        for (busy, unread) in [(Some(Side::Argus), None), (None, Some(id(None)))] {
            let mut slot = slot(Known::Absent, &[]);
            slot.busy = busy;
            slot.unread.extend(unread);
            assert!(!slot.is_spent());
        }
    }

    #[test]
    fn b27_a_case_that_was_read_as_closed_while_its_own_incident_ran_has_last_words() {
        let mut closed = case(1, 9000);
        close(&mut closed, 9060, "monitor");
        for (case, incidents, expected) in [
            (Known::Unread, &[(None, 9000)][..], false),
            (Known::Present(case(1, 9000)), &[(None, 9000)], false),
            (Known::Present(closed.clone()), &[], false),
            (Known::Present(closed.clone()), &[(None, 9000)], true),
            (Known::Present(closed), &[(None, 50)], false),
        ] {
            assert_eq!(slot(case, incidents).has_last_words(), expected, "{incidents:?}");
        }
    }

    #[test]
    fn b28_a_case_that_is_there_after_all_begins_anew_to_be_missed() {
        let mut held = Held::new(Tracked::listed(incident(1, 50)));
        held.missed_since = Some(Mono(10));
        (held.gone, held.lost) = (true, true);
        held.found();
        assert_eq!((held.missed_since, held.gone, held.lost), (None, false, false));
    }
}
