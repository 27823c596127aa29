//! Incidents about the daemon itself (behaviour B80), carried between the part that owns them and the others.

use super::Daemon;
use super::exchange::OwnDone;
use super::outbox::{Job, Outbox};
use super::own::{Effect, Known, Own};
use super::queue::Urgency;
use crate::face::{Change, Mode, Purpose, Settings};
use crate::wire::argus::Filter;

/// Makes the part where it is wanted, in a machine that serves.
pub(super) fn begin(settings: &Settings, out: &mut Outbox) -> Option<Own> {
    let is_wanted = settings.self_incidents() && settings.purpose() == Purpose::Serve;
    is_wanted.then(|| Own::new(settings, out))
}

/// Goes on with other settings. Where they were off before, nobody has looked for those that are open.
pub(super) fn reload(daemon: &mut Daemon, settings: &Settings, argus: Change) {
    if let Some(own) = &mut daemon.own {
        own.reload(settings);
        if argus == Change::Server {
            own.begin_anew();
        }
    } else if daemon.once.is_none() {
        daemon.own = begin(settings, &mut daemon.out);
        if daemon.own.is_some() {
            daemon.out.request(Job::List(Filter::Open), Urgency::Later);
        }
    }
}

/// ACTIVE begins: others may have written meanwhile (behaviour B63).
pub(super) fn begin_anew(daemon: &mut Daemon) {
    daemon.own.iter_mut().for_each(Own::begin_anew);
}

/// STANDBY begins.
pub(super) fn stand_by(daemon: &mut Daemon) {
    let Daemon { own, out, .. } = daemon;
    own.iter_mut().for_each(|own| own.stand_by(out));
}

/// Tells whether incidents, of whatever kind, are being ended before STANDBY begins.
pub(super) fn is_handing_over(daemon: &Daemon) -> bool {
    daemon.primary.is_handing_over() || daemon.own.as_ref().is_some_and(Own::is_handing_over)
}

/// Looks whether something is wrong with us.
pub(super) fn look(daemon: &mut Daemon) {
    let known = known(daemon);
    let Daemon { own, out, .. } = daemon;
    own.iter_mut().for_each(|own| own.look(known.as_ref(), out));
}

/// Takes the next step, if one may be taken.
pub(super) fn take_step(daemon: &mut Daemon) {
    let Daemon { own, argus, out, primary, .. } = daemon;
    let own = own.as_mut().filter(|own| primary.mode() == Mode::Active || own.is_handing_over());
    if let Some((call, tries)) = own.and_then(|own| own.begin(out)) {
        argus.take_own_step(call, tries, out);
    }
}

/// Takes in what became of a step.
pub(super) fn done(daemon: &mut Daemon, done: OwnDone) {
    let Daemon { own, cases, out, .. } = daemon;
    match own.as_mut().and_then(|own| own.done(done, out)) {
        Some(Effect::Opened(incident)) => cases.foreign_opened(*incident),
        Some(Effect::Ended { pk }) => cases.foreign_ended(pk),
        None => {}
    }
}

/// Says how the daemon is. Nothing in STANDBY: then its board is kept by the primary.
fn known(daemon: &Daemon) -> Option<Known> {
    let Daemon { zino, cases, primary, schedule, out, .. } = daemon;
    (primary.mode() == Mode::Active).then(|| Known {
        is_zino_lost_for_long: !zino.is_ready() && schedule.is_long(out.now.mono.since(zino.lost_since())),
        is_refused_by_zino: zino.is_refused(),
        held_back: cases.held_back(),
        has_taken_over: primary.status().is_some(),
    })
}
