//! What is known of one side: the snapshots that the decision compares.

use super::{Ours, Policy, Posted};
use crate::model::{Case, CaseId, Event, EventType, Incident, NewEvent};
use alloc::string::String;
use alloc::vec::Vec;

/// How much is known of a thing. Nothing is ever decided from [`Known::Unread`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Known<T> {
    /// Not read yet, or outdated by something whose outcome is unknown (behaviour B13).
    #[default]
    Unread,
    /// It does not exist.
    Absent,
    /// It was read, and this is what it said.
    Present(T),
}

impl<T> Known<T> {
    /// Borrows what is known.
    pub const fn as_ref(&self) -> Known<&T> {
        match self {
            Self::Unread => Known::Unread,
            Self::Absent => Known::Absent,
            Self::Present(value) => Known::Present(value),
        }
    }

    /// Returns the thing itself where it was read.
    pub const fn present(&self) -> Option<&T> {
        match self {
            Self::Unread | Self::Absent => None,
            Self::Present(value) => Some(value),
        }
    }

    /// Tells whether nothing is known.
    pub const fn is_unread(&self) -> bool {
        matches!(self, Self::Unread)
    }
}

/// An incident of ours, with what is known of its events.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Tracked {
    /// The incident as it was listed last.
    pub incident: Incident,
    /// The events of ours that it has: seen or posted (behaviour B26).
    pub ours: Known<Ours>,
    /// What others did to it.
    pub people: Known<People>,
}

/// What people, and other programs, did to an incident.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct People {
    /// The acknowledgements, oldest first.
    pub acks: Vec<Remark>,
    /// Who ended the incident, where the events tell.
    pub closer: Option<Closer>,
    /// The changes of fields, newest first.
    pub changes: Vec<Remark>,
}

/// Something that somebody said or did.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Remark {
    /// Unix seconds, by the clock of Argus.
    pub at: i64,
    /// The user's name.
    pub user: String,
    /// What they said.
    pub text: String,
}

/// Who ended an incident.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Closer {
    /// We did.
    Us,
    /// A user closed it, or another source ended it (behaviour B42).
    Other(Remark),
}

impl Tracked {
    /// Makes the record of an incident that was just listed: its events are unread.
    #[must_use]
    pub const fn listed(incident: Incident) -> Self {
        Self { incident, ours: Known::Unread, people: Known::Unread }
    }

    /// Makes the record of an incident that we have just made: we know that it has no event but its start.
    #[must_use]
    pub fn created(incident: Incident) -> Self {
        Self { incident, ours: Known::Present(Ours::default()), people: Known::Present(People::default()) }
    }

    /// Tells whether the incident runs on. One whose end is set to a moment to come counts as ended: its `END` is
    /// recorded already (behaviour B27).
    #[must_use]
    pub const fn is_running(&self) -> bool {
        matches!(self.incident.end_time, crate::model::EndTime::Infinity)
    }

    /// Takes in a newer listing of the same incident. What people did is read again where the listing shows that they
    /// did something; and what we did where the incident has ended, for an `END` of ours whose answer was lost may have done
    /// that, which tells an entry (behaviour B13).
    pub fn relist(&mut self, incident: Incident) {
        let was_running = self.is_running();
        let old = core::mem::replace(&mut self.incident, incident);
        let new = &self.incident;
        let acted = old.acked != new.acked
            || old.ticket_url != new.ticket_url
            || old.end_time != new.end_time
            || old.pk != new.pk;
        if old.pk != new.pk || (was_running && !self.is_running()) {
            self.ours = Known::Unread;
        }
        if acted {
            self.people = Known::Unread;
        }
    }

    /// Takes in a complete reading of the incident's events.
    pub fn read_events(&mut self, mut events: Vec<Event>) {
        events.sort_by_key(|event| event.pk);
        let us = self.incident.source_user;
        let ours = events.iter().filter(|event| event.actor.pk == us);
        let ours = ours.map(|event| {
            Posted::of(event.at, &shaped(&event.description), event.event_type == EventType::End)
        });
        self.ours = Known::Present(ours.collect());
        self.people = Known::Present(People::from_events(&events, us));
    }

    /// Remembers an event that we have posted; `case` is the case that was compared last, where it is still the same.
    pub fn posted(&mut self, event: &NewEvent, case: Option<&Case>) {
        if let Known::Present(ours) = &mut self.ours {
            let is_end = event.event_type == EventType::End;
            ours.add(Posted::of(event.at, &shaped(&event.description), is_end), case);
        }
    }

    /// Finds out which entries of the case are untold, and remembers it until that changes: the next step is the same, and is
    /// known without comparing everything again (behaviour B12).
    pub fn compare(&mut self, case: &Case, policy: &Policy) {
        let ended = !self.is_running();
        if let Known::Present(ours) = &mut self.ours {
            ours.compare(case, ended, policy);
        }
    }

    /// Forgets what [`Tracked::compare`] has found: the case has changed.
    pub fn forget_comparison(&mut self) {
        if let Known::Present(ours) = &mut self.ours {
            ours.forget_comparison();
        }
    }
}

/// Returns a description in the one shape in which descriptions are compared (behaviour B23, B26): an older program may
/// have posted more than is sent today.
fn shaped(text: &str) -> String {
    crate::text::argus::description(text).into_owned()
}

