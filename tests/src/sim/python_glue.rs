//! What the Python glue has left behind: incidents as it writes them (reference glue-behaviour 4 to 8), of cases that are
//! some days old, and what happened while nothing ran.

use super::expected::{Expected, ExpectedNote, Identity, LeftByPythonGlue, NoteKind, identity};
use super::plan::Setup;
use glue_proto::Seed;
use glue_proto::model::CaseId;
use glue_sim::world::{BEGIN, World};
use glue_sim::zino::{NewCase, ZinoCase};
use jiff::Timestamp;
use jiff::tz::{TimeZone, offset};
use serde_json::{Value, json};

const DAY: i64 = 86_400;
/// What the glue's stamps are off by: it keeps the offset of the day on which it was started.
const SHIFTS: [i64; 4] = [0, 0, 3600, -3600];

/// Lets the Python glue have been here before, and returns what is known of that.
pub(super) fn leave(world: &mut World, setup: &Setup) -> Expected {
    let mut expected = Expected::default();
    let mut chance = Seed::new(setup.chance);
    for index in 0..setup.left_by_python_glue {
        let opened = BEGIN - DAY * (2 + i64::from(setup.left_by_python_glue - index));
        leave_one(world, &mut expected, &mut chance, opened);
    }
    expected.look(world);
    expected
}

fn leave_one(world: &mut World, expected: &mut Expected, chance: &mut Seed, opened: i64) {
    let mut draw = |below: u64| u8::try_from(chance.below(below)).unwrap_or(0);
    let shift = |drawn: u8| SHIFTS[usize::from(drawn)];
    // The kinds 6 and 7 are nothing that it makes incidents of.
    let id = world.zino.open_case(&NewCase::drawn(128 + draw(100), draw(6)), opened);
    let Some(case) = world.zino.case(id) else { return };
    let identity = identity(case);
    let body = incident(world, case, opened + shift(draw(4)));
    let Some(pk) = post(world, "incidents/", &body, opened) else { return };
    for (at, who) in [(60, "alice"), (120, "bob"), (180, "monitor")] {
        let (at, text) = (opened + at, format!("left at {at}"));
        let _ = world.zino.add_history(id, who, &text, at);
        // Some were written while it did not run.
        if draw(3) > 0 {
            event(world, pk, "OTH", &format!("{who}\n{text}"), at + shift(draw(4)));
        }
    }
    go_on(world, expected, draw(8), (id, pk, identity), opened + 600);
    let events = world.argus.incident(pk).into_iter().flat_map(|incident| &incident.events);
    let last_event = events.map(|event| event.pk).max().unwrap_or(0);
    expected.left_by_python_glue.insert(pk, LeftByPythonGlue { case: identity, last_event });
}

/// What became of it.
fn go_on(world: &mut World, expected: &mut Expected, how: u8, what: (CaseId, u64, Identity), at: i64) {
    let (id, pk, case) = what;
    let token = format!("#9{pk:04}");
    let words = format!("words {token}");
    let mut note = |kind| expected.notes.push(ExpectedNote { kind, pk, case, token: token.clone() });
    match how {
        // People did something in Argus while nothing ran.
        0 => {
            note(NoteKind::Ack);
            let _ = world.argus.ack("admin", pk, &words, None, at);
        }
        1 => {
            note(NoteKind::Close);
            let _ = world.argus.close("admin", pk, &words, at);
        }
        // It ends incidents of cases that are there all the same.
        2 => event(world, pk, "END", "This case did not exist in Zino when glue service was started", at),
        // The case went on while nothing ran.
        3 => {
            let _ = world.zino.close(id, "alice", at);
        }
        4 => {
            expected.look(world);
            let _ = world.zino.vanish(id);
        }
        5 => {
            let _ = world.zino.set_attribute(id, "priority", Some("500"), at);
        }
        // It carried an acknowledgement over, and copied its own change of the state.
        6 => {
            let user = world.settings().zino().user().to_owned();
            let _ = world.argus.ack("admin", pk, "mine", None, at);
            let _ = world.zino.add_history(id, &user, "mine (admin)", at);
            let _ = world.zino.set_state(id, "working", &user, at);
            event(world, pk, "OTH", &format!("state change open -> working ({user})"), at);
        }
        _ => {}
    }
}

/// The body of an incident in the glue's words: a number for an id, an end that is not called infinity.
pub(super) fn incident(world: &World, case: &ZinoCase, start: i64) -> Value {
    let value = |name: &str| case.attribute(name).unwrap_or_default();
    let router = value("router");
    let mut tags = vec![
        format!("host={router}"),
        format!("event_type={}", value("type")),
        format!("priority={}", value("priority")),
    ];
    let description = match value("type") {
        "portstate" => {
            tags.extend([format!("interface={}", value("port")), format!("description={}", value("descr"))]);
            format!("{router} port {} changed state to DOWN ({})", value("port"), value("descr"))
        }
        "bgp" => {
            let (remote_as, remote_addr) = (value("remote-AS"), value("remote-addr"));
            tags.extend([format!("remote_as={remote_as}"), format!("remote_addr={remote_addr}")]);
            format!("{router} BGP Neighbor AS{remote_as}/{remote_addr} is DOWN")
        }
        "reachability" => format!("{router} is not reachable"),
        _ => format!("{router} Active alarms reported"),
    };
    let priority = value("priority").parse().unwrap_or(0);
    let tags: Vec<Value> = tags.into_iter().map(|tag| json!({ "tag": tag })).collect();
    json!({
        "start_time": stamp(start),
        "end_time": "9999-12-31T23:59:59.999999",
        "source_incident_id": case.id().0,
        "description": description,
        "level": world.settings().sync().severity().level(priority),
        "tags": tags,
    })
}

pub(super) fn event(world: &mut World, pk: u64, event_type: &str, text: &str, at: i64) {
    let body = json!({ "description": text, "timestamp": stamp(at), "type": event_type });
    post(world, &format!("incidents/{pk}/events/"), &body, at);
}

/// Sends a request with the machine's token. Returns the pk of what was made.
pub(super) fn post(world: &mut World, target: &str, body: &Value, now: i64) -> Option<u64> {
    let authorization = format!("Token {}", world.token());
    let body = body.to_string();
    let reply = world.argus.request(now, "POST", target, Some(&authorization), body.as_bytes());
    reply.json().get("pk")?.as_u64()
}

/// A moment in the glue's words: whole seconds, in its zone.
fn stamp(at: i64) -> String {
    let zone = TimeZone::fixed(offset(1));
    let moment = Timestamp::from_second(at).unwrap_or_default().to_zoned(zone);
    moment.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string()
}
