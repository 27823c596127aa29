//! Incidents, events and acknowledgements as the server keeps them.

use serde_json::{Map, Value};

/// When an incident ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EndTime {
    /// `"infinity"`
    Infinity,
    /// At this moment, in microseconds; open until then.
    At(i64),
    /// `null`
    Stateless,
}

/// A tag on an incident.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct TagRow {
    /// `key=value`
    pub tag: String,
    /// The pk of the user who added it.
    pub added_by: u64,
    /// When, in microseconds.
    pub added_time: i64,
}

/// An acknowledgement. Its text and time are those of its event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Ack {
    /// The pk of its event, and its own.
    pub event: u64,
    /// Until when it counts, in microseconds; `None` for ever.
    pub expiration: Option<i64>,
}

/// An event.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Event {
    /// Its pk: rises in the order in which events came.
    pub pk: u64,
    /// The pk of the user who made it.
    pub actor: u64,
    /// When it happened, in microseconds.
    pub timestamp: i64,
    /// When the server got it, in microseconds.
    pub received: i64,
    /// Three letters, such as `END`.
    pub event_type: String,
    /// Any text.
    pub description: String,
}

/// An incident.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Incident {
    /// Its pk.
    pub pk: u64,
    /// When it began, in microseconds.
    pub start_time: i64,
    /// When it ended.
    pub end_time: EndTime,
    /// The pk of its source.
    pub source: u64,
    /// The source's own name for it, empty for none.
    pub source_incident_id: String,
    /// A link.
    pub details_url: String,
    /// Its text.
    pub description: String,
    /// 1 to 5.
    pub level: u8,
    /// A link, empty for none.
    pub ticket_url: String,
    /// Anything.
    pub metadata: Map<String, Value>,
    /// Its tags in the order in which they were added.
    pub tags: Vec<TagRow>,
    /// Its events, oldest pk first.
    pub events: Vec<Event>,
    /// Its acknowledgements, oldest first.
    pub acks: Vec<Ack>,
}

impl Incident {
    /// Tells whether it is open at this moment, in microseconds.
    #[must_use]
    pub const fn is_open(&self, now: i64) -> bool {
        match self.end_time {
            EndTime::Infinity => true,
            EndTime::At(end) => end > now,
            EndTime::Stateless => false,
        }
    }

    /// Tells whether an acknowledgement counts at this moment, in microseconds.
    #[must_use]
    pub fn is_acked(&self, now: i64) -> bool {
        self.acks.iter().any(|ack| ack.expiration.is_none_or(|end| end > now))
    }

    /// Tells whether it can be open at all.
    #[must_use]
    pub fn is_stateful(&self) -> bool {
        self.end_time != EndTime::Stateless
    }

    /// Returns the events of one type, such as `END`, oldest pk first.
    pub fn events_of_type<'a>(&'a self, event_type: &'a str) -> impl Iterator<Item = &'a Event> {
        self.events.iter().filter(move |event| event.event_type == event_type)
    }
}

/// Every type of event with the name that the server shows for it.
pub(super) const EVENT_TYPES: [(&str, &str); 9] = [
    ("STA", "Incident start"),
    ("END", "Incident end"),
    ("CHI", "Incident change"),
    ("RES", "Incident restart"),
    ("CLO", "Close"),
    ("REO", "Reopen"),
    ("ACK", "Acknowledge"),
    ("OTH", "Other"),
    ("LES", "Stateless"),
];
