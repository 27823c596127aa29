//! The events of ours that an incident has, and which history entries they leave untold (behaviour B12, B26).

use super::{Fingerprint, Policy, history};
use crate::model::Case;
use alloc::borrow::Cow;
use alloc::boxed::Box;
use alloc::collections::VecDeque;
use alloc::vec::Vec;
use core::hash::{Hash, Hasher};

/// From so many events on, room is made for more than one at a time: most incidents have few, and there are many.
const MANY: usize = 16;

/// An event of ours, as Argus has stored it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Posted {
    /// Unix seconds.
    pub at: i64,
    /// What stands for the description, as it is compared: of all events of all incidents the texts themselves are as much
    /// as all else that is known.
    pub text: Fingerprint,
    /// Whether it has ended the incident.
    pub is_end: bool,
}

/// The events of ours that an incident has: seen or posted.
///
/// It remembers what a comparison with the history of a case has found, for as long as neither side changes but by an event
/// that tells one of the entries. That follows from the two sides: it makes no difference to what is equal.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Ours {
    /// By time; what is the same stands together.
    events: Vec<Posted>,
    found: Comparison,
}

/// What a comparison has found.
#[derive(Clone, Debug, Default)]
enum Comparison {
    /// Nothing yet, or something has changed since.
    #[default]
    Unknown,
    /// Every entry is told; `ended` tells whether the incident had ended then.
    Agreement { ended: bool },
    /// Some are not.
    Backlog(Box<Backlog>),
}

#[derive(Clone, Debug)]
struct Backlog {
    ended: bool,
    /// Where the entries stand in the history, oldest first.
    missing: VecDeque<usize>,
}

/// What follows from the rest tells no two values apart.
impl PartialEq for Comparison {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Comparison {}

impl Hash for Comparison {
    fn hash<H: Hasher>(&self, _: &mut H) {}
}

impl FromIterator<Posted> for Ours {
    fn from_iter<I: IntoIterator<Item = Posted>>(events: I) -> Self {
        let mut events: Vec<Posted> = events.into_iter().collect();
        events.sort_unstable();
        events.shrink_to_fit();
        Self { events, found: Comparison::Unknown }
    }
}

impl Ours {
    /// Returns the events, by time; those of one text stand together.
    #[must_use]
    pub fn events(&self) -> &[Posted] {
        &self.events
    }

    /// Counts the events of a time and a text that are history and end nothing.
    pub(super) fn count(&self, at: i64, text: &str) -> usize {
        self.alike(at, text).filter(|posted| !posted.is_end).count()
    }

    /// Tells whether an event of a time and a text has ended the incident.
    pub(crate) fn has_end(&self, at: i64, text: &str) -> bool {
        self.alike(at, text).any(|posted| posted.is_end)
    }

    fn alike(&self, at: i64, text: &str) -> impl Iterator<Item = &Posted> {
        let key = (at, Fingerprint::of(text));
        let from = self.events.partition_point(|posted| posted.key() < key);
        let rest = self.events.get(from..).unwrap_or_default();
        rest.iter().take_while(move |posted| posted.key() == key)
    }

    /// Adds an event that Argus has taken; `case` is the case that the events were compared with last, if they were.
    pub(super) fn add(&mut self, posted: Posted, case: Option<&Case>) {
        self.note_told(&posted, case);
        let at = self.events.partition_point(|known| *known < posted);
        if self.events.len() < MANY {
            self.events.reserve_exact(1);
        }
        self.events.insert(at, posted);
    }

    /// Takes the first of the entries off the backlog that such an event tells of. Entries of one time and text are alike, and
    /// where one of them is untold every event of that time and text is used up, so all other entries stay as they are. Any
    /// other event may leave room for an entry an hour beside it: then everything is compared anew.
    fn note_told(&mut self, posted: &Posted, case: Option<&Case>) {
        let (Comparison::Backlog(backlog), Some(case)) = (&mut self.found, case) else {
            return self.forget_comparison();
        };
        if !backlog.take(posted, case) {
            self.forget_comparison();
        } else if backlog.missing.is_empty() {
            self.found = Comparison::Agreement { ended: backlog.ended };
        }
    }

