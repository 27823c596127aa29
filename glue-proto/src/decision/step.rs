//! The decision itself.

use super::known::{Closer, KnownCase, KnownIncident};
use super::{Absence, Known, Tracked, closing, history, interest, notes, update};
use crate::face::{AckState, Ignored, Settings, Severity, Wall};
use crate::model::{Case, EventType, NewEvent, Patch};
use alloc::string::String;
use core::fmt;

/// What the operator decided, as far as the decision asks.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Policy {
    /// Our own Zino user.
    pub user: String,
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
            user: settings.zino.user.clone(),
            default_domain: settings.zino.default_domain.clone(),
            severity: settings.sync.severity.clone(),
            acknowledge: settings.sync.acknowledge,
            ticket: settings.sync.ticket,
            ignored: settings.sync.ignored,
            update: settings.sync.update,
            can_restart: true,
        }
    }
}

/// Says the next step towards agreement of a case and its incident.
///
/// Total: it has an answer for every pair of snapshots. It asks for a write only where both sides were read. Taking the
/// step and asking again ends at [`Step::Settled`] or [`Step::Stuck`] after a number of steps that the entries,
/// acknowledgements and differences of the two snapshots bound.
pub fn next_step(
    case: KnownCase<'_>,
    incident: KnownIncident<'_>,
    policy: &Policy,
    circumstances: &Circumstances,
) -> Step {
    match (case, incident) {
        (_, Known::Unread) => Step::ReadIncident,
        (_, Known::Present(tracked)) if circumstances.handing_over => {
            if tracked.is_running() {
                Step::Post(closing::handed_over(circumstances))
            } else {
                Step::Settled
            }
        }
        (_, Known::Absent) if circumstances.handing_over => Step::Settled,
        (Known::Unread, Known::Absent | Known::Present(_)) => Step::AwaitCase,
        (Known::Absent, Known::Absent) => Step::Settled,
        (Known::Absent, Known::Present(tracked)) => {
            if tracked.is_running() {
                Step::Post(closing::end_of_absent(circumstances))
            } else {
                Step::Settled
            }
        }
        (Known::Present(case), Known::Absent) => {
            let wanted = !case.is_closed() && interest::is_interesting(case, policy.ignored);
            if wanted { Step::Create } else { Step::Settled }
        }
        (Known::Present(case), Known::Present(tracked)) => pair(case, tracked, policy, circumstances),
    }
}

/// Says the next step of a case and an incident that are both there.
fn pair(case: &Case, tracked: &Tracked, policy: &Policy, circumstances: &Circumstances) -> Step {
    let running = tracked.is_running();
    let history = copy_history(case, tracked, policy);
    let update = || {
        let patch = policy.update.then(|| update::patch(&case.attributes, &tracked.incident, policy));
        patch.flatten().map(Step::Patch)
    };
    if case.is_closed() && running {
        // What changed last is told before the end, as the history is.
        let end = || Step::Post(closing::end_of_case(case, circumstances));
        return history.or_else(update).unwrap_or_else(end);
    }
    if case.is_closed() {
        return history.unwrap_or(Step::Settled);
    }
    if !running {
        // Told to Zino, or undone, before anything else is added to an incident that is closed.
        return match ended(case, tracked, policy, circumstances) {
            Some(stuck @ Step::Stuck(_)) => history.unwrap_or(stuck),
            step => step.or(history).unwrap_or(Step::Settled),
        };
    }
    let people = || told_to_zino(case, tracked, policy);
    history.or_else(update).or_else(people).unwrap_or(Step::Settled)
}

/// Says the next step until the incident tells the whole history of the case (behaviour B26).
fn copy_history(case: &Case, tracked: &Tracked, policy: &Policy) -> Option<Step> {
    let ended = !tracked.is_running();
    match &tracked.ours {
        Known::Present(ours) => {
            let entry = history::first_missing(case, ended, ours, policy)?;
            let description = history::event_text(entry);
            Some(Step::Post(NewEvent { at: entry.at, event_type: EventType::Other, description }))
        }
        Known::Unread | Known::Absent => {
            history::copied(case, ended, policy).next().map(|_| Step::ReadEvents)
        }
    }
}

/// Says the next step for an open case whose incident has ended (behaviour B30, B42).
fn ended(case: &Case, tracked: &Tracked, policy: &Policy, circumstances: &Circumstances) -> Option<Step> {
    let Known::Present(people) = &tracked.people else { return Some(Step::ReadEvents) };
    match &people.closer {
        None => Some(Step::Stuck(Stuck::ClosedByNobody)),
        Some(Closer::Other(remark)) => Some(notes::close(case, remark, &people.acks, policy)),
        // What has become uninteresting meanwhile needs no incident: it stays as it is.
        Some(Closer::Us) if !interest::is_interesting(case, policy.ignored) => None,
        Some(Closer::Us) if !policy.can_restart => Some(Step::Stuck(Stuck::CannotRestart)),
        Some(Closer::Us) => Some(Step::Post(closing::restart(circumstances))),
    }
}

/// Says the next step until Zino knows what people did to an open incident (behaviour B40, B41).
fn told_to_zino(case: &Case, tracked: &Tracked, policy: &Policy) -> Option<Step> {
    let incident = &tracked.incident;
    let ticket = policy.ticket && notes::ticket_is_missing(case, incident);
    let acked = policy.acknowledge.is_some() && incident.acked;
    let Known::Present(people) = &tracked.people else {
        return (ticket || acked).then_some(Step::ReadEvents);
    };
    let acknowledged = notes::acknowledge(case, incident, &people.acks, policy);
    acknowledged.or_else(|| ticket.then(|| notes::ticket(incident, &people.changes)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decision::testing::{case, incident, policy};
    use crate::decision::{People, Remark};
    use crate::model::EndTime;
    use alloc::vec;

    #[test]
    fn b64_while_handing_over_nothing_is_done_but_to_end_what_runs() {
        let handing_over = Circumstances { handing_over: true, ..Circumstances::default() };
        let (case, running) = (case(1, 50), Tracked::created(incident(1, 50)));
        let mut ended = running.clone();
        ended.incident.end_time = EndTime::At(60);
        for known in [Known::Unread, Known::Absent, Known::Present(&case)] {
            let step = |incident| next_step(known, incident, &policy(), &handing_over);
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
            next_step(Known::Present(case), Known::Present(&tracked), &policy(), &Circumstances::default())
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
            next_step(Known::Present(&case), Known::Present(&tracked), policy, &Circumstances::default())
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
        let step =
            next_step(Known::Present(&case), Known::Present(&tracked), &policy(), &Circumstances::default());
        assert_eq!(step, Step::Note("Ticket https://tickets.example.org/7 added by Argus user bob".into()));
    }
}
