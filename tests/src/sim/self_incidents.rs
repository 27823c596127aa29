//! The incidents about the machine itself (behaviour B80): none twice at any time, none left open in the end.

use glue_proto::Mode;
use glue_sim::argus::{EndTime, Incident};
use glue_sim::world::World;
use std::collections::BTreeMap;

/// Returns the incidents about the machine by what they tell of.
fn by_trouble(world: &World) -> BTreeMap<&str, Vec<&Incident>> {
    let mut found: BTreeMap<&str, Vec<&Incident>> = BTreeMap::new();
    for incident in world.incidents() {
        if let Some((trouble, _)) = incident.source_incident_id.split_once('@')
            && trouble.starts_with("zinoargus-")
        {
            found.entry(trouble).or_default().push(incident);
        }
    }
    found
}

fn is_open(incident: &&&Incident) -> bool {
    incident.end_time == EndTime::Infinity
}

/// Checks that no trouble is told by two incidents, and none is ended twice. What people have reopened is theirs.
///
/// # Errors
/// One is.
pub(super) fn none_twice(world: &World) -> Result<(), String> {
    for (trouble, incidents) in by_trouble(world) {
        let ours: Vec<_> =
            incidents.into_iter().filter(|one| one.events_of_type("REO").next().is_none()).collect();
        let open = ours.iter().filter(is_open).count();
        if open > 1 {
            return Err(format!("B80: {open} incidents tell of {trouble}"));
        }
        if let Some(one) = ours.iter().find(|one| one.events_of_type("END").count() > 1) {
            return Err(format!("B80: {} was ended twice", one.source_incident_id));
        }
    }
    Ok(())
}

/// Checks, once all is well, that only those are open whose trouble lasts: people may have closed them.
///
/// # Errors
/// Another one is.
pub(super) fn none_left(world: &World) -> Result<(), String> {
    let status = world.daemon.inspect();
    for (trouble, incidents) in by_trouble(world) {
        let lasts = trouble.ends_with("takeover") && status.mode() == Mode::Active
            || trouble.ends_with("state-loss") && status.held_back() > 0;
        let open = incidents.iter().filter(is_open).count();
        if open > usize::from(lasts) {
            return Err(format!("B80: {open} incidents tell of {trouble}, all is well"));
        }
    }
    Ok(())
}

/// Returns how many incidents tell of the machine.
pub(super) fn count(world: &World) -> usize {
    by_trouble(world).values().map(Vec::len).sum()
}
