//! Other settings for the cases, or another Argus (behaviour B75).

use super::{Cases, Ended, Tally};
use crate::daemon::outbox::Outbox;
use crate::decision::Policy;
use crate::face::{Mono, Settings};

impl Cases {
    /// Goes on with other settings: every case is looked at again, if any of them concerns the cases.
    pub(in crate::daemon) fn reload(&mut self, settings: &Settings, out: &mut Outbox) {
        self.losses.accept_all(settings.accept_state_loss());
        let can_restart = self.policy.can_restart;
        let policy = Policy { can_restart, ..Policy::new(settings) };
        if policy != self.policy {
            self.policy = policy;
            self.request_all(out);
        }
    }

    /// Argus is another one: what the one before did not know, this one may.
    pub(in crate::daemon) fn meet_another_argus(&mut self, now: Mono) {
        self.policy.can_restart = true;
        self.forget_incidents(now);
    }

    /// Takes over from the primary: others may have written meanwhile (behaviour B63).
    pub(in crate::daemon) fn forget_incidents(&mut self, now: Mono) {
        for entry in self.entries.values_mut() {
            entry.forget_incidents(now);
        }
        self.ended = Ended::default();
        self.foreign.clear();
        self.owners.clear();
        self.acted_meanwhile.clear();
        self.tally = Tally::default();
    }
}
