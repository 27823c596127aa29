//! What both boards should say in the end, by a model that shares no code with the machine.

use super::expected::{Expected, ExpectedNote, Identity, NoteKind, identity, is_own};
use super::people::is_ours;
use glue_proto::AckState;
use glue_proto::model::CaseId;
use glue_sim::argus::{EndTime, Event, Incident, Restart, WriteKind};
use glue_sim::world::World;
use glue_sim::zino::{LogEntry, Writes, ZinoCase};
use std::collections::{BTreeMap, BTreeSet};

const MICROS: i64 = 1_000_000;
/// The user by which Zino itself changes a state.
const MONITOR: &str = "monitor";

/// One thing in which the boards do not agree.
#[derive(Clone, Debug)]
pub(super) struct Difference {
    /// The number of the case that it is about.
    pub(super) case: u64,
    /// What it is, for people.
    pub(super) what: String,
}

/// Returns how the boards disagree, a line each.
pub(crate) fn disagreements(world: &World, expected: &Expected) -> Vec<String> {
    differences(world, expected).into_iter().map(|difference| difference.what).collect()
}

/// Returns how the boards disagree.
pub(super) fn differences(world: &World, expected: &Expected) -> Vec<Difference> {
    let mut found = Vec::new();
    let incidents: BTreeMap<Identity, &Incident> =
        world.incidents().filter_map(|incident| Some((expected.case_of(incident)?, incident))).collect();
    // Argus takes nothing about it: all others must be right.
    let is_failing = |number: u64| expected.failing.contains(&number);
    let is_twin = |case: Identity| {
        let mut pair = world.incidents().filter(|incident| expected.case_of(incident) == Some(case)).skip(1);
        expected.deleted.contains(&case.0) && pair.next().is_some()
    };
    let mut cases = BTreeSet::new();
    for case in world.zino.cases() {
        cases.insert(identity(case));
        if case.history().iter().any(|entry| entry.message.is_empty()) {
            // It cannot be read (behaviour B14): all others must be right.
            continue;
        }
        if is_failing(case.id().0) || is_twin(identity(case)) {
            continue;
        }
        let mut lines = Vec::new();
        match incidents.get(&identity(case)) {
            None if expected.quirks.refuses(case.id().0, WriteKind::Creation) => {}
            None if world.is_wanted(case) => lines.push(format!("case {} has no incident", case.id())),
            None => {}
            Some(incident) => compare(world, expected, case, incident, &mut lines),
        }
        found.extend(lines.into_iter().map(|what| Difference { case: case.id().0, what }));
    }
    let broken = |number: u64| {
        let case = world.zino.case(CaseId(number));
        case.is_some_and(|case| case.history().iter().any(|entry| entry.message.is_empty()))
    };
    let held_back = world.daemon.inspect().held_back() > 0;
    for (case, incident) in incidents {
        // A case that cannot be read may be the one that the incident belongs to.
        if is_failing(case.0) || is_twin(case) || expected.quirks.refuses(case.0, WriteKind::End) {
            continue;
        }
        if !cases.contains(&case) && !broken(case.0) && incident.end_time == EndTime::Infinity && !held_back {
            let what = format!("incident {} is open, its case {case:?} is gone", incident.pk);
            found.push(Difference { case: case.0, what });
        }
    }
    found
}

/// Tells whether the server reopens what we have ended. An older one records a restart and does nothing.
fn reopens(world: &World) -> bool {
    world.argus.options().restart == Restart::Reopens
}

