//! One way to be hostile.

use super::argus::{self, ArgusTactic};
use super::limits::Limits;
use super::say::Say;
use super::snmp::{self, FloodTactic, SnmpTactic};
use super::zino::{ReplyTactic, ZinoTactic};
use std::time::Duration;

/// When the attack begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Beginning {
    /// The program never knew the peer otherwise.
    AtStart,
    /// In the middle of its work.
    Running,
    /// The same, and all connections are cut at that moment.
    Cut,
}

/// What the program has to do with the primary's agent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Expected {
    /// What the agent says counts as no answer: the program takes over, and stands by again afterwards.
    TakesOver,
    /// The agent answers, whatever else it says: the program stands by.
    StandsBy,
}

/// A mode: what the hostile peer does, and what that may cost.
#[derive(Clone)]
pub struct Mode {
    /// Its name, for the command line.
    pub name: &'static str,
    /// What it does, in a few words.
    pub does: &'static str,
    /// What it may cost.
    pub limits: Limits,
    /// How long it must last to show anything.
    pub(super) least: Duration,
    pub(super) beginning: Beginning,
    pub(super) zino: ZinoTactic,
    pub(super) argus: ArgusTactic,
    pub(super) snmp: SnmpTactic,
    /// Set for the modes of the SNMP agent.
    pub(super) expected: Option<Expected>,
    /// Whether the attack concerns one case or one kind of request only, so that everything else goes on meanwhile.
    pub(super) isolated: bool,
    /// Whether what the hostile peer says is to be believed, so that an incident may be ended and opened again, a note be
    /// written again, or an event that it does not show be posted again after pauses that grow.
    pub(super) believed: bool,
}

impl Mode {
    const fn new(name: &'static str, does: &'static str) -> Self {
        Self {
            name,
            does,
            limits: Limits::USUAL,
            least: Duration::ZERO,
            beginning: Beginning::Running,
            zino: ZinoTactic { greeting: None, reply: None, nonce: None, notify: None },
            argus: ArgusTactic { connect: None, answer: None },
            snmp: SnmpTactic { answer: None, flood: None },
            expected: None,
            isolated: false,
            believed: false,
        }
    }

    /// Begins a mode in which Zino greets in this way, from the start.
    pub(super) fn greeting(name: &'static str, does: &'static str, tactic: fn(Vec<u8>) -> Vec<Say>) -> Self {
        let mut mode = Self::new(name, does).at_start();
        mode.zino.greeting = Some(tactic);
        mode.allow(Limits::reconnect)
    }

    /// Begins a mode in which Zino answers in this way.
    pub(super) fn reply(name: &'static str, does: &'static str, tactic: ReplyTactic) -> Self {
        let mut mode = Self::new(name, does);
        mode.zino.reply = Some(tactic);
        mode
    }

    /// Begins a mode in which Zino's notification channels begin in this way, from the start.
    pub(super) fn nonce(name: &'static str, does: &'static str, tactic: fn(Vec<u8>) -> Vec<Say>) -> Self {
        let mut mode = Self::new(name, does).at_start();
        mode.zino.nonce = Some(tactic);
        mode.allow(Limits::reconnect)
    }

    /// Begins a mode in which Zino's notification channels say this.
    pub(super) fn notify(name: &'static str, does: &'static str, tactic: fn() -> Vec<Say>) -> Self {
        let mut mode = Self::new(name, does);
        mode.zino.notify = Some(tactic);
        mode
    }

    /// Begins a mode in which Argus answers in this way.
    pub(super) fn argus(name: &'static str, does: &'static str, tactic: argus::AnswerTactic) -> Self {
        let mut mode = Self::new(name, does);
        mode.argus.answer = Some(tactic);
        mode
    }

    /// Begins a mode in which Argus does this with connections before it has read anything.
    pub(super) fn argus_connects(name: &'static str, does: &'static str, tactic: fn() -> Vec<Say>) -> Self {
        let mut mode = Self::new(name, does).cut();
        mode.argus.connect = Some(tactic);
        mode
    }

    /// Begins a mode in which the agent answers in this way.
    pub(super) fn snmp(
        name: &'static str,
        does: &'static str,
        expected: Expected,
        tactic: snmp::AnswerTactic,
    ) -> Self {
        let mut mode = Self::new(name, does);
        mode.snmp.answer = Some(tactic);
        mode.expected = Some(expected);
        mode
    }

    /// The agent sends this besides, so often in each hundredth of a second.
    pub(super) fn flood(mut self, make: FloodTactic, count: u32) -> Self {
        self.snmp.flood = Some((make, count));
        self
    }

    /// It is like this when the program starts.
    pub(super) fn at_start(mut self) -> Self {
        self.beginning = Beginning::AtStart;
        self
    }

    /// All connections are cut when it begins.
    pub(super) fn cut(mut self) -> Self {
        self.beginning = Beginning::Cut;
        self
    }

    /// It lasts for at least so many seconds.
    pub(super) fn lasting(mut self, seconds: u64) -> Self {
        self.least = Duration::from_secs(seconds);
        self
    }

    /// Everything else must go on meanwhile.
    pub(super) fn isolated(mut self) -> Self {
        self.isolated = true;
        self
    }

    /// What is said is to be believed.
    pub(super) fn believed(mut self) -> Self {
        self.believed = true;
        self
    }

    /// Changes the limits.
    pub(super) fn allow(mut self, change: impl FnOnce(Limits) -> Limits) -> Self {
        self.limits = change(self.limits);
        self
    }
}
