//! One thing that is tried: how long it has, and what was found.

use super::finding::{Finding, Verdict};
use crate::face::{Millis, Mono};

/// A trial under way, or over. The first finding counts.
#[derive(Clone, Debug)]
pub(super) struct Trial {
    patience: Millis,
    deadline: Mono,
    finding: Option<Finding>,
}

impl Trial {
    /// Begins: without a finding after so long, the peer has been silent.
    pub(super) fn new(now: Mono, patience: Millis) -> Self {
        Self { patience, deadline: now + patience, finding: None }
    }

    /// Gives it its whole time again: something was asked anew.
    pub(super) fn renew(&mut self, now: Mono) {
        self.deadline = now + self.patience;
    }

    /// Ends the trial, unless it is over.
    pub(super) fn end(&mut self, finding: Finding) {
        self.finding.get_or_insert(finding);
    }

    /// Ends the trial if its time is up.
    pub(super) fn pass_time(&mut self, now: Mono) {
        if now >= self.deadline {
            self.end(Finding::Silent { patience: self.patience });
        }
    }

    /// Returns when its time is up, if that matters still.
    pub(super) const fn deadline(&self) -> Option<Mono> {
        if self.finding.is_none() { Some(self.deadline) } else { None }
    }

    pub(super) const fn is_over(&self) -> bool {
        self.finding.is_some()
    }

    /// Tells whether it is over and all is well.
    pub(super) fn is_well(&self) -> bool {
        self.finding.as_ref().is_some_and(|finding| finding.verdict() == Verdict::Ok)
    }

    pub(super) fn finding(&self) -> Finding {
        self.finding.clone().unwrap_or(Finding::Interrupted)
    }
}
