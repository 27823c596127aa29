//! Which cases get an incident (behaviour B20).

use crate::face::Ignored;
use crate::model::{Case, CaseState, CaseType};

/// Tells whether an open case deserves an incident that it does not have yet. Judged anew at every change.
#[must_use]
pub fn is_interesting(case: &Case, ignored: Ignored) -> bool {
    let attributes = &case.attributes;
    let by_type = match &attributes.case_type {
        CaseType::Bfd | CaseType::Other(_) => false,
        CaseType::PortState => {
            case.went_down && attributes.descr.as_deref().is_some_and(|descr| descr.contains(','))
        }
        CaseType::Reachability | CaseType::Bgp | CaseType::Alarm => true,
    };
    let skipped = attributes.state == CaseState::Ignored && ignored == Ignored::Skip;
    by_type && attributes.updated.is_some() && !skipped
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decision::testing::case;
    use alloc::string::String;

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
