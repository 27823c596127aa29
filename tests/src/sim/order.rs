//! What must come before what, and what alone may bring it about.

use super::expected::{Expected, Identity, NoteKind, identity, is_own};
use super::people::is_ours;
use glue_proto::model::CaseId;
use glue_proto::{CaseNotice, HttpRequest, Notice};
use glue_sim::argus::{EndTime, Event, Incident};
use glue_sim::world::{Sent, World};
use glue_sim::zino::ZinoCase;
use serde_json::Value;

/// From so many open incidents on, all cases missing at once means that Zino has lost its state (behaviour B28).
const MANY: usize = 3;
/// Longer than any reading takes, milliseconds.
const READING: u64 = 12_000;

const MICROS: i64 = 1_000_000;

type Verdict = Result<(), String>;

/// Checks what a request did that Argus has carried out.
pub(super) fn served(world: &World, expected: &Expected, sent: &Sent) -> Verdict {
    let Some(rest) = sent.line.strip_prefix("POST incidents/").filter(|_| sent.status < 300) else {
        return Ok(());
    };
    if rest.starts_with(' ') {
        return wanted_when_made(world, expected);
    }
    let mut words = rest.splitn(2, ['/', ' ']);
    let pk = words.next().and_then(|pk| pk.parse().ok()).unwrap_or(0);
    let Some(incident) = world.argus.incident(pk) else { return Ok(()) };
    let is_end = incident.events.last().is_some_and(|event| event.event_type == "END");
    match expected.case_of(incident) {
        Some(case) if is_end => end_comes_last(world, expected, incident, case),
        Some(_) | None => Ok(()),
    }
}

/// Returns for how long after a start Argus may be at work on what an earlier run of the daemon has sent, milliseconds
/// (behaviour B13).
pub(super) fn earlier_run(world: &World) -> u64 {
    (world.settings().argus().timeout() + world.settings().argus().write_timeout()).0
}

/// Behaviour B20: only a case that called for it at some moment gets an incident.
fn wanted_when_made(world: &World, expected: &Expected) -> Verdict {
    let Some(made) = world.argus.incidents().max_by_key(|incident| incident.pk) else { return Ok(()) };
    match expected.case_of(made) {
        // What has called for it may be lost with the last seconds, and what keeps it quiet too.
        Some(case) if !expected.wanted.contains(&case) && !expected.went_back => {
            Err(format!("B20: incident {} of case {case:?}, which has never called for one", made.pk))
        }
        Some(_) | None => Ok(()),
    }
}

/// Behaviour B27: what was written into a case before its last words is in Argus before the END that repeats them.
fn end_comes_last(world: &World, expected: &Expected, incident: &Incident, id: Identity) -> Verdict {
    let Some(end) = incident.events.last() else { return Ok(()) };
    if end.description.starts_with("This case no longer exists") {
        return Ok(());
    }
    let case = world.zino.case(CaseId(id.0)).filter(|case| identity(case) == id);
    // History comes first where nothing has gone wrong with it: a step that failed holds up no other one (behaviour B14).
    let excused = expected.forgotten.contains(&id) || expected.failed.contains(&id.0);
    let Some(case) = case.filter(|_| !excused) else { return Ok(()) };
    let last = |is_told: &dyn Fn(&(i64, String)) -> bool| {
        case.history().iter().rposition(|entry| is_told(&(entry.at, entry.message.trim().to_string())))
    };
    let in_time = last(&|entry| *entry == (end.timestamp / MICROS, end.description.clone()));
    let Some(place) = in_time.or_else(|| last(&|entry| expected.is_early_end(end, entry))) else {
        return Ok(());
    };
    let mut there: Vec<_> = incident.events.iter().filter(|event| is_ours(world, event.actor)).collect();
    let us = world.settings().zino();
    for (index, entry) in case.history()[..place].iter().enumerate() {
        let never = expected.quirks.refuses_entry(id.0, &entry.message);
        if never || is_own(&entry.message, us) || (index == 0 && entry.message.contains("embryonic -> open"))
        {
            continue;
        }
        let stands_for = |event: &&Event| {
            let told = (entry.at, entry.message.trim().to_string());
            let in_time = expected.stamps(incident.pk, event).any(|stamp| stamp == told.0);
            in_time && event.description == told.1 || expected.is_early_end(event, &told)
        };
        match there.iter().position(stands_for) {
            Some(found) => _ = there.swap_remove(found),
            None => return Err(format!("B27: END of {} before {:?}", incident.pk, entry.message)),
        }
    }
    Ok(())
}

