//! That the mode changes as the probes of the primary say (invariant 5), from what the machine tells of each.

use glue_proto::{FailoverSettings, HealthAnswer, Mode, Notice, ProbeResult};
use glue_sim::world::World;

/// What was told so far.
#[derive(Clone, Debug, Default, Hash)]
pub(super) struct Modes {
    /// What was said of the probe under way: whether the agent has answered, and what the daemon has said.
    probe: (Option<bool>, Option<ProbeResult>),
    failures: u32,
    successes: u32,
    active: bool,
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
            if count != threshold || self.active == (*to == Mode::Active) {
                return Err(format!("invariant 5: {to} after {count} outcomes"));
            }
            (self.failures, self.successes) = (0, 0);
            self.active = !self.active;
        }
        if let Some(is_well) = outcome(self.probe, failover.is_some_and(FailoverSettings::asks_health)) {
            self.probe = (None, None);
            (self.failures, self.successes) =
                if is_well { (0, self.successes + 1) } else { (self.failures + 1, 0) };
        }
        let due = if self.active { self.successes } else { self.failures };
        if due > threshold {
            return Err(format!("invariant 5: no change of mode after {due} outcomes"));
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