fn compare(
    world: &World,
    expected: &Expected,
    case: &ZinoCase,
    incident: &Incident,
    found: &mut Vec<String>,
) {
    let id = case.id();
    let open = incident.end_time == EndTime::Infinity;
    let closed = case.state() == "closed";
    let is_hidden = expected.quirks.refuses(id.0, WriteKind::Creation);
    if !open && !closed && (is_hidden || !world.is_wanted(case)) {
        // Nothing makes anybody look for the incident, and what needs none may well have one that has ended. And one that was
        // never listed is found only when a new one is refused as its double, not for another reason.
        return;
    }
    // An older server does not reopen what we have ended; then nobody looks at the incident again, whatever people do.
    let by_us = |event: &Event| event.event_type == "END" && is_ours(world, event.actor);
    let stays_ended = !open && !reopens(world) && incident.events.iter().any(by_us);
    // What others have ended is not reopened: the case is to be closed.
    let kind = if open { WriteKind::End } else { WriteKind::Restart };
    let excused =
        stays_ended || (expected.quirks.refuses(id.0, kind) && (open || ended_by_us(world, incident)));
    if open == closed && !excused && !stays_unclosed(expected, case) {
        found.push(format!("case {id} is {}, its incident is open: {open}", case.state()));
    }
    compare_events(world, expected, case, incident, found);
    if open && !closed {
        compare_notes(world, expected, case, incident, found);
        compare_looks(world, expected, case, incident, found);
    }
    let count = |types: &[&str]| {
        incident.events.iter().filter(|event| types.contains(&event.event_type.as_str())).count()
    };
    let ends =
        incident.events.iter().filter(|event| event.event_type == "END" && is_ours(world, event.actor));
    // Two daemons that take each other for dead may both end it, each time that there is something to end.
    let most = (1 + usize::from(expected.was_shared)) * (1 + count(&["RES", "REO"]));
    if ends.count() > most && !expected.feigned_openings.contains(&id.0) {
        found.push(format!("case {id}: ended more than once"));
    }
}

/// Tells whether Zino never takes it that the case is closed.
fn stays_unclosed(expected: &Expected, case: &ZinoCase) -> bool {
    match expected.quirks.writes(case.id().0) {
        Writes::Ignored => true,
        Writes::StateRefused(state) => state == "closed",
        Writes::Stored | Writes::Altered => false,
    }
}

/// Returns the event that has ended the incident.
fn last_end<'a>(world: &World, incident: &'a Incident) -> Option<&'a Event> {
    let is_one_of = |event: &Event, types: [&str; 2]| types.contains(&event.event_type.as_str());
    // An older server records a restart and does nothing.
    let reopening = if reopens(world) { ["REO", "RES"] } else { ["REO", "REO"] };
    let reopened = incident.events.iter().rposition(|event| is_one_of(event, reopening));
    // Only the first one after the last reopening has ended it: a second one changes nothing.
    let mut after = incident.events.iter().skip(reopened.map_or(0, |at| at + 1));
    after.find(|event| is_one_of(event, ["END", "CLO"]))
}

/// Tells whether the incident was ended by us, and because of its case.
fn ended_by_us(world: &World, incident: &Incident) -> bool {
    let end = last_end(world, incident);
    end.is_some_and(|event| event.event_type == "END" && is_ours(world, event.actor))
}

/// Tells whether another daemon that writes as the same source has ended the incident, with what its own Zino said.
fn ended_elsewhere(world: &World, expected: &Expected, incident: &Incident) -> bool {
    let end = last_end(world, incident);
    !expected.elsewhere.is_empty() && end.is_some_and(|event| !expected.ends.contains_key(&event.pk))
}

/// Tells whether the incident was ended by us with the last words of its case, or should have been.
fn has_last_words(world: &World, expected: &Expected, case: CaseId, incident: &Incident) -> bool {
    // One reading that fails does not say that a case can no longer be read (behaviour B27).
    let is_lost = world.zino.falters_of(case) > 1 || expected.unreadable.contains(&case.0);
    let others = ["Handed over", "This case no longer exists", "This case did not exist"];
    let others: Vec<&str> =
        others.into_iter().chain(is_lost.then_some("This case was closed in Zino")).collect();
    let told = |event: &Event| !others.iter().any(|other| event.description.starts_with(other));
    let end = incident.events.iter().rfind(|event| event.event_type == "END");
    ended_by_us(world, incident) && end.is_some_and(told)
}

