//! A configuration in place of the one before: each part takes what concerns it (behaviour B75).

use super::Daemon;
use crate::face::{Change, Reload};

impl Daemon {
    /// Goes on with another configuration. Nothing is read again but what follows from it.
    pub(super) fn reload(&mut self, reload: &Reload) {
        if self.schedule.is_stopping() {
            return;
        }
        let Reload { settings, argus, zino, primary } = reload;
        let out = &mut self.out;
        self.schedule.reload(settings.sync().reconcile_interval(), out);
        self.cases.reload(settings, out);
        self.zino.reload(settings.zino(), *zino, out);
        for event in self.argus.reload(settings, *argus, out) {
            self.argus_said(Some(event));
        }
        if *argus == Change::Server {
            self.cases.meet_another_argus();
            self.argus.list_anew(&mut self.out);
            self.zino.read_all();
        }
        let mode = self.primary.reload(settings.failover(), *primary, &mut self.out);
        self.changed_mode(mode);
    }
}
