//! Invariant 14, as far as it can be seen from outside: what is read does not grow with what is written. The events of an
//! incident are read for a reason, and copying an entry is none: who reads them after each of a thousand entries has read a
//! million.

use super::people::is_ours;
use glue_proto::Notice;
use glue_sim::world::World;
use std::collections::BTreeMap;

/// How often the events of an incident may be read without a reason that is seen here.
const FREE: u64 = 10;
/// How often for each event of somebody else.
const FOR_EACH: u64 = 2;

/// How often what was read since the daemon was started.
#[derive(Clone, Debug, Default)]
pub(super) struct Work {
    /// Readings of events, by incidents.
    readings: BTreeMap<u64, u64>,
    /// Requests about a case that have gone wrong, and what was told of it.
    reasons: BTreeMap<String, u64>,
    /// Reasons to read the events of any incident once more.
    general: u64,
}

impl Work {
    /// The events of an incident are asked for.
    pub(super) fn reading(&mut self, world: &World, pk: u64, subject: Option<&str>) -> Result<(), String> {
        let Some(incident) = world.argus.incident(pk) else { return Ok(()) };
        let by_others = incident.events.iter().filter(|event| !is_ours(world, event.actor)).count() as u64;
        let own = subject.and_then(|subject| self.reasons.get(subject)).copied().unwrap_or(0);
        let most = FREE + FOR_EACH * by_others + own + self.general;
        let times = self.readings.entry(pk).or_default();
        *times += 1;
        if *times > most {
            return Err(format!(
                "invariant 14: the events of incident {pk} are read {times} times, {most} have a reason"
            ));
        }
        Ok(())
    }

    /// Argus has shown an incident, or all of them: what it shows may call for its events.
    pub(super) fn shown(&mut self, subject: Option<&str>) {
        match subject {
            Some(subject) => *self.reasons.entry(subject.into()).or_default() += 1,
            None => self.general += 1,
        }
    }

    /// A request has gone wrong.
    pub(super) fn failed(&mut self, subject: Option<&str>) {
        match subject {
            Some(subject) => *self.reasons.entry(subject.into()).or_default() += FOR_EACH,
            None => self.general += 1,
        }
    }

    /// Takes in what the machine tells people.
    #[expect(clippy::wildcard_enum_match_arm, reason = "only some notices are a reason to read anything")]
    pub(super) fn told(&mut self, notice: &Notice) {
        match notice {
            Notice::ModeChanged { .. } | Notice::Operator(_) | Notice::Reconciling => self.general += 1,
            _ => {}
        }
    }
}
