//! Which history entries Argus does not have yet (behaviour B26).

use super::{DAYLIGHT_SAVING, Fingerprint, Ours, Policy, Posted};
use crate::model::{Case, Entry};
use crate::text::argus::description;
use alloc::collections::{BTreeMap, VecDeque};
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;

/// Returns the text of the event that an entry becomes.
pub(super) fn event_text(entry: &Entry) -> String {
    description(entry.text()).into_owned()
}

/// Returns what stands for it.
pub(super) fn fingerprint(entry: &Entry) -> Fingerprint {
    Fingerprint::of(event_text(entry).as_str())
}

/// Tells whether an entry is one that people in Argus want to see: not our own doing, and not the opening of the case,
/// which the incident tells by itself.
fn is_copied(case: &Case, index: usize, entry: &Entry, policy: &Policy) -> bool {
    let change = entry.state_change();
    let own = entry.author().or(change.map(|change| change.user)).is_some_and(|user| policy.is_us(user));
    let opening = index == 0
        && change.is_some_and(|change| (change.from, change.to) == ("embryonic", "open"))
        && entry.at.abs_diff(case.attributes.opened) <= 1;
    !own && !opening
}

/// Returns the entries of a case that are to be compared with Argus, and where they stand, oldest first. The last entry of a closed case is
/// told by the `END` event (behaviour B27), so it is only compared once the incident has ended.
pub(super) fn copied<'a>(
    case: &'a Case,
    ended: bool,
    policy: &'a Policy,
) -> impl Iterator<Item = (usize, &'a Entry)> {
    let told_by_end = if case.is_closed() && !ended { case.history.len().checked_sub(1) } else { None };
    let entries = case.history.iter().enumerate();
    let entries = entries.filter(move |(index, entry)| is_copied(case, *index, entry, policy));
    entries.filter(move |(index, _)| Some(*index) != told_by_end)
}

/// Returns where the entries stand that no event of ours tells of, oldest first.
///
/// Each event accounts for one entry at the most, so two equal entries need two events. Events at the entry's own
/// instant are used up first; what the Python glue may have posted one hour beside it comes after, and last an `END` that
/// was told earlier than its entry was made, because Argus's clock was behind (behaviour B15).
pub(super) fn missing(case: &Case, ended: bool, ours: &Ours, policy: &Policy) -> VecDeque<usize> {
    let mut unused = Unused::new(ours.events());
    let mut left: Vec<(usize, &Entry)> = copied(case, ended, policy).collect();
    for shift in [0, DAYLIGHT_SAVING, -DAYLIGHT_SAVING] {
        left.retain(|(_, entry)| !unused.take(entry, shift));
    }
    let mut ends = unused.ends();
    if !ends.is_empty() {
        left.retain(|(_, entry)| !take_early(&mut ends, entry));
    }
    left.into_iter().map(|(index, _)| index).collect()
}

/// Events of ours that account for no entry yet.
struct Unused<'a> {
    /// By time; what is the same stands together.
    events: &'a [Posted],
    /// How many of the equal ones that begin here are used up.
    used: Vec<usize>,
}

impl<'a> Unused<'a> {
    fn new(events: &'a [Posted]) -> Self {
        Self { events, used: vec![0; events.len()] }
    }

    /// Uses up an event that tells of an entry. Tells whether there was one.
    fn take(&mut self, entry: &Entry, shift: i64) -> bool {
        let at = entry.at.saturating_add(shift);
        let from = self.events.partition_point(|posted| posted.at < at);
        // The text is only made where an instant fits: most comparisons end before that.
        if self.events.get(from).is_none_or(|posted| posted.at != at) {
            return false;
        }
        let key = (at, fingerprint(entry));
        let first = self.events.partition_point(|posted| posted.key() < key);
        let Some(used) = self.used.get_mut(first) else { return false };
        let fits = self.events.get(first + *used).is_some_and(|posted| posted.key() == key);
        *used += usize::from(fits);
        fits
    }

    /// Returns the times of the `END` events that are left, by their texts.
    fn ends(&self) -> BTreeMap<Fingerprint, VecDeque<i64>> {
        let mut ends: BTreeMap<Fingerprint, VecDeque<i64>> = BTreeMap::new();
        let mut used = self.used.as_slice();
        for alike in self.events.chunk_by(|one, other| one.key() == other.key()) {
            let (of_these, rest) = used.split_at(alike.len());
            used = rest;
            let left = alike.iter().skip(of_these.first().copied().unwrap_or(0));
            for end in left.filter(|posted| posted.is_end) {
                ends.entry(end.text).or_default().push_back(end.at);
            }
        }
        ends
    }
}

