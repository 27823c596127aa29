//! A state of a small world, and what can happen next in it.

use super::choice::Choice;
use super::root::Root;
use super::scope::Scope;
use super::scope::action_name;
use super::{faults, user_actions};
use crate::sim::check::{Checks, one_note_for_each_action};
use crate::sim::expected::Expected;
use crate::sim::model;
use glue_sim::world::{Fingerprint, LastingFault, PendingKind, World};
use std::hash::Hash;

/// What may still happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Left {
    action: bool,
    fault: bool,
    turn: bool,
    dawdling: bool,
}

/// A world with everything that its future depends on.
#[derive(Clone, Debug)]
pub(super) struct State {
    pub(super) world: World,
    pub(super) expected: Expected,
    pub(super) checks: Checks,
    left: Left,
}

impl State {
    /// Makes the state that a search begins with.
    ///
    /// # Errors
    /// An invariant was broken on the way there.
    pub(super) fn new(root: Root, cases: u8, logs: bool) -> Result<Self, String> {
        let world = root.world(cases, logs);
        let left = Left { action: true, fault: true, turn: root.has_primary(), dawdling: true };
        let mut state = Self { world, expected: Expected::default(), checks: Checks::default(), left };
        state.expected.look(&state.world);
        state.judge()?;
        Ok(state)
    }

    /// Nothing may happen any more, whatever was wrong is well, and the daemon has its incidents to look after.
    pub(super) fn heal(&mut self) {
        self.left = Left { action: false, fault: false, turn: false, dawdling: false };
        self.world.heal();
        self.world.spare_daemon();
        if self.world.settings().failover().is_some() {
            self.world.set_fault(LastingFault::PrimarySilent, true);
        }
        if self.world.is_dead() {
            self.world.restart_daemon();
        }
        self.world.tidy();
    }

    /// Returns the fingerprint.
    pub(super) fn fingerprint(&self) -> u128 {
        let mut hasher = Fingerprint::default();
        self.world.hash_state(&mut hasher);
        (&self.expected, &self.checks, self.left).hash(&mut hasher);
        hasher.value()
    }

    /// Returns everything that can happen next.
    pub(super) fn choices(&self, scope: &Scope) -> Vec<Choice> {
        let world = &self.world;
        let pending = world.pending();
        let left = self.left;
        let is_over = !(left.action || left.fault || left.dawdling);
        if is_over && let Some(first) = pending.iter().find(|pending| pending.kind == PendingKind::ToZino) {
            // It commutes with everything else that can happen: see the documentation of this module.
            return vec![Choice::Deliver(*first)];
        }
        let mut choices: Vec<Choice> = pending.iter().copied().map(Choice::Deliver).collect();
        if world.is_dead() {
            choices.push(Choice::Start);
        } else if world.is_wakeup_due() {
            choices.push(Choice::Wake);
        } else if pending.is_empty() {
            choices.push(Choice::Pass);
        } else if left.dawdling {
            choices.push(Choice::Dawdle);
        }
        if left.turn {
            choices.push(Choice::Turn);
        }
        if left.action {
            for action in &scope.user_actions {
                choices.extend(
                    user_actions::targets(world, *action)
                        .into_iter()
                        .map(|target| Choice::Do(*action, target)),
                );
            }
        }
        if left.fault {
            for fault in &scope.faults {
                if fault.can_begin(self) {
                    choices.push(Choice::Fault(*fault));
                }
                let hit = pending.iter().filter(|pending| fault.can_hit(pending.kind));
                choices.extend(hit.map(|pending| Choice::FaultOn(*fault, *pending)));
            }
        }
        choices
    }

    /// Lets something happen, and checks the invariants.
    ///
    /// # Errors
    /// Which invariant does not hold.
    pub(super) fn apply(&mut self, choice: Choice) -> Result<(), String> {
        match choice {
            Choice::Deliver(pending) => self.world.deliver_pending(pending),
            Choice::Wake => self.world.wake(),
            Choice::Pass => {
                self.world.pass();
                if self.world.pending().is_empty() && self.world.is_wakeup_due() {
                    self.world.wake();
                }
            }
            Choice::Dawdle => {
                self.left.dawdling = false;
                self.world.pass();
            }
            Choice::Start => {
                self.world.restart_daemon();
                self.world.tidy();
            }
            Choice::Turn => {
                self.left.turn = false;
                let silent = self.world.has_fault(LastingFault::PrimarySilent);
                self.world.set_fault(LastingFault::PrimarySilent, !silent);
            }
            Choice::Do(action, target) => {
                self.left.action = false;
                user_actions::perform(self, action, target);
            }
            Choice::Fault(fault) => {
                self.left.fault = false;
                faults::begin(self, fault);
            }
            Choice::FaultOn(fault, pending) => {
                self.left.fault = false;
                faults::hit(self, fault, pending);
            }
        }
        self.judge()
    }

    /// Checks the invariants 1 to 5 (behaviour, section 8).
    pub(super) fn judge(&mut self) -> Result<(), String> {
        self.checks.check(&mut self.world, &mut self.expected)?;
        one_note_for_each_action(&self.world, &self.expected)
    }

    /// Tells whether one of its choices is the beginning of the way to agreement: something arrives or the machine is
    /// woken, and nothing has to become well first.
    pub(super) fn is_on_the_way(&self) -> bool {
        let world = &self.world;
        let answers = world.settings().failover().is_some() && !world.has_fault(LastingFault::PrimarySilent);
        let is_well = !answers && !world.is_doomed() && !world.is_dead();
        is_well && (world.is_wakeup_due() || !world.pending().is_empty())
    }

    /// Tells whether nothing is under way, and both sides agree.
    pub(super) fn agrees(&self) -> bool {
        let status = self.world.daemon.inspect();
        !self.world.is_dead()
            && status.is_zino_ready()
            && status.is_argus_reachable()
            && status.requests_under_way() == 0
            && status.waiting_jobs() == 0
            && self.world.pending().is_empty()
            && self.disagreements().is_empty()
    }

    /// Returns how the boards disagree, a line each.
    pub(super) fn disagreements(&self) -> Vec<String> {
        model::disagreements(&self.world, &self.expected)
    }

    /// Tells whether everything that may happen has happened, and all is well.
    pub(super) fn is_at_rest(&self) -> bool {
        !(self.left.action || self.left.fault || self.left.turn) && self.agrees()
    }

    /// Describes something that can happen next, for people.
    pub(super) fn describe(&self, choice: Choice) -> String {
        let show = |pending| self.world.show_pending(pending);
        match choice {
            Choice::Deliver(pending) => show(pending),
            Choice::Wake => String::from("the machine is woken"),
            Choice::Pass | Choice::Dawdle => {
                let slow = if choice == Choice::Pass { "" } else { ", although something waits to arrive" };
                let span = self.world.next_moment().unwrap_or_default() - self.world.now();
                format!("{span} ms pass{slow}")
            }
            Choice::Start => String::from("the daemon is started anew"),
            Choice::Turn => {
                let silent = self.world.has_fault(LastingFault::PrimarySilent);
                format!("the primary {}", if silent { "answers again" } else { "falls silent" })
            }
            Choice::Do(action, target) => format!("{} ({target})", action_name(action)),
            Choice::Fault(fault) => format!("FAULT {}", fault.name()),
            Choice::FaultOn(fault, pending) => format!("FAULT {}: {}", fault.name(), show(pending)),
        }
    }
}
