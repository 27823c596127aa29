//! What an answer of Argus means.

use super::Call;
use super::error::{ArgusError, RetryAfter};
use super::reason::{line, reason};
use super::text::stored;
use super::wire::{self, RawName, RawPage};
use crate::daemon::Response;
use crate::model::{Event, Incident};
use alloc::borrow::Cow;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use serde_json::Value;
use serde_json::value::RawValue;

/// The name of the constraint that a second incident with one id offends against. PostgreSQL's words around it depend on
/// its language (reference argus-api 4).
const DUPLICATE: &[u8] = b"incident_unique_source_incident_id_per_source";

/// The answer to a [`Call`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Reply {
    /// To [`Call::Count`].
    Count(u64),
    /// To [`Call::List`], [`Call::ListNext`] and [`Call::Lookup`]; to [`Call::Count`] from a server that does not know
    /// how to count, and then with one row of many.
    Page(Page),
    /// To [`Call::Events`].
    Events(Events),
    /// To [`Call::Create`]: the incident as it is now.
    Created(Incident),
    /// To [`Call::Post`]: the event as it is stored.
    Posted(Event),
    /// To [`Call::Patch`]: the incident as it is now.
    Patched(Incident),
    /// To [`Call::Heartbeat`].
    Beat,
}

/// One page of a listing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Page {
    /// The rows, in the server's order: the newest `start_time` first.
    pub rows: Vec<Incident>,
    /// The rows that could not be understood; every other row is there (behaviour B14).
    pub bad_rows: Vec<BadRow>,
    /// The query of the next page, for [`Call::ListNext`]; `None` on the last one.
    pub next: Option<String>,
}

/// The events of an incident.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Events {
    /// The events, oldest first, those of one second in the order in which the server received them. A type that this
    /// program does not know is no reason to lose an event.
    pub rows: Vec<Event>,
    /// The events that could not be understood. One of them may be the very event that seems to be missing.
    pub bad_rows: Vec<BadRow>,
}

/// A row that could not be understood, as far as it can be named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadRow {
    /// Its `pk`, if there is one.
    pub pk: Option<u64>,
    /// Its `source_incident_id`, if there is one.
    pub source_incident_id: Option<String>,
    /// What is wrong with it: one printable line of at most 200 bytes.
    pub reason: String,
}

/// Reads the answer to a call.
///
/// Total, whatever the bytes. What comes out is bounded by the size of the body, which
/// [`HttpRequest::max_body`](crate::daemon::HttpRequest) bounds.
///
/// # Errors
///
/// [`ArgusError`] for every status but 2xx, and for a 2xx that does not answer the call.
pub fn read_reply(call: &Call, response: &Response<'_>) -> Result<Reply, ArgusError> {
    match response.status {
        200..=299 => {
            let read = read_body(call, response.body);
            read.map_err(|reason| ArgusError::Unreadable { status: response.status, reason })
        }
        300..=399 => Err(ArgusError::Redirected { status: response.status }),
        400..=599 => Err(refusal(call, response)),
        status => Err(ArgusError::Unreadable { status, reason: reason(response.body) }),
    }
}

/// Reads a status of 400 to 599.
fn refusal(call: &Call, response: &Response<'_>) -> ArgusError {
    let Response { status, retry_after, body } = *response;
    match status {
        401 => ArgusError::Unauthorized { reason: reason(body) },
        403 => ArgusError::Forbidden { reason: reason(body) },
        404 if call.names_an_incident() && has_field(body, "detail") => ArgusError::Missing,
        400 if matches!(call, Call::Create(_)) && contains(body, DUPLICATE) => ArgusError::Duplicate,
        400 if matches!(call, Call::Post { .. }) && has_field(body, "type") => {
            ArgusError::UnsupportedType { reason: reason(body) }
        }
        408 | 425 | 429 | 503 => ArgusError::Throttled {
            status,
            retry_after: retry_after.and_then(RetryAfter::decode),
            reason: reason(body),
        },
        500.. => ArgusError::Server { status, reason: reason(body) },
        _ => ArgusError::Refused { status, reason: reason(body) },
    }
}

