//! What people do on both sides, once each, always with the same words.

use super::scope::Deed;
use super::state::State;
use crate::sim::ghost::{self, Remark};
use crate::sim::{Argus, Zino};
use glue_proto::model::CaseId;
use glue_sim::argus::{EndTime, PeopleError};
use glue_sim::world::World;
use glue_sim::zino::{CaseError, NewCase};

const MICROS: i64 = 1_000_000;
/// The words are found again by what stands behind `words `.
const TOKEN: &str = "#00001";
const WORDS: &str = "words #00001";
const TICKET: &str = "https://tickets.example.org/00001";
/// How long the acknowledgement lasts that is for a while, seconds.
const WHILE: i64 = 15;

/// Returns every way in which a deed can be done now: the number of the case or the pk of the incident.
pub(super) fn targets(world: &World, deed: Deed) -> Vec<u64> {
    match deed {
        Deed::Zino(Zino::Open | Zino::Placeholder) => vec![0],
        Deed::Zino(_) => {
            let open = world.zino.cases().filter(|case| case.state() != "closed");
            open.map(|case| case.id().0).collect()
        }
        Deed::Argus(_) => {
            let open = world.argus.incidents().filter(|incident| incident.end_time == EndTime::Infinity);
            open.map(|incident| incident.pk).collect()
        }
    }
}

/// Does something.
pub(super) fn perform(state: &mut State, deed: Deed, target: u64) {
    if deed == Deed::Zino(Zino::Scavenge) {
        let now = state.world.wall();
        let _ = state.world.zino.close(CaseId(target), "alice", now);
        state.ghost.look(&state.world);
    }
    // A target that has gone meanwhile cannot be: targets are those of this very state.
    let _ = match deed {
        Deed::Zino(deed) => in_zino(&mut state.world, deed, CaseId(target)).is_ok(),
        Deed::Argus(deed) => in_argus(state, deed, target).is_ok(),
    };
    state.world.tidy();
    state.ghost.look(&state.world);
}

fn in_zino(world: &mut World, deed: Zino, id: CaseId) -> Result<(), CaseError> {
    let now = world.wall();
    let zino = &mut world.zino;
    match deed {
        Zino::Open => {
            zino.open_case(&NewCase::alarm("gw3", "yellow"), now);
            Ok(())
        }
        Zino::Placeholder => {
            zino.open_placeholder(&NewCase::alarm("gw3", "yellow"), now);
            Ok(())
        }
        Zino::Close => zino.close(id, "alice", now),
        Zino::Note => zino.add_history(id, "alice", WORDS, now),
        Zino::SetState => zino.set_state(id, "waiting", "alice", now),
        Zino::SystemNote => zino.add_system_history(id, WORDS, now),
        Zino::Log => zino.add_log(id, "gw1: linkDown", now),
        Zino::Priority => zino.set_attribute(id, "priority", Some("500"), now),
        Zino::Describe => zino.set_attribute(id, "descr", Some("another link, y"), now),
        // It was closed just now: see `perform`.
        Zino::Scavenge => zino.scavenge(id),
        Zino::BeginMaintenance => zino.begin_maintenance(id, now),
        Zino::EndMaintenance => zino.end_maintenance(id, now),
        Zino::Break => zino.add_system_history(id, "", now),
    }
}

fn in_argus(state: &mut State, deed: Argus, pk: u64) -> Result<(), PeopleError> {
    let world = &mut state.world;
    let now = world.wall();
    let incident = world.argus.incident(pk).ok_or(PeopleError::Unknown)?;
    let number = incident.source_incident_id.split('@').next().and_then(|id| id.parse().ok()).unwrap_or(0);
    let case = (number, incident.start_time / MICROS);
    let mut remark = |deed, token: &str| {
        state.ghost.remarks.push(Remark { deed, pk, case, token: token.into() });
    };
    let argus = &mut world.argus;
    match deed {
        Argus::Ack => {
            remark(ghost::Deed::Ack, TOKEN);
            argus.ack("ann", pk, WORDS, None, now).map(|_| ())
        }
        Argus::AckForAWhile => {
            remark(ghost::Deed::Ack, TOKEN);
            argus.ack("ann", pk, WORDS, Some(now + WHILE), now).map(|_| ())
        }
        Argus::Close => {
            remark(ghost::Deed::Close, TOKEN);
            argus.close("ann", pk, WORDS, now).map(|_| ())
        }
        Argus::ForeignEnd => {
            remark(ghost::Deed::Close, TOKEN);
            argus.post("other-source", pk, "END", WORDS, now).map(|_| ())
        }
        Argus::Reopen => {
            remark(ghost::Deed::Close, TOKEN);
            argus.close("ann", pk, WORDS, now)?;
            argus.reopen("ann", pk, WORDS, now).map(|_| ())
        }
        Argus::Ticket => {
            remark(ghost::Deed::Ticket, TICKET);
            argus.set_ticket("ann", pk, TICKET, now)
        }
        Argus::Comment => argus.comment("ann", pk, WORDS, now).map(|_| ()),
        Argus::Level => {
            state.ghost.edited.insert(pk);
            argus.set_level("ann", pk, 1, now)
        }
        Argus::Describe => {
            state.ghost.edited.insert(pk);
            argus.set_description("ann", pk, WORDS, now)
        }
        Argus::Tag => argus.add_tag("ann", pk, "team=t1", now),
        Argus::Delete => {
            state.ghost.deleted.insert(number);
            argus.delete_incident(pk)
        }
    }
}
