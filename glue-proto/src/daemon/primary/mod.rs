//! The primary: watching it, and changing between STANDBY and ACTIVE (behaviour, section 7).

mod asked;
mod failover;

use super::exchange::HANDOVER;
use super::outbox::Outbox;
use crate::face::{
    Action, Change, Failback, FailoverCommand, FailoverSettings, FailoverStatus, HealthAnswer, Millis, Mode,
    Mono, Notice, OnStandby, OperatorNotice, Override, ProbeFailure, ProbeId, ProbeResult, Timer,
};
use crate::wire::snmp::{Outcome, Probe};
use alloc::string::{String, ToString};
use asked::Asked;
use failover::{Failover, Switch};

/// Our side of the primary: the watch on it, if there is one, and the mode that follows.
#[derive(Clone, Debug, Hash)]
pub(super) struct Primary(Option<Watch>);

/// The watch on the primary.
#[derive(Clone, Debug, Hash)]
struct Watch {
    settings: FailoverSettings,
    failover: Failover,
    overridden: Option<Override>,
    probe: Option<Asked>,
    probed_at: Mono,
    /// Datagrams that were no answer to the probe that they came in on.
    strays: u64,
    /// Our open incidents are being ended before STANDBY begins.
    handing_over: bool,
}

impl Primary {
    pub(super) fn new(settings: Option<FailoverSettings>) -> Self {
        Self(settings.map(Watch::new))
    }

    /// Goes on with other settings, in the same mode: without a primary that is ACTIVE. Returns the new mode, if it has
    /// changed.
    pub(super) fn reload(
        &mut self,
        settings: Option<&FailoverSettings>,
        change: Change,
        out: &mut Outbox,
    ) -> Option<Mode> {
        let mode = self.mode();
        let Some(settings) = settings else {
            self.0.take()?;
            for timer in [Timer::Probe, Timer::ProbeReply, Timer::Override, Timer::Handover] {
                out.timers.stop(timer);
            }
            return (mode == Mode::Standby).then(|| {
                out.tell(Notice::NoPrimary);
                Mode::Active
            });
        };
        let is_new = self.0.is_none() || change == Change::Server;
        let watch = self.0.get_or_insert_with(|| Watch::new(settings.clone()));
        if is_new || watch.settings.threshold() != settings.threshold() {
            watch.failover = Failover::begin(settings.threshold(), mode);
        }
        watch.settings = settings.clone();
        if is_new {
            self.send_probe(out);
        }
        None
    }

    /// Returns the mode. Without a primary to watch it is always ACTIVE (behaviour B60).
    pub(super) fn mode(&self) -> Mode {
        self.0.as_ref().map_or(Mode::Active, |watch| watch.failover.mode())
    }

    /// Tells whether our open incidents are being ended before STANDBY begins (behaviour B64).
    pub(super) fn is_handing_over(&self) -> bool {
        self.0.as_ref().is_some_and(|watch| watch.handing_over)
    }

    /// Returns how many probes in a row have had the outcome that the next change of mode needs; none without a primary.
    pub(super) fn probes_in_a_row(&self) -> Option<u32> {
        self.0.as_ref().map(|watch| watch.failover.in_a_row())
    }

    /// Returns what people are to know of the watch; none without a primary.
    pub(super) fn status(&self) -> Option<FailoverStatus> {
        self.0.as_ref().map(|watch| FailoverStatus {
            probes_in_a_row: watch.failover.in_a_row(),
            threshold: watch.settings.threshold(),
            probes_decide: watch.may_switch(),
            overridden: watch.overridden,
            failback: watch.settings.failback(),
            asks_health: watch.settings.asks_health(),
        })
    }

    /// Does what an operator asks for (behaviour B77). Returns the new mode, if it has changed.
    pub(super) fn command(&mut self, command: FailoverCommand, out: &mut Outbox) -> Option<Mode> {
        let watch = self.0.as_mut()?;
        match command {
            FailoverCommand::Pause(period) => {
                watch.pause(period, out);
                None
            }
            FailoverCommand::Resume => {
                watch.resume(out);
                None
            }
            FailoverCommand::Keep(mode) => watch.keep(mode, out),
        }
    }

