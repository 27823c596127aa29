//! The JSON of Argus, and how it becomes the model. Unknown fields are passed over.

use super::FeedRow;
use super::reason::line;
use super::time::{self, TimeError};
use crate::model::{Actor, EndTime, Event, EventType, Incident, Tag};
use alloc::borrow::{Cow, ToOwned};
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;
use core::marker::PhantomData;
use serde::de::{Error, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

/// A text that is borrowed from the body where it has no escapes. A type of its own because serde does not borrow what
/// stands inside of an `Option`.
#[derive(Deserialize)]
pub(super) struct Text<'a>(#[serde(borrow)] pub(super) Cow<'a, str>);

/// The most rows of one answer: twenty times what is asked for. A body full of the shortest rows there are would
/// otherwise take a hundred times its own memory.
pub(super) const MAX_ROWS: usize = 100_000;

/// The longest query of a `next` link, in bytes: that of a real one has about 150.
const MAX_QUERY: usize = 4096;

/// The most tags of one incident; people add a few to ours.
const MAX_TAGS: usize = 1000;

/// A list of rows, each of which is read by itself, so that a bad one costs no other.
pub(super) type RawRows<'a> = Bounded<&'a RawValue, MAX_ROWS>;

/// A list of at most so many elements; one that is longer is an error before it is read to its end.
pub(super) struct Bounded<T, const MAX: usize>(pub(super) Vec<T>);

impl<'de, T: Deserialize<'de>, const MAX: usize> Deserialize<'de> for Bounded<T, MAX> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(BoundedVisitor::<T, MAX>(PhantomData)).map(Self)
    }
}

struct BoundedVisitor<T, const MAX: usize>(PhantomData<T>);

impl<'de, T: Deserialize<'de>, const MAX: usize> Visitor<'de> for BoundedVisitor<T, MAX> {
    type Value = Vec<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a list of at most {MAX}")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Vec<T>, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = list.next_element()? {
            if items.len() == MAX {
                return Err(A::Error::invalid_length(MAX + 1, &self));
            }
            items.push(item);
        }
        Ok(items)
    }
}

/// A page of a listing, or the answer to `count=1`.
#[derive(Deserialize)]
pub(super) struct RawPage<'a> {
    pub(super) count: Option<u64>,
    #[serde(borrow)]
    pub(super) results: Option<RawRows<'a>>,
    #[serde(borrow)]
    pub(super) next: Option<Text<'a>>,
}

/// What is left of a row that cannot be read, as far as it can be named.
#[derive(Deserialize)]
pub(super) struct RawName<'a> {
    #[serde(default, deserialize_with = "if_fitting")]
    pub(super) pk: Option<u64>,
    #[serde(default, borrow, deserialize_with = "if_fitting")]
    pub(super) source_incident_id: Option<Text<'a>>,
}

#[derive(Deserialize)]
struct RawIncident<'a> {
    pk: u64,
    #[serde(borrow)]
    start_time: Cow<'a, str>,
    // Without this a missing end_time would be taken for a null one, which means something.
    #[serde(borrow, deserialize_with = "Option::deserialize")]
    end_time: Option<Text<'a>>,
    source: RawSource,
    #[serde(borrow)]
    source_incident_id: Option<Text<'a>>,
    #[serde(borrow)]
    description: Option<Text<'a>>,
    level: u8,
    open: bool,
    acked: bool,
    #[serde(borrow)]
    ticket_url: Option<Text<'a>>,
    #[serde(borrow)]
    tags: Bounded<RawTag<'a>, MAX_TAGS>,
}

#[derive(Deserialize)]
struct RawSource {
    user: u64,
}

#[derive(Deserialize)]
struct RawTag<'a> {
    added_by: Option<u64>,
    #[serde(borrow)]
    tag: Cow<'a, str>,
}

#[derive(Deserialize)]
struct RawEvent<'a> {
    pk: u64,
    #[serde(borrow)]
    actor: RawActor<'a>,
    #[serde(borrow)]
    timestamp: Cow<'a, str>,
    #[serde(borrow)]
    received: Option<Text<'a>>,
    #[serde(borrow)]
    r#type: RawType<'a>,
    #[serde(borrow)]
    description: Option<Text<'a>>,
}

