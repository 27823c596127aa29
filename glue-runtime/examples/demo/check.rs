//! Tells whether both boards agree, by rules that share no code with the daemon.

use crate::names::{DAEMON, SOURCE};
use glue_sim::argus::{ArgusServer, Incident};
use glue_sim::zino::{ZinoCase, ZinoServer};
use std::collections::BTreeMap;

/// The priority from which on an incident is critical, as in the configuration of the stage.
pub(crate) const CRITICAL: i64 = 500;

/// Microseconds of a second.
const MICROS: i64 = 1_000_000;

/// Returns how the boards disagree, a line each. All cases of the story are of interest to Argus. `now` is in Unix
/// seconds.
pub(crate) fn disagreements(zino: &ZinoServer, argus: &ArgusServer, now: i64) -> Vec<String> {
    let mut found = Vec::new();
    for case in zino.cases() {
        let id = case.id().to_string();
        let mut incidents = argus.incidents().filter(|incident| incident.source_incident_id == id);
        match (incidents.next(), incidents.count()) {
            (None, _) => found.push(format!("case {id} has no incident")),
            (Some(incident), 0) => {
                let mut compare = Comparison { argus, case, incident, found: &mut found };
                compare.state(now);
                compare.history();
                compare.notes();
            }
            (Some(_), others) => found.push(format!("case {id} has {} incidents", others + 1)),
        }
    }
    let orphans = argus
        .incidents()
        .filter(|incident| zino.cases().all(|case| case.id().to_string() != incident.source_incident_id));
    found.extend(orphans.map(|incident| format!("incident {} has no case", incident.source_incident_id)));
    found
}

/// Returns the last microsecond of a second: what ended within it has ended.
pub(crate) const fn end_of_second(now: i64) -> i64 {
    now.saturating_mul(MICROS).saturating_add(MICROS - 1)
}

struct Comparison<'a> {
    argus: &'a ArgusServer,
    case: &'a ZinoCase,
    incident: &'a Incident,
    found: &'a mut Vec<String>,
}

impl Comparison<'_> {
    fn report(&mut self, what: &str) {
        self.found.push(format!("case {}: {what}", self.case.id()));
    }

    fn state(&mut self, now: i64) {
        let micros = end_of_second(now);
        let is_open = self.incident.is_open(micros);
        let state = self.case.state();
        if is_open == (state == "closed") {
            self.report(&format!("it is {state}, its incident is open: {is_open}"));
        }
        if is_open && self.incident.is_acked(micros) && state != "working" {
            self.report(&format!("it is {state}, its incident is acknowledged"));
        }
        if self.incident.start_time != self.case.opened().saturating_mul(MICROS) {
            self.report("its incident began at another time");
        }
        let priority = self.case.attribute("priority").and_then(|text| text.parse().ok()).unwrap_or(0_i64);
        let level = if priority >= CRITICAL { 1 } else { 3 };
        if self.incident.level != level {
            self.report(&format!("priority {priority} is level {level}, not {}", self.incident.level));
        }
    }

    /// Each history entry that is not the daemon's own is one event, and no other event is the daemon's.
    fn history(&mut self) {
        let own_state = format!("({DAEMON})");
        let mut missing: BTreeMap<(i64, &str), i64> = BTreeMap::new();
        for entry in self.case.history().iter().skip(1) {
            let header = entry.message.lines().next().unwrap_or_default();
            if header != DAEMON && !header.ends_with(&own_state) {
                *missing.entry((entry.at.saturating_mul(MICROS), entry.message.trim())).or_default() += 1;
            }
        }
        let mut ends = 0;
        for event in &self.incident.events {
            if self.argus.user_name(event.actor) != Some(SOURCE) {
                continue;
            }
            let entry = missing.get_mut(&(event.timestamp, event.description.as_str()));
            match (event.event_type.as_str(), entry) {
                ("OTH", None) => self.found.push(format!("event {:?} has no entry", event.description)),
                ("OTH", Some(count)) => *count -= 1,
                ("END", entry) => {
                    ends += 1;
                    // The entry that closed the case may have become this event.
                    if let Some(count) = entry.filter(|count| **count > 0) {
                        *count -= 1;
                    }
                }
                _ => {}
            }
        }
        for ((_, text), count) in missing.into_iter().filter(|(_, count)| *count != 0) {
            self.report(&format!("{count} events {text:?} too few"));
        }
        if ends > 1 {
            self.report(&format!("its incident ended {ends} times"));
        }
    }

    /// Each acknowledgement, closing and ticket of a person is one entry of the daemon's.
    fn notes(&mut self) {
        let mut wanted = Vec::new();
        for event in &self.incident.events {
            let actor = self.argus.user_name(event.actor).unwrap_or_default();
            if ["ACK", "CLO"].contains(&event.event_type.as_str()) && actor != SOURCE {
                wanted.push(format!("{DAEMON}\n{} ({actor})", event.description));
            }
        }
        let url = &self.incident.ticket_url;
        let is_ticket =
            |text: &str| text.starts_with(&format!("{DAEMON}\nTicket {url} added by Argus user "));
        let history = self.case.history();
        for note in &wanted {
            let count = history.iter().filter(|entry| entry.message.trim() == note).count();
            if count != 1 {
                self.report(&format!("{count} times the note {note:?}"));
            }
        }
        let tickets = history.iter().filter(|entry| is_ticket(&entry.message)).count();
        if !url.is_empty() && tickets != 1 {
            self.report(&format!("{tickets} times the note of ticket {url}"));
        }
        let own = history.iter().filter(|entry| entry.message.lines().next() == Some(DAEMON)).count();
        let expected = wanted.len() + usize::from(!url.is_empty());
        if own != expected {
            self.report(&format!("{own} notes instead of {expected}"));
        }
    }
}
