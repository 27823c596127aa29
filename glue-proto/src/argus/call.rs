//! What can be asked of Argus, and the request that asks it.

use super::{text, time};
use crate::daemon::{HttpRequest, Method};
use crate::model::{NewEvent, NewIncident, Patch};
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use serde::Serialize;

/// Rows of a listing, for one page (behaviour B51): the server has no upper bound of its own, and one page that holds
/// everything is the only one that is sure to hold everything (reference argus-api 3).
pub const PAGE_SIZE: u32 = 5000;

/// The largest page that is read, in bytes: a row has about 1 kB, ours with every text at its limit far more, but never
/// all of them.
const MAX_PAGE: usize = 64 << 20;

/// The largest list of events that is read, in bytes: some hundred descriptions of the greatest length.
const MAX_EVENTS: usize = 32 << 20;

/// The largest answer about one incident or one event that is read, in bytes: Argus takes no request over 2.5 MiB, and
/// JSON may need six bytes for one of them.
const MAX_ONE: usize = 16 << 20;

/// The largest answer to a heartbeat, which has none.
const MAX_BEAT: usize = 64 << 10;

/// A request to Argus.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Call {
    /// How many incidents of our own there are (behaviour B11).
    Count(Filter),
    /// The first page of our own incidents.
    List {
        /// Which ones.
        filter: Filter,
    },
    /// A further page.
    ListNext {
        /// What [`Page::next`](super::Page) of the page before said.
        query: String,
    },
    /// The incident of our own with an id, open or not (behaviour B21, B51).
    Lookup {
        /// The id. An empty one finds nothing: Argus takes it for no filter at all, which the reader notices.
        source_incident_id: String,
    },
    /// All events of an incident.
    Events {
        /// The incident.
        pk: u64,
    },
    /// Make an incident (behaviour B21).
    Create(NewIncident),
    /// Add an event to an incident (behaviour B26, B27, B30).
    Post {
        /// The incident.
        pk: u64,
        /// The event.
        event: NewEvent,
    },
    /// Change an incident (behaviour B29).
    Patch {
        /// The incident.
        pk: u64,
        /// The change.
        patch: Patch,
    },
    /// Say that we are alive (behaviour B53).
    Heartbeat,
}

/// Which of our own incidents.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Filter {
    /// The open ones.
    Open,
    /// The open ones that are acknowledged.
    Acked,
    /// The open ones that have a ticket.
    Ticketed,
}

impl Filter {
    const fn query(self) -> &'static str {
        match self {
            Self::Open => "open=true",
            Self::Acked => "open=true&acked=true",
            Self::Ticketed => "open=true&ticket=true",
        }
    }
}

impl Call {
    /// Returns the request. Every path ends with a slash: Argus redirects any other, and a redirect is never followed
    /// (behaviour B51).
    ///
    /// Texts are sent as [`text`] shapes them, times as [`time::encode`] does.
    #[must_use]
    pub fn request(&self) -> HttpRequest {
        match self {
            // A server that does not know `count` answers with a page, which the reader notices: with one row of it
            // this costs no more than the count would.
            Self::Count(filter) => {
                get(format!("incidents/mine/?{}&count=1&page_size=1", filter.query()), MAX_PAGE)
            }
            Self::List { filter } => {
                get(format!("incidents/mine/?{}&page_size={PAGE_SIZE}", filter.query()), MAX_PAGE)
            }
            Self::ListNext { query } => get(format!("incidents/mine/?{query}"), MAX_PAGE),
            Self::Lookup { source_incident_id } => {
                get(format!("incidents/mine/?source_incident_id={}", percent(source_incident_id)), MAX_PAGE)
            }
            Self::Events { pk } => get(format!("incidents/{pk}/events/"), MAX_EVENTS),
            Self::Create(incident) => HttpRequest {
                method: Method::Post,
                target: String::from("incidents/"),
                body: json(&CreateBody::new(incident)),
                max_body: MAX_ONE,
            },
            Self::Post { pk, event } => HttpRequest {
                method: Method::Post,
                target: format!("incidents/{pk}/events/"),
                body: json(&EventBody::new(event)),
                max_body: MAX_ONE,
            },
            Self::Patch { pk, patch } => HttpRequest {
                method: Method::Patch,
                target: format!("incidents/{pk}/"),
                body: json(&PatchBody::new(patch)),
                max_body: MAX_ONE,
            },
            Self::Heartbeat => HttpRequest {
                method: Method::Post,
                target: String::from("incidents/sources/heartbeat/"),
                body: Vec::new(),
                max_body: MAX_BEAT,
            },
        }
    }