    /// Compares with the history of a case, unless what that finds is known already; `ended` tells whether the incident has
    /// ended.
    pub(super) fn compare(&mut self, case: &Case, ended: bool, policy: &Policy) {
        if self.found.of(ended).is_none() {
            let missing = history::missing(case, ended, self, policy);
            self.found = if missing.is_empty() {
                Comparison::Agreement { ended }
            } else {
                Comparison::Backlog(Box::new(Backlog { ended, missing }))
            };
        }
    }

    /// The case is not the one any more that the events were compared with.
    pub(super) fn forget_comparison(&mut self) {
        self.found = Comparison::Unknown;
    }

    /// Returns where the entries of a case stand that no event tells of, oldest first.
    pub(super) fn missing(&self, case: &Case, ended: bool, policy: &Policy) -> Cow<'_, VecDeque<usize>> {
        self.found.of(ended).unwrap_or_else(|| Cow::Owned(history::missing(case, ended, self, policy)))
    }
}

impl Comparison {
    fn of(&self, ended: bool) -> Option<Cow<'_, VecDeque<usize>>> {
        match self {
            Self::Agreement { ended: then } if *then == ended => Some(Cow::Owned(VecDeque::new())),
            Self::Backlog(backlog) if backlog.ended == ended => Some(Cow::Borrowed(&backlog.missing)),
            Self::Unknown | Self::Agreement { .. } | Self::Backlog(_) => None,
        }
    }
}

impl Backlog {
    /// Takes off the first entry that an event tells of. Tells whether there is one.
    fn take(&mut self, posted: &Posted, case: &Case) -> bool {
        let is_told = |index: &usize| {
            let entry = case.history.get(*index).filter(|entry| entry.at == posted.at);
            entry.is_some_and(|entry| history::fingerprint(entry) == posted.text)
        };
        let told = self.missing.iter().position(is_told);
        told.and_then(|told| self.missing.remove(told)).is_some()
    }
}

impl Posted {
    /// Makes one of a time and a description.
    #[must_use]
    pub fn of(at: i64, text: &str, is_end: bool) -> Self {
        Self { at, text: Fingerprint::of(text), is_end }
    }

