//! Which case an incident of ours belongs to: the event feed names incidents by their numbers alone (behaviour B11).

use crate::model::CaseId;
use alloc::collections::BTreeMap;

/// Finds the case of an incident without looking at every case. A place to look at, and no proof: the entry of the case
/// says which incidents it has.
#[derive(Clone, Debug, Default, Hash)]
pub(super) struct Owners {
    by_incident: BTreeMap<u64, CaseId>,
}

impl Owners {
    /// Returns the case to look at.
    pub(super) fn of(&self, incident: u64) -> Option<CaseId> {
        self.by_incident.get(&incident).copied()
    }

    /// An incident was found to belong to a case.
    pub(super) fn add(&mut self, incident: u64, case: CaseId) {
        self.by_incident.insert(incident, case);
    }

    /// An incident is not known any more.
    pub(super) fn remove(&mut self, incident: u64) {
        self.by_incident.remove(&incident);
    }

    /// Nothing is known any more.
    pub(super) fn clear(&mut self) {
        self.by_incident.clear();
    }
}
