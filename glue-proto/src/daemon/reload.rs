//! A configuration in place of the one before: each part takes what concerns it (behaviour B75).

use super::{Daemon, changes, self_incidents};
use crate::face::{Change, Reload};

/// Goes on with another configuration. Nothing is read again but what follows from it.
pub(super) fn apply(daemon: &mut Daemon, reload: &Reload) {
    if daemon.schedule.is_stopping() {
        return;
    }
    let Reload { settings, argus, zino, primary } = reload;
    let out = &mut daemon.out;
    daemon.schedule.reload(settings.sync().reconcile_interval(), out);
    out.on_the_way.begin_anew();
    daemon.cases.reload(settings, out);
    daemon.zino.reload(settings.zino(), *zino, out);
    for event in daemon.argus.reload(settings, *argus, out) {
        daemon.argus_said(Some(event));
    }
    if *argus == Change::Server {
        daemon.cases.meet_another_argus(daemon.out.now.mono);
        daemon.argus.list_anew(&mut daemon.out);
        daemon.zino.read_all(false);
    }
    self_incidents::reload(daemon, settings, *argus);
    let mode = daemon.primary.reload(settings.failover(), *primary, &mut daemon.out);
    changes::changed_mode(daemon, mode);
}
