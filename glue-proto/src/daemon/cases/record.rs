//! An incident of ours, and what speaks for its case being gone (behaviour B28).

use crate::decision::{Absence, Closer, Known, Tracked};
use crate::face::{CaseNotice, Millis, Mono};
use crate::model::{Case, CaseId, EndTime, NewEvent, Transition};

/// How far apart two complete readings must be that confirm that a case is gone.
pub(super) const APART: Millis = Millis::from_secs(10);

/// An incident of ours.
#[derive(Clone, Debug, Hash)]
pub(super) struct IncidentRecord {
    pub(super) tracked: Tracked,
    /// It was there before this run of the daemon began, or may have been.
    inherited: bool,
    evidence: Evidence,
    /// Its case has been there in this run of the daemon.
    seen: bool,
}

/// What complete readings of Zino say of the incident's case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Evidence {
    /// Nothing against it.
    There,
    /// The first one that did not show it came then.
    Missed { since: Mono },
    /// It is missing with all others: Zino has probably lost its state. Not ended for that.
    HeldBack { since: Mono },
    /// Two have confirmed that it is gone.
    Gone,
    /// Its numbering was restarted, and its outage goes on as another case.
    Renumbered { now: CaseId },
}

impl IncidentRecord {
    /// Makes one that was listed.
    pub(super) const fn listed(tracked: Tracked) -> Self {
        Self { tracked, inherited: true, evidence: Evidence::There, seen: false }
    }

    /// Makes one that we have just made.
    pub(super) fn created(tracked: Tracked) -> Self {
        Self { inherited: false, ..Self::listed(tracked) }
    }

    /// Tells whether the incident may have been there before this run of the daemon began.
    pub(super) const fn is_inherited(&self) -> bool {
        self.inherited
    }

    /// Takes in that Argus has taken an event of ours; `case` is the case as it was read last. Returns what there is to tell.
    pub(super) fn posted(&mut self, event: &NewEvent, case: Option<&Case>) -> CaseNotice {
        let tracked = &mut self.tracked;
        tracked.posted(event, case);
        let incident = tracked.incident.pk;
        let (end, closer, notice) = match event.transition() {
            Some(Transition::End) => {
                let about = tracked.incident.description.clone();
                (EndTime::At(event.at), Some(Closer::Us), CaseNotice::Ended { incident, about })
            }
            Some(Transition::Restart) => (EndTime::Infinity, None, CaseNotice::Restarted { incident }),
            None => return CaseNotice::Copied { incident },
        };
        tracked.incident.open = closer.is_none();
        tracked.incident.end_time = end;
        if let Known::Present(people) = &mut tracked.people {
            people.closer = closer;
        }
        notice
    }

    /// An event of ours may or may not have been taken: what it would have touched is unread again (behaviour B13).
    pub(super) fn doubt_events(&mut self) {
        self.tracked.ours = Known::Unread;
        self.tracked.people = Known::Unread;
    }

    /// What people did is to be read again.
    pub(super) fn doubt_people(&mut self) {
        self.tracked.people = Known::Unread;
    }

    /// The events of ours are to be read again.
    pub(super) fn doubt_ours(&mut self) {
        self.tracked.ours = Known::Unread;
    }

    /// The case is there.
    pub(super) const fn find(&mut self) {
        self.evidence = Evidence::There;
        self.seen = true;
    }

    /// A complete reading does not show the case; `others_held_back` tells whether other incidents are held back. One from
    /// before Zino lost its state may be listed only now: Argus's pages lose rows (behaviour B51). Returns whether a
    /// further reading is needed to be sure.
    pub(super) fn miss(&mut self, others_held_back: bool, now: Mono) -> bool {
        let since = match self.evidence {
            Evidence::There => now,
            Evidence::Missed { since } | Evidence::HeldBack { since } => since,
            Evidence::Gone | Evidence::Renumbered { .. } => return false,
        };
        let held_back = matches!(self.evidence, Evidence::HeldBack { .. });
        self.evidence = if held_back || others_held_back && self.inherited && !self.seen {
            Evidence::HeldBack { since }
        } else {
            Evidence::Missed { since }
        };
        !is_confirmed(since, now)
    }

    /// Zino has probably lost its state: nothing is ended for being missing. Tells whether that is new.
    pub(super) const fn hold_back(&mut self) -> bool {
        match self.evidence {
            Evidence::Missed { since } => {
                self.evidence = Evidence::HeldBack { since };
                true
            }
            Evidence::There | Evidence::HeldBack { .. } | Evidence::Gone | Evidence::Renumbered { .. } => {
                false
            }
        }
    }

    /// What was held back is not any more: a reading that has missed its case is taken for what it is.
    pub(super) const fn release(&mut self) {
        if let Evidence::HeldBack { since } = self.evidence {
            self.evidence = Evidence::Missed { since };
        }
    }

    /// Takes the case for gone where a second reading has confirmed that. Tells whether that is new.
    pub(super) fn conclude(&mut self, now: Mono) -> bool {
        let gone = self.is_about_to_go(now);
        if gone {
            self.evidence = Evidence::Gone;
        }
        gone
    }

