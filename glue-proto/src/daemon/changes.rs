//! Changes of the mode (behaviour, section 7), carried from the part that owns it to the others.

use super::outbox::Outbox;
use super::primary::Primary;
use super::{Daemon, self_incidents};
use crate::face::{Mode, Notice};

/// Tells the part that watches the primary something, and does what follows from it.
pub(super) fn primary_said(
    daemon: &mut Daemon,
    tell: impl FnOnce(&mut Primary, &mut Outbox) -> Option<Mode>,
) {
    let mode = tell(&mut daemon.primary, &mut daemon.out);
    changed_mode(daemon, mode);
}

/// Does what follows from a new mode, if there is one.
pub(super) fn changed_mode(daemon: &mut Daemon, mode: Option<Mode>) {
    match mode {
        None => {}
        Some(Mode::Active) => {
            daemon.primary.end_handover(&mut daemon.out);
            daemon.out.on_the_way.forget_all();
            daemon.out.lost_writes.forget_all();
            daemon.cases.forget_incidents(daemon.out.now.mono);
            self_incidents::begin_anew(daemon);
            daemon.argus.list_anew(&mut daemon.out);
            daemon.zino.read_all(false);
        }
        Some(Mode::Standby) => {
            drop_writes(daemon);
            daemon.out.drop_steps();
            daemon.out.on_the_way.begin_anew();
            self_incidents::stand_by(daemon);
            if daemon.once.is_none() && daemon.primary.begin_handover(&mut daemon.out) {
                daemon.cases.request_all(&mut daemon.out);
                check_handover(daemon);
            }
        }
    }
}

/// Ends handing over once nothing of ours is open any more.
pub(super) fn check_handover(daemon: &mut Daemon) {
    // Asked at every answer of Argus: every case is looked at only where that decides something.
    if daemon.primary.is_handing_over()
        && daemon.argus.listing().is_complete()
        && daemon.cases.is_handed_over()
    {
        end_handover(daemon);
    }
}

pub(super) fn end_handover(daemon: &mut Daemon) {
    daemon.primary.end_handover(&mut daemon.out);
    daemon.out.drop_steps();
    daemon.out.tell(Notice::HandedOver { left: daemon.cases.running() });
}

/// Drops every write to Zino that has not begun.
pub(super) fn drop_writes(daemon: &mut Daemon) {
    let dropped = daemon.zino.drop_writes(&mut daemon.out);
    daemon.cases.withdrawn(&dropped);
}