    /// A pause that was given for a time is over.
    pub(super) fn pause_over(&mut self, out: &mut Outbox) {
        if let Some(watch) = &mut self.0 {
            watch.resume(out);
        }
    }

    /// Tells whether the last probe was answered.
    pub(super) fn has_answered(&self) -> bool {
        self.0.as_ref().is_some_and(|watch| watch.failover.has_answered())
    }

    /// Returns how many datagrams were no answer to a probe.
    pub(super) fn strays(&self) -> u64 {
        self.0.as_ref().map_or(0, |watch| watch.strays)
    }

    /// Sends a probe, if there is anything to watch (behaviour B60). The next one is due an interval later, but never before
    /// this one has ended.
    pub(super) fn send_probe(&mut self, out: &mut Outbox) {
        let Some(watch) = &mut self.0 else { return };
        let now = out.now.mono;
        let community = watch.settings.community().expose().as_bytes();
        let probe = Probe::new(community, out.seed.next_i32(), now, watch.settings.ping_timeout());
        let id = out.new_probe();
        out.timers.set(Timer::ProbeReply, probe.deadline());
        out.act(Action::SendDatagram { probe: id, bytes: probe.datagram().into() });
        let asks_health = watch.settings.asks_health();
        if asks_health {
            out.act(Action::AskHealth { probe: id });
        }
        watch.probed_at = now;
        watch.probe = Some(Asked::new(id, probe, asks_health));
    }

    /// Takes in how many addresses a probe was sent to.
    pub(super) fn probe_sent(&mut self, id: ProbeId, addresses: u32) {
        let asked = self.0.as_mut().and_then(|watch| watch.asked(id));
        if let Some(probe) = asked.and_then(Asked::agent) {
            probe.sent(addresses);
        }
    }

    /// Takes in a datagram. Returns the new mode, if it has changed; so do the next three.
    pub(super) fn datagram(&mut self, id: ProbeId, bytes: &[u8], out: &mut Outbox) -> Option<Mode> {
        let watch = self.0.as_mut()?;
        let Some(probe) = watch.asked(id).and_then(Asked::agent) else {
            watch.strays += 1;
            return None;
        };
        match probe.receive(bytes) {
            Some(Outcome::Answered { uptime }) => {
                out.counters.probe_times.snmp.record(out.now.mono.since(watch.probed_at));
                out.tell(Notice::PrimaryAnswered { uptime });
                watch.agent_said(true, out)
            }
            Some(Outcome::Failed(error)) => watch.agent_failed(error.to_string(), out),
            None => {
                watch.strays += 1;
                None
            }
        }
    }

    /// Takes in that the datagram to one address could not be sent, or was sent back.
    pub(super) fn datagram_failed(
        &mut self,
        id: ProbeId,
        reason: ProbeFailure,
        out: &mut Outbox,
    ) -> Option<Mode> {
        let watch = self.0.as_mut()?;
        let probe = watch.asked(id).and_then(Asked::agent);
        if probe.is_some_and(Probe::lose) { watch.agent_failed(reason.to_string(), out) } else { None }
    }

    /// Takes in what the primary's daemon says of itself, or why it does not (behaviour B78).
    pub(super) fn health(&mut self, id: ProbeId, answer: HealthAnswer, out: &mut Outbox) -> Option<Mode> {
        let watch = self.0.as_mut()?;
        let asked = watch.asked(id).filter(|asked| asked.awaits_daemon())?;
        asked.daemon_said(answer.result());
        if let HealthAnswer::Status(_) = answer {
            out.counters.probe_times.health.record(out.now.mono.since(watch.probed_at));
        }
        out.tell(Notice::PrimaryHealth { answer: Some(answer) });
        watch.judge(out)
    }

    /// The answers to the probe are overdue.
    pub(super) fn probe_overdue(&mut self, out: &mut Outbox) -> Option<Mode> {
        let watch = self.0.as_mut()?;
        let asked = watch.probe.as_mut()?;
        if asked.awaits_daemon() {
            asked.daemon_said(ProbeResult::Silent);
            out.tell(Notice::PrimaryHealth { answer: None });
        }
        if asked.agent().is_some() {
            watch.agent_failed("no answer in time".into(), out)
        } else {
            watch.judge(out)
        }
    }

