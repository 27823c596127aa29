//! The check of a configuration: each server is tried once, nothing is changed, and each item gets a verdict.
//!
//! Other than the daemon it gives up: a peer has as long as the settings say, and one try.

mod argus;
mod finding;
mod health;
mod hint;
mod item;
mod primary;
mod source;
mod trial;
mod zino;

pub use finding::{Checked, Finding, Needed, Verdict};
pub use item::{Item, Peer};

use crate::face::{Action, Exit, Input, Now, ProbeFailure, Settings, Timer, Wakeup};
use alloc::collections::VecDeque;
use alloc::vec::Vec;
use argus::ArgusTrial;
use core::net::IpAddr;
use health::HealthTrial;
use primary::PrimaryTrial;
use zino::ZinoTrial;

/// The check, without any IO. It is driven as a [`Daemon`](crate::Daemon) is.
///
/// Zino is logged in to, its notification channel is tied, and one case is read. Argus is asked for the number of our open
/// incidents, whose token it is, and what it supports; no request changes anything. Each address of the primary, where
/// there is one, is sent one probe, and its daemon is asked whether it works. When everything has its verdict, or on [`Input::Shutdown`], comes [`Action::Exit`] with
/// [`Exit::Done`], and [`Check::report`] says what was found.
#[derive(Clone, Debug)]
pub struct Check {
    now: Now,
    actions: VecDeque<Action>,
    zino: ZinoTrial,
    argus: ArgusTrial,
    primary: Option<PrimaryTrial>,
    health: Option<HealthTrial>,
    exited: bool,
}

impl Check {
    /// Makes the machine and begins: there are actions to take at once.
    ///
    /// `primary` are the addresses of `failover.primary_server`, or why it has none; without `[failover]` they do not
    /// matter. Unlike a daemon's, each probe goes to one of them: the first one to [`ProbeId`](crate::ProbeId) 0, the next
    /// one to 1, and so on. `seed` draws the SNMP request ids, nothing else.
    #[must_use]
    pub fn new(settings: Settings, primary: Result<Vec<IpAddr>, ProbeFailure>, now: Now, seed: u64) -> Self {
        let now = now.before_the_end();
        let mut actions = VecDeque::new();
        let zino = ZinoTrial::new(settings.zino(), now.mono, &mut actions);
        let argus = ArgusTrial::new(now.mono, settings.argus().timeout(), &mut actions);
        let primary = settings
            .failover()
            .map(|failover| PrimaryTrial::new(failover, primary, now.mono, seed, &mut actions));
        let health =
            settings.failover().and_then(|failover| HealthTrial::new(failover, now.mono, &mut actions));
        Self { now, actions, zino, argus, primary, health, exited: false }
    }

    /// Takes in one thing that happened, with the contract of [`Daemon::handle`](crate::Daemon::handle).
    pub fn handle(&mut self, now: Now, input: Input<'_>) {
        if self.exited {
            return;
        }
        let now = now.before_the_end();
        self.now = Now { mono: now.mono.max(self.now.mono), wall: now.wall };
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

    /// Returns what was found about each item, those of Zino first, then those of Argus and the primary. Of one that is not done with,
    /// [`Finding::Interrupted`].
    #[must_use]
    pub fn report(&self) -> Vec<Checked> {
        let mut report = self.zino.report();
        report.extend(self.argus.report());
        report.extend(self.primary.iter().flat_map(PrimaryTrial::report));
        report.extend(self.health.iter().map(HealthTrial::report));
        report
    }

    fn input(&mut self, input: Input<'_>) {
        match input {
            Input::Received { conn, bytes } => self.zino.received(conn, bytes, &mut self.actions),
            Input::Disconnected { conn, reason } => self.zino.disconnected(conn, reason),
            Input::HttpDone { call, response } => {
                self.argus.answered(self.now, call, &response, &mut self.actions);
            }
            Input::HttpFailed { call, cause, .. } => self.argus.failed(call, cause),
            Input::Datagram { probe, bytes } => {
                if let Some(primary) = &mut self.primary {
                    primary.answered(probe, bytes);
                }
            }
            Input::DatagramFailed { probe, reason } => {
                if let Some(primary) = &mut self.primary {
                    primary.failed(probe, reason);
                }
            }
            Input::HealthAnswered { answer, .. } => {
                self.health.iter_mut().for_each(|health| health.answered(answer));
            }
            // The servers speak first, each probe has one address, and there is nothing that an operator could ask for.
            Input::Wake
            | Input::Connected { .. }
            | Input::HttpConnected { .. }
            | Input::ProbeSent { .. }
            | Input::Command(_)
            | Input::Reload(_)
            | Input::Shutdown => {}
        }
    }

    fn pass_time(&mut self) {
        self.zino.pass_time(self.now.mono);
        self.argus.pass_time(self.now.mono);
        if let Some(primary) = &mut self.primary {
            primary.pass_time(self.now.mono);
        }
        self.health.iter_mut().for_each(|health| health.pass_time(self.now.mono));
    }

    /// Returns when what each peer is asked has taken long enough.
    fn wakeups(&self) -> impl Iterator<Item = Wakeup> {
        let primary = self.primary.as_ref().and_then(PrimaryTrial::deadline);
        let health = self.health.as_ref().and_then(HealthTrial::deadline);
        let deadlines = [
            (Timer::ZinoSetup, self.zino.deadline()),
            (Timer::ArgusReply, self.argus.deadline()),
            (Timer::ProbeReply, primary),
            (Timer::ProbeReply, health),
        ];
        deadlines.into_iter().filter_map(|(why, at)| Some(Wakeup { at: at?, why }))
    }
}

#[cfg(test)]
mod tests;
