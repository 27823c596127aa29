//! Incidents of our source that are about no case: they are counted and not touched (behaviour B11, B25).

use super::{Cases, Tally};
use crate::model::Incident;
use crate::wire::argus::Filter;

impl Cases {
    /// Returns how many incidents of our source there are that a filter lets through, as far as is known.
    pub(in crate::daemon) fn count(&self, filter: Filter) -> usize {
        self.tally.get(filter) + Tally::of(self.foreign.values()).get(filter)
    }

    /// Takes in that there is one more: it is counted from now on, not only from the next listing on.
    pub(in crate::daemon) fn foreign_opened(&mut self, incident: Incident) {
        self.foreign.insert(incident.pk, incident);
    }

    /// Takes in that one has ended.
    pub(in crate::daemon) fn foreign_ended(&mut self, pk: u64) {
        self.foreign.remove(&pk);
    }
}
