//! What people in Argus did, told to Zino: acknowledgements, tickets, closings (behaviour B40 to B42).

use super::{Policy, Remark, Step};
use crate::face::AckState;
use crate::model::{Case, Entry, Incident};
use crate::text::zino::stored_text;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

/// The name under which Zino's server itself changes states.
const MONITOR: &str = "monitor";

/// By how much Zino's clock may be behind that of Argus, seconds. A note by its words alone is looked for only where none has the
/// full text, and each counts once, so that an older one is rarely mistaken for it.
const CLOCKS: i64 = 600;

/// Returns what a person said, in the form that the Python glue gave it.
fn note(remark: &Remark) -> String {
    format!("{} ({})", remark.text, remark.user)
}

/// The notes of ours in the history of a case.
struct OurNotes {
    /// Where each stands in the history, when it was written, and its text, oldest first.
    notes: Vec<(usize, i64, String)>,
}

impl OurNotes {
    fn of(case: &Case, policy: &Policy) -> Self {
        let entries = case.history.iter().enumerate();
        let ours = entries.filter(|(_, entry)| entry.author().is_some_and(|author| policy.is_us(author)));
        let note = |(index, entry): (usize, &Entry)| (index, entry.at, stored_text(entry.body()));
        Self { notes: ours.map(note).collect() }
    }

    /// Returns where the last note with this text stands.
    fn last(&self, text: &str) -> Option<usize> {
        let text = stored_text(text);
        self.notes.iter().rfind(|(.., note)| *note == text).map(|(index, ..)| *index)
    }

    /// Returns for each of some remarks, oldest first, where its note stands. Each note stands for one remark. The full text
    /// is looked for first; a user can have been renamed since, so that only what they said is left to go by, and then the
    /// note must not be older than the remark, as far as the two clocks tell (behaviour B40).
    fn places<'a>(&self, remarks: impl Iterator<Item = &'a Remark>) -> Vec<Option<usize>> {
        let mut free: Vec<&(usize, i64, String)> = self.notes.iter().collect();
        let mut take = |fits: &dyn Fn(i64, &str) -> bool| {
            let place = free.iter().position(|(_, at, note)| fits(*at, note))?;
            Some(free.remove(place).0)
        };
        let wanted: Vec<(i64, String)> =
            remarks.map(|remark| (remark.at, stored_text(&note(remark)))).collect();
        let mut places: Vec<Option<usize>> =
            wanted.iter().map(|(_, text)| take(&|_, note| note == text)).collect();
        for ((at, text), place) in wanted.iter().zip(&mut places) {
            let Some(said) = said(text).filter(|_| place.is_none()) else { continue };
            *place = take(&|written, note| {
                written.saturating_add(CLOCKS) >= *at && self::said(note) == Some(said)
            });
        }
        places
    }
}

/// Returns what a person said, out of a note on it.
fn said(note: &str) -> Option<&str> {
    let words = note.strip_suffix(')')?;
    if let Some((said, _)) = words.rsplit_once(" (") {
        Some(said)
    } else {
        words.strip_prefix('(').map(|_| "")
    }
}

/// Returns the steps for the acknowledgements of an open case, the first one first (behaviour B40).
pub(super) fn acknowledge(case: &Case, incident: &Incident, acks: &[Remark], policy: &Policy) -> Vec<Step> {
    let state = match policy.acknowledge {
        None => return Vec::new(),
        Some(AckState::Working) => "working",
        Some(AckState::Waiting) => "waiting",
    };
    let ours = OurNotes::of(case, policy);
    let places = ours.places(acks.iter());
    let mut steps: Vec<Step> = missing(acks.iter().zip(&places)).collect();
    if let Some(newest) = acks.last().filter(|_| incident.acked) {
        let place = ours.last(&note(newest)).or_else(|| places.last().copied().flatten());
        let taken = case.attributes.state.as_str() == state || changed_since(case, newest.at, place);
        steps.extend((!taken).then_some(Step::SetState(state)));
    }
    steps
}

/// Returns the notes on the remarks that have no place in Zino's history. The same words by the same person can be several
/// acknowledgements: each has its own note.
fn missing<'a>(remarks: impl Iterator<Item = (&'a Remark, &'a Option<usize>)>) -> impl Iterator<Item = Step> {
    remarks.filter(|(_, place)| place.is_none()).map(|(remark, _)| Step::Note(note(remark)))
}

/// Tells whether a person, or we, changed the state of a case after a moment. What stands below the place of our note
/// in the history came later whatever the two clocks say.
fn changed_since(case: &Case, at: i64, place: Option<usize>) -> bool {
    case.history.iter().enumerate().any(|(index, entry)| {
        let by_person = entry.state_change().is_some_and(|change| change.user != MONITOR);
        by_person && (place.is_some_and(|place| index > place) || entry.at >= at)
    })
}

