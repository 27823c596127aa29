//! The snapshot for people and for other programs.

use super::Daemon;
use super::cases::Cases;
use crate::face::{ArgusStatus, CaseCount, Counters, Mode, NotReady, Status, Trouble, ZinoStatus};
use alloc::collections::BTreeMap;
use alloc::vec::Vec;

/// Takes the snapshot.
pub(super) fn snapshot(daemon: &Daemon) -> Status {
    let view = daemon.inspect();
    let Daemon { zino, argus, cases, primary, out, .. } = daemon;
    let troubles = cases.set_aside().map(|(case, reason)| Trouble { case, reason: reason.into() });
    Status {
        now: out.now,
        mode: primary.mode(),
        handing_over: view.is_handing_over(),
        not_ready: not_ready(daemon),
        zino: ZinoStatus {
            up_since: zino.ready_since(),
            is_read: zino.is_read(),
            refuses_credentials: zino.is_refused(),
            unreadable_cases: zino.reading().len_put_aside(),
        },
        argus: ArgusStatus {
            is_reachable: !argus.is_down(),
            paused_until: argus.pause(out.now.mono),
            refuses_credentials: argus.is_refused(),
            is_listed: argus.listing().is_complete(),
            requests_under_way: argus.in_flight(),
            answered_in: argus.answered_in(),
            waiting_since: argus.waiting_since(),
            request_limit: argus.limit(),
            waiting_jobs: out.jobs.len(),
        },
        failover: primary.status(),
        is_working: is_working(daemon),
        cases: view.cases(),
        cases_by: counts(cases),
        open_incidents: view.open_incidents(),
        open_by_level: open_by_level(cases),
        held_back: view.held_back(),
        troubles: troubles.collect(),
        counters: Counters { dropped: view.dropped(), ..out.counters.clone() },
    }
}

/// Returns why the machine cannot do its job (behaviour B70).
pub(super) fn not_ready(daemon: &Daemon) -> Vec<NotReady> {
    let Daemon { zino, argus, cases, primary, out, .. } = daemon;
    let is_active = primary.mode() == Mode::Active;
    let held_back = cases.held_back();
    let reasons = [
        (!zino.is_ready()).then_some(NotReady::ZinoLost),
        (zino.is_ready() && !zino.is_read()).then_some(NotReady::ZinoUnread),
        zino.is_refused().then_some(NotReady::CredentialsRefused { by: "Zino" }),
        (is_active && argus.is_refused()).then_some(NotReady::CredentialsRefused { by: "Argus" }),
        (is_active && argus.is_down()).then_some(NotReady::ArgusUnreachable),
        (is_active && argus.listing().is_missed(out.now.mono)).then_some(NotReady::IncidentsUnlisted),
        (held_back > 0).then_some(NotReady::StateLost { incidents: held_back }),
    ];
    reasons.into_iter().flatten().collect()
}

/// Tells whether it is ACTIVE and able to work as far as that lies with itself (behaviour B70).
pub(super) fn is_working(daemon: &Daemon) -> bool {
    let Daemon { argus, primary, schedule, out, .. } = daemon;
    let last_read = out.counters.last_read;
    primary.mode() == Mode::Active
        && !argus.is_refused()
        && last_read.is_some_and(|read| !schedule.is_long(out.now.mono.since(read.mono)))
}

/// Remembers that both sides are in step, if they are; `is_due` says that a job waits for room.
pub(super) fn record_agreement(daemon: &mut Daemon, is_due: bool) {
    let Daemon { zino, argus, primary, out, .. } = daemon;
    let is_in_step = !is_due
        && argus.in_flight() == 0
        && argus.listing().is_complete()
        && !argus.is_down()
        && !argus.is_refused()
        && zino.is_read()
        && !zino.is_writing()
        && primary.mode() == Mode::Active;
    if is_in_step {
        out.counters.last_agreement = Some(out.now);
        out.on_the_way.in_step();
    }
}

/// Counts the cases that could be read, by type and state.
fn counts(cases: &Cases) -> Vec<CaseCount> {
    let mut counts = BTreeMap::new();
    for case in cases.readable() {
        let key = (case.attributes.case_type.known_word(), case.attributes.state.known_word());
        *counts.entry(key).or_default() += 1;
    }
    let row = |((case_type, state), count)| CaseCount { case_type, state, count };
    counts.into_iter().map(row).collect()
}

/// Counts the open incidents of cases at level 1, 2 and so on.
fn open_by_level<const N: usize>(cases: &Cases) -> [usize; N] {
    let mut levels = [0; N];
    for (_, tracked) in cases.incidents().filter(|(_, tracked)| tracked.is_running()) {
        let level = usize::from(tracked.incident.level).checked_sub(1);
        if let Some(count) = level.and_then(|index| levels.get_mut(index)) {
            *count += 1;
        }
    }
    levels
}
