//! Which incident belongs to which case (behaviour B25).

use crate::model::CaseId;
use alloc::format;
use alloc::string::String;

/// The Python glue took every stamp at the offset that was in force when it started: across a change to or from
/// daylight-saving time that is exactly one hour wrong (reference glue-behaviour 4).
pub const DAYLIGHT_SAVING: i64 = 3600;

/// What a `source_incident_id` says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SourceId {
    /// The number of the case.
    pub case: CaseId,
    /// The instant at which the case was opened, where the number alone was taken already.
    pub opened: Option<i64>,
}

impl SourceId {
    /// Reads an id of ours: a number as decimal text, or `{number}@{opened}`. Any other is not ours to touch.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (number, opened) = match text.split_once('@') {
            Some((number, opened)) => (number, Some(opened.parse::<i64>().ok()?)),
            None => (text, None),
        };
        let id = Self { case: CaseId(number.parse().ok()?), opened };
        // Only the canonical spelling: `+1` and `007` are somebody else's.
        (id.text() == text).then_some(id)
    }

    /// Writes the id.
    #[must_use]
    pub fn text(&self) -> String {
        match self.opened {
            Some(opened) => format!("{}@{opened}", self.case),
            None => format!("{}", self.case),
        }
    }

    /// Tells whether an incident with this id and `start_time` belongs to the case of this number that was opened at
    /// `opened`.
    #[must_use]
    pub fn fits(&self, start_time: i64, opened: i64) -> bool {
        let difference = start_time.abs_diff(opened);
        match self.opened {
            // The id alone says which case it is.
            Some(own) => own == opened,
            None => difference == 0 || difference == DAYLIGHT_SAVING.unsigned_abs(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn b25_only_canonical_ids_are_ours() {
        for text in ["1", "0", "18446744073709551615", "4711@1795357544", "4711@-5"] {
            assert_eq!(SourceId::parse(text).map(|id| id.text()).as_deref(), Some(text));
        }
        for text in
            ["", "x", "+1", "007", "1@", "@1", "1@x", "1@+5", "-1", "18446744073709551616", "1 ", "1@2@3"]
        {
            assert_eq!(SourceId::parse(text), None, "{text:?}");
        }
    }

    #[test]
    fn b25_an_incident_fits_at_the_same_instant_or_exactly_one_hour_beside_it() {
        let plain = SourceId { case: CaseId(1), opened: None };
        for (start, expected) in
            [(5000, true), (8600, true), (1400, true), (5001, false), (4999, false), (8599, false)]
        {
            assert_eq!(plain.fits(start, 5000), expected, "{start}");
        }
        let suffixed = SourceId { case: CaseId(1), opened: Some(5000) };
        assert!(suffixed.fits(5000, 5000));
        assert!(suffixed.fits(8600, 5000));
        assert!(!suffixed.fits(5000, 8600));
        assert!(!plain.fits(i64::MIN, i64::MAX));
    }
}