    /// Tells whether it changes an incident, so that its outcome may be in doubt (behaviour B13) and it is never sent in
    /// STANDBY (behaviour B62). A heartbeat is none: it may be sent again at any time.
    #[must_use]
    pub const fn is_write(&self) -> bool {
        match self {
            Self::Create(_) | Self::Post { .. } | Self::Patch { .. } => true,
            Self::Count(_)
            | Self::List { .. }
            | Self::ListNext { .. }
            | Self::Lookup { .. }
            | Self::Events { .. }
            | Self::Heartbeat => false,
        }
    }

    /// Tells whether the path names an incident, so that a 404 can mean that there is none.
    pub(super) const fn names_an_incident(&self) -> bool {
        match self {
            Self::Events { .. } | Self::Post { .. } | Self::Patch { .. } => true,
            Self::Count(_)
            | Self::List { .. }
            | Self::ListNext { .. }
            | Self::Lookup { .. }
            | Self::Create(_)
            | Self::Heartbeat => false,
        }
    }
}

const fn get(target: String, max_body: usize) -> HttpRequest {
    HttpRequest { method: Method::Get, target, body: Vec::new(), max_body }
}

/// Writes compact JSON in UTF-8. The bodies below are structs of texts and numbers, for which this cannot fail.
fn json(body: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(body).unwrap_or_default()
}

/// Encodes a value for a query: everything but RFC 3986's unreserved characters as `%XX`.
fn percent(value: &str) -> String {
    const HEX: [char; 16] = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'A', 'B', 'C', 'D', 'E', 'F'];
    let mut out = String::with_capacity(value.len());
    for byte in value.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push('%');
            out.extend([byte >> 4, byte & 15].map(|digit| HEX[usize::from(digit)]));
        }
    }
    out
}

/// The fields in the order of the Python glue (reference glue-behaviour 4), so that the two can be compared on the wire.
#[derive(Serialize)]
struct CreateBody {
    start_time: String,
    end_time: &'static str,
    source_incident_id: SourceIncidentId,
    description: String,
    level: u8,
    tags: Vec<TagBody>,
}

/// Argus stores a number as its decimal text (reference argus-api 4), and the Python glue sends one.
#[derive(Serialize)]
#[serde(untagged)]
enum SourceIncidentId {
    Number(u64),
    Text(String),
}

#[derive(Serialize)]
struct TagBody {
    tag: String,
}

/// The fields in the order of the Python glue (reference glue-behaviour 5).
#[derive(Serialize)]
struct EventBody {
    description: String,
    timestamp: String,
    r#type: &'static str,
}

#[derive(Serialize)]
struct PatchBody {
    #[serde(skip_serializing_if = "Option::is_none")]
    level: Option<u8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tags: Option<Vec<TagBody>>,
}

impl CreateBody {
    fn new(incident: &NewIncident) -> Self {
        Self {
            start_time: time::encode(incident.start_time),
            // The Python glue's 9999-12-31 is refused by some servers (reference argus-api 2).
            end_time: "infinity",
            source_incident_id: SourceIncidentId::new(&incident.source_incident_id),
            description: text::description(&incident.description),
            level: incident.level,
            tags: incident.tags.iter().map(|tag| TagBody::shaped(tag)).collect(),
        }
    }
}

impl SourceIncidentId {
    fn new(id: &str) -> Self {
        match id.parse::<u64>() {
            // Not `007` nor `+7`: as numbers they would be stored as another text.
            Ok(number) if format!("{number}") == id => Self::Number(number),
            Ok(_) | Err(_) => Self::Text(text::clean(id)),
        }
    }
}

impl TagBody {
    /// Brings a tag of our own into shape once more: one that Argus cannot store is answered with a 500 for ever.
    fn shaped(tag: &str) -> Self {
        let tag = match tag.split_once('=') {
            Some((key, value)) => text::tag(&text::clean(key), value),
            None => text::clean(tag),
        };
        Self { tag }
    }

    /// Takes a tag as it is: another's may be longer than ours ever are, and Argus refuses to let us change it.
    fn verbatim(tag: &str) -> Self {
        Self { tag: text::clean(tag) }
    }
}

impl EventBody {
    fn new(event: &NewEvent) -> Self {
        Self {
            description: text::description(&event.description),
            timestamp: time::encode(event.at),
            r#type: event.event_type.as_str(),
        }
    }
}

impl PatchBody {
    fn new(patch: &Patch) -> Self {
        let tags = patch.tags.as_ref().map(|tags| tags.iter().map(|tag| TagBody::verbatim(tag)).collect());
        Self { level: patch.level, description: patch.description.as_deref().map(text::description), tags }
    }
}