    /// Tells whether a second reading has confirmed that the case is gone, and nothing was concluded from that yet.
    pub(super) fn is_about_to_go(&self, now: Mono) -> bool {
        matches!(self.evidence, Evidence::Missed { since } if is_confirmed(since, now))
    }

    /// Its outage goes on as another case.
    pub(super) const fn renumber(&mut self, now: CaseId) {
        self.evidence = Evidence::Renumbered { now };
    }

    /// Tells whether the case is gone.
    pub(super) const fn is_gone(&self) -> bool {
        matches!(self.evidence, Evidence::Gone | Evidence::Renumbered { .. })
    }

    /// Returns why the case is absent, if there is more to say than that it is gone.
    pub(super) const fn absence(&self) -> Option<Absence> {
        match self.evidence {
            Evidence::Renumbered { now } => Some(Absence::Renumbered(now)),
            Evidence::There | Evidence::Missed { .. } | Evidence::HeldBack { .. } | Evidence::Gone => None,
        }
    }

    /// Tells whether the incident is open and held back because Zino has probably lost its state.
    pub(super) const fn is_held_back(&self) -> bool {
        matches!(self.evidence, Evidence::HeldBack { .. }) && self.tracked.is_running()
    }
}

/// Tells whether a reading now confirms one that has missed a case since then.
fn is_confirmed(since: Mono, now: Mono) -> bool {
    now.since(since) >= APART
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decision::testing::incident;
    use crate::model::EventType;

    fn record() -> IncidentRecord {
        IncidentRecord::listed(Tracked::listed(incident(1, 50)))
    }

    #[test]
    fn b28_two_readings_confirm_each_other_from_ten_seconds_on() {
        for (now, gone) in [(100, false), (10_099, false), (10_100, true)] {
            let mut record = record();
            assert!(record.miss(false, Mono(100)), "one is not enough");
            assert_eq!(record.miss(false, Mono(now)), !gone, "{now}");
            assert_eq!(record.conclude(Mono(now)), gone, "{now}");
            assert_eq!(record.is_gone(), gone);
            assert!(!record.conclude(Mono(now)), "told once");
        }
    }

    #[test]
    fn b28_a_case_that_is_there_after_all_begins_anew_to_be_missed() {
        let mut record = record();
        record.miss(false, Mono(10));
        assert!(record.hold_back() && !record.hold_back() && record.is_held_back());
        record.find();
        assert!(!record.is_held_back() && !record.hold_back());
        record.miss(false, Mono(20_000));
        assert!(!record.conclude(Mono(29_999)));
        assert!(record.conclude(Mono(30_000)));
    }

    #[test]
    fn b28_what_is_held_back_is_not_concluded_to_be_gone() {
        let mut record = record();
        record.miss(false, Mono(0));
        record.hold_back();
        record.miss(false, Mono(60_000));
        assert!(!record.conclude(Mono(60_000)) && record.is_held_back());
        record.tracked.incident.end_time = EndTime::At(60);
        assert!(!record.is_held_back(), "somebody has ended it");
        record.tracked.incident.end_time = EndTime::Infinity;
        record.release();
        assert!(!record.is_held_back() && record.conclude(Mono(60_000)), "the loss was accepted");
    }

    #[test]
    fn b28_beside_incidents_that_are_held_back_so_is_one_from_before_that_is_listed_late() {
        for (made, found, expected) in [(false, false, true), (true, false, false), (false, true, false)] {
            let tracked = Tracked::listed(incident(1, 50));
            let mut record =
                if made { IncidentRecord::created(tracked) } else { IncidentRecord::listed(tracked) };
            if found {
                record.find();
            }
            record.miss(true, Mono(0));
            assert_eq!(record.is_held_back(), expected, "{made} {found}");
        }
    }

    #[test]
    fn b27_b30_an_event_that_argus_has_taken_is_known_at_once() {
        use EventType::{End, Other, Restart};
        let ended = EndTime::At(60);
        for (event_type, before, end_time, closer) in [
            (Other, None, EndTime::Infinity, None),
            (End, None, ended, Some(Closer::Us)),
            (Restart, Some(Closer::Us), EndTime::Infinity, None),
        ] {
            let mut record = IncidentRecord::created(Tracked::created(incident(1, 50)));
            if let Known::Present(people) = &mut record.tracked.people {
                people.closer = before;
            }
            let _ = record.posted(&NewEvent { at: 60, event_type, description: "x".into() }, None);
            let tracked = &record.tracked;
            assert_eq!((tracked.incident.end_time, tracked.incident.open), (end_time, end_time != ended));
            assert_eq!(tracked.people.present().unwrap().closer, closer);
            assert_eq!(tracked.ours.present().unwrap().events().len(), 1);
        }
    }

    #[test]
    fn b13_doubt_makes_unread_what_it_is_about() {
        for (doubt, ours, people) in [
            (IncidentRecord::doubt_events as fn(&mut IncidentRecord), true, true),
            (IncidentRecord::doubt_ours, true, false),
            (IncidentRecord::doubt_people, false, true),
        ] {
            let mut record = IncidentRecord::created(Tracked::created(incident(1, 50)));
            doubt(&mut record);
            assert_eq!((record.tracked.ours.is_unread(), record.tracked.people.is_unread()), (ours, people));
        }
    }
}
