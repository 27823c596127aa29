//! A case that could not be read: when it is tried again (behaviour B14).

use crate::daemon::retry::{Pauses, Retry};
use crate::face::{Millis, Mono};

/// The pauses after a case could not be read, or has ended a session.
const PAUSES: Pauses = Pauses::new(Millis::from_secs(5), Millis::from_secs(15 * 60));

/// A case that could not be read.
#[derive(Clone, Debug, Default, Hash)]
pub(super) struct PutAside {
    retry: Retry,
    /// The last try ended the whole session, so it is not tried at each change.
    breaks_sessions: bool,
    /// A change has brought a try forward since the last one that was due. Another change waits for the next one that is:
    /// a case that changes all the time would end each session.
    tried_early: bool,
}

impl PutAside {
    /// It could not be read again.
    pub(super) fn fail(&mut self, breaks_sessions: bool, now: Mono) {
        self.breaks_sessions = breaks_sessions;
        self.retry.failed(&PAUSES, now);
    }

    /// Returns when it is tried again.
    pub(super) const fn until(&self) -> Mono {
        self.retry.until()
    }

    /// It is tried again at once.
    pub(super) const fn try_at_once(&mut self) {
        self.retry.at_once();
    }

    /// It is tried again because its pause is over.
    pub(super) fn is_due(&mut self, now: Mono) {
        self.retry.again(&PAUSES, now);
        self.tried_early = false;
    }

    /// It has changed: tells whether it is to be tried for that only when its pause is over.
    pub(super) const fn must_wait(&mut self) -> bool {
        self.breaks_sessions && core::mem::replace(&mut self.tried_early, true)
    }
}
