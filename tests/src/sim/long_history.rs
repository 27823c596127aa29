//! A case that has gone on for so long that its history and its log have hundreds of entries, or thousands, most of which the
//! Python glue has told already. It costs time, so only one seed in 128 has it; a byte of the header that nothing else reads says
//! so, and zeros say no.

use super::expected::{Expected, LeftByPythonGlue, identity};
use super::plan::Setup;
use super::python_glue;
use glue_sim::world::{BEGIN, World};
use glue_sim::zino::NewCase;

/// Where in the header the two bytes stand, and from which value on the first one says yes.
const PLACE: usize = 120;
const HAS_ONE: u8 = 254;
/// How many entries there are.
const LENGTHS: [u16; 4] = [400, 800, 800, 2000];
/// How many of them nobody has told yet, where the network is fast, and where it is not.
const UNTOLD: (u16, u16) = (200, 10);
/// A slower way than this is a slow one, milliseconds.
const FAST: u64 = 50;
const DAY: i64 = 86_400;
/// How far apart the entries are, seconds.
const APART: i64 = 20;

/// Decodes what the header of a scenario says: how many entries there are.
pub(super) fn decode(header: &[u8]) -> Option<u16> {
    let byte = |index: usize| header.get(PLACE + index).copied().unwrap_or(0);
    (byte(0) >= HAS_ONE).then(|| LENGTHS[usize::from(byte(1)) % LENGTHS.len()])
}

/// Lets there be such a case, if the scenario has one.
pub(super) fn leave(world: &mut World, setup: &Setup, expected: &mut Expected) {
    let Some(length) = setup.long_history else { return };
    let opened = BEGIN - DAY;
    let id = world.zino.open_case(&NewCase::reachability("gw80"), opened);
    let entries: Vec<(i64, String)> = (1..=length)
        .map(|number| (opened + APART * i64::from(number), format!("alice\nentry {number}")))
        .collect();
    let _ = world.zino.edit(id, opened, |case| {
        for (at, text) in &entries {
            case.add_history(text, *at);
            case.add_log("gw80 no-response", *at);
        }
    });
    let Some(case) = world.zino.case(id) else { return };
    let identity = identity(case);
    let body = python_glue::incident(world, case, opened);
    let Some(pk) = python_glue::post(world, "incidents/", &body, opened) else { return };
    let is_fast = setup.latency + setup.jitter < FAST;
    let told = usize::from(length - if is_fast { UNTOLD.0 } else { UNTOLD.1 });
    for (at, text) in &entries[..told] {
        python_glue::event(world, pk, "OTH", text, *at);
    }
    let events = world.argus.incident(pk).into_iter().flat_map(|incident| &incident.events);
    let last_event = events.map(|event| event.pk).max().unwrap_or(0);
    expected.left_by_python_glue.insert(pk, LeftByPythonGlue { case: identity, last_event });
    expected.long = Some(id.0);
    expected.look(world);
}
