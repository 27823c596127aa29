//! What can be asked of Argus, and the request that asks it.

use super::time;
use crate::face::{HttpRequest, Method, Reuse};
use crate::model::{NewEvent, NewIncident, Patch};
use crate::text::argus as text;
use alloc::borrow::Cow;
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

/// The largest list of events that is read, in bytes (behaviour B51): some hundred descriptions of the greatest length.
const MAX_EVENTS: usize = 16 << 20;

/// The largest answer about one incident or one event that is read, in bytes: Argus takes no request over 2.5 MiB, and
/// JSON may need six bytes for one of them.
const MAX_ONE: usize = 16 << 20;

/// Rows of the newest page of the event feed: the server reads the actor of each row by itself (reference argus-api, "the
/// event feed"), and most looks find nothing new.
const FEED_PAGE: u32 = 25;

/// Rows of a further page of it: then there is much to be read.
const FEED_NEXT_PAGE: u32 = 100;

/// The largest answer to a heartbeat, which has none.
const MAX_BEAT: usize = 64 << 10;

/// A request to Argus.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
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
    /// The newest page of the event feed: of all incidents, whoever they belong to (behaviour B11).
    Feed,
    /// A further page of it.
    FeedNext {
        /// What [`Feed::next`](super::Feed) of the page before said.
        query: String,
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
    /// An event never travels on a connection that lay idle for long: nobody could tell afterwards whether Argus has it.
    /// A request that is sent a second time needs [`Reuse::Never`] instead of what stands here.
    ///
    /// Texts are sent as the module `text` shapes them, times as [`time::encode`] does.
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
            Self::Feed => get(format!("incidents/events/?page_size={FEED_PAGE}"), MAX_EVENTS),
            Self::FeedNext { query } => {
                let (little, much) =
                    (format!("page_size={FEED_PAGE}"), format!("page_size={FEED_NEXT_PAGE}"));
                get(format!("incidents/events/?{}", query.replace(&little, &much)), MAX_EVENTS)
            }
            Self::Events { pk } => get(format!("incidents/{pk}/events/"), MAX_EVENTS),
            Self::Create(incident) => HttpRequest {
                method: Method::Post,
                target: String::from("incidents/"),
                body: json(&CreateBody::new(incident)),
                max_body: MAX_ONE,
                reuse: Reuse::Any,
            },
            Self::Post { pk, event } => HttpRequest {
                method: Method::Post,
                target: format!("incidents/{pk}/events/"),
                body: json(&EventBody::new(event)),
                max_body: MAX_ONE,
                reuse: Reuse::Recent,
            },
            Self::Patch { pk, patch } => HttpRequest {
                method: Method::Patch,
                target: format!("incidents/{pk}/"),
                body: json(&PatchBody::new(patch)),
                max_body: MAX_ONE,
                reuse: Reuse::Any,
            },
            Self::Heartbeat => HttpRequest {
                method: Method::Post,
                target: String::from("incidents/sources/heartbeat/"),
                body: Vec::new(),
                max_body: MAX_BEAT,
                reuse: Reuse::Any,
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
            | Self::Feed
            | Self::FeedNext { .. }
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
            | Self::Feed
            | Self::FeedNext { .. }
            | Self::Create(_)
            | Self::Heartbeat => false,
        }
    }
}

const fn get(target: String, max_body: usize) -> HttpRequest {
    HttpRequest { method: Method::Get, target, body: Vec::new(), max_body, reuse: Reuse::Any }
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
struct CreateBody<'a> {
    start_time: String,
    end_time: &'static str,
    source_incident_id: SourceIncidentId<'a>,
    description: Cow<'a, str>,
    level: u8,
    tags: Vec<TagBody<'a>>,
}

/// Argus stores a number as its decimal text (reference argus-api 4), and the Python glue sends one.
#[derive(Serialize)]
#[serde(untagged)]
enum SourceIncidentId<'a> {
    Number(u64),
    Text(Cow<'a, str>),
}

#[derive(Serialize)]
struct TagBody<'a> {
    tag: Cow<'a, str>,
}

/// The fields in the order of the Python glue (reference glue-behaviour 5).
#[derive(Serialize)]
struct EventBody<'a> {
    description: Cow<'a, str>,
    timestamp: String,
    r#type: &'static str,
}

#[derive(Serialize)]
struct PatchBody<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    level: Option<u8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<Cow<'a, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tags: Option<Vec<TagBody<'a>>>,
}