impl People {
    /// Sorts what others did out of all events; `events` are in the order in which the server received them.
    fn from_events(events: &[Event], us: u64) -> Self {
        let mut people = Self::default();
        // When the incident ends, once it was told to. Until that moment has come it is open: what is told then can still
        // change its end, and cannot reopen it.
        let mut end: Option<i64> = None;
        for event in events {
            let to_come = end.is_some_and(|end| event.received < end);
            let remark =
                Remark { at: event.at, user: event.actor.name.clone(), text: event.description.clone() };
            match event.event_type {
                EventType::Acknowledge => people.acks.push(remark),
                EventType::Change if event.actor.pk != us => people.changes.push(remark),
                EventType::Close | EventType::End if end.is_none() || to_come => {
                    end = Some(event.at);
                    let ours = event.event_type == EventType::End && event.actor.pk == us;
                    people.closer = Some(if ours { Closer::Us } else { Closer::Other(remark) });
                }
                EventType::Reopen | EventType::Restart if !to_come => {
                    end = None;
                    people.closer = None;
                }
                EventType::Start
                | EventType::End
                | EventType::Change
                | EventType::Close
                | EventType::Reopen
                | EventType::Restart
                | EventType::Other
                | EventType::Stateless
                | EventType::Unknown => {}
            }
        }
        people.changes.reverse();
        people
    }
}

/// A case that is no longer there to be read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Absence {
    /// Nobody said why: it is in no complete reading any more (behaviour B28).
    #[default]
    Gone,
    /// A notification proved that it was closed (behaviour B27).
    Closed,
    /// Zino's numbering was restarted, and its outage is open as the case with this number (behaviour B28).
    Renumbered(CaseId),
}

/// A case, borrowed as the decision wants it.
pub type KnownCase<'a> = Known<&'a Case>;

/// An incident, borrowed as the decision wants it.
pub type KnownIncident<'a> = Known<&'a Tracked>;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decision::testing::{incident, tracked};
    use crate::model::{Actor, EndTime};
    use alloc::string::ToString;
    use alloc::vec;

    fn event(pk: u64, actor: u64, event_type: EventType, text: &str) -> Event {
        let name = if actor == 7 { "zino" } else { "admin" };
        Event {
            pk,
            actor: Actor { pk: actor, name: name.into() },
            at: 100,
            received: 100,
            event_type,
            description: text.into(),
        }
    }

    #[test]
    fn b30_a_restart_of_an_incident_whose_end_was_still_to_come_has_done_nothing() {
        for (received, expected) in [(90, Some(Closer::Us)), (100, None), (110, None)] {
            let mut tracked = tracked(incident(1, 50));
            let end = event(1, 7, EventType::End, "x");
            let restart = Event { received, ..event(2, 7, EventType::Restart, "y") };
            tracked.read_events(vec![end, restart]);
            assert_eq!(tracked.people.present().unwrap().closer, expected, "{received}");
        }
    }

    #[test]
    fn b42_the_closer_is_who_made_the_transition_in_the_order_of_receipt() {
        use EventType::{Close, End, Reopen, Restart};
        type Run<'a> = (&'a [(u64, EventType)], Option<bool>);
        let table: [Run; 8] = [
            (&[], None),
            (&[(1, Close)], Some(false)),
            (&[(7, End)], Some(true)),
            (&[(1, End)], Some(false)),
            (&[(1, Close), (7, End)], Some(false)),
            (&[(7, End), (7, Restart)], None),
            (&[(1, Close), (1, Reopen), (7, End)], Some(true)),
            (&[(7, End), (7, Restart), (1, Close)], Some(false)),
        ];
        for (events, expected) in table {
            let mut events: Vec<_> =
                (10..).zip(events).map(|(pk, (actor, kind))| event(pk, *actor, *kind, "x")).collect();
            events.reverse();
            let mut tracked = tracked(incident(1, 50));
            tracked.read_events(events.clone());
            let closer = tracked.people.present().unwrap().closer.clone();
            assert_eq!(closer.map(|closer| closer == Closer::Us), expected, "{events:?}");
        }
    }

    #[test]
    fn b26_events_of_ours_are_kept_as_argus_stores_them() {
        let mut tracked = tracked(incident(1, 50));
        tracked.read_events(vec![
            event(2, 7, EventType::Other, "alice\nnote"),
            event(3, 1, EventType::Other, "mine"),
        ]);
        tracked
            .posted(&NewEvent { at: 99, event_type: EventType::Other, description: " odd \n".into() }, None);
        let expected = [(99, "odd"), (100, "alice\nnote")].map(|(at, text)| Posted::of(at, text, false));
        assert_eq!(tracked.ours.present().unwrap().events(), expected);
    }

    #[test]
    fn b13_a_listing_that_shows_a_change_by_people_makes_their_doings_unread() {
        let base = incident(1, 50);
        let changes: [fn(&mut Incident); 3] =
            [|i| i.acked = true, |i| i.ticket_url = "http://t/1".into(), |i| i.end_time = EndTime::At(60)];
        for change in changes {
            let mut tracked = Tracked::created(base.clone());
            let mut newer = base.clone();
            change(&mut newer);
            tracked.relist(newer);
            assert!(tracked.people.is_unread());
            assert_eq!(
                tracked.ours.is_unread(),
                !tracked.is_running(),
                "b13: an END of ours may have done that"
            );
        }
        let mut tracked = Tracked::created(base.clone());
        tracked.relist(base);
        assert!(!tracked.people.is_unread());
    }

    #[test]
    fn b41_what_we_have_changed_ourselves_is_not_put_down_to_people() {
        let mut tracked = tracked(incident(1, 50));
        let changes = [(1, 9), (2, 7), (3, 8)];
        tracked.read_events(
            changes.map(|(pk, actor)| event(pk, actor, EventType::Change, &pk.to_string())).to_vec(),
        );
        let changes = &tracked.people.present().unwrap().changes;
        let texts: Vec<&str> = changes.iter().map(|change| change.text.as_str()).collect();
        assert_eq!(texts, ["3", "1"], "newest first");
    }
}