/// Tells whether the ticket of an incident is still to be noted in Zino: its URL stands as a whole word in no entry
/// (behaviour B41).
pub(super) fn ticket_is_missing(case: &Case, incident: &Incident) -> bool {
    let url = stored_text(&incident.ticket_url);
    let url = url.trim();
    let mut words = case.history.iter().flat_map(|entry| entry.text().split_whitespace());
    // A URL with a blank in it can be no word: then the line has to hold it.
    let spaced = url.contains(char::is_whitespace);
    let held = || case.history.iter().any(|entry| entry.text().contains(url));
    !url.is_empty() && if spaced { !held() } else { !words.any(|word| word == url) }
}

/// Returns the note on a ticket: who set it is told by the newest change that names it.
pub(super) fn ticket(incident: &Incident, changes: &[Remark]) -> Step {
    let url = incident.ticket_url.trim();
    let change = changes.iter().find(|change| change.text.contains(url));
    let user = change.map_or("(unknown user)", |change| &change.user);
    Step::Note(format!("Ticket {url} added by Argus user {user}"))
}

/// Returns the steps for an open case whose incident was closed by somebody in Argus, the first one first (behaviour B42).
pub(super) fn close(case: &Case, remark: &Remark, acks: &[Remark], policy: &Policy) -> Vec<Step> {
    // An acknowledgement in the same words has a note of its own.
    let acks = if policy.acknowledge.is_some() { acks } else { &[] };
    let remarks = || acks.iter().chain([remark]);
    let places = OurNotes::of(case, policy).places(remarks());
    let mut steps: Vec<Step> = missing(remarks().zip(&places)).collect();
    steps.push(Step::SetState("closed"));
    steps
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decision::testing::{case, entry, incident, policy};
    use alloc::vec;

    /// Returns the first of the steps for acknowledgements.
    fn acknowledge(case: &Case, incident: &Incident, acks: &[Remark], policy: &Policy) -> Option<Step> {
        super::acknowledge(case, incident, acks, policy).into_iter().next()
    }

    /// Returns the first of the steps for a closing.
    fn close(case: &Case, remark: &Remark, acks: &[Remark], policy: &Policy) -> Step {
        super::close(case, remark, acks, policy).into_iter().next().unwrap()
    }

    fn remark(at: i64, text: &str) -> Remark {
        Remark { at, user: "admin".into(), text: text.into() }
    }

    fn acked() -> Incident {
        Incident { acked: true, ..incident(1, 50) }
    }

    #[test]
    fn b40_an_ack_is_noted_and_then_sets_the_state() {
        let mut case = case(1, 50);
        let acks = [remark(100, "I look at it")];
        let note = Step::Note("I look at it (admin)".into());
        assert_eq!(acknowledge(&case, &acked(), &acks, &policy()), Some(note));
        case.history.push(entry(101, "glue\nI look at it (admin)"));
        assert_eq!(acknowledge(&case, &acked(), &acks, &policy()), Some(Step::SetState("working")));
        case.attributes.state = crate::model::CaseState::Working;
        assert_eq!(acknowledge(&case, &acked(), &acks, &policy()), None);
    }

    #[test]
    fn b40_a_note_is_known_by_what_was_said_whatever_the_user_is_called_by_now() {
        let note = |text: &str| Step::Note(text.into());
        // Each: the history, the acknowledgements, and the notes that are missing.
        let said = |at, text: &str, user: &str| Remark { user: user.into(), ..remark(at, text) };
        let ann = || said(100, "mine", "ann-with-a-new-name");
        for (history, acks, missing) in [
            (&[(101, "glue\nmine (ann)")][..], vec![ann()], vec![]),
            (&[(100 - CLOCKS, "glue\nmine (ann)")], vec![ann()], vec![]),
            (&[(99 - CLOCKS, "glue\nmine (ann)")], vec![ann()], vec![note("mine (ann-with-a-new-name)")]),
            (&[(99, "glue\nmine (ann-with-a-new-name)")], vec![ann()], vec![]),
            (&[(101, "alice\nmine (ann)")], vec![ann()], vec![note("mine (ann-with-a-new-name)")]),
            (&[(101, "old-glue\nmine (ann)")], vec![ann()], vec![]),
            (&[(101, "glue\nmine")], vec![ann()], vec![note("mine (ann-with-a-new-name)")]),
            (&[(101, "glue\n(ann)")], vec![said(100, "", "bob")], vec![]),
            (&[(101, "glue\nmine (at last) (ann)")], vec![said(100, "mine (at last)", "bob")], vec![]),
            // Each note stands for one acknowledgement, and those in full words have the first choice.
            (
                &[(101, "glue\nmine (ann)")],
                vec![ann(), said(100, "mine", "ann")],
                vec![note("mine (ann-with-a-new-name)")],
            ),
            (
                &[(101, "glue\nmine (ann)"), (102, "glue\nmine (bob)")],
                vec![ann(), said(100, "mine", "ann")],
                vec![],
            ),
        ] {
            let mut case = case(1, 50);
            case.history.extend(history.iter().map(|(at, text)| entry(*at, text)));
            case.attributes.state = crate::model::CaseState::Working;
            let policy = Policy { former_users: vec!["old-glue".into()], ..policy() };
            assert_eq!(super::acknowledge(&case, &acked(), &acks, &policy), missing, "{history:?}");
        }
    }

    #[test]
    fn b40_a_state_that_a_person_chose_after_the_ack_stays() {
        for (at, user, expected) in [
            (100, "bob", None),
            (130, "bob", None),
            (99, "bob", Some(Step::SetState("working"))),
            (130, "monitor", Some(Step::SetState("working"))),
            (130, "glue", None),
        ] {
            let mut case = case(1, 50);
            case.history.push(entry(at, &format!("state change open -> waiting ({user})")));
            case.history.push(entry(131, "glue\nx (admin)"));
            case.attributes.state = crate::model::CaseState::Waiting;
            assert_eq!(acknowledge(&case, &acked(), &[remark(100, "x")], &policy()), expected, "{at} {user}");
        }
    }

    #[test]
    fn b40_a_change_below_our_note_counts_even_where_the_clocks_disagree() {
        let mut case = case(1, 50);
        case.history.push(entry(90, "glue\nx (admin)"));
        case.history.push(entry(91, "state change working -> open (bob)"));
        assert_eq!(acknowledge(&case, &acked(), &[remark(100, "x")], &policy()), None);
    }

    #[test]
    fn b40_every_ack_gets_its_own_note_also_in_the_same_words() {
        let mut case = case(1, 50);
        let acks = [remark(100, "x"), remark(200, "x"), remark(300, "y")];
        let mut notes = vec![];
        while let Some(Step::Note(text)) = acknowledge(&case, &acked(), &acks, &policy()) {
            case.history.push(entry(301, &format!("glue\n{text}")));
            notes.push(text);
        }
        assert_eq!(notes, ["x (admin)", "x (admin)", "y (admin)"]);
    }

    #[test]
    fn b40_an_expired_ack_is_noted_but_sets_no_state() {
        let mut case = case(1, 50);
        case.history.push(entry(101, "glue\nx (admin)"));
        assert_eq!(acknowledge(&case, &incident(1, 50), &[remark(100, "x")], &policy()), None);
    }

    #[test]
    fn b40_nothing_is_carried_over_where_it_is_switched_off() {
        let off = Policy { acknowledge: None, ..policy() };
        assert_eq!(acknowledge(&case(1, 50), &acked(), &[remark(100, "x")], &off), None);
    }

    #[test]
    fn b40_an_ack_is_recognised_as_zino_has_stored_it() {
        let mut case = case(1, 50);
        case.history.push(entry(101, "glue\nfirst\n.\nthird (admin)"));
        case.attributes.state = crate::model::CaseState::Working;
        let acks = [remark(100, "first \n.\n  third")];
        assert_eq!(acknowledge(&case, &acked(), &acks, &policy()), None);
    }

    #[test]
    fn b41_a_ticket_is_noted_once_with_the_user_of_the_newest_change() {
        let mut case = case(1, 50);
        let ticketed = Incident { ticket_url: "http://t/77".into(), ..incident(1, 50) };
        assert!(ticket_is_missing(&case, &ticketed));
        let change = |user: &str, text: &str| Remark { at: 1, user: user.into(), text: text.into() };
        let changes = [
            change("eve", "x → http://t/7"),
            change("bob", "x → http://t/77"),
            change("al", "x → http://t/77"),
        ];
        let by = |user: &str| Step::Note(format!("Ticket http://t/77 added by Argus user {user}"));
        assert_eq!(ticket(&ticketed, &changes), by("bob"));
        assert_eq!(ticket(&ticketed, &changes[..1]), by("(unknown user)"));
        case.history.push(entry(60, "alice\nsee http://t/777"));
        assert!(ticket_is_missing(&case, &ticketed), "a longer URL is another word");
        case.history.push(entry(60, "alice\nsee http://t/77 there"));
        assert!(!ticket_is_missing(&case, &ticketed));
        assert!(!ticket_is_missing(&case, &incident(1, 50)));
    }

    #[test]
    fn b42_a_close_is_noted_and_then_closes_the_case() {
        let mut case = case(1, 50);
        let remark_ = remark(100, "fixed");
        assert_eq!(close(&case, &remark_, &[], &policy()), Step::Note("fixed (admin)".into()));
        case.history.push(entry(101, "glue\nfixed (admin)"));
        assert_eq!(close(&case, &remark_, &[], &policy()), Step::SetState("closed"));
        let same_words = [remark(90, "fixed")];
        assert_eq!(close(&case, &remark_, &same_words, &policy()), Step::Note("fixed (admin)".into()));
        let off = Policy { acknowledge: None, ..policy() };
        assert_eq!(close(&case, &remark_, &same_words, &off), Step::SetState("closed"));
    }

    #[test]
    fn b41_a_ticket_with_a_blank_in_it_is_there_when_a_line_holds_it() {
        let ticket = Incident { ticket_url: "https://t.example.org/a b".into(), ..incident(1, 50) };
        let mut case = case(1, 50);
        assert!(ticket_is_missing(&case, &ticket));
        case.history.push(entry(60, "bob\nsee https://t.example.org/a c"));
        assert!(ticket_is_missing(&case, &ticket));
        case.history.push(entry(61, "bob\nsee https://t.example.org/a b"));
        assert!(!ticket_is_missing(&case, &ticket));
    }
}
