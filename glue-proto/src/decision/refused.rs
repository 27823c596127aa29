//! Steps that are left out for now, because a server would not take them (behaviour B14).

use super::{Fingerprint, Policy, SourceId, Step, Tracked, new_incident};
use crate::model::{Case, EventType};
use crate::text::argus::stored;
use crate::text::zino::stored_text;
use alloc::collections::BTreeSet;
use core::hash::Hash;

/// Names a step by what it would send, and by how often that is there already: the same step once more is another one
/// only where the last one has changed something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StepKey(Fingerprint);

/// The steps that are left out. The next best one is taken instead.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Refused(BTreeSet<StepKey>);

impl Refused {
    /// Leaves out nothing.
    pub const NONE: &'static Self = &NONE;

    /// Tells whether a step is left out.
    #[must_use]
    pub fn has(&self, key: StepKey) -> bool {
        self.0.contains(&key)
    }

    /// Tells whether nothing is left out.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

static NONE: Refused = Refused(BTreeSet::new());

impl FromIterator<StepKey> for Refused {
    fn from_iter<I: IntoIterator<Item = StepKey>>(keys: I) -> Self {
        Self(keys.into_iter().collect())
    }
}

impl StepKey {
    /// Names looking up an incident.
    #[must_use]
    pub fn lookup(source: SourceId) -> Self {
        Self::hash(&(0_u8, source))
    }

    /// Names whatever ends or reopens an incident.
    #[must_use]
    pub fn transition(pk: u64) -> Self {
        Self::hash(&(10_u8, pk))
    }

    /// Names a step for a case and its incident, as far as they are known.
    #[must_use]
    pub fn of(step: &Step, case: Option<&Case>, incident: Option<&Tracked>, policy: &Policy) -> Self {
        let pk = incident.map(|tracked| tracked.incident.pk);
        match step {
            Step::Settled | Step::AwaitCase | Step::Stuck(_) => Self::hash(&1_u8),
            Step::ReadIncident => Self::hash(&9_u8),
            Step::ReadEvents => Self::hash(&(2_u8, pk)),
            Step::Create => {
                let new = case.map(|case| {
                    let source = SourceId { case: case.attributes.id, opened: Some(case.attributes.opened) };
                    new_incident(source, &case.attributes, policy)
                });
                Self::hash(&(3_u8, new))
            }
            Step::Post(event) if event.event_type == EventType::Other => {
                let ours = incident.and_then(|tracked| tracked.ours.present());
                let text = stored(&event.description);
                let count = ours.map_or(0, |ours| ours.count(event.at, text));
                Self::hash(&(4_u8, pk, event, count))
            }
            // The moment may be that of the attempt.
            Step::Post(event) => Self::hash(&(5_u8, pk, event.event_type, &event.description)),
            Step::Patch(patch) => Self::hash(&(6_u8, pk, patch)),
            Step::Note(text) => {
                let text = stored_text(text);
                let entries = case.map_or(&[][..], |case| &case.history);
                let ours =
                    entries.iter().filter(|entry| entry.author().is_some_and(|author| policy.is_us(author)));
                let count = ours.filter(|entry| stored_text(entry.body()) == text).count();
                Self::hash(&(7_u8, text, count))
            }
            Step::SetState(state) => {
                let entries = case.map_or(&[][..], |case| &case.history);
                let changes = entries.iter().filter(|entry| entry.state_change().is_some()).count();
                Self::hash(&(8_u8, state, changes))
            }
        }
    }

    fn hash(thing: &impl Hash) -> Self {
        Self(Fingerprint::of(thing))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decision::testing::{case, entry, incident, policy, tracked};
    use crate::model::NewEvent;

    fn key(step: &Step, case: &Case, tracked: &Tracked) -> StepKey {
        StepKey::of(step, Some(case), Some(tracked), &policy())
    }

    fn post(event_type: EventType, at: i64, text: &str) -> Step {
        Step::Post(NewEvent { at, event_type, description: text.into() })
    }

    #[test]
    fn b14_a_step_is_another_one_when_it_would_send_something_else() {
        let (case, tracked) = (case(1, 50), tracked(incident(1, 50)));
        let steps = [
            Step::Create,
            Step::ReadEvents,
            Step::ReadIncident,
            post(EventType::Other, 60, "x"),
            post(EventType::Other, 61, "x"),
            post(EventType::Other, 60, "y"),
            post(EventType::End, 60, "x"),
            post(EventType::Restart, 60, "x"),
            Step::Note("x".into()),
            Step::Note("y".into()),
            Step::SetState("working"),
            Step::SetState("closed"),
        ];
        let keys: BTreeSet<StepKey> = steps.iter().map(|step| key(step, &case, &tracked)).collect();
        assert_eq!(keys.len(), steps.len());
        for step in &steps {
            assert_eq!(key(step, &case, &tracked), key(step, &case, &tracked), "{step:?}");
        }
        let later = key(&post(EventType::End, 99, "x"), &case, &tracked);
        assert_eq!(
            later,
            key(&post(EventType::End, 60, "x"), &case, &tracked),
            "the moment is that of the attempt"
        );
        let mut other = case.clone();
        other.attributes.priority = 7;
        assert_ne!(key(&Step::Create, &other, &tracked), key(&Step::Create, &case, &tracked));
        other = case.clone();
        other.attributes.updated = Some(99);
        assert_eq!(key(&Step::Create, &other, &tracked), key(&Step::Create, &case, &tracked));
    }

    #[test]
    fn b14_a_step_that_has_changed_something_is_another_one_the_next_time() {
        let (before, known) = (case(1, 50), tracked(incident(1, 50)));
        for (step, text) in [
            (Step::Note("x (ann)".into()), "glue\nx (ann)"),
            (Step::SetState("working"), "state change open -> working (glue)"),
        ] {
            let mut after = before.clone();
            after.history.push(entry(60, "bob\nx (ann)"));
            assert_eq!(key(&step, &after, &known), key(&step, &before, &known), "that was not us");
            after.history.push(entry(61, text));
            assert_ne!(key(&step, &after, &known), key(&step, &before, &known), "{step:?}");
        }
        let event = NewEvent { at: 60, event_type: EventType::Other, description: "x".into() };
        let mut posted = known.clone();
        posted.posted(&event, None);
        let step = Step::Post(event);
        assert_ne!(key(&step, &before, &posted), key(&step, &before, &known));
        let mut ended = known.clone();
        ended.posted(&NewEvent { at: 60, event_type: EventType::End, description: "x".into() }, None);
        assert_eq!(key(&step, &before, &ended), key(&step, &before, &known), "the same words end it");
    }
}