    /// Begins to hand over, if that is wanted; tells whether it is.
    pub(super) fn begin_handover(&mut self, out: &mut Outbox) -> bool {
        let watch = self.0.as_mut().filter(|watch| watch.settings.on_standby() == OnStandby::Close);
        let Some(watch) = watch else { return false };
        watch.handing_over = true;
        out.timers.set(Timer::Handover, out.now.mono + HANDOVER);
        true
    }

    /// Ends handing over, whatever is still open.
    pub(super) fn end_handover(&mut self, out: &mut Outbox) {
        out.timers.stop(Timer::Handover);
        if let Some(watch) = &mut self.0 {
            watch.handing_over = false;
        }
    }
}

impl Watch {
    const fn new(settings: FailoverSettings) -> Self {
        Self {
            failover: Failover::new(settings.threshold()),
            settings,
            overridden: None,
            probe: None,
            probed_at: Mono(0),
            strays: 0,
            handing_over: false,
        }
    }

    /// Returns the probe with this name, if it is under way.
    fn asked(&mut self, id: ProbeId) -> Option<&mut Asked> {
        self.probe.as_mut().filter(|asked| asked.is(id))
    }

    fn agent_failed(&mut self, reason: String, out: &mut Outbox) -> Option<Mode> {
        out.tell(Notice::PrimarySilent { reason });
        self.agent_said(false, out)
    }

    fn agent_said(&mut self, answered: bool, out: &mut Outbox) -> Option<Mode> {
        self.probe.iter_mut().for_each(|asked| asked.agent_said(answered));
        self.judge(out)
    }

    /// Counts the probe, if all has been said.
    fn judge(&mut self, out: &mut Outbox) -> Option<Mode> {
        let answered = self.probe.as_ref()?.outcome()?;
        self.probe = None;
        let now = out.now.mono;
        out.timers.stop(Timer::ProbeReply);
        out.timers.set(Timer::Probe, (self.probed_at + self.settings.ping_interval()).max(now));
        let Switch { to, count } = self.failover.record(answered, self.may_switch())?;
        out.tell(Notice::ModeChanged { to, count });
        Some(to)
    }

    /// Tells whether the probes decide (behaviour B61, B77).
    fn may_switch(&self) -> bool {
        let ends_by_command =
            self.failover.mode() == Mode::Active && self.settings.failback() == Failback::Manual;
        self.overridden.is_none() && !ends_by_command
    }

    fn pause(&mut self, period: Option<Millis>, out: &mut Outbox) {
        let until = period.map(|period| out.now.mono + period);
        self.overridden = Some(Override::Paused(until));
        out.timers.put(Timer::Override, until);
        out.tell(Notice::Operator(OperatorNotice::FailoverPaused { mode: self.failover.mode(), period }));
    }

    /// The probes decide again. What was seen meanwhile has decided nothing, and does not do so late.
    fn resume(&mut self, out: &mut Outbox) {
        self.overridden = None;
        out.timers.stop(Timer::Override);
        self.failover.set(self.failover.mode());
        out.tell(Notice::Operator(OperatorNotice::FailoverResumed));
    }

