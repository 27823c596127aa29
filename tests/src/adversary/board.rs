//! What happens on both sides, and what must be true of both in the end.

use super::argus::HostileArgus;
use super::zino::HostileZino;
use super::{SOURCE, USER};
use glue_proto::model::CaseId;
use glue_sim::argus::{EndTime, Incident};
use glue_sim::zino::NewCase;
use std::collections::BTreeMap;

/// About this one the tactics lie.
const VICTIM: CaseId = CaseId(1);
/// Nobody lies about this one, unless about all.
const BYSTANDER: CaseId = CaseId(2);
/// Is closed after the attack.
const EARLY: CaseId = CaseId(3);
/// How many cases there are before the attack.
const FIRST: usize = 3;
/// Is opened during the attack.
const DURING: CaseId = CaseId(4);
/// Is opened after it.
const AFTER: CaseId = CaseId(5);
/// What is written into the history during the attack.
const ENTRY: &str = "the fibre was cut by a digger";
/// What is said with an acknowledgement.
const ACK: &str = "I am on it";

/// Both sides.
pub(super) struct Board<'a> {
    pub(super) zino: &'a HostileZino,
    pub(super) argus: &'a HostileArgus,
}

impl Board<'_> {
    /// Opens the cases that are there before the attack.
    pub(super) fn fill(&self) {
        for (id, router) in [(VICTIM, "gw-victim"), (BYSTANDER, "gw-bystander"), (EARLY, "gw-early")] {
            self.open(id, router);
        }
    }

    /// Tells whether these have their incidents.
    pub(super) fn is_filled(&self) -> bool {
        self.argus.with(|argus, _| argus.incidents().count()) == FIRST
    }

    /// What people do during the attack.
    pub(super) fn change(&self) {
        self.open(DURING, "gw-during");
        for id in [VICTIM, BYSTANDER] {
            let _ = self.zino.with(|zino, now| zino.add_history(id, "alice", ENTRY, now));
        }
        self.ack(VICTIM);
    }

    /// What of [`change`](Self::change) is missing, although the attack does not concern it.
    pub(super) fn unchanged(&self) -> Vec<&'static str> {
        let checks = [
            (self.is_open(DURING), "the outage that began during the attack has no incident"),
            (self.is_noted(BYSTANDER), "the history entry of a bystander has no event"),
        ];
        checks.into_iter().filter(|(holds, _)| !holds).map(|(_, text)| text).collect()
    }

    /// What people do after it.
    pub(super) fn change_more(&self) {
        self.open(AFTER, "gw-after");
        let _ = self.zino.with(|zino, now| zino.close(EARLY, "alice", now));
        self.ack(BYSTANDER);
    }

    /// What is missing in the end.
    pub(super) fn missing(&self) -> Vec<&'static str> {
        let checks = [
            (self.is_open(AFTER), "the outage after the attack has no incident"),
            (self.is_ended(EARLY), "the incident of the closed case is open"),
            (self.is_acked(BYSTANDER), "Zino does not know of the acknowledgement after the attack"),
            (self.is_open(VICTIM), "the victim has no open incident"),
            (self.is_open(BYSTANDER), "the bystander has no open incident"),
            (self.is_noted(VICTIM), "the history entry of the victim has no event"),
            (self.is_acked(VICTIM), "Zino does not know of the acknowledgement of the victim"),
        ];
        let mut missing = self.unchanged();
        missing.extend(checks.into_iter().filter(|(holds, _)| !holds).map(|(_, text)| text));
        missing
    }

    /// What must never have happened.
    pub(super) fn wrongs(&self, believed: bool) -> Vec<String> {
        let incidents: Vec<_> = self.argus.with(|argus, _| argus.incidents().cloned().collect());
        let mut wrongs = Vec::new();
        let mut names = BTreeMap::new();
        for incident in &incidents {
            let id = incident.source_incident_id.as_str();
            *names.entry(id).or_insert(0_usize) += 1;
            let number = id.parse().unwrap_or_default();
            if !believed && !(VICTIM.0..=AFTER.0).contains(&number) {
                wrongs.push(format!("an incident that nobody has asked for: {id:?}"));
            }
            if !believed && number != EARLY.0 && incident.events_of_type("END").count() > 0 {
                wrongs.push(format!("the incident of case {id} was ended, but the case is open"));
            }
            wrongs.extend(doubled_events(incident, if believed { MOST_POSTED } else { 1 }));
        }
        let doubled = names.iter().filter(|(_, count)| **count > 1);
        wrongs.extend(doubled.map(|(id, count)| format!("case {id} has {count} incidents")));
        for id in [VICTIM, BYSTANDER] {
            let notes = self.notes(id);
            if !believed && notes > 1 {
                wrongs.push(format!("the acknowledgement of case {id} was noted {notes} times"));
            }
        }
        wrongs
    }

    fn open(&self, id: CaseId, router: &str) {
        self.zino.with(|zino, now| {
            zino.skip_to(id);
            zino.open_case(&NewCase::reachability(router), now);
        });
    }

    fn ack(&self, id: CaseId) {
        let _ = self.argus.with(|argus, now| {
            let pk = argus.find(SOURCE, &id.to_string()).map_or(0, |incident| incident.pk);
            argus.ack("bob", pk, ACK, None, now)
        });
    }

    /// Returns the incident of a case: the one that is open, if there is one. A case whose incident seems to be that of
    /// another outage has a new one, whose name begins with its number (behaviour B25).
    fn incident(&self, id: CaseId) -> Option<Incident> {
        let is_of_case = |name: &str| name.split('@').next() == Some(&id.to_string());
        self.argus.with(|argus, _| {
            let of_case = || argus.incidents().filter(|it| is_of_case(&it.source_incident_id));
            let open = of_case().find(|incident| incident.end_time == EndTime::Infinity);
            open.or_else(|| of_case().last()).cloned()
        })
    }

    fn is_open(&self, id: CaseId) -> bool {
        self.incident(id).is_some_and(|incident| incident.end_time == EndTime::Infinity)
    }

    /// Tells whether its incident was ended once. What was over before anybody saw it has none.
    fn is_ended(&self, id: CaseId) -> bool {
        self.incident(id).is_none_or(|incident| incident.events_of_type("END").count() == 1)
    }

    fn is_noted(&self, id: CaseId) -> bool {
        let incident = self.incident(id);
        incident.is_some_and(|it| it.events_of_type("OTH").any(|event| event.description.contains(ENTRY)))
    }

    fn notes(&self, id: CaseId) -> usize {
        let begin = format!("{USER}\n{ACK}");
        self.zino.with(|zino, _| {
            let case = zino.case(id);
            case.map_or(0, |it| it.history().iter().filter(|entry| entry.message.starts_with(&begin)).count())
        })
    }

    /// Tells whether Zino knows of the acknowledgement. What nobody could acknowledge is well.
    fn is_acked(&self, id: CaseId) -> bool {
        let was_acked = self.incident(id).is_some_and(|it| it.events_of_type("ACK").count() > 0);
        let state = self.zino.with(|zino, _| zino.case(id).map(|case| case.state().to_owned()));
        !was_acked || (self.notes(id) >= 1 && state.as_deref() == Some("working"))
    }
}

/// How often an event may be posted within the time of an attack that Argus takes and does not show: after pauses of 1, 2, 4 s
/// (behaviour B14).
const MOST_POSTED: usize = 4;

/// Events that are there more often than `most` times.
fn doubled_events(incident: &Incident, most: usize) -> Vec<String> {
    let mut seen = BTreeMap::new();
    for event in &incident.events {
        let key = (event.event_type.as_str(), event.timestamp, event.description.as_str());
        *seen.entry(key).or_insert(0_usize) += 1;
    }
    let doubled = seen.iter().filter(|((kind, ..), count)| *kind == "OTH" && **count > most);
    doubled
        .map(|((_, _, text), count)| {
            let text: String = text.chars().take(60).collect();
            format!("incident {} has an event {count} times: {text:?}", incident.source_incident_id)
        })
        .collect()
}
