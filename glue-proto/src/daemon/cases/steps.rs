//! What is to be done next, and how much it matters.

use super::incidents::Incidents;
use super::record::IncidentRecord;
use crate::daemon::exchange::Want;
use crate::daemon::plan::Verdict;
use crate::daemon::queue::Urgency;
use crate::decision::{Circumstances, EarlierRun, Known, Policy, Refused, SourceId, Step, next_step};
use crate::face::{Mono, Wall};
use crate::model::{NewEvent, Transition};
use alloc::collections::BTreeSet;

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

/// What the work on a case depends on besides the case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(in crate::daemon) struct View {
    /// Whether anything may be written to Zino or to incidents (behaviour B62).
    pub(in crate::daemon) may_write: bool,
    /// Whether our open incidents are being ended before STANDBY begins (behaviour B64).
    pub(in crate::daemon) handing_over: bool,
    /// Whether all open incidents have been listed: before that nothing is concluded from one that is not known.
    pub(in crate::daemon) is_listed: bool,
    /// Whether that takes so long that each is looked up before anything is concluded (behaviour B51).
    pub(in crate::daemon) looks_up: bool,
    /// Whether the case is being read.
    pub(in crate::daemon) is_reading: bool,
    /// Whether there is a session to write on.
    pub(in crate::daemon) is_zino_ready: bool,
}

#[cfg(test)]
impl View {
    /// That of a daemon that is at work and has read both sides.
    pub(super) const AT_WORK: Self = Self {
        may_write: true,
        handing_over: false,
        is_listed: true,
        looks_up: false,
        is_reading: false,
        is_zino_ready: true,
    };
}

/// What the work on a case depends on and never changes, but for the policy.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rules<'a> {
    pub(super) policy: &'a Policy,
    /// What an earlier run of the daemon may have known of the case (behaviour B13).
    pub(super) earlier: Option<EarlierRun>,
    /// Until when what it has sent may still be on its way.
    pub(super) earlier_until: Mono,
    /// Where the machine only reads: the ids that it has looked up (behaviour B76).
    pub(super) looked_up: Option<&'a BTreeSet<SourceId>>,
}

/// What came of asking for the next step.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Next {
    /// It is taken by somebody else.
    Want(Want),
    /// Both sides agree.
    Settled,
    /// Not now.
    Later,
}

impl View {
    /// Returns what keeps the machine from doing anything about any case.
    pub(super) fn obstacle(&self) -> Option<Verdict> {
        if !self.may_write {
            return Some(Verdict::Standby);
        }
        (!self.is_listed && !self.looks_up).then_some(Verdict::Unlisted)
    }

    /// Returns what the decision has to know besides the two snapshots.
    pub(super) fn circumstances(&self, wall: Wall, earlier: Option<EarlierRun>) -> Circumstances {
        let looks_up = self.looks_up && !self.is_listed;
        Circumstances { wall, handing_over: self.handing_over, looks_up, earlier, ..Circumstances::default() }
    }
}

/// Returns the circumstances of an incident: one that we have made in this run was not there before it, and one whose case
/// has another number now is not just gone.
pub(super) fn of_incident(base: &Circumstances, record: &IncidentRecord) -> Circumstances {
    let absence = record.absence().unwrap_or(base.absence);
    Circumstances { absence, earlier: base.earlier.filter(|_| record.is_inherited()), ..*base }
}

/// Says how to end the first open incident that a condition names, as one whose case is absent.
pub(super) fn end_first(
    incidents: &Incidents,
    base: &Circumstances,
    which: impl Fn(&IncidentRecord) -> bool,
    refused: &Refused,
    policy: &Policy,
) -> Work {
    let ends = incidents.running().filter(|(_, record)| which(record)).map(|(id, record)| {
        let circumstances = of_incident(base, record);
        (id, next_step(Known::Absent, Known::Present(&record.tracked), refused, policy, &circumstances))
    });
    let mut ends = ends.filter(|(_, step)| *step != Step::Settled);
    ends.next().map_or(Work::Rest, |(id, step)| Work::Take(id, step))
}

/// Says what a piece of work is, for people.
pub(super) const fn what(work: &Work) -> &'static str {
    match work {
        Work::Rest => "nothing",
        Work::Lookup(_) => "reading of the incident",
        Work::Take(_, step) => match step {
            Step::Create => "incident",
            Step::Post(event) => what_event(event),
            Step::Patch(_) => "update",
            Step::Note(_) => "note to Zino",
            Step::SetState(_) => "state in Zino",
            Step::ReadIncident => "reading of the incident",
            Step::ReadEvents => "reading of events",
            Step::Settled | Step::AwaitCase | Step::Stuck(_) => "nothing",
        },
    }
}