fn compare_events(
    world: &World,
    expected: &Expected,
    case: &ZinoCase,
    incident: &Incident,
    found: &mut Vec<String>,
) {
    let id = case.id();
    let forgotten = expected.forgotten.contains(&identity(case));
    let ended_otherwise =
        !has_last_words(world, expected, id, incident) || ended_elsewhere(world, expected, incident);
    // An END goes on without what has failed (behaviour B14), and who has died since does not look for it (B13).
    let run = last_end(world, incident).and_then(|end| expected.ends.get(&end.pk));
    let cut_short = expected.failed.contains(&id.0) && run.is_some_and(|run| *run < world.daemon_run());
    let stays_open = incident.end_time == EndTime::Infinity && expected.quirks.refuses(id.0, WriteKind::End);
    let ended_otherwise = ended_otherwise && !stays_open;
    if case.state() == "closed" && (forgotten || ended_otherwise || cut_short) {
        // It had ended otherwise before the case was closed: if nobody saw that, neither side lists the pair any more. So
        // it may be where Zino went back and the case was closed once more.
        return;
    }
    let known = [&expected.entries, &expected.elsewhere];
    let ever = |key: &(i64, String)| {
        known.iter().any(|known| known.get(&identity(case)).is_some_and(|ever| ever.contains_key(key)))
    };
    let mut wanted = wanted_events(world, case);
    let mut early = Vec::new();
    for event in &incident.events {
        let kind = event.event_type.as_str();
        if !is_ours(world, event.actor) || !["OTH", "END"].contains(&kind) {
            continue;
        }
        let keys = expected.stamps(incident.pk, event).map(|stamp| (stamp, event.description.clone()));
        let key = (event.timestamp / MICROS, event.description.clone());
        let stands_for = keys.into_iter().find(|key| wanted.get(key).is_some_and(|count| *count > 0));
        match stands_for.and_then(|key| wanted.get_mut(&key)) {
            Some(count) => *count -= 1,
            None if kind == "END" => early.push(event),
            None if ever(&key) || expected.is_left(incident.pk, event) => {}
            None => found.push(format!("case {id}: event {key:?} is one too many")),
        }
    }
    for (key, count) in &mut wanted {
        let stands_for = |event: &&Event| expected.is_early_end(event, key);
        // The last words of a history that Zino has no more count as what has the same text later (behaviour B26).
        let taken_for = |event: &&Event| {
            let told = (event.timestamp / MICROS, event.description.clone());
            told.1 == key.1 && told.0 < key.0 && ever(&told)
        };
        while *count > 0
            && let Some(place) = early.iter().position(|event| stands_for(event) || taken_for(event))
        {
            early.swap_remove(place);
            *count -= 1;
        }
    }
    // What is written into a case after its end is copied only if somebody saw it come.
    let closed_at = case.history().iter().rposition(|entry| entry.message.contains("-> closed"));
    let late: BTreeSet<(i64, String)> = case
        .history()
        .iter()
        .skip(closed_at.map_or(usize::MAX, |at| at + 1))
        .map(|entry| (entry.at, entry.message.trim().to_string()))
        .collect();
    // The last words come with the END, or came with it when they were the last.
    let last = case.history().last().map(|entry| entry.message.trim());
    let came_with_end = |text: &str| stays_open && (last == Some(text) || text.contains("-> closed"));
    let never = |text: &str| expected.quirks.refuses_entry(id.0, text) || came_with_end(text);
    let missing = wanted.iter().filter(|(key, count)| **count > 0 && !late.contains(*key));
    for (key, count) in missing.filter(|(key, _)| !never(&key.1)) {
        found.push(format!("case {id}: {count} events {key:?} are missing"));
    }
}

fn wanted_events(world: &World, case: &ZinoCase) -> BTreeMap<(i64, String), usize> {
    let us = world.settings().zino();
    let mut wanted = BTreeMap::new();
    for (index, entry) in case.history().iter().enumerate() {
        let opening = index == 0 && entry.message.contains("embryonic -> open");
        if !is_own(&entry.message, us) && !opening {
            *wanted.entry((entry.at, entry.message.trim().to_string())).or_insert(0) += 1;
        }
    }
    wanted
}

