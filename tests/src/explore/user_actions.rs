//! What people do on both sides, once each, always with the same words.

use super::state::State;
use crate::sim::expected::{ExpectedNote, NoteKind};
use glue_proto::model::CaseId;
use glue_sim::argus::{EndTime, PeopleError};
use glue_sim::people::{ArgusAction, UserAction, ZinoAction};
use glue_sim::world::World;
use glue_sim::zino::{CaseError, NewCase};

const MICROS: i64 = 1_000_000;
/// The words are found again by what stands after `words `.
const TOKEN: &str = "#00001";
const WORDS: &str = "words #00001";
const TICKET: &str = "https://tickets.example.org/00001";
/// How long the acknowledgement lasts that is for a while, seconds.
const WHILE: i64 = 15;

/// Returns every way in which an action can be done now: the number of the case or the pk of the incident.
pub(super) fn targets(world: &World, action: UserAction) -> Vec<u64> {
    match action {
        UserAction::Zino(ZinoAction::Open | ZinoAction::Placeholder) => vec![0],
        UserAction::Zino(_) => {
            let open = world.zino.cases().filter(|case| case.state() != "closed");
            open.map(|case| case.id().0).collect()
        }
        UserAction::Argus(_) => {
            let open = world.argus.incidents().filter(|incident| incident.end_time == EndTime::Infinity);
            open.map(|incident| incident.pk).collect()
        }
    }
}

/// Does something.
pub(super) fn perform(state: &mut State, action: UserAction, target: u64) {
    if action == UserAction::Zino(ZinoAction::Scavenge) {
        let now = state.world.wall();
        let _ = state.world.zino.close(CaseId(target), "alice", now);
        state.expected.look(&state.world);
    }
    // A target that has gone meanwhile cannot be: targets are those of this very state.
    let _ = match action {
        UserAction::Zino(action) => in_zino(&mut state.world, action, CaseId(target)).is_ok(),
        UserAction::Argus(action) => in_argus(state, action, target).is_ok(),
    };
    state.world.tidy();
    state.expected.look(&state.world);
}

fn in_zino(world: &mut World, action: ZinoAction, id: CaseId) -> Result<(), CaseError> {
    let now = world.wall();
    let zino = &mut world.zino;
    match action {
        ZinoAction::Open => {
            zino.open_case(&NewCase::alarm("gw3", "yellow"), now);
            Ok(())
        }
        ZinoAction::Placeholder => {
            zino.open_placeholder(&NewCase::alarm("gw3", "yellow"), now);
            Ok(())
        }
        ZinoAction::Close => zino.close(id, "alice", now),
        ZinoAction::Note => zino.add_history(id, "alice", WORDS, now),
        ZinoAction::SetState => zino.set_state(id, "waiting", "alice", now),
        ZinoAction::SystemNote => zino.add_system_history(id, WORDS, now),
        ZinoAction::Poll => zino.poll(id, true, now),
        ZinoAction::Priority => zino.set_attribute(id, "priority", Some("500"), now),
        ZinoAction::Describe => zino.set_attribute(id, "descr", Some("another link, y"), now),
        // It was closed just now: see `perform`.
        ZinoAction::Scavenge => zino.scavenge(id),
        ZinoAction::BeginMaintenance => zino.begin_maintenance(id, now),
        ZinoAction::EndMaintenance => zino.end_maintenance(id, now),
        ZinoAction::Break => zino.add_system_history(id, "", now),
    }
}

fn in_argus(state: &mut State, action: ArgusAction, pk: u64) -> Result<(), PeopleError> {
    let world = &mut state.world;
    let now = world.wall();
    let incident = world.argus.incident(pk).ok_or(PeopleError::Unknown)?;
    let number = incident.source_incident_id.split('@').next().and_then(|id| id.parse().ok()).unwrap_or(0);
    let case = (number, incident.start_time / MICROS);
    let mut note = |kind, token: &str| {
        state.expected.notes.push(ExpectedNote { kind, pk, case, token: token.into() });
    };
    let argus = &mut world.argus;
    match action {
        ArgusAction::Ack => {
            note(NoteKind::Ack, TOKEN);
            argus.ack("ann", pk, WORDS, None, now).map(|_| ())
        }
        ArgusAction::AckForAWhile => {
            note(NoteKind::Ack, TOKEN);
            argus.ack("ann", pk, WORDS, Some(now + WHILE), now).map(|_| ())
        }
        ArgusAction::Close => {
            note(NoteKind::Close, TOKEN);
            argus.close("ann", pk, WORDS, now).map(|_| ())
        }
        ArgusAction::ForeignEnd => {
            note(NoteKind::Close, TOKEN);
            argus.post("other-source", pk, "END", WORDS, now).map(|_| ())
        }
        ArgusAction::Reopen => {
            note(NoteKind::Close, TOKEN);
            argus.close("ann", pk, WORDS, now)?;
            argus.reopen("ann", pk, WORDS, now).map(|_| ())
        }
        ArgusAction::Ticket => {
            note(NoteKind::Ticket, TICKET);
            argus.set_ticket("ann", pk, TICKET, now)
        }
        ArgusAction::Comment => argus.comment("ann", pk, WORDS, now).map(|_| ()),
        ArgusAction::Level => {
            state.expected.edited.insert(pk);
            argus.set_level("ann", pk, 1, now)
        }
        ArgusAction::Describe => {
            state.expected.edited.insert(pk);
            argus.set_description("ann", pk, WORDS, now)
        }
        ArgusAction::Tag => argus.add_tag("ann", pk, "team=t1", now),
        ArgusAction::Delete => {
            state.expected.deleted.insert(number);
            argus.delete_incident(pk)
        }
    }
}
