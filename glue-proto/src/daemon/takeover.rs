//! Watching the primary, and changing between STANDBY and ACTIVE (behaviour, section 7).

use super::queue::Urgency;
use super::{Action, Daemon, Job, Notice, ProbeFailure, ProbeId};
use crate::daemon::failover::{Failover, Switch};
use crate::face::Mode;
use crate::face::Timer;
use crate::face::{FailoverSettings, Millis, Mono, OnStandby};
use crate::wire::argus::Filter;
use crate::wire::snmp::{Outcome, Probe};
use alloc::string::{String, ToString};

/// How long handing over may take at the most: what could not be ended by then stays open (behaviour B64).
const HANDOVER: Millis = Millis::from_secs(60);

/// The watch on the primary.
#[derive(Clone, Debug, Hash)]
pub(super) struct Watch {
    settings: FailoverSettings,
    pub(super) failover: Failover,
    probe: Option<(ProbeId, Probe)>,
    probed_at: Mono,
    /// Datagrams that were no answer to the probe that they came in on.
    pub(super) strays: u64,
    /// Our open incidents are being ended before STANDBY begins.
    handing_over: bool,
}

impl Watch {
    pub(super) fn new(settings: FailoverSettings) -> Self {
        let failover = Failover::new(settings.threshold);
        Self { settings, failover, probe: None, probed_at: Mono(0), strays: 0, handing_over: false }
    }
}

impl Daemon {
    /// Returns the mode. Without a primary to watch it is always ACTIVE (behaviour B60).
    #[must_use]
    pub fn mode(&self) -> Mode {
        self.watch.as_ref().map_or(Mode::Active, |watch| watch.failover.mode())
    }

    /// Tells whether our open incidents are being ended before STANDBY begins (behaviour B64).
    #[must_use]
    pub fn is_handing_over(&self) -> bool {
        self.watch.as_ref().is_some_and(|watch| watch.handing_over)
    }

    /// Tells whether anything may be written to Zino or to incidents (behaviour B62).
    pub(super) fn may_write(&self) -> bool {
        self.mode() == Mode::Active || self.is_handing_over()
    }

    /// Sends a probe (behaviour B60). The next one is due an interval later, but never before this one has ended.
    pub(super) fn send_probe(&mut self) {
        let Some(watch) = &mut self.watch else { return };
        let now = self.out.now.mono;
        let community = watch.settings.community.expose().as_bytes();
        let probe = Probe::new(community, self.out.seed.next_i32(), now, watch.settings.ping_timeout);
        let id = self.out.new_probe();
        self.out.timers.set(Timer::ProbeReply, probe.deadline());
        self.out.act(Action::SendDatagram { probe: id, bytes: probe.datagram().into() });
        watch.probed_at = now;
        watch.probe = Some((id, probe));
    }

    /// Takes in a datagram.
    pub(super) fn datagram(&mut self, id: ProbeId, bytes: &[u8]) {
        let Some(watch) = &mut self.watch else { return };
        let Some((_, probe)) = watch.probe.as_mut().filter(|(current, _)| *current == id) else {
            watch.strays += 1;
            return;
        };
        match probe.receive(bytes) {
            Some(Outcome::Answered { uptime }) => {
                self.out.tell(Notice::PrimaryAnswered { uptime });
                self.probed(true);
            }
            Some(Outcome::Failed(error)) => self.probe_failed(error.to_string()),
            None => watch.strays += 1,
        }
    }

    /// Takes in that a datagram could not be sent, or was sent back.
    pub(super) fn datagram_failed(&mut self, id: ProbeId, reason: ProbeFailure) {
        let current = self.watch.as_ref().and_then(|watch| watch.probe.as_ref());
        if current.is_some_and(|(current, _)| *current == id) {
            self.probe_failed(reason.to_string());
        }
    }

    /// Takes in that a probe has failed.
    pub(super) fn probe_failed(&mut self, reason: String) {
        self.out.tell(Notice::PrimarySilent { reason });
        self.probed(false);
    }

    fn probed(&mut self, answered: bool) {
        let Some(watch) = &mut self.watch else { return };
        watch.probe = None;
        let now = self.out.now.mono;
        self.out.timers.stop(Timer::ProbeReply);
        self.out.timers.set(Timer::Probe, (watch.probed_at + watch.settings.ping_interval).max(now));
        if let Some(Switch { to, count, .. }) = watch.failover.record(answered) {
            self.out.tell(Notice::ModeChanged { to, count });
            match to {
                Mode::Active => self.activate(),
                Mode::Standby => self.stand_down(),
            }
        }
    }

    /// Takes over: everything is reconciled at once (behaviour B63).
    fn activate(&mut self) {
        if let Some(watch) = &mut self.watch {
            watch.handing_over = false;
        }
        self.out.timers.stop(Timer::Handover);
        // Others may have written meanwhile: what was known of Argus is worth nothing.
        for slot in self.slots.values_mut() {
            slot.incidents.clear();
            slot.unread.clear();
            slot.succeed();
        }
        self.survey.forget();
        let now = self.out.now.mono;
        self.queue.request(Job::List(Filter::Open), Urgency::Now, now, now);
        self.zino.read_all();
    }

    /// Gives back: nothing more is written, but for the ends of our open incidents where that is wanted.
    fn stand_down(&mut self) {
        self.drop_zino_writes();
        let close = self.watch.as_ref().is_some_and(|watch| watch.settings.on_standby == OnStandby::Close);
        self.queue.retain(|job| !matches!(job, Job::Case(_)));
        if !close {
            return;
        }
        if let Some(watch) = &mut self.watch {
            watch.handing_over = true;
        }
        let now = self.out.now.mono;
        self.out.timers.set(Timer::Handover, now + HANDOVER);
        self.request_all();
        self.check_handover();
    }

    /// Ends handing over once nothing of ours is open any more.
    pub(super) fn check_handover(&mut self) {
        // Asked at every answer of Argus: every case is looked at only where that decides something.
        if !self.is_handing_over() || !self.survey.listed {
            return;
        }
        let mut slots = self.slots.values();
        if !slots.any(|slot| slot.is_running() || slot.busy.is_some() || !slot.unread.is_empty()) {
            self.end_handover();
        }
    }

    /// Ends handing over, whatever is still open.
    pub(super) fn end_handover(&mut self) {
        self.out.timers.stop(Timer::Handover);
        self.queue.retain(|job| !matches!(job, Job::Case(_)));
        let left = self.slots.values().filter(|slot| slot.is_running()).count();
        if let Some(watch) = &mut self.watch {
            watch.handing_over = false;
        }
        self.out.tell(Notice::HandedOver { left });
    }

    /// Drops every write to Zino that has not begun.
    pub(super) fn drop_zino_writes(&mut self) {
        for id in self.zino.drop_writes(&mut self.out) {
            if let Some(slot) = self.slots.get_mut(&id) {
                slot.busy = None;
            }
        }
    }
}