/// Tells whether a body is a JSON object with a field: the word of Argus itself, not of a proxy in front of it.
fn has_field(body: &[u8], field: &str) -> bool {
    serde_json::from_slice::<Value>(body).is_ok_and(|value| value.get(field).is_some())
}

fn contains(body: &[u8], needle: &[u8]) -> bool {
    body.windows(needle.len()).any(|window| window == needle)
}

/// Reads the body of a success.
fn read_body(call: &Call, body: &[u8]) -> Result<Reply, String> {
    // A broken character costs the text that it stands in, not the answer.
    let body = match core::str::from_utf8(body) {
        Ok(body) => Cow::Borrowed(body),
        Err(_) => String::from_utf8_lossy(body),
    };
    match call {
        Call::Count(_) => read_count(&body),
        Call::List { .. } | Call::ListNext { .. } => read_page(&body).map(Reply::Page),
        Call::Lookup { source_incident_id } => read_lookup(&body, source_incident_id).map(Reply::Page),
        Call::Events { .. } => read_events(&body).map(Reply::Events),
        Call::Create(_) => wire::incident(&body).map(Reply::Created),
        Call::Post { .. } => wire::event(&body).map(Reply::Posted),
        Call::Patch { .. } => wire::incident(&body).map(Reply::Patched),
        Call::Heartbeat => Ok(Reply::Beat),
    }
}

fn read_count(body: &str) -> Result<Reply, String> {
    let raw = parse(body)?;
    match raw.count {
        Some(count) => Ok(Reply::Count(count)),
        None => page(raw).map(Reply::Page),
    }
}

fn read_page(body: &str) -> Result<Page, String> {
    page(parse(body)?)
}

/// Reads the answer to a lookup. Argus ignores a filter that it does not understand and answers with everything
/// (reference argus-api 3): nothing is concluded from that.
fn read_lookup(body: &str, id: &str) -> Result<Page, String> {
    let page = read_page(body)?;
    let id = stored(id);
    let strange = page.rows.iter().any(|row| stored(&row.source_incident_id) != id);
    if strange || id.is_empty() {
        return Err(String::from("the server did not look for this id alone"));
    }
    Ok(page)
}

fn parse(body: &str) -> Result<RawPage<'_>, String> {
    serde_json::from_str(body).map_err(|error| line(&error.to_string()))
}

fn page(raw: RawPage<'_>) -> Result<Page, String> {
    let results = raw.results.ok_or_else(|| String::from("missing field `results`"))?;
    let (rows, bad_rows) = rows(&results, wire::incident);
    let next = raw.next.map(|link| wire::query_of(&link.0)).transpose()?;
    Ok(Page { rows, bad_rows, next })
}

fn read_events(body: &str) -> Result<Events, String> {
    let raw: Vec<&RawValue> = serde_json::from_str(body).map_err(|error| line(&error.to_string()))?;
    let (mut rows, bad_rows) = rows(&raw, wire::event);
    // The server gives events of one second in no promised order.
    rows.sort_by_key(|event| (event.at, event.pk));
    Ok(Events { rows, bad_rows })
}

/// Reads each row by itself.
fn rows<T>(raw: &[&RawValue], read: impl Fn(&str) -> Result<T, String>) -> (Vec<T>, Vec<BadRow>) {
    let (mut rows, mut bad_rows) = (Vec::with_capacity(raw.len()), Vec::new());
    for raw in raw {
        match read(raw.get()) {
            Ok(row) => rows.push(row),
            Err(reason) => bad_rows.push(bad_row(raw.get(), reason)),
        }
    }
    (rows, bad_rows)
}

fn bad_row(row: &str, reason: String) -> BadRow {
    let name: RawName<'_> =
        serde_json::from_str(row).unwrap_or(RawName { pk: None, source_incident_id: None });
    let source_incident_id = name.source_incident_id.map(|id| id.0.into_owned());
    BadRow { pk: name.pk, source_incident_id, reason }
}
