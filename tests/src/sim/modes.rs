//! That the mode changes as the probes of the primary say (invariant 5), from what the machine tells of each.

use glue_proto::{FailoverSettings, HealthAnswer, Mode, Notice, OperatorNotice, ProbeResult};
use glue_sim::world::World;

/// What was told so far.
#[derive(Clone, Debug, Default, Hash)]
pub(super) struct Modes {
    /// What was said of the probe under way: whether the agent has answered, and what the daemon has said.
    probe: (Option<bool>, Option<ProbeResult>),
    failures: u32,
    successes: u32,
    active: bool,
    /// An operator has said that the mode stays (behaviour B77).
    stays: bool,
}

impl Modes {
    /// Another probe begins. The one before may have been given up.
    pub(super) const fn probed(&mut self) {
        self.probe = (None, None);
    }

    /// Takes in what the machine has told.
    ///
    /// # Errors
    /// The mode has changed without reason, or not with one.
    pub(super) fn told(&mut self, world: &World, notice: &Notice) -> Result<(), String> {
        let failover = world.settings().failover();
        let threshold = failover.map_or(u32::MAX, FailoverSettings::threshold);
        if let Notice::PrimaryAnswered { .. } = notice {
            self.probe.0 = Some(true);
        } else if let Notice::PrimarySilent { .. } = notice {
            self.probe.0 = Some(false);
        } else if let Notice::PrimaryHealth { answer } = notice {
            self.probe.1 = Some(answer.map_or(ProbeResult::Silent, HealthAnswer::result));
        } else if let Notice::ModeChanged { to, .. } = notice {
            let count = if self.active { self.successes } else { self.failures };
            if self.stays {
                return Err(format!("B77: {to}, although an operator has said that the mode stays"));
            }
            if count != threshold || self.active == (*to == Mode::Active) {
                return Err(format!("invariant 5: {to} after {count} outcomes"));
            }
            (self.failures, self.successes) = (0, 0);
            self.active = !self.active;
        } else if let Notice::Operator(notice) = notice {
            self.ordered(*notice)?;
        }
        if let Some(is_well) = outcome(self.probe, failover.is_some_and(FailoverSettings::asks_health)) {
            self.probe = (None, None);
            (self.failures, self.successes) =
                if is_well { (0, self.successes + 1) } else { (self.failures + 1, 0) };
        }
        let due = if self.active { self.successes } else { self.failures };
        if due > threshold && !self.stays {
            return Err(format!("invariant 5: no change of mode after {due} outcomes"));
        }
        Ok(())
    }
}

impl Modes {
    /// Takes in what an operator has made the machine do.
    #[expect(clippy::wildcard_enum_match_arm, reason = "only some commands bear on the mode")]
    fn ordered(&mut self, notice: OperatorNotice) -> Result<(), String> {
        match notice {
            OperatorNotice::FailoverPaused { .. } => self.stays = true,
            OperatorNotice::FailoverResumed => {
                self.stays = false;
                (self.failures, self.successes) = (0, 0);
            }
            OperatorNotice::ModeOrdered { to, changed } => {
                let is_another = (to == Mode::Active) != self.active;
                if changed != is_another {
                    return Err(format!("B77: {to} is ordered, which changes the mode: {changed}"));
                }
                self.stays = true;
                self.active = to == Mode::Active;
                (self.failures, self.successes) = (0, 0);
            }
            _ => {}
        }
        Ok(())
    }
}

/// Says how a probe has ended, once all has been said: a daemon that says something of itself is believed, and only where it
/// says nothing the agent (behaviour B78).
fn outcome((agent, daemon): (Option<bool>, Option<ProbeResult>), asks_health: bool) -> Option<bool> {
    let agent = agent?;
    if !asks_health {
        return Some(agent);
    }
    Some(match daemon? {
        ProbeResult::Ok => true,
        ProbeResult::Fail => false,
        ProbeResult::Silent => agent,
    })
}
