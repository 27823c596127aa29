//! The decision itself.

use super::known::{Closer, KnownCase, KnownIncident};
use super::{
    Absence, EarlierRun, Known, Refused, StepKey, Tracked, closing, history, interest, notes, update,
};
use crate::face::{AckState, Ignored, NeverDown, Settings, Severity, Wall};
use crate::model::{Case, Entry, EventType, NewEvent, Patch};
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

/// What the operator decided, as far as the decision asks.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Policy {
    /// Our own Zino user.
    pub user: String,
    /// The names that we had in Zino before (behaviour B26, B40).
    pub former_users: Vec<String>,
    /// Behaviour B23.
    pub default_domain: Option<String>,
    /// Behaviour B24.
    pub severity: Severity,
    /// Behaviour B40.
    pub acknowledge: Option<AckState>,
    /// Behaviour B41.
    pub ticket: bool,
    /// Behaviour B20.
    pub ignored: Ignored,
    /// Behaviour B20.
    pub never_down: NeverDown,
    /// Behaviour B29.
    pub update: bool,
    /// Whether the server is thought to know `RES`: until it has refused one (behaviour B30).
    pub can_restart: bool,
}

/// What a step depends on besides the two snapshots.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Circumstances {
    /// The wall clock, for events that no history entry dates.
    pub wall: Wall,
    /// Why the case is absent, if it is.
    pub absence: Absence,
    /// Whether our open incidents are being handed over to the primary (behaviour B64).
    pub handing_over: bool,
    /// Whether an incident that is not known has to be looked up: not all of them were listed (behaviour B51).
    pub looks_up: bool,
    /// What an earlier run of the daemon may have known, as long as Argus may still be at work on what it has sent: that is
    /// left out (behaviour B13).
    pub earlier: Option<EarlierRun>,
}

/// The next step towards agreement.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[must_use]
pub enum Step {
    /// Both sides agree: there is nothing to do until something changes.
    Settled,
    /// Zino has to be read first. The machine reads whatever it does not know by itself.
    AwaitCase,
    /// The incident has to be looked up first.
    ReadIncident,
    /// The incident's events have to be read first.
    ReadEvents,
    /// The case gets its incident (behaviour B21; made of [`super::new_incident`]).
    Create,
    /// The incident gets an event: a history entry, an `END` or a `RES`.
    Post(NewEvent),
    /// The incident is brought up to date (behaviour B29).
    Patch(Patch),
    /// The case gets a history entry with this text.
    Note(String),
    /// The case gets this state.
    SetState(&'static str),
    /// The two sides do not agree, and nothing that is known tells what to do.
    Stuck(Stuck),
}

impl Step {
    /// Tells whether the step ends an incident or reopens it.
    fn is_transition(&self) -> bool {
        matches!(self, Self::Post(event) if event.transition().is_some())
    }
}

/// Why there is no next step although the two sides do not agree.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Stuck {
    /// The incident is closed, the case is open, and no event says who closed it.
    ClosedByNobody,
    /// We ended the incident, the case is open, and the server does not know how to reopen (behaviour B30).
    CannotRestart,
}

impl fmt::Display for Stuck {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::ClosedByNobody => "its incident is closed, and no event says who closed it",
            Self::CannotRestart => {
                "its incident was ended by us, and this server does not know how to reopen it"
            }
        })
    }
}

impl Policy {
    /// Takes the policy from the settings.
    #[must_use]
    pub fn new(settings: &Settings) -> Self {
        Self {
            former_users: settings.zino().former_users().to_vec(),
            user: settings.zino().user().into(),
            default_domain: settings.zino().default_domain().map(String::from),
            severity: settings.sync().severity().clone(),
            acknowledge: settings.sync().acknowledge(),
            ticket: settings.sync().ticket(),
            ignored: settings.sync().ignored(),
            never_down: settings.sync().never_down(),
            update: settings.sync().update(),
            can_restart: true,
        }
    }
}

impl Policy {
    /// Tells whether a Zino user is us, or was.
    pub(super) fn is_us(&self, user: &str) -> bool {
        self.user == user || self.former_users.iter().any(|former| former == user)
    }
}

