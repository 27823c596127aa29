//! One probe under way: the primary's agent is asked and, where that is wanted, its daemon; and what both together say
//! (behaviour B60, B78).

use crate::face::{ProbeId, ProbeResult};
use crate::wire::snmp;

/// A probe, from its beginning until both have said what they have to say, or cannot any more.
#[derive(Clone, Debug, Hash)]
pub(super) struct Asked {
    id: ProbeId,
    snmp: snmp::Probe,
    /// Whether the agent has answered, once that is known.
    agent: Option<bool>,
    /// What the daemon has said, where it is asked.
    daemon: Option<Option<ProbeResult>>,
}

impl Asked {
    pub(super) fn new(id: ProbeId, snmp: snmp::Probe, asks_health: bool) -> Self {
        Self { id, snmp, agent: None, daemon: asks_health.then_some(None) }
    }

    /// Tells whether it has this name.
    pub(super) fn is(&self, id: ProbeId) -> bool {
        self.id == id
    }

    /// Returns the question to the agent, as long as that has not been answered.
    pub(super) const fn agent(&mut self) -> Option<&mut snmp::Probe> {
        if self.agent.is_none() { Some(&mut self.snmp) } else { None }
    }

    /// Takes in whether the agent has answered.
    pub(super) fn agent_said(&mut self, answered: bool) {
        self.agent.get_or_insert(answered);
    }

    /// Tells whether the daemon was asked, and has not said anything yet.
    pub(super) fn awaits_daemon(&self) -> bool {
        self.daemon == Some(None)
    }

    /// Takes in what the daemon has said.
    pub(super) const fn daemon_said(&mut self, result: ProbeResult) {
        self.daemon = Some(Some(result));
    }

    /// Returns the outcome, once there is one: what the daemon says of itself decides, and where it says nothing the agent
    /// (behaviour B78). Both are waited for, so that people see what each has said.
    pub(super) const fn outcome(&self) -> Option<bool> {
        let Some(agent) = self.agent else { return None };
        match self.daemon {
            None | Some(Some(ProbeResult::Silent)) => Some(agent),
            Some(None) => None,
            Some(Some(ProbeResult::Ok)) => Some(true),
            Some(Some(ProbeResult::Fail)) => Some(false),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::face::{Millis, Mono};

    #[test]
    fn b78_the_daemon_decides_where_it_says_something_and_the_agent_where_it_does_not() {
        use ProbeResult::{Fail, Ok, Silent};
        for (asks_health, agent, daemon, outcome) in [
            (false, None, None, None),
            (false, Some(true), None, Some(true)),
            (false, Some(false), None, Some(false)),
            (true, None, None, None),
            (true, Some(true), None, None),
            (true, Some(false), None, None),
            (true, None, Some(Ok), None),
            (true, None, Some(Fail), None),
            (true, Some(true), Some(Ok), Some(true)),
            (true, Some(true), Some(Fail), Some(false)),
            (true, Some(true), Some(Silent), Some(true)),
            (true, Some(false), Some(Ok), Some(true)),
            (true, Some(false), Some(Fail), Some(false)),
            (true, Some(false), Some(Silent), Some(false)),
        ] {
            let snmp = snmp::Probe::new(b"public", 1, Mono(0), Millis(5000));
            let mut asked = Asked::new(ProbeId(1), snmp, asks_health);
            assert_eq!(asked.awaits_daemon(), asks_health);
            agent.into_iter().for_each(|answered| asked.agent_said(answered));
            daemon.into_iter().for_each(|result| asked.daemon_said(result));
            assert_eq!(asked.outcome(), outcome, "{agent:?} {daemon:?}");
            assert_eq!(asked.agent().is_none(), agent.is_some(), "the first answer counts");
        }
    }
}
