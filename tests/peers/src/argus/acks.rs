//! Acknowledgements and tickets (reference argus-api 6).

use super::http::HttpReply;
use super::json::newest_first;
use super::routes::Admitted;
use super::server::{ArgusServer, NewEvent};
use super::validate::Errors;
use serde_json::{Value, json};

impl ArgusServer {
    pub(super) fn list_acks(&self, pk: u64) -> HttpReply {
        let Some(incident) = self.incidents.get(&pk) else { return HttpReply::no_incident() };
        let events = newest_first(incident.events_of_type("ACK"));
        let ack = |pk: u64| incident.acks.iter().find(|ack| ack.event == pk);
        let acks = events.into_iter().filter_map(|event| ack(event.pk));
        let acks: Vec<Value> = acks.map(|ack| self.ack_json(incident, ack)).collect();
        HttpReply::of_json(200, &Value::Array(acks))
    }

    pub(super) fn post_ack(&mut self, admitted: &Admitted<'_>, pk: u64) -> HttpReply {
        let fields = match admitted.fields() {
            Ok(fields) => fields,
            Err(reply) => return reply,
        };
        let mut errors = Errors::default();
        errors.require(&fields, &["timestamp"]);
        let timestamp = errors.timestamp(&fields, "timestamp", &self.zone);
        let description = errors.text(&fields, "description").unwrap_or_default();
        let expiration = errors.timestamp(&fields, "expiration", &self.zone);
        if !errors.0.is_empty() {
            return HttpReply::of_json(400, &errors.into_value());
        }
        if expiration.is_some() && expiration <= timestamp {
            let text = "'expiration' is earlier than creation timestamp.";
            return HttpReply::of_json(400, &json!({ "non_field_errors": [text] }));
        }
        let actor = admitted.caller.user;
        let new = NewEvent { actor, timestamp, event_type: "ACK", description: &description };
        if self.add_ack(pk, new, expiration, admitted.now).is_none() {
            return HttpReply::no_incident();
        }
        let Some(incident) = self.incidents.get(&pk) else { return HttpReply::no_incident() };
        incident
            .acks
            .last()
            .map_or_else(HttpReply::crash, |ack| HttpReply::of_json(201, &self.ack_json(incident, ack)))
    }

    pub(super) fn put_ticket(&mut self, admitted: &Admitted<'_>, pk: u64) -> HttpReply {
        let fields = match admitted.fields() {
            Ok(fields) => fields,
            Err(reply) => return reply,
        };
        if !self.incidents.contains_key(&pk) {
            return HttpReply::no_incident();
        }
        let mut errors = Errors::default();
        errors.require(&fields, &["ticket_url"]);
        let url = errors.text(&fields, "ticket_url");
        let Some(url) = url.filter(|_| errors.0.is_empty()) else {
            return HttpReply::of_json(400, &errors.into_value());
        };
        self.change_ticket(pk, admitted.caller.user, &url, admitted.now);
        HttpReply::of_json(200, &json!({ "ticket_url": url }))
    }

    /// Sets the ticket; a change is told by an event.
    pub(super) fn change_ticket(&mut self, pk: u64, actor: u64, url: &str, now: i64) {
        let Some(incident) = self.incidents.get_mut(&pk) else { return };
        let old = std::mem::replace(&mut incident.ticket_url, url.into());
        self.record_change(pk, actor, "ticket_url", &old, url, now);
    }

    /// Records a change of a field, unless nothing changed.
    pub(super) fn record_change(&mut self, pk: u64, actor: u64, field: &str, old: &str, new: &str, now: i64) {
        if old == new {
            return;
        }
        let description = format!("Change: \"{field}\": {old} → {new}");
        let event = NewEvent { actor, timestamp: None, event_type: "CHI", description: &description };
        self.add_event(pk, event, now);
    }
}