impl<'a> CreateBody<'a> {
    fn new(incident: &'a NewIncident) -> Self {
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

impl<'a> SourceIncidentId<'a> {
    fn new(id: &'a str) -> Self {
        match id.parse::<u64>() {
            // Not `007` nor `+7`: as numbers they would be stored as another text.
            Ok(number) if format!("{number}") == id => Self::Number(number),
            Ok(_) | Err(_) => Self::Text(text::clean(id)),
        }
    }
}

impl<'a> TagBody<'a> {
    /// Brings a tag of our own into shape once more: one that Argus cannot store is answered with a 500 for ever.
    fn shaped(tag: &'a str) -> Self {
        let Some((key, value)) = tag.split_once('=') else { return Self::verbatim(tag) };
        let tag = match (text::clean(key), text::tag_value(value)) {
            (Cow::Borrowed(_), Cow::Borrowed(kept)) if kept.len() == value.len() => Cow::Borrowed(tag),
            (key, value) => Cow::Owned(format!("{key}={value}")),
        };
        Self { tag }
    }

    /// Takes a tag as it is: another's may be longer than ours ever are, and Argus refuses to let us change it.
    fn verbatim(tag: &'a str) -> Self {
        Self { tag: text::clean(tag) }
    }
}

impl<'a> EventBody<'a> {
    fn new(event: &'a NewEvent) -> Self {
        Self {
            description: text::description(&event.description),
            timestamp: time::encode(event.at),
            r#type: event.event_type.as_str(),
        }
    }
}

impl<'a> PatchBody<'a> {
    fn new(patch: &'a Patch) -> Self {
        let tags = patch.tags.as_ref().map(|tags| tags.iter().map(|tag| TagBody::verbatim(tag)).collect());
        Self { level: patch.level, description: patch.description.as_deref().map(text::description), tags }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::EventType;
    use alloc::vec;
    use proptest::prelude::*;

    fn incident(id: &str) -> NewIncident {
        NewIncident {
            start_time: 1_795_348_800,
            source_incident_id: id.into(),
            description: "gw1 is not reachable".into(),
            level: 3,
            tags: vec!["host=gw1.example.org".into(), "priority=500".into()],
        }
    }

    fn body(call: &Call) -> String {
        String::from_utf8(call.request().body).expect("UTF-8")
    }

    #[test]
    fn b51_every_path_ends_with_a_slash_and_has_none_in_front() {
        let event = NewEvent { at: 0, event_type: EventType::Other, description: String::new() };
        let table = [
            (Call::Count(Filter::Open), "GET incidents/mine/?open=true&count=1&page_size=1"),
            (Call::Count(Filter::Ticketed), "GET incidents/mine/?open=true&ticket=true&count=1&page_size=1"),
            (Call::List { filter: Filter::Open }, "GET incidents/mine/?open=true&page_size=5000"),
            (Call::List { filter: Filter::Acked }, "GET incidents/mine/?open=true&acked=true&page_size=5000"),
            (
                Call::ListNext { query: "cursor=a%3D&open=true".into() },
                "GET incidents/mine/?cursor=a%3D&open=true",
            ),
            (
                Call::Lookup { source_incident_id: "4711".into() },
                "GET incidents/mine/?source_incident_id=4711",
            ),
            (
                Call::Lookup { source_incident_id: "7@1795348800&æ /".into() },
                "GET incidents/mine/?source_incident_id=7%401795348800%26%C3%A6%20%2F",
            ),
            (Call::Events { pk: 20 }, "GET incidents/20/events/"),
            (Call::Create(incident("1")), "POST incidents/"),
            (Call::Post { pk: 20, event }, "POST incidents/20/events/"),
            (Call::Patch { pk: 20, patch: Patch::default() }, "PATCH incidents/20/"),
            (Call::Feed, "GET incidents/events/?page_size=25"),
            (
                Call::FeedNext { query: "cursor=bz0x&page_size=25".into() },
                "GET incidents/events/?cursor=bz0x&page_size=100",
            ),
            (Call::Heartbeat, "POST incidents/sources/heartbeat/"),
        ];
        for (call, expected) in table {
            let request = call.request();
            let method = match request.method {
                Method::Get => "GET",
                Method::Post => "POST",
                Method::Patch => "PATCH",
                Method::Options => "OPTIONS",
            };
            assert_eq!(format!("{method} {}", request.target), expected);
            assert_eq!(request.body.is_empty(), method == "GET" || call == Call::Heartbeat, "{expected}");
            assert_eq!(call.is_write(), method != "GET" && call != Call::Heartbeat, "{expected}");
        }
    }

    #[test]
    fn b21_a_creation_has_the_fields_of_the_python_glue() {
        let expected = concat!(
            r#"{"start_time":"2026-11-22T12:00:00+00:00","end_time":"infinity","source_incident_id":4711,"#,
            r#""description":"gw1 is not reachable","level":3,"#,
            r#""tags":[{"tag":"host=gw1.example.org"},{"tag":"priority=500"}]}"#,
        );
        assert_eq!(body(&Call::Create(incident("4711"))), expected);
    }

    #[test]
    fn b25_only_a_plain_number_is_sent_as_one() {
        let table = [
            ("0", "0"),
            ("18446744073709551615", "18446744073709551615"),
            ("18446744073709551616", "\"18446744073709551616\""),
            ("007", "\"007\""),
            ("+7", "\"+7\""),
            ("-7", "\"-7\""),
            ("", "\"\""),
            ("4711@1795348800", "\"4711@1795348800\""),
        ];
        for (id, sent) in table {
            let body = body(&Call::Create(incident(id)));
            assert!(body.contains(&format!("\"source_incident_id\":{sent},")), "{body}");
        }
    }

    #[test]
    fn b23_what_argus_cannot_store_is_not_sent() {
        let mut new = incident("1");
        new.description = "\0 a\0b\n".into();
        new.tags = vec![format!("k={}", "x".repeat(5000)), "k\0=\0 v ".into(), "\0".into()];
        let body = body(&Call::Create(new));
        let expected = format!(
            r#""description":"ab","level":3,"tags":[{{"tag":"k={}…"}},{{"tag":"k=v"}},{{"tag":""}}]}}"#,
            "x".repeat(997)
        );
        assert!(body.ends_with(&expected), "{body}");
    }

    #[test]
    fn b26_an_event_is_sent_in_raw_utf8() {
        let event = NewEvent {
            at: 1_795_348_800,
            event_type: EventType::Other,
            description: "alice\nblåbær \"q\" \\ \t\u{1}\u{7f} 🎉\n".into(),
        };
        let expected = concat!(
            r#"{"description":"alice\nblåbær \"q\" \\ \t\u0001"#,
            "\u{7f}",
            r#" 🎉","timestamp":"2026-11-22T12:00:00+00:00","type":"OTH"}"#,
        );
        assert_eq!(body(&Call::Post { pk: 1, event }), expected);
    }

    #[test]
    fn b29_a_patch_has_only_what_changes_and_leaves_the_tags_of_others_as_they_are() {
        let patch = |patch| body(&Call::Patch { pk: 1, patch });
        assert_eq!(patch(Patch::default()), "{}");
        assert_eq!(patch(Patch { level: Some(2), ..Patch::default() }), r#"{"level":2}"#);
        assert_eq!(patch(Patch { tags: Some(vec![]), ..Patch::default() }), r#"{"tags":[]}"#);
        let long = format!("team={}", "x".repeat(2000));
        let all = Patch { level: Some(1), description: Some("d ".into()), tags: Some(vec![long.clone()]) };
        assert_eq!(patch(all), format!(r#"{{"level":1,"description":"d","tags":[{{"tag":"{long}"}}]}}"#));
    }

    proptest! {
        #[test]
        fn b43_no_text_breaks_out_of_a_request(id: String, description: String, tag: String, at: i64) {
            let lookup = Call::Lookup { source_incident_id: id.clone() }.request();
            prop_assert!(lookup.target.bytes().all(|byte| byte.is_ascii_graphic()));
            let mut new = incident(&id);
            new.start_time = at;
            new.description.clone_from(&description);
            new.tags = vec![tag];
            let event = NewEvent { at, event_type: EventType::End, description: description.clone() };
            let patch = Patch { level: None, description: Some(description.clone()), tags: None };
            for call in [Call::Create(new), Call::Post { pk: 1, event }, Call::Patch { pk: 1, patch }] {
                let sent: serde_json::Value = serde_json::from_slice(&call.request().body).expect("JSON");
                prop_assert_eq!(&sent["description"], &*text::description(&description));
            }
        }
    }
}