    fn keep(&mut self, to: Mode, out: &mut Outbox) -> Option<Mode> {
        let changed = self.failover.mode() != to;
        self.overridden = Some(Override::Kept(to));
        out.timers.stop(Timer::Override);
        self.failover.set(to);
        out.tell(Notice::Operator(OperatorNotice::ModeOrdered { to, changed }));
        changed.then_some(to)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::face::{HttpCause, Now, Settings, Wall};
    use alloc::vec::Vec;

    fn primary(threshold: u32, on_standby: OnStandby) -> Primary {
        let failover = FailoverSettings::builder().threshold(threshold.into()).on_standby(on_standby);
        let settings = Settings::example().to_builder().failover(Some(failover)).build().unwrap();
        Primary::new(settings.failover().cloned())
    }

    fn outbox() -> Outbox {
        Outbox::new(Now { mono: Mono(1000), wall: Wall(0) }, 1)
    }

    /// Sends a probe; returns its id.
    fn probe(primary: &mut Primary, out: &mut Outbox) -> ProbeId {
        while out.poll_action().is_some() {}
        primary.send_probe(out);
        let Some(Action::SendDatagram { probe, .. }) = out.poll_action() else { panic!("no probe") };
        probe
    }

    #[test]
    fn b60_without_a_primary_the_mode_is_active_and_nothing_is_asked() {
        let (mut primary, mut out) = (Primary::new(None), outbox());
        primary.send_probe(&mut out);
        assert_eq!((primary.mode(), out.poll_action(), out.timers.next()), (Mode::Active, None, None));
        assert_eq!(primary.probe_overdue(&mut out), None);
        assert!(!primary.begin_handover(&mut out));
    }

    #[test]
    fn b60_the_next_probe_is_due_an_interval_after_the_last_one_was_sent_but_not_before_it_has_ended() {
        for (took, due) in [(100, 6000), (5000, 6000), (9000, 10_000)] {
            let (mut primary, mut out) = (primary(3, OnStandby::Keep), outbox());
            probe(&mut primary, &mut out);
            assert_eq!(out.timers.next().unwrap().at, Mono(6000), "its answer is overdue then");
            out.now.mono = Mono(1000 + took);
            primary.probe_overdue(&mut out);
            let next = out.timers.next().unwrap();
            assert_eq!((next.why, next.at), (Timer::Probe, Mono(due)));
        }
    }

    #[test]
    fn b61_failures_in_a_row_change_the_mode_and_only_the_present_probe_counts() {
        let (mut primary, mut out) = (primary(2, OnStandby::Keep), outbox());
        let first = probe(&mut primary, &mut out);
        assert_eq!(primary.datagram_failed(first, ProbeFailure::Refused, &mut out), None);
        assert_eq!(primary.probes_in_a_row(), Some(1));
        let second = probe(&mut primary, &mut out);
        assert_eq!(primary.datagram_failed(first, ProbeFailure::Refused, &mut out), None, "stale");
        assert_eq!(primary.datagram(first, b"x", &mut out), None);
        assert_eq!(primary.datagram(second, b"x", &mut out), None, "no answer at all");
        assert_eq!((primary.strays(), primary.probes_in_a_row()), (2, Some(1)));
        assert_eq!(primary.datagram_failed(second, ProbeFailure::Other, &mut out), Some(Mode::Active));
        assert_eq!((primary.mode(), primary.probes_in_a_row()), (Mode::Active, Some(0)));
    }

    #[test]
    fn b60_a_probe_has_failed_once_it_has_failed_at_every_address() {
        let (mut primary, mut out) = (primary(1, OnStandby::Keep), outbox());
        let stale = probe(&mut primary, &mut out);
        let current = probe(&mut primary, &mut out);
        primary.probe_sent(current, 2);
        primary.probe_sent(stale, 1);
        assert_eq!(primary.datagram_failed(current, ProbeFailure::Refused, &mut out), None);
        assert_eq!(primary.datagram_failed(current, ProbeFailure::Refused, &mut out), Some(Mode::Active));
    }

    /// Sends probes that all fail; returns the mode after each.
    fn fail(primary: &mut Primary, probes: u32, out: &mut Outbox) -> Vec<Mode> {
        let failed = |_| {
            let id = probe(primary, out);
            primary.datagram_failed(id, ProbeFailure::Refused, out);
            primary.mode()
        };
        (0..probes).map(failed).collect()
    }

    #[test]
    fn b77_while_paused_no_probe_changes_the_mode_and_afterwards_only_new_ones_do() {
        use FailoverCommand::{Pause, Resume};
        let (mut primary, mut out) = (primary(2, OnStandby::Keep), outbox());
        assert_eq!(primary.command(Pause(Some(Millis::from_secs(60))), &mut out), None);
        assert_eq!(fail(&mut primary, 3, &mut out), [Mode::Standby; 3]);
        assert_eq!(primary.status().unwrap().overridden, Some(Override::Paused(Some(Mono(61_000)))));
        assert_eq!(out.timers.get(Timer::Override), Some(Mono(61_000)));
        primary.pause_over(&mut out);
        assert_eq!(primary.status().unwrap().overridden, None);
        assert_eq!(fail(&mut primary, 2, &mut out), [Mode::Standby, Mode::Active]);
        primary.command(Pause(Some(Millis::from_secs(60))), &mut out);
        primary.command(Pause(None), &mut out);
        assert_eq!(out.timers.get(Timer::Override), None, "the longer pause counts");
        primary.command(Resume, &mut out);
        assert_eq!(primary.status().unwrap().overridden, None);
    }

    #[test]
    fn b77_a_mode_that_is_ordered_stays_until_it_is_resumed() {
        use FailoverCommand::{Keep, Resume};
        let (mut primary, mut out) = (primary(1, OnStandby::Keep), outbox());
        assert_eq!(primary.command(Keep(Mode::Active), &mut out), Some(Mode::Active));
        assert_eq!(primary.command(Keep(Mode::Active), &mut out), None);
        assert_eq!(primary.command(Keep(Mode::Standby), &mut out), Some(Mode::Standby));
        assert_eq!(fail(&mut primary, 2, &mut out), [Mode::Standby; 2]);
        primary.command(Resume, &mut out);
        assert_eq!(fail(&mut primary, 1, &mut out), [Mode::Active]);
    }

    /// A primary whose daemon is asked, too.
    fn asking(threshold: u32) -> Primary {
        let failover = FailoverSettings::builder().threshold(threshold.into()).asks_health(true);
        let settings = Settings::example().to_builder().failover(Some(failover)).build().unwrap();
        Primary::new(settings.failover().cloned())
    }

    #[test]
    fn b78_both_are_asked_at_once_and_what_the_daemon_says_decides() {
        use HealthAnswer::{Failed, Status};
        let (mut primary, mut out) = (asking(1), outbox());
        let id = probe(&mut primary, &mut out);
        assert_eq!(out.poll_action(), Some(Action::AskHealth { probe: id }));
        assert_eq!(primary.health(ProbeId(99), Status(503), &mut out), None, "not this one");
        assert_eq!(primary.health(id, Status(200), &mut out), None, "the agent may say something still");
        assert_eq!(primary.health(id, Status(503), &mut out), None, "the first answer counts");
        assert_eq!(primary.datagram_failed(id, ProbeFailure::Refused, &mut out), None);
        assert_eq!((primary.mode(), primary.has_answered()), (Mode::Standby, true));
        let id = probe(&mut primary, &mut out);
        assert_eq!(primary.datagram_failed(id, ProbeFailure::Refused, &mut out), None);
        assert_eq!(primary.health(id, Failed(HttpCause::Refused), &mut out), Some(Mode::Active));
    }

    #[test]
    fn b78_a_daemon_that_says_nothing_in_time_leaves_it_to_the_agent() {
        for (agent_answers, mode) in [(true, None), (false, Some(Mode::Active))] {
            let (mut primary, mut out) = (asking(1), outbox());
            let id = probe(&mut primary, &mut out);
            if agent_answers {
                let asked = primary.0.as_mut().unwrap().probe.as_mut().unwrap();
                asked.agent_said(true);
            }
            assert_eq!(primary.health(id, HealthAnswer::Failed(HttpCause::Unreachable), &mut out), None);
            let id = probe(&mut primary, &mut out);
            if agent_answers {
                primary.0.as_mut().unwrap().probe.as_mut().unwrap().agent_said(true);
            }
            assert_eq!(primary.probe_overdue(&mut out), mode, "{agent_answers}");
            assert_eq!(primary.health(id, HealthAnswer::Status(503), &mut out), None, "too late");
            let told = core::iter::from_fn(|| out.poll_action());
            let told: Vec<_> = told
                .filter_map(|action| if let Action::Notice(it) = action { Some(it) } else { None })
                .collect();
            assert!(told.contains(&Notice::PrimaryHealth { answer: None }), "{told:?}");
        }
    }

    #[test]
    fn b64_handing_over_is_begun_where_it_is_wanted_and_ends_by_itself() {
        for (on_standby, begun) in [(OnStandby::Keep, false), (OnStandby::Close, true)] {
            let (mut primary, mut out) = (primary(1, on_standby), outbox());
            assert_eq!(primary.begin_handover(&mut out), begun);
            assert_eq!(primary.is_handing_over(), begun);
            assert_eq!(out.timers.get(Timer::Handover), begun.then_some(Mono(61_000)));
            primary.end_handover(&mut out);
            assert!(!primary.is_handing_over() && out.timers.get(Timer::Handover).is_none());
        }
    }
}
