//! Both boards as an operator would see them, a row for each case.

use crate::check;
use glue_sim::argus::{ArgusServer, Incident};
use glue_sim::zino::{ZinoCase, ZinoServer};
use std::collections::BTreeMap;

/// A case and its incident: the lines of the left side and of the right side.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Row {
    /// What Zino shows.
    pub(crate) zino: [String; 2],
    /// What Argus shows.
    pub(crate) argus: [String; 2],
}

/// The rows by the names of the cases.
pub(crate) type Board = BTreeMap<String, Row>;

/// Reads both boards; `now` is in Unix seconds.
pub(crate) fn read(zino: &ZinoServer, argus: &ArgusServer, now: i64) -> Board {
    let mut board = Board::new();
    for case in zino.cases() {
        board.entry(case.id().to_string()).or_default().zino = case_lines(case);
    }
    for incident in argus.incidents() {
        let row = board.entry(incident.source_incident_id.clone()).or_default();
        // A second incident for one case stands where nobody can overlook it.
        let is_first = row.argus[0].is_empty();
        let lines = incident_lines(argus, incident, now);
        if is_first { row.argus = lines } else { row.argus[1] = format!("AND {}", lines[0]) }
    }
    board
}

fn case_lines(case: &ZinoCase) -> [String; 2] {
    let attribute = |name| case.attribute(name).unwrap_or("-");
    let head = format!(
        "{} {:<8} {} {} prio {}",
        case.id(),
        case.state(),
        attribute("router"),
        attribute("type"),
        attribute("priority")
    );
    let last = case.history().last().map(|entry| format!("  {}", one_line(&entry.message)));
    [head, last.unwrap_or_default()]
}

fn incident_lines(argus: &ArgusServer, incident: &Incident, now: i64) -> [String; 2] {
    let micros = check::end_of_second(now);
    let state = if incident.is_open(micros) { "OPEN" } else { "closed" };
    let acked = if incident.is_acked(micros) { "acked" } else { "-" };
    let ticket = if incident.ticket_url.is_empty() { "-" } else { "ticket" };
    let count = incident.events.len();
    let plural = if count == 1 { "" } else { "s" };
    let id = &incident.source_incident_id;
    let head =
        format!("{id} {state:<6} level {} {acked:<5} {ticket:<6} {count} event{plural}", incident.level);
    let last = incident.events.last().map(|event| {
        let actor = argus.user_name(event.actor).unwrap_or("?");
        format!("  {} by {actor}: {}", event.event_type, one_line(&event.description))
    });
    [head, last.unwrap_or_default()]
}

/// Puts a text of several lines, the first of which may be its author, on one.
fn one_line(text: &str) -> String {
    text.trim().replacen('\n', ": ", 1).replace('\n', " / ")
}