/// Says the next step towards agreement of a case and its incident.
///
/// Total: it has an answer for every pair of snapshots. It asks for a write only where both sides were read. Taking the
/// step and asking again ends at [`Step::Settled`] or [`Step::Stuck`] after a number of steps that the entries,
/// acknowledgements and differences of the two snapshots bound.
///
/// Steps that are `refused` are left out, and the next best one is taken: that history comes before the end, and an update
/// before what people did, are preferences among what has not been refused, never preconditions (behaviour B14).
pub fn next_step(
    case: KnownCase<'_>,
    incident: KnownIncident<'_>,
    refused: &Refused,
    policy: &Policy,
    circumstances: &Circumstances,
) -> Step {
    let choice = Choice {
        case: case.present().copied(),
        incident: incident.present().copied(),
        refused,
        policy,
        earlier: circumstances.earlier,
    };
    let step = match (case, incident) {
        (_, Known::Unread) => choice.allow(Step::ReadIncident),
        (_, Known::Present(tracked)) if circumstances.handing_over => {
            let end = || Step::Post(closing::handed_over(circumstances));
            tracked.is_running().then(end).and_then(|end| choice.allow(end))
        }
        (_, Known::Absent) if circumstances.handing_over => None,
        (Known::Unread, Known::Absent | Known::Present(_)) => Some(Step::AwaitCase),
        (Known::Absent, Known::Absent) => None,
        (Known::Absent, Known::Present(tracked)) => {
            let end = || Step::Post(closing::end_of_absent(circumstances));
            tracked.is_running().then(end).and_then(|end| choice.allow(end))
        }
        (Known::Present(case), Known::Absent) => {
            let wanted = !case.is_closed() && interest::uninteresting(case, policy).is_none();
            if wanted { choice.allow(Step::Create) } else { None }
        }
        (Known::Present(case), Known::Present(tracked)) => choice.pair(case, tracked, circumstances),
    };
    step.unwrap_or(Step::Settled)
}

/// What a step is chosen from.
struct Choice<'a> {
    case: Option<&'a Case>,
    incident: Option<&'a Tracked>,
    refused: &'a Refused,
    policy: &'a Policy,
    earlier: Option<EarlierRun>,
}

