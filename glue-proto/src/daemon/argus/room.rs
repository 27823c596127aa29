//! How many requests may be under way, and what does not count among them (behaviour B12, B14, B51).

use super::Argus;
use crate::face::Mono;
use crate::model::CaseId;
use alloc::vec::Vec;

impl Argus {
    /// Tells whether one more request may be sent now.
    pub(in crate::daemon) fn has_room(&self, now: Mono) -> bool {
        let (mut under_way, limit) = (self.requests.len(), self.limit.get());
        // How many requests the server copes with says nothing of how long it takes to show thousands of events.
        if (limit..self.limit.most()).contains(&under_way) && !self.availability.is_doubtful() {
            under_way -= self.requests.long_readings(now);
        }
        self.availability.is_open(under_way, limit, now)
    }

    /// Where there is no room now: returns when there may be, because something takes so long that it does not count.
    pub(in crate::daemon) fn room_at(&self, now: Mono) -> Option<Mono> {
        if self.requests.len() < self.limit.most() { self.requests.next_long_reading(now) } else { None }
    }

    /// Returns the cases whose events are being read, where there would be room for something else in place of that.
    pub(in crate::daemon) fn readings(&self, now: Mono) -> Vec<CaseId> {
        let others = self.requests.len().saturating_sub(1);
        let has_room = self.availability.is_open(others, self.limit.get(), now);
        if has_room { self.requests.cases_being_read() } else { Vec::new() }
    }
}
