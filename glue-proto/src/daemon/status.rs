//! The snapshot for people and for other programs.

use super::Daemon;
use crate::face::{ArgusStatus, Counters, FailoverStatus, NotReady, Status, Trouble, ZinoStatus};
use alloc::vec::Vec;

/// Takes the snapshot.
pub(super) fn snapshot(daemon: &Daemon) -> Status {
    let view = daemon.inspect();
    let Daemon { zino, argus, cases, primary, out, .. } = daemon;
    let troubles = cases.set_aside().map(|(case, reason)| Trouble { case, reason: reason.into() });
    Status {
        mode: primary.mode(),
        handing_over: primary.is_handing_over(),
        not_ready: not_ready(daemon),
        zino: ZinoStatus {
            up_since: zino.ready_since(),
            is_read: zino.is_read(),
            refuses_credentials: zino.is_refused(),
            unreadable_cases: zino.put_aside(),
        },
        argus: ArgusStatus {
            is_reachable: !argus.is_down(),
            paused_until: argus.pause(out.now.mono),
            refuses_credentials: argus.is_refused(),
            is_listed: argus.is_listed(),
            requests_under_way: argus.in_flight(),
            request_limit: argus.limit(),
            waiting_jobs: out.jobs.len(),
        },
        failover: primary
            .probes_in_a_row()
            .zip(primary.threshold())
            .map(|(probes_in_a_row, threshold)| FailoverStatus { probes_in_a_row, threshold }),
        cases: view.cases(),
        open_incidents: view.open_incidents(),
        held_back: view.held_back(),
        troubles: troubles.collect(),
        counters: Counters { dropped: view.dropped(), ..out.counters.clone() },
    }
}

/// Returns why the machine cannot do its job.
pub(super) fn not_ready(daemon: &Daemon) -> Vec<NotReady> {
    let Daemon { zino, argus, cases, .. } = daemon;
    let held_back = cases.held_back();
    let reasons = [
        (!zino.is_ready()).then_some(NotReady::ZinoLost),
        zino.is_refused().then_some(NotReady::CredentialsRefused { by: "Zino" }),
        argus.is_refused().then_some(NotReady::CredentialsRefused { by: "Argus" }),
        argus.is_down().then_some(NotReady::ArgusUnreachable),
        (!argus.is_listed()).then_some(NotReady::IncidentsUnlisted),
        (held_back > 0).then_some(NotReady::StateLost { incidents: held_back }),
    ];
    reasons.into_iter().flatten().collect()
}