/// What the feed is read for: not the text, which may be long.
#[derive(Deserialize)]
struct RawFeedRow<'a> {
    pk: u64,
    incident: u64,
    actor: RawFeedActor,
    #[serde(borrow)]
    timestamp: Cow<'a, str>,
    #[serde(borrow)]
    received: Option<Text<'a>>,
}

#[derive(Deserialize)]
struct RawFeedActor {
    pk: u64,
}

#[derive(Deserialize)]
struct RawActor<'a> {
    pk: u64,
    #[serde(borrow)]
    username: Cow<'a, str>,
}

#[derive(Deserialize)]
struct RawType<'a> {
    #[serde(borrow)]
    value: Cow<'a, str>,
}

/// Reads a field if it is of the right type, and passes over any other value.
fn if_fitting<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    let raw = <&RawValue>::deserialize(deserializer)?;
    Ok(serde_json::from_str(raw.get()).ok())
}

/// Reads one incident.
///
/// # Errors
///
/// What is wrong with it, in one short line.
pub(super) fn incident(json: &str) -> Result<Incident, String> {
    let raw: RawIncident<'_> = serde_json::from_str(json).map_err(|error| line(&error.to_string()))?;
    let user = raw.source.user;
    let mut tags: Vec<Tag> = raw
        .tags
        .0
        .into_iter()
        .map(|tag| Tag { ours: tag.added_by == Some(user), text: tag.tag.into_owned() })
        .collect();
    tags.sort_unstable();
    // An incident is kept for as long as it is open.
    tags.shrink_to_fit();
    Ok(Incident {
        pk: raw.pk,
        start_time: stamp("start_time", &raw.start_time)?,
        end_time: match raw.end_time.as_ref().map(|text| text.0.as_ref()) {
            None => EndTime::Stateless,
            Some("infinity") => EndTime::Infinity,
            Some(other) => EndTime::At(stamp("end_time", other)?),
        },
        source_user: user,
        source_incident_id: owned(raw.source_incident_id),
        description: owned(raw.description),
        level: raw.level,
        open: raw.open,
        acked: raw.acked,
        ticket_url: owned(raw.ticket_url),
        tags,
    })
}

/// Reads one event.
///
/// # Errors
///
/// What is wrong with it, in one short line.
pub(super) fn event(json: &str) -> Result<Event, String> {
    let raw: RawEvent<'_> = serde_json::from_str(json).map_err(|error| line(&error.to_string()))?;
    let received = raw.received.as_ref().map_or(&raw.timestamp, |received| &received.0);
    Ok(Event {
        received: stamp("received", received)?,
        pk: raw.pk,
        actor: Actor { pk: raw.actor.pk, name: raw.actor.username.into_owned() },
        at: stamp("timestamp", &raw.timestamp)?,
        event_type: EventType::from_word(&raw.r#type.value),
        description: owned(raw.description),
    })
}

/// Reads a row of the event feed.
///
/// # Errors
///
/// What is wrong with it, in one short line.
pub(super) fn feed_row(json: &str) -> Result<FeedRow, String> {
    let raw: RawFeedRow<'_> = serde_json::from_str(json).map_err(|error| line(&error.to_string()))?;
    let received = raw.received.as_ref().map_or(&raw.timestamp, |received| &received.0);
    Ok(FeedRow {
        pk: raw.pk,
        incident: raw.incident,
        actor: raw.actor.pk,
        at: stamp("timestamp", &raw.timestamp)?,
        received: stamp("received", received)?,
    })
}

fn stamp(field: &str, text: &str) -> Result<i64, String> {
    time::decode(text).map_err(|TimeError| line(&format!("{field}: {TimeError}: {text}")))
}

fn owned(text: Option<Text<'_>>) -> String {
    text.map(|text| text.0.into_owned()).unwrap_or_default()
}

/// Returns the query of a `next` link, the one part of it that can be trusted: its scheme and host are those that the
/// server believes to have (reference argus-api 1).
///
/// # Errors
///
/// What is wrong with it: it has no query, or one that could not stand in a request.
pub(super) fn query_of(link: &str) -> Result<String, &'static str> {
    let (_, query) = link.split_once('?').ok_or("the link to the next page has no query")?;
    let query = query.split_once('#').map_or(query, |(query, _)| query);
    if query.len() > MAX_QUERY {
        return Err("the link to the next page is too long");
    }
    if query.is_empty() || !query.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err("the link to the next page is none");
    }
    Ok(query.to_owned())
}
