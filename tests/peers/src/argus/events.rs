//! Events (reference argus-api 5).

use super::board::{EVENT_TYPES, EndTime, Incident};
use super::http::HttpReply;
use super::json::newest_first;
use super::options::Restart;
use super::routes::Admitted;
use super::server::{ArgusServer, NewEvent};
use super::validate::{Errors, Fields, type_name};
use serde_json::{Value, json};

const BY_SOURCES: [&str; 6] = ["STA", "END", "RES", "OTH", "CHI", "LES"];
const BY_PEOPLE: [&str; 4] = ["CLO", "REO", "ACK", "OTH"];

impl ArgusServer {
    pub(super) fn list_events(&self, pk: u64) -> HttpReply {
        let Some(incident) = self.incidents.get(&pk) else { return HttpReply::no_incident() };
        let events = newest_first(incident.events.iter());
        let events: Vec<Value> = events.into_iter().map(|event| self.event_json(pk, event)).collect();
        HttpReply::of_json(200, &Value::Array(events))
    }

    pub(super) fn read_event(&self, pk: u64, event: &str) -> HttpReply {
        let Some(incident) = self.incidents.get(&pk) else { return HttpReply::no_incident() };
        let found = incident.events.iter().find(|known| known.pk.to_string() == event);
        found.map_or_else(
            || HttpReply::detail(404, "No Event matches the given query."),
            |event| HttpReply::of_json(200, &self.event_json(pk, event)),
        )
    }

    pub(super) fn post_event(&mut self, admitted: &Admitted<'_>, pk: u64) -> HttpReply {
        let fields = match admitted.fields() {
            Ok(fields) => fields,
            Err(reply) => return reply,
        };
        let is_source = admitted.caller.source.is_some();
        let mut errors = Errors::default();
        errors.require(&fields, if is_source { &["timestamp", "type"] } else { &["type"] });
        let timestamp = errors.timestamp(&fields, "timestamp", &self.zone);
        let event_type = read_type(&mut errors, &fields).unwrap_or_default();
        let description = errors.text(&fields, "description").unwrap_or_default();
        if let Some(actor) = fields.get("actor").filter(|actor| !actor.is_object()) {
            let text = format!("Invalid data. Expected a dictionary, but got {}.", type_name(actor));
            errors.0.insert(String::from("actor"), json!({ "non_field_errors": [text] }));
        }
        if !errors.0.is_empty() {
            return HttpReply::of_json(400, &errors.into_value());
        }
        let moment = self.moment(admitted.now);
        let Some(incident) = self.incidents.get(&pk) else { return HttpReply::crash() };
        if let Some(text) = self.forbidden(event_type, is_source) {
            return refuse_type(&text);
        }
        match unfit(event_type, incident, moment, admitted) {
            Some(text) if !is_source => return refuse_type(&text),
            Some(_) => {}
            None => self.apply(pk, event_type, timestamp.unwrap_or(moment)),
        }
        let new = NewEvent { actor: admitted.caller.user, timestamp, event_type, description: &description };
        let event = self.add_event(pk, new, admitted.now);
        let stored = self.incidents.get(&pk).and_then(|incident| incident.events.last());
        debug_assert_eq!(event, stored.map(|event| event.pk));
        stored.map_or_else(HttpReply::crash, |event| HttpReply::of_json(201, &self.event_json(pk, event)))
    }

    /// Says why a caller of this kind may not post a type at all.
    fn forbidden(&self, event_type: &str, is_source: bool) -> Option<String> {
        let refused = event_type == "RES" && self.options.restart == Restart::Refused;
        if is_source && (refused || !BY_SOURCES.contains(&event_type)) {
            Some(format!("A source system cannot post events of type '{event_type}'."))
        } else if !is_source && !BY_PEOPLE.contains(&event_type) {
            Some(format!("An end user cannot post events of type '{event_type}'."))
        } else {
            None
        }
    }

    /// Does to an incident what an event of this type that fits it means.
    pub(super) fn apply(&mut self, pk: u64, event_type: &str, timestamp: i64) {
        let reopens =
            event_type == "REO" || (event_type == "RES" && self.options.restart == Restart::Reopens);
        let Some(incident) = self.incidents.get_mut(&pk) else { return };
        if matches!(event_type, "END" | "CLO") {
            incident.end_time = EndTime::At(timestamp);
        } else if reopens {
            incident.end_time = EndTime::Infinity;
        }
    }
}

fn refuse_type(text: &str) -> HttpReply {
    HttpReply::of_json(400, &json!({ "type": text }))
}

fn read_type(errors: &mut Errors, fields: &Fields) -> Option<&'static str> {
    let value = fields.get("type")?;
    if value.is_null() {
        errors.add("type", "This field may not be null.");
        return None;
    }
    let shown = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let known = EVENT_TYPES.iter().find(|(word, _)| *word == shown).map(|(word, _)| *word);
    if known.is_none() {
        errors.add("type", &format!("\"{shown}\" is not a valid choice."));
    }
    known
}

/// Says why a type does not fit an incident as it is. From a person such an event is refused, from a source it is
/// recorded and changes nothing.
fn unfit(event_type: &str, incident: &Incident, now: i64, admitted: &Admitted<'_>) -> Option<String> {
    let is_open = incident.is_open(now);
    let again = || incident.events_of_type(event_type).next().is_some();
    let text = match (event_type, incident.is_stateful()) {
        ("ACK", _) => {
            let url = format!("http://{}/api/v2/incidents/{}/acks/", admitted.request.host, incident.pk);
            return Some(format!("Acknowledgements of this incidents should be posted through {url}."));
        }
        ("STA", true) | ("LES", false) if again() => {
            return Some(format!("The incident already has a related event of type '{event_type}'."));
        }
        ("END" | "CLO", true) if !is_open => "The incident is already closed.",
        ("REO" | "RES", true) if is_open => "The incident is already open.",
        ("STA", false) => "Stateless incident cannot have an INCIDENT_START event.",
        ("END" | "CLO" | "REO" | "RES", false) => "Cannot change the state of a stateless incident.",
        _ => return None,
    };
    Some(text.into())
}
