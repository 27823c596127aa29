//! Which cases get an incident (behaviour B20).

use super::Policy;
use crate::face::{Ignored, NeverDown};
use crate::model::{Case, CaseState, CaseType, Condition};
use core::fmt;

/// Why a case gets no incident.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Uninteresting {
    /// Cases of its type never get one.
    Type,
    /// This program does not know its type.
    UnknownType,
    /// It was never updated: planned maintenance makes such placeholders.
    NeverUpdated,
    /// It is in state `ignored`.
    Ignored,
    /// Its port never went down.
    PortNeverDown,
    /// Its port's description has no comma.
    NoComma,
    /// Its router, or the alarms that it is about, never went down: planned maintenance makes such cases.
    NeverDown,
}

impl fmt::Display for Uninteresting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Type => "cases of this type get no incident",
            Self::UnknownType => "this program does not know its type",
            Self::NeverUpdated => "it was never updated",
            Self::Ignored => "it is in state ignored",
            Self::PortNeverDown => "its log has no line that says that the port went down",
            Self::NoComma => "the description of its port has no comma",
            Self::NeverDown => "what it is about never was down",
        })
    }
}

impl Uninteresting {
    /// Says what gives such a case an incident, where somebody can do something about it.
    #[must_use]
    pub const fn remedy(self) -> Option<&'static str> {
        match self {
            Self::NoComma => Some("give the port a description with a comma, such as \"core link, oslo\""),
            Self::Ignored => Some("set another state in Zino, or sync.ignored = \"sync\""),
            Self::NeverDown => Some("sync.never_down = \"sync\""),
            Self::Type | Self::UnknownType | Self::NeverUpdated | Self::PortNeverDown => None,
        }
    }
}

/// Returns why an open case that has no incident gets none, if it gets none. Judged anew at every change.
#[must_use]
pub fn uninteresting(case: &Case, policy: &Policy) -> Option<Uninteresting> {
    let attributes = &case.attributes;
    match &attributes.case_type {
        CaseType::Bfd => return Some(Uninteresting::Type),
        CaseType::Other(_) => return Some(Uninteresting::UnknownType),
        CaseType::PortState if !case.went_down => return Some(Uninteresting::PortNeverDown),
        CaseType::PortState if !attributes.descr.as_deref().is_some_and(|descr| descr.contains(',')) => {
            return Some(Uninteresting::NoComma);
        }
        CaseType::Reachability | CaseType::Alarm if is_skipped_as_never_down(case, policy) => {
            return Some(Uninteresting::NeverDown);
        }
        CaseType::PortState | CaseType::Reachability | CaseType::Bgp | CaseType::Alarm => {}
    }
    if attributes.updated.is_none() {
        return Some(Uninteresting::NeverUpdated);
    }
    let skipped = attributes.state == CaseState::Ignored && policy.ignored == Ignored::Skip;
    skipped.then_some(Uninteresting::Ignored)
}

fn is_skipped_as_never_down(case: &Case, policy: &Policy) -> bool {
    policy.never_down == NeverDown::Skip && case.attributes.condition == Condition::Up && !case.went_down
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decision::testing::{case, policy};
    use alloc::string::String;

    fn is_interesting(case: &Case, ignored: Ignored) -> bool {
        uninteresting(case, &Policy { ignored, ..policy() }).is_none()
    }

    #[test]
    fn b20_types_are_interesting_or_not() {
        let table = [("bfd", false), ("reachability", true), ("bgp", true), ("alarm", true), ("fan", false)];
        for (word, expected) in table {
            let mut case = case(1, 50);
            case.attributes.case_type = CaseType::from_word(word);
            assert_eq!(is_interesting(&case, Ignored::Skip), expected, "{word}");
        }
    }

    #[test]
    fn b20_a_port_is_interesting_once_it_went_down_and_its_description_has_a_comma() {
        for (went_down, descr, expected) in [
            (true, Some("a, b"), true),
            (false, Some("a, b"), false),
            (true, Some("a b"), false),
            (true, Some(""), false),
            (true, None, false),
        ] {
            let mut case = case(1, 50);
            case.attributes.case_type = CaseType::PortState;
            case.attributes.descr = descr.map(String::from);
            case.went_down = went_down;
            assert_eq!(is_interesting(&case, Ignored::Skip), expected, "{went_down} {descr:?}");
        }
    }

    #[test]
    fn b20_a_case_of_what_never_was_down_is_interesting_only_where_such_cases_are_synced() {
        for (word, condition, went_down, never_down, expected) in [
            ("reachability", Condition::Up, false, NeverDown::Skip, false),
            ("reachability", Condition::Up, false, NeverDown::Sync, true),
            ("reachability", Condition::Up, true, NeverDown::Skip, true),
            ("reachability", Condition::Down, false, NeverDown::Skip, true),
            ("reachability", Condition::Unknown, false, NeverDown::Skip, true),
            ("alarm", Condition::Up, false, NeverDown::Skip, false),
            ("bgp", Condition::Up, false, NeverDown::Skip, true),
        ] {
            let mut case = case(1, 50);
            case.attributes.case_type = CaseType::from_word(word);
            case.attributes.condition = condition;
            case.went_down = went_down;
            let policy = Policy { never_down, ..policy() };
            let is_interesting = uninteresting(&case, &policy).is_none();
            assert_eq!(is_interesting, expected, "{word} {condition:?} {went_down} {never_down:?}");
        }
    }

    #[test]
    fn b20_a_case_that_was_never_updated_is_not_interesting_yet() {
        let mut case = case(1, 50);
        case.attributes.updated = None;
        assert!(!is_interesting(&case, Ignored::Sync));
    }

    #[test]
    fn b20_an_ignored_case_is_interesting_only_where_ignored_cases_are_synced() {
        let mut case = case(1, 50);
        case.attributes.state = CaseState::Ignored;
        assert!(!is_interesting(&case, Ignored::Skip));
        assert!(is_interesting(&case, Ignored::Sync));
    }
}
