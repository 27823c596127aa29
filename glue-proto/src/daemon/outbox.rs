//! What every part of the machine writes to: the actions, the timers, the counters.

use super::timers::Timers;
use super::{Action, CallId, ConnId, Notice, ProbeId};
use crate::face::{Now, Seed};
use alloc::collections::VecDeque;

/// The machine's way out, and the moment at which it works.
#[derive(Clone, Debug, Hash)]
pub(super) struct Outbox {
    /// The moment of the input that is being handled.
    pub(super) now: Now,
    /// What the shell is to do.
    pub(super) actions: VecDeque<Action>,
    /// When the machine wants to be woken.
    pub(super) timers: Timers,
    /// Jitter and SNMP request ids.
    pub(super) seed: Seed,
    last_id: u64,
}

impl Outbox {
    pub(super) const fn new(now: Now, seed: u64) -> Self {
        Self { now, actions: VecDeque::new(), timers: Timers::new(), seed: Seed::new(seed), last_id: 0 }
    }

    /// Asks the shell for something.
    pub(super) fn act(&mut self, action: Action) {
        self.actions.push_back(action);
    }

    /// Tells people something.
    pub(super) fn tell(&mut self, notice: Notice) {
        self.actions.push_back(Action::Notice(notice));
    }

    pub(super) const fn new_conn(&mut self) -> ConnId {
        ConnId(self.new_id())
    }

    pub(super) const fn new_call(&mut self) -> CallId {
        CallId(self.new_id())
    }

    pub(super) const fn new_probe(&mut self) -> ProbeId {
        ProbeId(self.new_id())
    }

    const fn new_id(&mut self) -> u64 {
        self.last_id += 1;
        self.last_id
    }
}
