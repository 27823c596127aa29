//! A read-only view of the machine, for simulators and invariants that look at it after every input.

use super::Daemon;
use crate::decision::{SourceId, Tracked};
use crate::face::{Counters, Mode};
use crate::model::CaseId;
use crate::wire::argus::Filter;

/// What the machine knows and does at this moment: borrowed, and as cheap as what is asked for. [`super::Status`] is the owned
/// snapshot.
#[derive(Clone, Copy, Debug)]
pub struct Inspection<'a>(&'a Daemon);

impl<'a> Inspection<'a> {
    pub(super) const fn new(daemon: &'a Daemon) -> Self {
        Self(daemon)
    }

    /// Returns the mode.
    #[must_use]
    pub fn mode(&self) -> Mode {
        self.0.primary.mode()
    }

    /// Tells whether open incidents of ours are being ended before STANDBY begins (behaviour B64, B80).
    #[must_use]
    pub fn is_handing_over(&self) -> bool {
        super::self_incidents::is_handing_over(self.0)
    }

    /// Returns how many probes in a row have had the outcome that the next change of mode needs; none without a primary.
    #[must_use]
    pub fn probes_in_a_row(&self) -> Option<u32> {
        self.0.primary.probes_in_a_row()
    }

    /// Tells whether it is ACTIVE and able to work as far as that lies with itself: what it says to the daemon of a secondary
    /// (behaviour B70).
    #[must_use]
    pub fn is_working(&self) -> bool {
        super::status::is_working(self.0)
    }

    /// Tells whether the session with Zino is up and tied.
    #[must_use]
    pub fn is_zino_ready(&self) -> bool {
        self.0.zino.is_ready()
    }

    /// Tells whether Argus is thought to be reachable.
    #[must_use]
    pub const fn is_argus_reachable(&self) -> bool {
        !self.0.argus.is_down()
    }

    /// Tells whether the daemon can do its job: both servers are reached, our incidents are listed, and nothing
    /// is held back because Zino seems to have lost its state (behaviour B28).
    #[must_use]
    pub fn is_ready(&self) -> bool {
        super::status::not_ready(self.0).is_empty()
    }

    /// Returns how many case numbers are known.
    #[must_use]
    pub fn cases(&self) -> usize {
        self.0.cases.len()
    }

    /// Returns how many incidents of ours are open, as far as is known.
    #[must_use]
    pub fn open_incidents(&self) -> usize {
        self.0.cases.count(Filter::Open)
    }

    /// Returns how many requests to Argus are under way.
    #[must_use]
    pub fn requests_under_way(&self) -> usize {
        self.0.argus.in_flight()
    }

    /// Returns how many requests to Argus may be under way at once, found out from how long they take.
    #[must_use]
    pub const fn request_limit(&self) -> usize {
        self.0.argus.limit()
    }

    /// Returns how many jobs wait for their turn or their time.
    #[must_use]
    pub fn waiting_jobs(&self) -> usize {
        self.0.out.jobs.len()
    }

    /// Returns the cases that are set aside, each with the reason (behaviour B14).
    pub fn quarantined(&self) -> impl Iterator<Item = (CaseId, &'a str)> {
        self.0.cases.set_aside()
    }

    /// Returns how many cases Zino describes in a way that cannot be read.
    #[must_use]
    pub fn unreadable_cases(&self) -> usize {
        self.0.zino.reading().len_put_aside()
    }

    /// Returns how many incidents are held back because Zino has probably lost its state (behaviour B28).
    #[must_use]
    pub fn held_back(&self) -> usize {
        self.0.cases.held_back()
    }

    /// Returns what was done so far, in constant time. Lines and datagrams that were not for us are in [`Self::dropped`].
    #[must_use]
    pub const fn counters(&self) -> &'a Counters {
        &self.0.out.counters
    }

    /// Returns how many lines and datagrams were dropped because they were not for us.
    #[must_use]
    pub fn dropped(&self) -> u64 {
        self.0.out.counters.dropped + self.0.primary.strays()
    }

    /// Returns what is known of every incident with an id of ours.
    pub fn incidents(&self) -> impl Iterator<Item = (SourceId, &'a Tracked)> {
        self.0.cases.incidents()
    }
}
