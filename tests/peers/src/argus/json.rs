//! What the server writes (reference argus-api 2).

use super::board::{Ack, EVENT_TYPES, EndTime, Event, Incident};
use super::server::ArgusServer;
use super::time;
use serde_json::{Value, json};

impl ArgusServer {
    pub(super) fn stamp_json(&self, micros: i64) -> Value {
        time::format(micros, &self.zone).map_or(Value::Null, Value::String)
    }

    pub(super) fn incident_json(&self, incident: &Incident, now: i64) -> Value {
        let source = self.sources.get(&incident.source);
        let end_time = match incident.end_time {
            EndTime::Infinity => json!("infinity"),
            EndTime::At(end) => self.stamp_json(end),
            EndTime::Stateless => Value::Null,
        };
        json!({
            "pk": incident.pk,
            "start_time": self.stamp_json(incident.start_time),
            "end_time": end_time,
            "source": {
                "pk": incident.source,
                "name": source.map(|source| source.name.as_str()),
                "type": { "name": source.map(|source| source.source_type.as_str()) },
                "user": source.map(|source| source.user),
                "base_url": "",
            },
            "source_incident_id": incident.source_incident_id,
            "details_url": incident.details_url,
            "description": incident.description,
            "level": incident.level,
            "ticket_url": incident.ticket_url,
            "metadata": incident.metadata,
            "tags": self.tags_json(incident),
            "stateful": incident.is_stateful(),
            "open": incident.is_open(now),
            "acked": incident.is_acked(now),
        })
    }

    /// The real server gives tags in no order; here it depends on the incident, so that nobody relies on one.
    fn tags_json(&self, incident: &Incident) -> Value {
        let row = |tag: &super::TagRow| json!({ "added_by": tag.added_by, "added_time": self.stamp_json(tag.added_time), "tag": tag.tag });
        let mut tags: Vec<Value> = incident.tags.iter().map(row).collect();
        if !tags.is_empty() {
            let by = usize::try_from(incident.pk).unwrap_or(0) % tags.len();
            tags.rotate_left(by);
        }
        Value::Array(tags)
    }

    pub(super) fn event_json(&self, incident: u64, event: &Event) -> Value {
        let display =
            EVENT_TYPES.iter().find(|(word, _)| *word == event.event_type).map(|(_, display)| *display);
        json!({
            "pk": event.pk,
            "incident": incident,
            "actor": { "pk": event.actor, "username": self.user_name(event.actor) },
            "timestamp": self.stamp_json(event.timestamp),
            "received": self.stamp_json(event.received),
            "type": { "value": event.event_type, "display": display },
            "description": event.description,
        })
    }

    pub(super) fn ack_json(&self, incident: &Incident, ack: &Ack) -> Value {
        let event = incident.events.iter().find(|event| event.pk == ack.event);
        json!({
            "pk": ack.event,
            "event": event.map(|event| self.event_json(incident.pk, event)),
            "expiration": ack.expiration.map(|end| self.stamp_json(end)),
        })
    }
}

/// Sorts events as the server lists them: newest timestamp first, and equal ones in an order that means nothing.
pub(super) fn newest_first<'a>(events: impl Iterator<Item = &'a Event>) -> Vec<&'a Event> {
    let mut events: Vec<&Event> = events.collect();
    let scrambled = |pk: u64| pk.wrapping_mul(0x9E37_79B9_7F4A_7C15);
    events.sort_by_key(|event| (core::cmp::Reverse(event.timestamp), scrambled(event.pk)));
    events
}
