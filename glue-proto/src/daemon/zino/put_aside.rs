//! A case that could not be read: when it is tried again (behaviour B14).

use crate::daemon::retry::{Pauses, Retry};
use crate::face::{Millis, Mono};

/// The first pause after a case could not be read, or has ended a session; and for how long readings must have failed to say
/// that it can no longer be read (behaviour B27), and not that something has gone wrong for a moment.
const FIRST: Millis = Millis::from_secs(5);
const PAUSES: Pauses = Pauses::new(FIRST, Millis::from_secs(15 * 60));

/// A case that could not be read.
#[derive(Clone, Debug, Default, Hash)]
pub(super) struct PutAside {
    retry: Retry,
    /// When it could not be read for the first time.
    since: Option<Mono>,
    /// The last try ended the whole session, so it is not tried at each change.
    breaks_sessions: bool,
    /// A change has brought a try forward since the last one that was due. Another change waits for the next one that is:
    /// a case that changes all the time would end each session.
    tried_early: bool,
    /// The try was due that is under way, or to be begun. What fails besides, at each change, makes no pause longer.
    is_due: bool,
}

impl PutAside {
    /// It could not be read again.
    pub(super) fn fail(&mut self, breaks_sessions: bool, now: Mono) {
        self.breaks_sessions = breaks_sessions;
        self.since.get_or_insert(now);
        let was_due = core::mem::take(&mut self.is_due) || now >= self.retry.until();
        if was_due {
            self.retry.failed(&PAUSES, now);
        }
    }

    /// Tells whether every reading has failed for so long that it can no longer be read.
    pub(super) fn lasts(&self, now: Mono) -> bool {
        self.since.is_some_and(|since| now >= since + FIRST)
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
        (self.is_due, self.tried_early) = (true, false);
    }

    /// It has changed: tells whether it is to be tried for that only when its pause is over.
    pub(super) const fn must_wait(&mut self) -> bool {
        self.breaks_sessions && core::mem::replace(&mut self.tried_early, true)
    }
}
