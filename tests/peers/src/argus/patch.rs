//! `PATCH incidents/{pk}/` (reference argus-api 7).

use super::board::TagRow;
use super::http::HttpReply;
use super::routes::Admitted;
use super::server::ArgusServer;
use super::tags::{self, TagError};
use super::validate::{Errors, Fields};
use serde_json::{Map, Value};

const CHANGEABLE: [&str; 6] = ["level", "description", "details_url", "ticket_url", "metadata", "tags"];
const FIXED: [&str; 7] =
    ["start_time", "end_time", "source", "source_incident_id", "pk", "id", "search_text"];

/// What a PATCH changes.
#[derive(Debug, Default)]
struct Changes {
    level: Option<u8>,
    description: Option<String>,
    details_url: Option<String>,
    ticket_url: Option<String>,
    metadata: Option<Map<String, Value>>,
    tags: Option<Vec<String>>,
}

impl ArgusServer {
    /// Changes an incident; a PUT must have all its tags.
    pub(super) fn patch(&mut self, admitted: &Admitted<'_>, pk: u64, is_put: bool) -> HttpReply {
        if !self.incidents.contains_key(&pk) {
            return HttpReply::no_incident();
        }
        let fields = match admitted.fields() {
            Ok(fields) => fields,
            Err(reply) => return reply,
        };
        let changes = match read(&fields, is_put) {
            Ok(changes) => changes,
            Err(reply) => return reply,
        };
        if let Some(errors) = self.protected_tags(pk, admitted.caller.user, changes.tags.as_deref()) {
            return HttpReply::of_json(400, &errors);
        }
        if !self.options.ignores_patches {
            self.change(admitted, pk, changes);
        }
        let now = self.moment(admitted.now);
        let body = self.incidents.get(&pk).map_or(Value::Null, |incident| self.incident_json(incident, now));
        HttpReply::of_json(200, &body)
    }

    /// Says which tags the caller would take away although somebody else added them.
    fn protected_tags(&self, pk: u64, user: u64, wanted: Option<&[String]>) -> Option<Value> {
        let wanted = wanted?;
        let rows = &self.incidents.get(&pk)?.tags;
        let lost = rows.iter().filter(|row| row.added_by != user && !wanted.contains(&row.tag));
        let text = "Cannot remove this tag when you're not the one who added it.";
        let errors: Map<String, Value> = lost.map(|row| (row.tag.clone(), Value::from(text))).collect();
        (!errors.is_empty()).then_some(Value::Object(errors))
    }

    fn change(&mut self, admitted: &Admitted<'_>, pk: u64, changes: Changes) {
        let (user, now) = (admitted.caller.user, admitted.now);
        if let Some(tags) = changes.tags {
            self.change_tags(pk, user, &tags, now);
        }
        let Some(incident) = self.incidents.get_mut(&pk) else { return };
        let mut told = Vec::new();
        if let Some(level) = changes.level {
            told.push(("level", incident.level.to_string(), level.to_string()));
            incident.level = level;
        }
        let texts = [
            ("description", &mut incident.description, changes.description),
            ("details_url", &mut incident.details_url, changes.details_url),
            ("ticket_url", &mut incident.ticket_url, changes.ticket_url),
        ];
        for (name, place, text) in texts {
            if let Some(text) = text {
                told.push((name, std::mem::replace(place, text.clone()), text));
            }
        }
        if let Some(metadata) = changes.metadata.filter(|new| *new != incident.metadata) {
            let items = |count: usize| format!("{count} item(s)");
            let old = std::mem::replace(&mut incident.metadata, metadata);
            let event =
                format!("Change: \"metadata\": {} → {}", items(old.len()), items(incident.metadata.len()));
            let new = super::server::NewEvent {
                actor: user,
                timestamp: None,
                event_type: "CHI",
                description: &event,
            };
            self.add_event(pk, new, now);
        }
        for (name, old, new) in told {
            self.record_change(pk, user, name, &old, &new, now);
        }
    }

    /// Makes these the tags of an incident; those that stay keep who added them.
    pub(super) fn change_tags(&mut self, pk: u64, user: u64, wanted: &[String], now: i64) {
        let added_time = self.moment(now);
        let Some(incident) = self.incidents.get_mut(&pk) else { return };
        let before: Vec<String> = incident.tags.iter().map(|row| row.tag.clone()).collect();
        let is_same = before.len() == wanted.len() && before.iter().all(|tag| wanted.contains(tag));
        if is_same {
            return;
        }
        incident.tags.retain(|row| wanted.contains(&row.tag));
        for tag in wanted.iter().filter(|tag| !before.contains(tag)) {
            incident.tags.push(TagRow { tag: tag.clone(), added_by: user, added_time });
        }
        self.record_change(pk, user, "tags", &python_list(&before), &python_list(wanted), now);
    }
}

fn read(fields: &Fields, is_put: bool) -> Result<Changes, HttpReply> {
    let mut refused = Map::new();
    for name in fields.keys().filter(|name| !CHANGEABLE.contains(&name.as_str())) {
        let text = if FIXED.contains(&name.as_str()) {
            "The field is not allowed to be changed."
        } else {
            "The field does not exist."
        };
        refused.insert(name.clone(), Value::from(text));
    }
    if !refused.is_empty() {
        return Err(HttpReply::of_json(400, &Value::Object(refused)));
    }
    let mut errors = Errors::default();
    if is_put {
        errors.require(fields, &["tags"]);
    }
    let mut changes = Changes {
        level: errors.level(fields),
        description: errors.text(fields, "description"),
        details_url: errors.text(fields, "details_url"),
        ticket_url: errors.url(fields, "ticket_url"),
        metadata: errors.metadata(fields),
        tags: None,
    };
    match fields.get("tags").map(tags::parse) {
        Some(Err(TagError::Crash)) => return Err(HttpReply::crash()),
        Some(Err(TagError::Refused(error))) => {
            errors.0.insert(String::from("tags"), error);
        }
        Some(Ok(tags)) => changes.tags = Some(tags),
        None => {}
    }
    if errors.0.is_empty() { Ok(changes) } else { Err(HttpReply::of_json(400, &errors.into_value())) }
}

/// Writes a list as the server's language shows it.
fn python_list(items: &[String]) -> String {
    let items: Vec<String> = items.iter().map(|item| format!("'{item}'")).collect();
    format!("[{}]", items.join(", "))
}