/// Says what an event of ours is, for people.
pub(super) const fn what_event(event: &NewEvent) -> &'static str {
    match event.transition() {
        Some(Transition::End) => "end",
        Some(Transition::Restart) => "reopening",
        None => "history entry",
    }
}

/// Tells whether a piece of work takes the place of a reading of events that is under way: the decision asks for it first, and it
/// is done on the side of Argus (behaviour B14).
pub(super) const fn goes_before_reading(work: &Work) -> bool {
    match work {
        Work::Rest => false,
        Work::Lookup(_) => true,
        Work::Take(_, step) => {
            matches!(step, Step::Create | Step::Post(_) | Step::Patch(_) | Step::ReadIncident)
        }
    }
}

/// Says how urgent a piece of work is (behaviour B12); `over` tells whether the case is closed: then all of it leads to
/// the end of its incident.
pub(super) fn urgency_of<'a>(
    work: &Work,
    over: bool,
    incident: impl Fn(SourceId) -> Option<&'a IncidentRecord>,
) -> Urgency {
    let Work::Take(source, step) = work else {
        return if *work == Work::Rest { Urgency::Background } else { Urgency::Now };
    };
    match step {
        Step::Create | Step::Note(_) | Step::SetState(_) | Step::ReadIncident => Urgency::Now,
        Step::Post(event) if event.transition().is_some() || over => Urgency::Now,
        Step::Post(_) | Step::Patch(_) => Urgency::Soon,
        Step::ReadEvents if over => Urgency::Now,
        Step::ReadEvents => {
            let acted = incident(*source)
                .is_some_and(|record| !record.tracked.ours.is_unread() || !record.tracked.is_running());
            if acted { Urgency::Soon } else { Urgency::Background }
        }
        Step::Settled | Step::AwaitCase | Step::Stuck(_) => Urgency::Background,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decision::Tracked;
    use crate::decision::testing::incident;
    use crate::model::{CaseId, EndTime, EventType, Patch};

    const SOURCE: SourceId = SourceId { case: CaseId(1), opened: None };

    fn post(event_type: EventType) -> Step {
        Step::Post(NewEvent { at: 60, event_type, description: "text".into() })
    }

    #[test]
    fn b12_closing_and_creating_come_before_history_and_history_before_what_only_confirms() {
        let record = IncidentRecord::listed(Tracked::listed(incident(1, 50)));
        let patch = Patch { level: Some(1), description: None, tags: None };
        for (step, urgency) in [
            (Step::Create, Urgency::Now),
            (Step::ReadIncident, Urgency::Now),
            (Step::Note("text".into()), Urgency::Now),
            (Step::SetState("closed"), Urgency::Now),
            (post(EventType::End), Urgency::Now),
            (post(EventType::Restart), Urgency::Now),
            (post(EventType::Other), Urgency::Soon),
            (Step::Patch(patch), Urgency::Soon),
            (Step::ReadEvents, Urgency::Background),
            (Step::Settled, Urgency::Background),
        ] {
            let work = Work::Take(SOURCE, step.clone());
            assert_eq!(urgency_of(&work, false, |_| Some(&record)), urgency, "{step:?}");
        }
        assert_eq!(urgency_of(&Work::Lookup(SOURCE), false, |_| None), Urgency::Now);
        assert_eq!(urgency_of(&Work::Rest, false, |_| None), Urgency::Background);
    }

    #[test]
    fn b12_whatever_is_done_for_a_case_that_is_closed_leads_to_its_end() {
        for step in [post(EventType::Other), Step::ReadEvents] {
            assert_eq!(urgency_of(&Work::Take(SOURCE, step), true, |_| None), Urgency::Now);
        }
    }

    #[test]
    fn b12_events_are_read_soon_where_somebody_did_something() {
        let read = |tracked: Tracked| {
            let record = IncidentRecord::listed(tracked);
            urgency_of(&Work::Take(SOURCE, Step::ReadEvents), false, |_| Some(&record))
        };
        let mut ended = incident(1, 50);
        ended.end_time = EndTime::At(60);
        assert_eq!(read(Tracked::listed(incident(1, 50))), Urgency::Background, "after a start");
        assert_eq!(read(Tracked::listed(ended)), Urgency::Soon);
        let acked = Tracked { people: Known::Unread, ..Tracked::created(incident(1, 50)) };
        assert_eq!(read(acked), Urgency::Soon);
    }
}
