//! The types of cases that this program does not know (behaviour B20).

use crate::daemon::outbox::Outbox;
use crate::face::Notice;
use crate::model::{CaseId, CaseType};
use alloc::collections::BTreeSet;
use alloc::string::String;

/// How many unknown case types are remembered as told.
const MOST_TYPES: usize = 64;

/// The unknown types that were told.
#[derive(Clone, Debug, Default, Hash)]
pub(super) struct UnknownTypes(BTreeSet<String>);

impl UnknownTypes {
    /// Tells once of each type of case that this program does not know.
    pub(super) fn note(&mut self, id: CaseId, case_type: &CaseType, out: &mut Outbox) {
        if let CaseType::Other(word) = case_type
            && self.0.len() < MOST_TYPES
            && !self.0.contains(&**word)
        {
            let case_type: String = word.chars().take(40).collect();
            self.0.insert(word.clone().into());
            out.tell(Notice::UnknownType { case: id, case_type });
        }
    }
}