/// Behaviour B40 and B41, for an open case with an open incident.
fn compare_notes(
    world: &World,
    expected: &Expected,
    case: &ZinoCase,
    incident: &Incident,
    found: &mut Vec<String>,
) {
    let us = world.settings().zino();
    let id = case.id();
    let writes = expected.quirks.writes(id.0);
    if *writes == Writes::Ignored {
        return;
    }
    let notes = |text: &str| {
        case.history()
            .iter()
            .filter(|entry| is_own(&entry.message, us) && entry.message.contains(text))
            .count()
    };
    let acked = incident.is_acked(world.wall() * MICROS);
    if acked && world.settings().sync().acknowledge().is_some() {
        for note in expected.notes.iter().filter(|note| note.pk == incident.pk && note.kind == NoteKind::Ack)
        {
            let same = expected.notes.iter().filter(|other| {
                other.pk == incident.pk && other.token == note.token && other.kind == NoteKind::Ack
            });
            if notes(&note.token) < same.count() {
                found.push(format!("case {id}: ack {} is not noted", note.token));
            }
        }
    }
    compare_state(world, expected, case, incident, acked, found);
    let url = &incident.ticket_url;
    let held = || case.history().iter().any(|entry| entry.message.split_whitespace().any(|word| word == url));
    let altered = *writes == Writes::Altered;
    if world.settings().sync().ticket() && !url.is_empty() && !held() && !altered {
        found.push(format!("case {id}: ticket {url} is not noted"));
    }
}

/// Behaviour B40: the state of an acknowledged case that neither a person nor we have set.
fn compare_state(
    world: &World,
    expected: &Expected,
    case: &ZinoCase,
    incident: &Incident,
    acked: bool,
    found: &mut Vec<String>,
) {
    let Some(state) = world.settings().sync().acknowledge().filter(|_| acked) else { return };
    let state = if state == AckState::Working { "working" } else { "waiting" };
    let by_somebody = |entry: &LogEntry| {
        let change = entry.message.strip_prefix("state change ").and_then(|rest| rest.split_once('('));
        change.is_some_and(|(_, user)| user.trim_end_matches(')') != MONITOR)
    };
    let tells = |note: &ExpectedNote| note.pk == incident.pk && note.kind == NoteKind::Ack;
    let known = expected.notes.iter().any(tells);
    let refused = Writes::StateRefused(state.into()) == *expected.quirks.writes(case.id().0);
    if known && !refused && case.state() != state && !case.history().iter().any(by_somebody) {
        found.push(format!("case {} is acknowledged and {}, not {state}", case.id(), case.state()));
    }
}

/// Behaviour B22 to B24 and B29, for an open case with an open incident.
fn compare_looks(
    world: &World,
    expected: &Expected,
    case: &ZinoCase,
    incident: &Incident,
    found: &mut Vec<String>,
) {
    if !world.settings().sync().update() || expected.quirks.refuses(case.id().0, WriteKind::Update) {
        return;
    }
    let id = case.id();
    let value = |name: &str| case.attribute(name).unwrap_or_default();
    let mut wanted = vec![
        format!("host={}", value("router")),
        format!("event_type={}", value("type")),
        format!("priority={}", value("priority")),
    ];
    match value("type") {
        "portstate" => {
            wanted.push(format!("interface={}", value("port")));
            if !value("descr").is_empty() {
                wanted.push(format!("description={}", value("descr")));
            }
        }
        "bgp" => {
            wanted.push(format!("remote_as={}", value("remote-AS")));
            wanted.push(format!("remote_addr={}", value("remote-addr")));
        }
        _ => {}
    }
    let ours: BTreeSet<&str> =
        incident.tags.iter().filter(|row| is_ours(world, row.added_by)).map(|row| row.tag.as_str()).collect();
    if ours != wanted.iter().map(String::as_str).collect() {
        found.push(format!("case {id}: tags are {ours:?}, should be {wanted:?}"));
    }
    let priority: i64 = value("priority").parse().unwrap_or(0);
    let level = world.settings().sync().severity().level(priority);
    if incident.level != level && !expected.edited.contains(&incident.pk) {
        found.push(format!("case {id}: level is {}, should be {level}", incident.level));
    }
}
