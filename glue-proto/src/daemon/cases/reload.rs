//! Other settings for the cases (behaviour B75).

use super::Cases;
use crate::daemon::outbox::Outbox;
use crate::decision::Policy;
use crate::face::Settings;

impl Cases {
    /// Goes on with other settings: every case is looked at again, if any of them concerns the cases.
    pub(in crate::daemon) fn reload(&mut self, settings: &Settings, out: &mut Outbox) {
        self.accept_state_loss = settings.accept_state_loss();
        let can_restart = self.policy.can_restart;
        let policy = Policy { can_restart, ..Policy::new(settings) };
        if policy != self.policy {
            self.policy = policy;
            self.request_all(out);
        }
    }

    /// Argus is another one: what the one before did not know, this one may.
    pub(in crate::daemon) fn meet_another_argus(&mut self) {
        self.policy.can_restart = true;
        self.forget_incidents();
    }
}
