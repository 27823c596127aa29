//! The check of a configuration: each server is tried once, nothing is changed, and each gets a verdict.
//!
//! Other than the daemon it gives up: a peer has as long as the settings say, and one try.

mod argus;
mod finding;
mod trial;
mod zino;

pub use finding::{Checked, Finding, Peer, Verdict};

use crate::face::{Action, Exit, Input, Mono, Now, ProbeId, Seed, Settings, Timer, Wakeup};
use crate::wire::snmp;
use alloc::collections::VecDeque;
use alloc::vec::Vec;
use argus::ArgusTrial;
use trial::Trial;
use zino::ZinoTrial;

const PROBE: ProbeId = ProbeId(1);

/// The check, without any IO. It is driven as a [`Daemon`](crate::Daemon) is.
///
/// Zino is logged in to and its notification channel is tied; Argus is asked for the number of our open incidents, and is
/// sent a heartbeat, which it takes from a source system only; the primary, where there is one, is sent one probe. When
/// each has its verdict, or on [`Input::Shutdown`], comes [`Action::Exit`] with [`Exit::Done`], and [`Check::report`]
/// says what was found.
#[derive(Clone, Debug)]
pub struct Check {
    now: Mono,
    actions: VecDeque<Action>,
    zino: ZinoTrial,
    argus: ArgusTrial,
    primary: Option<(snmp::Probe, Trial)>,
    exited: bool,
}

impl Check {
    /// Makes the machine and begins: there are actions to take at once.
    ///
    /// `seed` draws the SNMP request id, nothing else.
    #[must_use]
    pub fn new(settings: Settings, now: Now, seed: u64) -> Self {
        let now = now.before_the_end().mono;
        let mut actions = VecDeque::new();
        let zino = ZinoTrial::new(settings.zino(), now, &mut actions);
        let argus = ArgusTrial::new(now, settings.argus().timeout(), &mut actions);
        let primary = settings.failover().map(|failover| {
            let community = failover.community().expose().as_bytes();
            let patience = failover.ping_timeout();
            let probe = snmp::Probe::new(community, Seed::new(seed).next_i32(), now, patience);
            actions.push_back(Action::SendDatagram { probe: PROBE, bytes: probe.datagram().to_vec() });
            (probe, Trial::new(now, patience))
        });
        Self { now, actions, zino, argus, primary, exited: false }
    }

    /// Takes in one thing that happened, with the contract of [`Daemon::handle`](crate::Daemon::handle).
    pub fn handle(&mut self, now: Now, input: Input<'_>) {
        if self.exited {
            return;
        }
        self.now = now.before_the_end().mono.max(self.now);
        let is_interrupted = matches!(input, Input::Shutdown);
        self.input(input);
        self.pass_time();
        if is_interrupted || self.wakeups().next().is_none() {
            self.actions.push_back(Action::Exit(Exit::Done));
            self.exited = true;
        }
    }

    /// Takes the next action. The order is significant.
    pub fn poll_action(&mut self) -> Option<Action> {
        self.actions.pop_front()
    }

    /// Returns when the machine wants to be woken, and why. `None` only after [`Action::Exit`].
    #[must_use]
    pub fn next_wakeup(&self) -> Option<Wakeup> {
        let wakeups = self.wakeups().filter(|_| !self.exited);
        wakeups.min_by_key(|wakeup| (wakeup.at, wakeup.why))
    }

    /// Returns what was found about each peer of the settings, Zino first. Of one that is not done with,
    /// [`Finding::Interrupted`].
    #[must_use]
    pub fn report(&self) -> Vec<Checked> {
        let trials = self.trials().map(|(peer, trial)| Checked { peer, finding: trial.finding() });
        trials.collect()
    }

    fn input(&mut self, input: Input<'_>) {
        match input {
            Input::Received { conn, bytes } => self.zino.received(conn, bytes, &mut self.actions),
            Input::Disconnected { conn, reason } => self.zino.disconnected(conn, reason),
            Input::HttpDone { call, response } => self.argus.answered(call, &response, &mut self.actions),
            Input::HttpFailed { call, cause, .. } => self.argus.failed(call, cause),
            Input::ProbeSent { probe: PROBE, addresses } => {
                if let Some((probe, _)) = &mut self.primary {
                    probe.sent(addresses);
                }
            }
            Input::Datagram { probe: PROBE, bytes } => {
                if let Some((probe, trial)) = &mut self.primary {
                    match probe.receive(bytes) {
                        Some(snmp::Outcome::Answered { uptime }) => {
                            trial.end(Finding::PrimaryAnswered { uptime });
                        }
                        Some(snmp::Outcome::Failed(error)) => trial.end(Finding::NotThePrimary(error)),
                        None => {}
                    }
                }
            }
            Input::DatagramFailed { probe: PROBE, reason } => {
                if let Some((probe, trial)) = &mut self.primary
                    && probe.lose()
                {
                    trial.end(Finding::ProbeFailed(reason));
                }
            }
            // The servers speak first, and there is nothing that an operator could ask for. What is left names nothing
            // that was asked for.
            Input::Wake
            | Input::Connected { .. }
            | Input::HttpConnected { .. }
            | Input::ProbeSent { .. }
            | Input::Datagram { .. }
            | Input::DatagramFailed { .. }
            | Input::Command(_)
            | Input::Reload(_)
            | Input::Shutdown => {}
        }
    }

    fn pass_time(&mut self) {
        self.zino.pass_time(self.now);
        self.argus.pass_time(self.now);
        if let Some((_, trial)) = &mut self.primary {
            trial.pass_time(self.now);
        }
    }

    fn trials(&self) -> impl Iterator<Item = (Peer, &Trial)> {
        let primary = self.primary.as_ref().map(|(_, trial)| (Peer::Primary, trial));
        [(Peer::Zino, self.zino.trial()), (Peer::Argus, self.argus.trial())].into_iter().chain(primary)
    }

    /// Returns when each trial that is not over has taken long enough.
    fn wakeups(&self) -> impl Iterator<Item = Wakeup> {
        self.trials().filter_map(|(peer, trial)| {
            let why = match peer {
                Peer::Zino => Timer::ZinoSetup,
                Peer::Argus => Timer::ArgusReply,
                Peer::Primary => Timer::ProbeReply,
            };
            Some(Wakeup { at: trial.deadline()?, why })
        })
    }
}

#[cfg(test)]
mod tests;