/// Uses up an `END` that tells of an entry and has an earlier time. Tells whether there was one.
fn take_early(ends: &mut BTreeMap<Fingerprint, VecDeque<i64>>, entry: &Entry) -> bool {
    let Some(times) = ends.get_mut(&fingerprint(entry)) else { return false };
    let is_early = times.front().is_some_and(|at| *at < entry.at);
    is_early && times.pop_front().is_some()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decision::testing::{case, close, entry, policy};
    use crate::model::CaseState;

    fn first_missing<'a>(case: &'a Case, ended: bool, ours: &[Posted], policy: &Policy) -> Option<&'a Entry> {
        let ours = ours.iter().cloned().collect();
        missing(case, ended, &ours, policy).front().map(|index| &case.history[*index])
    }

    fn posted(at: i64, text: &str) -> Posted {
        Posted::of(at, text, false)
    }

    #[test]
    fn b26_what_we_wrote_under_a_former_name_is_not_copied() {
        let former = Policy { former_users: alloc::vec!["old".into()], ..policy() };
        for text in ["old\nacked (admin)", "state change open -> working (old)"] {
            let mut case = case(1, 50);
            case.history.push(entry(60, text));
            assert_eq!(first_missing(&case, false, &[], &former), None, "{text}");
            assert!(first_missing(&case, false, &[], &policy()).is_some(), "{text}");
        }
    }

    #[test]
    fn b26_our_own_entries_and_the_opening_are_not_copied() {
        let mut case = case(1, 50);
        for text in ["glue\nacked (admin)", "state change open -> working (glue)"] {
            case.history.push(entry(60, text));
        }
        assert_eq!(first_missing(&case, false, &[], &policy()), None);
        for text in ["alice\nnote", "state change working -> open (alice)", "two words"] {
            let mut other = case.clone();
            other.history.push(entry(61, text));
            assert_eq!(
                first_missing(&other, false, &[], &policy()).map(|entry| entry.at),
                Some(61),
                "{text}"
            );
        }
    }

    #[test]
    fn b26_only_the_very_first_entry_at_the_opening_is_left_out() {
        let mut late = case(1, 50);
        late.history[0].at = 52;
        assert!(first_missing(&late, false, &[], &policy()).is_some());
        late.history[0].at = 51;
        assert!(first_missing(&late, false, &[], &policy()).is_none());
        let again = entry(50, "state change embryonic -> open (monitor)");
        late.history.push(again);
        assert!(first_missing(&late, false, &[], &policy()).is_some());
    }

    #[test]
    fn b26_two_entries_in_one_second_are_two_events() {
        let mut case = case(1, 50);
        case.history.extend([entry(60, "dave\nA"), entry(60, "dave\nB"), entry(60, "dave\nA")]);
        let texts = ["dave\nA", "dave\nB"].map(|text| posted(60, text));
        let policy = policy();
        let missing = first_missing(&case, false, &texts, &policy).map(Entry::text);
        assert_eq!(missing, Some("dave\nA"));
        let all = [posted(60, "dave\nA"), posted(60, "dave\nA"), posted(60, "dave\nB")];
        assert_eq!(first_missing(&case, false, &all, &policy), None);
    }

    #[test]
    fn b26_texts_are_compared_as_argus_stores_them() {
        let mut case = case(1, 50);
        case.history.push(entry(60, "alice\n\n text \n\n"));
        assert_eq!(first_missing(&case, false, &[posted(60, "alice\n\n text")], &policy()), None);
    }

    #[test]
    fn b26_the_hour_of_the_python_glue_is_recognised_and_used_up_last() {
        let mut case = case(1, 50);
        case.history.push(entry(7200, "alice\nnote"));
        for at in [7200, 3600, 10800] {
            assert_eq!(first_missing(&case, false, &[posted(at, "alice\nnote")], &policy()), None, "{at}");
        }
        assert!(first_missing(&case, false, &[posted(7201, "alice\nnote")], &policy()).is_some());
        case.history.push(entry(10800, "alice\nnote"));
        let one = [posted(10800, "alice\nnote")];
        assert_eq!(first_missing(&case, false, &one, &policy()).map(|entry| entry.at), Some(7200));
    }

    #[test]
    fn b27_the_last_entry_of_a_closed_case_is_told_by_its_end() {
        let mut case = case(1, 50);
        close(&mut case, 60, "monitor");
        assert_eq!(first_missing(&case, false, &[], &policy()), None);
        assert!(first_missing(&case, true, &[], &policy()).is_some());
        let end = [posted(60, "state change open -> closed (monitor)")];
        assert_eq!(first_missing(&case, true, &end, &policy()), None);
    }

    #[test]
    fn b15_an_end_that_was_told_earlier_tells_its_entry_and_is_used_up_last() {
        let mut case = case(1, 50);
        close(&mut case, 500, "monitor");
        let end = |at| Posted { is_end: true, ..posted(at, "state change open -> closed (monitor)") };
        let missing = |case: &Case, ours: &[Posted]| {
            first_missing(case, true, ours, &policy()).map(|entry| (entry.at, String::from(entry.text())))
        };
        assert_eq!(missing(&case, &[end(200)]), None);
        assert!(missing(&case, &[end(501)]).is_some(), "no END is told later than it is due");
        assert!(missing(&case, &[Posted { is_end: false, ..end(200) }]).is_some(), "history keeps its time");
        case.history.push(entry(510, "state change closed -> open (alice)"));
        case.attributes.state = CaseState::Open;
        close(&mut case, 520, "monitor");
        let reopened = posted(510, "state change closed -> open (alice)");
        for (ends, expected) in [
            (&[200][..], Some(520)),
            (&[200, 230], None),
            (&[500], Some(520)),
            (&[230, 520], None),
            (&[500, 520], None),
        ] {
            let ours: Vec<Posted> = ends.iter().map(|at| end(*at)).chain([reopened.clone()]).collect();
            assert_eq!(missing(&case, &ours).map(|(at, _)| at), expected, "{ends:?}");
        }
    }

    #[test]
    fn b23_a_long_entry_is_cut_and_still_recognised() {
        let mut case = case(1, 50);
        let mut long = String::from("alice\n");
        long.push_str(&"å".repeat(40_000));
        case.history.push(entry(60, &long));
        let text = event_text(&case.history[1]);
        assert!(text.len() <= crate::text::argus::MAX_DESCRIPTION && text.ends_with('…'));
        assert_eq!(first_missing(&case, false, &[posted(60, &text)], &policy()), None);
    }
}