    /// Returns what events are compared by.
    pub(super) const fn key(&self) -> (i64, Fingerprint) {
        (self.at, self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decision::testing::{case, entry, policy};
    use crate::model::{CaseState, Entry};
    use alloc::vec;
    use proptest::prelude::*;

    /// Something that happens to one of the two sides, or the question what is missing.
    #[derive(Clone, Debug)]
    enum Happens {
        /// Argus takes an event that tells the entry with this place in the backlog.
        Told(usize),
        /// Argus takes another event.
        Event(Posted),
        /// The case gets another entry.
        Entry(Entry),
        /// The case closes, or opens again.
        Closes(bool),
        /// The incident ends, or is reopened.
        Ends(bool),
    }

    fn at() -> impl Strategy<Value = i64> {
        // An hour apart, so that what the Python glue posted can fit.
        prop::sample::select(vec![3600, 7200, 10_800, 7201])
    }

    fn text() -> impl Strategy<Value = &'static str> {
        prop::sample::select(vec![
            "alice\na",
            "alice\nb",
            "glue\nours",
            "state change open -> closed (monitor)",
        ])
    }

    fn posted() -> impl Strategy<Value = Posted> {
        (at(), text()).prop_map(|(at, text)| Posted::of(at, text, false))
    }

    fn happens() -> impl Strategy<Value = Happens> {
        prop_oneof![
            4 => (0..4_usize).prop_map(Happens::Told),
            2 => posted().prop_map(Happens::Event),
            2 => (at(), text()).prop_map(|(at, text)| Happens::Entry(entry(at, text))),
            1 => any::<bool>().prop_map(Happens::Closes),
            1 => any::<bool>().prop_map(Happens::Ends),
        ]
    }

    /// What is missing, found with an eye on nothing but the two sides; by the definition, as plainly as possible.
    fn plainly(case: &Case, ended: bool, ours: &Ours) -> Vec<usize> {
        let mut events: Vec<(i64, Fingerprint)> = ours.events.iter().map(Posted::key).collect();
        let mut left: Vec<usize> = history::copied(case, ended, &policy()).map(|(index, _)| index).collect();
        for shift in [0, 3600, -3600] {
            left.retain(|index| {
                let entry = &case.history[*index];
                let (at, text) = (entry.at + shift, entry.text());
                let found = events.iter().position(|event| *event == (at, Fingerprint::of(text)));
                found.map(|found| events.swap_remove(found)).is_none()
            });
        }
        left
    }

    proptest! {
        #[test]
        fn b12_what_is_remembered_of_a_comparison_is_what_comparing_anew_finds(
            history in prop::collection::vec((at(), text()), 0..8),
            events in prop::collection::vec(posted(), 0..6),
            run in prop::collection::vec(happens(), 0..24),
        ) {
            let (mut case, policy, mut ended) = (case(1, 50), policy(), false);
            case.history.extend(history.into_iter().map(|(at, text)| entry(at, text)));
            let mut ours: Ours = events.into_iter().collect();
            for happens in run {
                ours.compare(&case, ended, &policy);
                match happens {
                    Happens::Told(place) => {
                        let missing = ours.missing(&case, ended, &policy).get(place).copied();
                        if let Some(told) = missing.map(|index| &case.history[index]) {
                            ours.add(Posted::of(told.at, told.text(), false), Some(&case));
                        }
                    }
                    Happens::Event(posted) => ours.add(posted, Some(&case)),
                    Happens::Entry(entry) => {
                        case.history.push(entry);
                        ours.forget_comparison();
                    }
                    Happens::Closes(closes) => {
                        let state = if closes { CaseState::Closed } else { CaseState::Open };
                        case.attributes.state = state;
                        ours.forget_comparison();
                    }
                    Happens::Ends(ends) => ended = ends,
                }
                let expected = plainly(&case, ended, &ours);
                let remembered: Vec<usize> = ours.missing(&case, ended, &policy).iter().copied().collect();
                prop_assert_eq!(&remembered, &expected, "remembered");
                let anew: Ours = ours.events.iter().cloned().collect();
                prop_assert_eq!(&anew, &ours);
                let anew: Vec<usize> = anew.missing(&case, ended, &policy).iter().copied().collect();
                prop_assert_eq!(&anew, &expected, "anew");
            }
        }
    }

    #[test]
    fn b12_an_entry_that_was_told_is_taken_off_the_backlog_and_everything_else_stays_known() {
        let (mut case, policy) = (case(1, 50), policy());
        case.history.extend([entry(60, "alice\na"), entry(61, "alice\nb"), entry(62, "alice\nc")]);
        let mut ours = Ours::default();
        ours.compare(&case, false, &policy);
        let mut known = vec![];
        for (at, text) in [(61, "alice\nb"), (60, "alice\na"), (62, "alice\nc")] {
            ours.add(Posted::of(at, text, false), Some(&case));
            known.push(ours.found.of(false).map(|missing| missing.len()));
        }
        assert_eq!(known, [Some(2), Some(1), Some(0)]);
        assert!(ours.found.of(true).is_none(), "once the incident has ended, more is compared");
        let other = || Posted::of(99, "x", false);
        for case in [None, Some(&case)] {
            ours.compare(case.unwrap_or(&crate::decision::testing::case(1, 50)), false, &policy);
            ours.add(other(), case);
            assert!(ours.found.of(false).is_none());
        }
    }

    #[test]
    fn b14_equal_events_are_counted() {
        let ours: Ours = [(61, "a"), (60, "b"), (60, "a"), (60, "b"), (59, "b")]
            .map(|(at, text)| Posted::of(at, text, false))
            .into_iter()
            .chain([Posted::of(60, "a", true)])
            .collect();
        for (at, text, count) in [(60, "b", 2), (60, "a", 1), (59, "b", 1), (60, "c", 0), (62, "a", 0)] {
            assert_eq!(ours.count(at, text), count, "{at} {text}");
            assert_eq!(ours.has_end(at, text), (at, text) == (60, "a"), "{at} {text}");
        }
    }
}
