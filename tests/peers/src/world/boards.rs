//! The two boards compared: what should be in Argus, by a model that shares no code with the machine.

use super::World;
use crate::argus::{EndTime, Incident};
use crate::zino::ZinoCase;
use glue_proto::{Ignored, NeverDown};
use std::collections::{BTreeMap, BTreeSet};

const MICROS: i64 = 1_000_000;

impl World {
    /// Tells whether a user of Argus is the machine.
    #[must_use]
    pub fn is_machine(&self, user: u64) -> bool {
        self.argus.user_name(user) == Some(self.source())
    }

    /// Returns the incidents of the machine's source.
    pub fn incidents(&self) -> impl Iterator<Item = &Incident> {
        let source = self.argus.source_pk(self.source());
        self.argus.incidents().filter(move |incident| Some(incident.source) == source)
    }

    /// Returns how the two boards disagree, a line each. Right once everything has come to rest, and as long as no
    /// numbering was restarted.
    #[must_use]
    pub fn disagreements(&self) -> Vec<String> {
        let mut found = Vec::new();
        let mut incidents: BTreeMap<&str, &Incident> = BTreeMap::new();
        for incident in self.incidents() {
            if incidents.insert(&incident.source_incident_id, incident).is_some() {
                found.push(format!("two incidents {}", incident.source_incident_id));
            }
        }
        for case in self.zino.cases() {
            let id = case.id().to_string();
            let incident = incidents.get(id.as_str()).copied();
            match incident {
                None if self.is_wanted(case) => found.push(format!("case {id} has no incident")),
                None => {}
                Some(incident) => self.compare(case, incident, &mut found),
            }
        }
        found
    }

    /// Tells whether a case that has no incident should get one.
    #[must_use]
    pub fn is_wanted(&self, case: &ZinoCase) -> bool {
        let logged = |words: &[&str]| {
            case.log().iter().any(|entry| words.iter().any(|word| entry.message.contains(word)))
        };
        let skips = self.settings.sync().never_down() == NeverDown::Skip;
        let is_now = |name, value| skips && case.attribute(name) == Some(value);
        let by_type = match case.attribute("type").unwrap_or_default() {
            "bgp" => true,
            "reachability" => !is_now("reachability", "reachable") || logged(&["no-response"]),
            "alarm" => !is_now("alarm-count", "0") || logged(&["to 1"]),
            "portstate" => {
                let described = case.attribute("descr").is_some_and(|descr| descr.contains(','));
                described && logged(&["linkDown", "lowerLayerDown", "up to down"])
            }
            _ => false,
        };
        let ignored = case.state() == "ignored" && self.settings.sync().ignored() == Ignored::Skip;
        by_type && case.attribute("updated").is_some() && case.state() != "closed" && !ignored
    }

    fn compare(&self, case: &ZinoCase, incident: &Incident, found: &mut Vec<String>) {
        let id = case.id();
        let open = incident.end_time == EndTime::Infinity;
        if open == (case.state() == "closed") {
            found.push(format!("case {id} is {}, its incident is open: {open}", case.state()));
        }
        if incident.start_time != case.opened() * MICROS {
            found.push(format!("case {id} was opened at another time than its incident"));
        }
        let mut wanted = self.wanted_events(case);
        let mut early = Vec::new();
        for event in &incident.events {
            let ours = self.is_machine(event.actor);
            if !ours || !["OTH", "END"].contains(&event.event_type.as_str()) {
                continue;
            }
            let key = (event.timestamp / MICROS, event.description.clone());
            match wanted.get_mut(&key) {
                Some(count) if *count > 0 => *count -= 1,
                _ if event.event_type == "END" => early.push(key),
                _ => found.push(format!("case {id}: event {key:?} is one too many")),
            }
        }
        // An END that would lie in the server's future is told earlier (behaviour B15).
        for (at, text) in early {
            let is_told =
                |(key, count): &(&(i64, String), &mut usize)| **count > 0 && key.0 > at && key.1 == text;
            if let Some((_, count)) = wanted.iter_mut().find(is_told) {
                *count -= 1;
            }
        }
        // What is written into a case after its end is copied only if somebody saw it come.
        let closed = case.history().iter().position(|entry| entry.message.contains("-> closed"));
        let late = case.history().iter().skip(closed.map_or(usize::MAX, |at| at + 1));
        let late: BTreeSet<_> = late.map(|entry| (entry.at, entry.message.trim().to_owned())).collect();
        for (key, count) in wanted.iter().filter(|(key, count)| **count > 0 && !late.contains(*key)) {
            found.push(format!("case {id}: {count} events {key:?} are missing"));
        }
    }

    fn wanted_events(&self, case: &ZinoCase) -> BTreeMap<(i64, String), usize> {
        let zino = self.settings.zino();
        let us: Vec<&str> = zino.former_users().iter().map(String::as_str).chain([zino.user()]).collect();
        let mut wanted = BTreeMap::new();
        for (index, entry) in case.history().iter().enumerate() {
            let header = entry.message.split('\n').next().unwrap_or_default();
            let own = us.iter().any(|user| header == *user || header.ends_with(&format!("({user})")));
            let opening = index == 0 && header.contains("embryonic -> open");
            if !own && !opening {
                let text = entry.message.trim().to_string();
                *wanted.entry((entry.at, text)).or_insert(0) += 1;
            }
        }
        wanted
    }
}