/// Behaviour B28: where not one of many open incidents has its case any more, none is ended for that. Checked when the
/// machine says that a case is gone, of cases that have been away for longer than any reading takes.
pub(super) fn not_when_all_are_missing(world: &World, expected: &Expected, notice: &Notice) -> Verdict {
    let Notice::Case { what: CaseNotice::Gone { incident: pk }, .. } = notice else { return Ok(()) };
    let accepts_loss = world.settings().accept_state_loss() || expected.accepts_loss;
    // One that a person has just reopened, whose number stands for something unreadable, or of whose number a closing was
    // announced, need not be known as open.
    let is_open = |incident: &&Incident| {
        let reopened = incident.events.iter().any(|event| event.event_type == "REO");
        incident.end_time == EndTime::Infinity && !reopened
    };
    let is_judged = |case: &Identity| {
        !expected.unreadable.contains(&case.0) && expected.closed.iter().all(|closed| closed.0 != case.0)
    };
    let open = world.argus.incidents().filter(is_open);
    let cases: Vec<_> = open.filter_map(|open| expected.case_of(open)).filter(is_judged).collect();
    let is_away =
        |case: &Identity| expected.absent.get(case).is_some_and(|since| since + READING <= world.now());
    if let Some(gone) = world.argus.incident(*pk).and_then(|incident| expected.case_of(incident))
        && let Some(newer) = later_with_smaller_number(world, gone)
        && !accepts_loss
        // The newer one may be among those that cannot be read.
        && world.daemon.inspect().unreadable_cases() == 0
    {
        return Err(format!(
            "B28: incident {pk} of {gone:?} is ended, and {newer:?} shows that numbers are given again"
        ));
    }
    // What a listing has lost is not known of.
    let knows_all = !expected.lost_rows;
    let is_empty = world.zino.cases().next().is_none();
    if knows_all && is_empty && cases.len() >= MANY && cases.iter().all(is_away) && !accepts_loss {
        return Err(format!("B28: incident {pk} is ended, and Zino has lost all of {cases:?}"));
    }
    Ok(())
}

/// Returns a case that was opened so much later than a missing one that its smaller number proves a restarted numbering, and
/// that has been there for longer than any reading takes. One that is closed is in no list.
fn later_with_smaller_number(world: &World, missing: Identity) -> Option<Identity> {
    let read = world.zino_wall() - i64::try_from(READING / 1000).unwrap_or(i64::MAX);
    let is_unreadable = |case: &ZinoCase| case.history().iter().any(|entry| entry.message.is_empty());
    let cases = world.zino.cases().filter(|case| case.state() != "closed" && !is_unreadable(case));
    let mut newer = cases.map(identity);
    newer.find(|(number, opened)| *number < missing.0 && opened - missing.1 > 3600 && *opened < read)
}

/// Behaviour B29: a level is sent only where that of Zino's priority has changed since our tags were. One that is there
/// already changes nothing: the reply to the first request was lost.
pub(super) fn level_only_with_priority(world: &World, request: &HttpRequest) -> Verdict {
    let body: Option<Value> = serde_json::from_slice(&request.body).ok();
    let level = body.as_ref().and_then(|body| body.get("level")?.as_u64());
    let pk = request.target.trim_start_matches("incidents/").trim_end_matches('/').parse().unwrap_or(0);
    let Some((level, incident)) = level.zip(world.argus.incident(pk)) else { return Ok(()) };
    let mut ours = incident.tags.iter().filter(|row| is_ours(world, row.added_by));
    let priority = ours.find_map(|row| row.tag.strip_prefix("priority=")?.parse().ok());
    let before = priority.map(|priority| world.settings().sync().severity().level(priority));
    let changes = u64::from(incident.level) != level;
    if changes && before.is_some_and(|before| u64::from(before) == level) {
        return Err(format!("B29: level {level} is sent to {pk}, which follows from its old tags already"));
    }
    Ok(())
}

/// Behaviour B42: a case is closed only once it says why.
pub(super) fn noted_before_closed(world: &World, expected: &Expected, number: u64) -> Verdict {
    let Some(case) = world.zino.case(CaseId(number)) else { return Ok(()) };
    let us = world.settings().zino();
    let noted = |token: &str| {
        case.history().iter().any(|entry| is_own(&entry.message, us) && entry.message.contains(token))
    };
    let mut closings =
        expected.notes.iter().filter(|note| note.kind == NoteKind::Close && note.case == identity(case));
    // A note may be lost with the last seconds while the next step is on its way.
    if expected.went_back || closings.any(|note| noted(&note.token)) {
        return Ok(());
    }
    Err(format!("B42: case {number} is closed without a note"))
}

/// Behaviour B40: we set a state once after a note of ours, and not where somebody else has set another one after it.
/// `known` is how much of the history was there when it was asked for last: what is newer may cross with the command.
pub(super) fn one_state_for_each_ack(world: &World, case: &ZinoCase, known: usize) -> Verdict {
    let us = world.settings().zino();
    let mut may = false;
    for entry in case.history().iter().take(known) {
        let change = entry.message.strip_prefix("state change ").and_then(|rest| rest.split_once('('));
        match change.map(|(_, by)| by.trim_end_matches(')')) {
            None if is_own(&entry.message, us) => may = true,
            None | Some("monitor") => {}
            Some(_) => may = false,
        }
    }
    if may { Ok(()) } else { Err(format!("B40: a state is set once more in case {}", case.id())) }
}