impl Choice<'_> {
    /// Returns a step unless it is left out.
    fn allow(&self, step: Step) -> Option<Step> {
        if let (Step::Post(event), Some(earlier)) = (&step, self.earlier)
            && earlier.may_have_sent(event)
        {
            return None;
        }
        if self.refused.is_empty() {
            return Some(step);
        }
        let refused = self.refused.has(StepKey::of(&step, self.case, self.incident, self.policy));
        let unsettled = step.is_transition()
            && self
                .incident
                .is_some_and(|tracked| self.refused.has(StepKey::transition(tracked.incident.pk)));
        (!refused && !unsettled).then_some(step)
    }

    /// Returns the next step of a case and an incident that are both there.
    fn pair(&self, case: &Case, tracked: &Tracked, circumstances: &Circumstances) -> Option<Step> {
        let running = tracked.is_running();
        let history = self.copy_history(case, tracked);
        if case.is_closed() && running {
            // What changed last is told before the end, as the history is.
            let end = || {
                let waits = self.waits_for_history(case, tracked);
                let end = || Step::Post(closing::end_of_case(case, circumstances));
                (!waits).then(end).and_then(|end| self.allow(end))
            };
            return history.or_else(|| self.update(case, tracked)).or_else(end);
        }
        if case.is_closed() {
            return history;
        }
        if !running {
            // Told to Zino, or undone, before anything else is added to an incident that is closed.
            return match self.ended(case, tracked, circumstances) {
                Some(stuck @ Step::Stuck(_)) => history.or(Some(stuck)),
                step => step.or(history),
            };
        }
        history.or_else(|| self.update(case, tracked)).or_else(|| self.told_to_zino(case, tracked))
    }

    /// Returns what brings the incident up to date (behaviour B29).
    fn update(&self, case: &Case, tracked: &Tracked) -> Option<Step> {
        if !self.policy.update {
            return None;
        }
        let patch = update::patch(&case.attributes, &tracked.incident, self.policy)?;
        self.allow(Step::Patch(patch))
    }

    /// Returns the next step until the incident tells the whole history of the case (behaviour B26).
    fn copy_history(&self, case: &Case, tracked: &Tracked) -> Option<Step> {
        let ended = !tracked.is_running();
        match &tracked.ours {
            Known::Present(ours) => {
                let missing = ours.missing(case, ended, self.policy);
                let mut entries = missing.iter().filter_map(|index| case.history.get(*index));
                entries.find_map(|entry| self.copy(entry))
            }
            Known::Unread | Known::Absent => {
                history::copied(case, ended, self.policy).next()?;
                self.allow(Step::ReadEvents)
            }
        }
    }

    /// Returns the step that copies a history entry, unless it is left out.
    fn copy(&self, entry: &Entry) -> Option<Step> {
        // Known without the text, which is much longer.
        if self.earlier.is_some_and(|earlier| earlier.may_have_copied(entry.at)) {
            return None;
        }
        let description = history::event_text(entry);
        self.allow(Step::Post(NewEvent { at: entry.at, event_type: EventType::Other, description }))
    }

    /// Tells whether some history waits for what an earlier run may have sent. The end waits with it: nobody would look for
    /// what an incident that has ended lacks, if this run were killed in between.
    fn waits_for_history(&self, case: &Case, tracked: &Tracked) -> bool {
        let (Some(earlier), Known::Present(ours)) = (self.earlier, &tracked.ours) else { return false };
        let missing = ours.missing(case, !tracked.is_running(), self.policy);
        let mut entries = missing.iter().filter_map(|index| case.history.get(*index));
        entries.any(|entry| earlier.may_have_copied(entry.at))
    }

    /// Returns the next step for an open case whose incident has ended (behaviour B30, B42).
    fn ended(&self, case: &Case, tracked: &Tracked, circumstances: &Circumstances) -> Option<Step> {
        let policy = self.policy;
        let Known::Present(people) = &tracked.people else { return self.allow(Step::ReadEvents) };
        match &people.closer {
            None => Some(Step::Stuck(Stuck::ClosedByNobody)),
            Some(Closer::Other(remark)) => {
                notes::close(case, remark, &people.acks, policy).into_iter().find_map(|step| self.allow(step))
            }
            // What has become uninteresting meanwhile needs no incident: it stays as it is.
            Some(Closer::Us) if interest::uninteresting(case, policy).is_some() => None,
            Some(Closer::Us) if !policy.can_restart => Some(Step::Stuck(Stuck::CannotRestart)),
            Some(Closer::Us) => self.allow(Step::Post(closing::restart(circumstances))),
        }
    }

    /// Returns the next step until Zino knows what people did to an open incident (behaviour B40, B41).
    fn told_to_zino(&self, case: &Case, tracked: &Tracked) -> Option<Step> {
        let incident = &tracked.incident;
        let ticket = self.policy.ticket && notes::ticket_is_missing(case, incident);
        let acked = self.policy.acknowledge.is_some() && incident.acked;
        let Known::Present(people) = &tracked.people else {
            return if ticket || acked { self.allow(Step::ReadEvents) } else { None };
        };
        let acknowledged = notes::acknowledge(case, incident, &people.acks, self.policy);
        let ticket = ticket.then(|| notes::ticket(incident, &people.changes));
        acknowledged.into_iter().chain(ticket).find_map(|step| self.allow(step))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decision::testing::{case, close, entry, incident, policy};
    use crate::decision::{People, Remark};
    use crate::model::EndTime;
    use alloc::vec;
    use alloc::vec::Vec;

    #[test]
    fn b64_while_handing_over_nothing_is_done_but_to_end_what_runs() {
        let handing_over = Circumstances { handing_over: true, ..Circumstances::default() };
        let (case, running) = (case(1, 50), Tracked::created(incident(1, 50)));
        let mut ended = running.clone();
        ended.incident.end_time = EndTime::At(60);
        for known in [Known::Unread, Known::Absent, Known::Present(&case)] {
            let step = |incident| next_step(known, incident, Refused::NONE, &policy(), &handing_over);
            assert_eq!(step(Known::Unread), Step::ReadIncident);
            assert_eq!(step(Known::Absent), Step::Settled, "{known:?}");
            assert_eq!(step(Known::Present(&ended)), Step::Settled);
            assert!(
                matches!(step(Known::Present(&running)), Step::Post(end) if end.event_type == EventType::End)
            );
        }
    }

    #[test]
    fn b30_an_end_of_ours_is_not_undone_for_a_case_that_is_not_interesting_any_more() {
        let mut tracked = Tracked::created(incident(1, 50));
        tracked.incident.end_time = EndTime::At(60);
        tracked.people = Known::Present(People { closer: Some(Closer::Us), ..People::default() });
        let mut case = case(1, 50);
        let step = |case: &Case| {
            next_step(
                Known::Present(case),
                Known::Present(&tracked),
                Refused::NONE,
                &policy(),
                &Circumstances::default(),
            )
        };
        assert!(matches!(step(&case), Step::Post(event) if event.event_type == EventType::Restart));
        case.attributes.updated = None;
        assert_eq!(step(&case), Step::Settled);
    }

    #[test]
    fn b40_b41_events_are_read_where_they_can_tell_something_that_zino_is_to_know() {
        let step = |acked: bool, ticket: &str, policy: &Policy| {
            let mut tracked = Tracked::created(incident(1, 50));
            (tracked.incident.acked, tracked.incident.ticket_url) = (acked, ticket.into());
            tracked.people = Known::Unread;
            let case = case(1, 50);
            next_step(
                Known::Present(&case),
                Known::Present(&tracked),
                Refused::NONE,
                policy,
                &Circumstances::default(),
            )
        };
        let silent = Policy { acknowledge: None, ticket: false, ..policy() };
        assert_eq!(step(false, "", &policy()), Step::Settled);
        assert_eq!(step(true, "", &policy()), Step::ReadEvents);
        assert_eq!(step(false, "https://tickets.example.org/7", &policy()), Step::ReadEvents);
        assert_eq!(step(true, "https://tickets.example.org/7", &silent), Step::Settled);
    }

    #[test]
    fn b41_a_change_of_our_own_names_nobody_who_set_a_ticket() {
        let mut tracked = Tracked::created(incident(1, 50));
        tracked.incident.ticket_url = "https://tickets.example.org/7".into();
        let change =
            |user: &str| Remark { at: 60, user: user.into(), text: tracked.incident.ticket_url.clone() };
        tracked.people =
            Known::Present(People { changes: vec![change("bob"), change("eve")], ..People::default() });
        let case = case(1, 50);
        let step = next_step(
            Known::Present(&case),
            Known::Present(&tracked),
            Refused::NONE,
            &policy(),
            &Circumstances::default(),
        );
        assert_eq!(step, Step::Note("Ticket https://tickets.example.org/7 added by Argus user bob".into()));
    }

    /// Takes one step after the other away, as refused; returns all that were chosen until nothing was left.
    fn all_choices(case: &Case, tracked: &Tracked) -> Vec<Step> {
        let (policy, mut keys, mut steps) = (policy(), Vec::new(), Vec::new());
        loop {
            let refused: Refused = keys.iter().copied().collect();
            let (case_known, incident) = (Known::Present(case), Known::Present(tracked));
            let step = next_step(case_known, incident, &refused, &policy, &Circumstances::default());
            if step == Step::Settled {
                return steps;
            }
            keys.push(StepKey::of(&step, Some(case), Some(tracked), &policy));
            steps.push(step);
        }
    }

    fn event_types(steps: &[Step]) -> Vec<EventType> {
        let events =
            steps.iter().filter_map(|step| if let Step::Post(event) = step { Some(event) } else { None });
        events.map(|event| event.event_type).collect()
    }

    #[test]
    fn b14_a_closed_case_is_ended_whatever_became_of_its_history_and_its_update() {
        let mut case = case(1, 50);
        case.history.extend([entry(60, "alice\none"), entry(61, "alice\ntwo")]);
        case.attributes.priority = 500;
        close(&mut case, 70, "monitor");
        let known = Tracked::created(incident(1, 50));
        let steps = all_choices(&case, &known);
        assert_eq!(event_types(&steps), [EventType::Other, EventType::Other, EventType::End], "{steps:?}");
        assert!(matches!(steps[2], Step::Patch(_)), "{steps:?}");
        let mut unread = known;
        unread.ours = Known::Unread;
        let steps = all_choices(&case, &unread);
        assert_eq!((&steps[0], event_types(&steps)), (&Step::ReadEvents, vec![EventType::End]));
    }

    #[test]
    fn b14_what_people_did_is_told_whatever_became_of_the_history_and_of_each_other() {
        let mut case = case(1, 50);
        case.history.push(entry(60, "alice\none"));
        let mut tracked = Tracked::created(incident(1, 50));
        (tracked.incident.acked, tracked.incident.ticket_url) = (true, "https://t.example.org/7".into());
        let ack = |text: &str| Remark { at: 60, user: "ann".into(), text: text.into() };
        let acks = vec![ack("one"), ack("two")];
        tracked.people = Known::Present(People { acks, ..People::default() });
        let notes = ["one (ann)", "two (ann)"].map(|text| Step::Note(text.into()));
        let steps = all_choices(&case, &tracked);
        assert_eq!(event_types(&steps), [EventType::Other]);
        assert_eq!((&steps[1..3], &steps[3]), (&notes[..], &Step::SetState("working")));
        assert!(matches!(&steps[4], Step::Note(text) if text.contains("https://t.example.org/7")));
        assert_eq!(steps.len(), 5);
        tracked.incident.end_time = EndTime::At(70);
        let closer = Some(Closer::Other(ack("done")));
        tracked.people = Known::Present(People { closer, acks: vec![ack("one")], ..People::default() });
        let steps = all_choices(&case, &tracked);
        let expected = [notes[0].clone(), Step::Note("done (ann)".into()), Step::SetState("closed")];
        assert_eq!((&steps[..3], event_types(&steps)), (&expected[..], vec![EventType::Other]));
    }

    #[test]
    fn b14_a_creation_and_a_reopening_that_are_refused_leave_nothing_but_history() {
        let case = case(1, 50);
        let policy = policy();
        let create = StepKey::of(&Step::Create, Some(&case), None, &policy);
        let refused: Refused = [create].into_iter().collect();
        let step =
            next_step(Known::Present(&case), Known::Absent, &refused, &policy, &Circumstances::default());
        assert_eq!(step, Step::Settled);
        let mut tracked = Tracked::created(incident(1, 50));
        tracked.incident.end_time = EndTime::At(60);
        tracked.people = Known::Present(People { closer: Some(Closer::Us), ..People::default() });
        assert_eq!(event_types(&all_choices(&case, &tracked)), [EventType::Restart]);
    }
}
